package registry

import (
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// versionSuffix is what interpreters carry behind their name: python3.12.
var versionSuffix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9][0-9.]*$`) })

// interpreters run code that their own file does not hold, so an argument must
// name it. Beside each stand the flags that give code, or a module's name,
// instead of a file.
var interpreters = table(map[string]string{
	"python pythonw ipython pypy py micropython":    "-c -m",
	"sh bash dash zsh fish ksh ash guile":           "-c",
	"node nodejs bun deno tsx ts-node":              "-e -p --eval --print eval",
	"perl julia":                                    "-e -E --eval --print",
	"ruby raku lua luajit rscript osascript groovy": "-e",
	"scala elixir swift kotlin":                     "-e --eval",
	"php":                                           "-r -B -R",
	"java":                                          "-cp -classpath --class-path -m --module",
	"dotnet mono erl escript tclsh wscript cscript": "",
	"powershell pwsh":                               "-command -encodedcommand",
	"cmd":                                           "/c /C /k /K",
})

// runners find, build, fetch or start what they run by rules of their own.
var runners = set("npx", "npm", "pnpm", "yarn", "bunx", "uv", "uvx", "pipx", "pip", "poetry", "pdm", "hatch", "conda", "mamba", "micromamba",
	"pipenv", "rye", "tox", "nox", "go", "cargo", "mvn", "gradle", "sbt", "bundle", "gem", "rake", "mix", "make", "just", "task", "bazel",
	"docker", "podman", "nerdctl", "kubectl", "ssh", "nix", "nix-shell", "direnv", "mise", "asdf", "cabal", "stack", "composer",
	"nice", "nohup", "timeout", "sudo", "doas", "stdbuf", "xargs", "time", "setsid", "ionice", "taskset", "unshare", "chroot",
	"systemd-run", "busybox", "awk", "gawk", "sed", "torchrun", "accelerate")

// table gives each of the names that a key lists its value.
func table(rows map[string]string) map[string]string {
	m := map[string]string{}
	for names, flags := range rows {
		for name := range strings.FieldsSeq(names) {
			m[name] = flags
		}
	}
	return m
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// hiddenCode says why a command's code can't be told from its program and the
// files among its arguments; "" when it can. isFile tells which arguments name
// files.
func hiddenCode(command []string, isFile func(string) bool) string {
	program := strings.ToLower(filepath.Base(command[0]))
	for _, ext := range []string{".exe", ".cmd", ".bat"} {
		program = strings.TrimSuffix(program, ext)
	}
	base := versionSuffix().ReplaceAllString(program, "")
	flags, interpreter := interpreters[base]
	switch {
	case runners[program] || runners[base]:
		return command[0] + " decides by itself what it runs"
	case base == "env":
		return hiddenBehindEnv(command, isFile)
	case !interpreter:
		return ""
	}
	for _, arg := range command[1:] {
		switch {
		case inline(arg, flags):
			return command[0] + " " + arg + " runs code that no file of the command holds"
		case strings.Contains(arg, "://"):
			return command[0] + " fetches the code that it runs"
		case !strings.HasPrefix(arg, "-") && isFile(arg):
			return "" // what follows are the script's own arguments
		}
	}
	return command[0] + " runs code that no argument names"
}

// shortFlags is a group such as "-lc"; only its last one can take a value.
var shortFlags = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-[A-Za-z]+$`) })

// inline says whether an argument is one of the flags: a letter alone, last in a
// group or with its value attached; a word whole, shortened or with "=VALUE".
func inline(arg, flags string) bool {
	word, _, _ := strings.Cut(strings.ToLower(arg), "=")
	for flag := range strings.FieldsSeq(flags) {
		switch {
		case len(flag) == 2:
			if strings.HasPrefix(arg, flag) || shortFlags().MatchString(arg) && strings.HasSuffix(arg, flag[1:]) {
				return true
			}
		case len(word) > 1 && word != "--" && strings.HasPrefix(flag, word):
			return true
		}
	}
	return false
}

// hiddenBehindEnv judges the command that env starts. Options of env may take
// values or hold a command, so with any but -i it can't be told.
func hiddenBehindEnv(command []string, isFile func(string) bool) string {
	for i, arg := range command[1:] {
		switch {
		case arg == "-i", !strings.HasPrefix(arg, "-") && strings.Contains(arg, "="):
		case strings.HasPrefix(arg, "-"):
			return "env " + arg + " hides what is started"
		default:
			return hiddenCode(command[1+i:], isFile)
		}
	}
	return "env starts nothing that an argument names"
}

// scriptOf is the first argument that is no option of a command whose program is
// an interpreter, "" for any other.
func scriptOf(command []string) string {
	program := strings.TrimSuffix(strings.ToLower(filepath.Base(command[0])), ".exe")
	if _, interpreter := interpreters[versionSuffix().ReplaceAllString(program, "")]; !interpreter {
		return ""
	}
	for _, arg := range command[1:] {
		if !strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}
