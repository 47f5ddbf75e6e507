package project

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/nunjucks"
)

// Environment is what scripts of a configuration see as their environment: that of
// the process with the .env files over it. What can't be read, Load tells.
func Environment(path string, opt Options) map[string]string {
	l := &loader{opt: opt, dir: filepath.Dir(path), shown: opt.Shown, texts: map[string]string{}, project: &Project{}}
	l.environment()
	return l.env
}

// environment puts the process's variables and those of .env files together. A
// .env that is only found does not change what is set; one that is named does.
func (l *loader) environment() {
	l.env = maps.Clone(l.opt.Environ)
	if l.env == nil {
		l.env = map[string]string{}
	}
	if len(l.opt.EnvFiles) == 0 {
		if path := filepath.Join(l.dir, ".env"); fileExists(path) {
			l.envFile(Place{l.show(path), 0}, path, false)
		}
	}
	for _, name := range l.opt.EnvFiles {
		path, err := filepath.Abs(name)
		if err == nil {
			l.envFile(Place{name, 0}, path, true)
		}
	}
	l.project.Env = l.env
}

func fileExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func (l *loader) envFile(at Place, path string, override bool) {
	text, err := l.read(path)
	if err != nil {
		l.failErr(at, "", err)
		return
	}
	for k, v := range parseEnv(text) {
		if _, set := l.env[k]; override || !set {
			l.env[k] = v
		}
	}
}

// envLine is a line of a .env file: KEY=VALUE, with quotes or without.
var envLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("(?m)^\\s*(?:export\\s+)?([\\w.-]+)(?:\\s*=\\s*?|:\\s+?)(\\s*'(?:\\\\'|[^'])*'|\\s*\"(?:\\\\\"|[^\"])*\"|\\s*`(?:\\\\`|[^`])*`|[^#\\r\\n]+)?\\s*(?:#.*)?$")
})

func parseEnv(text string) map[string]string {
	out := map[string]string{}
	for _, m := range envLine().FindAllStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		v := strings.TrimSpace(m[2])
		if len(v) >= 2 && strings.ContainsRune("'\"`", rune(v[0])) && v[len(v)-1] == v[0] {
			quote := v[0]
			if v = v[1 : len(v)-1]; quote == '"' {
				v = strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(v)
			}
		}
		out[m[1]] = v
	}
	return out
}

// configEnv fills the templates of env in the whole configuration: first those of
// its own key env, which then count for all others.
func (l *loader) configEnv() {
	own := l.root.get("env")
	if own != nil {
		l.renderEnv(own)
		for _, k := range own.keys {
			if x := own.fields[k]; !x.null() && !x.list && x.fields == nil {
				l.env[k] = jsvalue.ToString(x.scalar)
			}
		}
	}
	l.renderEnv(l.root)
	l.unsetEnv(l.root)
}

// plainEnv is a template that is nothing but a variable of the environment.
var plainEnv = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{-?\s*env\.(\w+)\s*-?\}\}`) })

// unsetEnv notes the variables of the environment that a text asks for and nobody
// has set: nothing is filled in for them.
func (l *loader) unsetEnv(t *tree) {
	switch {
	case t == nil:
	case t.list:
		for _, x := range t.items {
			l.unsetEnv(x)
		}
	case t.fields != nil:
		for _, k := range t.keys {
			l.unsetEnv(t.fields[k])
		}
	default:
		s, _ := t.scalar.(string)
		for _, m := range plainEnv().FindAllStringSubmatch(s, -1) {
			if _, set := l.env[m[1]]; !set {
				l.note(t.Place, "env."+m[1], "the environment has no such variable; nothing is filled in")
			}
		}
	}
}

var (
	anyTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{(?:[^}]|\}[^}])*\}\}`) })
	envTag = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\benv\.(\w+)|\benv\[['"]([^'"]+)['"]\]`)
	})
)

// renderEnv fills the templates that read env, in every text of a tree. Others
// stay, and so do those whose variable is not set, unless a filter follows.
func (l *loader) renderEnv(t *tree) {
	switch {
	case t == nil:
	case t.list:
		for _, x := range t.items {
			l.renderEnv(x)
		}
	case t.fields != nil:
		for _, k := range t.keys {
			l.renderEnv(t.fields[k])
		}
	default:
		if s, ok := t.scalar.(string); ok && strings.Contains(s, "env") {
			if filled := l.envText(s); filled != s {
				t.scalar, t.raw = filled, s
			}
		}
	}
}

func (l *loader) envText(s string) string {
	return anyTag().ReplaceAllStringFunc(s, func(tag string) string {
		m := envTag().FindStringSubmatch(tag)
		if m == nil {
			return tag
		}
		if _, set := l.env[m[1]+m[2]]; !set && !strings.Contains(tag, "|") {
			return tag
		}
		out, err := nunjucks.Render(tag, map[string]any{"env": l.env}, nunjucks.Options{})
		if err != nil {
			return tag
		}
		return out
	})
}
