package script

import "os"

// childEnv is the environment of the sandbox's child: nothing of the user's but
// what a Go program needs to run as it does here.
func childEnv() []string {
	env := []string{}
	for _, name := range []string{"SYSTEMROOT", "TZ", "ZONEINFO", "GOCOVERDIR", "TMP", "TEMP"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
