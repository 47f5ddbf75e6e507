package registry

import (
	"path/filepath"
	"regexp"
	"strings"
)

// versionSuffix is what interpreters carry behind their name: python3.12.
var versionSuffix = regexp.MustCompile(`[0-9][0-9.]*$`)

// interpreters run code that their own file does not hold, so an argument must
// name it.
var interpreters = set("python", "pypy", "node", "nodejs", "deno", "bun", "ruby", "perl", "php", "lua", "luajit",
	"rscript", "julia", "java", "dotnet", "mono", "sh", "bash", "dash", "zsh", "fish", "ksh", "cmd", "powershell", "pwsh",
	"tclsh", "elixir", "erl", "escript", "groovy", "scala", "kotlin", "swift", "tsx", "ts-node", "osascript", "awk", "gawk")

// runners find, build or fetch what they run by rules of their own.
var runners = set("npx", "npm", "pnpm", "yarn", "bunx", "uv", "uvx", "pipx", "pip", "poetry", "pdm", "hatch", "conda", "mamba", "micromamba",
	"pipenv", "rye", "tox", "nox", "go", "cargo", "mvn", "gradle", "sbt", "bundle", "gem", "rake", "mix", "make", "just", "task", "bazel",
	"docker", "podman", "nerdctl", "kubectl", "ssh", "nix", "nix-shell", "direnv", "mise", "asdf", "cabal", "stack", "composer")

// inlineFlags give an interpreter code, or a module's name, instead of a file.
var inlineFlags = set("-c", "-m", "-e", "-p", "-r", "--eval", "--print", "--module", "-command", "-encodedcommand", "/c", "-cp", "-classpath", "--class-path")

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
	program := strings.ToLower(strings.TrimSuffix(filepath.Base(command[0]), ".exe"))
	base := versionSuffix.ReplaceAllString(program, "")
	switch {
	case runners[program] || runners[base]:
		return command[0] + " decides by itself what it runs"
	case base == "env":
		return hiddenBehindEnv(command, isFile)
	case !interpreters[program] && !interpreters[base]:
		return ""
	}
	for _, arg := range command[1:] {
		if isFile(arg) {
			return "" // what follows are the script's own arguments
		}
		if inlineFlags[strings.ToLower(arg)] {
			return command[0] + " " + arg + " runs code that no file of the command holds"
		}
	}
	return command[0] + " runs code that no argument names"
}

// hiddenBehindEnv judges the command that env starts.
func hiddenBehindEnv(command []string, isFile func(string) bool) string {
	for i, arg := range command[1:] {
		if !strings.HasPrefix(arg, "-") && !strings.Contains(arg, "=") {
			return hiddenCode(command[1+i:], isFile)
		}
	}
	return "env starts nothing that an argument names"
}
