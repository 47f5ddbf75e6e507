package registry

import (
	"strings"
	"testing"
)

func TestHiddenCode(t *testing.T) {
	files := set("x.py", "./x.py", "app/x.js", "x.ts", "run.sh", "a.jar", "data.json", "x.pl", "x.ps1", "app.dll", "router.rb")
	for command, hidden := range map[string]bool{
		// The code is the program, or a file that an argument names.
		"./router":                                     false,
		"./router --stdio -c conf":                     false,
		"genops classify --examples data.json":         false,
		"python x.py":                                  false,
		"python3 -u ./x.py":                            false,
		"/usr/bin/python3.12 -B x.py":                  false,
		"python x.py -m y":                             false,
		"python x.py -c code":                          false,
		"PYTHON.EXE x.py":                              false,
		"python -W ignore x.py":                        false,
		"node app/x.js":                                false,
		"node --max-old-space-size=99 app/x.js --eval": false,
		"deno run --allow-net x.ts":                    false,
		"bun run x.ts":                                 false,
		"sh -e run.sh":                                 false,
		"bash -euo pipefail run.sh":                    false,
		"java -jar a.jar -m":                           false,
		"java -server -jar a.jar":                      false,
		"perl -w x.pl":                                 false,
		"ruby router.rb":                               false,
		"dotnet app.dll":                               false,
		"pwsh -NoProfile -ExecutionPolicy Bypass -File x.ps1": false,
		"env FOO=1 BAR=2 python x.py":                         false,
		"env -i FOO=1 ./router":                               false,

		// It is somewhere else.
		"python -m agent":                 true,
		"python3 -m agent data.json":      true,
		"python -um agent data.json":      true,
		"python -magent data.json":        true,
		"python -c print(1)":              true,
		"python -Bc print(1) data.json":   true,
		"python -cprint(1) data.json":     true,
		"python3.12 -m agent":             true,
		"python":                          true,
		"python missing.py":               true,
		"python --config=data.json -m x":  true,
		"py -3 -m agent":                  true,
		"PYTHON.EXE -m agent":             true,
		"bash -c run":                     true,
		"bash -lc run data.json":          true,
		"sh -ec run data.json":            true,
		"sh -s":                           true,
		"node -e 1":                       true,
		"node -pe 1 data.json":            true,
		"node --eval 1 data.json":         true,
		"node --eval=1 data.json":         true,
		"node --env-file=data.json -e 1":  true,
		"node .":                          true,
		"deno eval 1 data.json":           true,
		"deno run https://x/y data.json":  true,
		"bun run dev":                     true,
		"perl -ne print data.json":        true,
		"perl -e print data.json":         true,
		"ruby -e 1 data.json":             true,
		"java -cp lib Main data.json":     true,
		"java -classpath lib data.json":   true,
		"powershell -Command x data.json": true,
		"pwsh -c x data.json":             true,
		"pwsh -enc x data.json":           true,
		"cmd /c x data.json":              true,
		"cmd.exe /C x data.json":          true,
		"npx agent":                       true,
		"npx.cmd agent":                   true,
		"npm start":                       true,
		"uv run x.py":                     true,
		"uvx agent":                       true,
		"go run .":                        true,
		"cargo run":                       true,
		"docker run image":                true,
		"timeout 9 python x.py":           true,
		"nice python -m x":                true,
		"sudo ./router":                   true,
		"env FOO=1 python -c 1":           true,
		"env python -m x data.json":       true,
		"env -u HOME python -m x":         true,
		"env -S python data.json":         true,
		"env FOO=1":                       true,
		"env":                             true,
	} {
		why := hiddenCode(strings.Fields(command), func(arg string) bool {
			_, value, ok := strings.Cut(arg, "=")
			return files[arg] || ok && strings.HasPrefix(arg, "-") && files[value]
		})
		if (why != "") != hidden {
			t.Errorf("%s: %q", command, why)
		}
	}
}

func TestScriptOf(t *testing.T) {
	for command, want := range map[string]string{
		"python3 agent.py --fast":  "agent.py",
		"python3.12 -u agent.py":   "agent.py",
		"node --stack-size=9 a.js": "a.js",
		"./router --stdio":         "",
		"genops classify":          "",
		"python3":                  "",
	} {
		if got := scriptOf(strings.Fields(command)); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}
