package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// splitFunction cuts the name of a function off a script's path: x.js:fn.
func splitFunction(name string) (file, function string) {
	i := strings.LastIndexByte(name, ':')
	if i <= 1 {
		return name, ""
	}
	if language(name[:i]) == "" {
		return name, ""
	}
	return name[:i], name[i+1:]
}

// language is that of a script file, "" when it is none.
func language(name string) string {
	switch {
	case isScript(name):
		return "javascript"
	case strings.EqualFold(filepath.Ext(name), ".py"):
		return "python"
	case strings.EqualFold(filepath.Ext(name), ".rb"):
		return "ruby"
	}
	return ""
}

// fileCode is the code that FILE or FILE:FUNCTION names; ok is false when that is
// no script, or a problem was reported.
func (l *loader) fileCode(at Place, key, base, name, function, purpose string) (Code, bool) {
	file, named := splitFunction(strings.TrimPrefix(name, "file://"))
	if named == "" {
		named = function
	}
	c := Code{Place: at, Language: language(file), Kind: "file", Path: l.path(base, file), Function: named}
	if c.Language == "" {
		return Code{}, false
	}
	if _, err := l.read(c.Path); err != nil {
		l.failErr(at, key, err)
		return c, false
	}
	l.starts(c, purpose)
	return c, true
}

// starts notes what running a piece of code starts.
func (l *loader) starts(c Code, purpose string) {
	what := c.Language + " in the configuration"
	switch c.Kind {
	case "file":
		what = l.show(c.Path)
	case "package":
		what = "the package " + c.Source
	}
	kind := map[string]string{"javascript": "embedded", "python": "python", "ruby": "ruby"}[c.Language]
	if c.Language == "javascript" && (purpose == "provider" || c.Kind == "package" || c.Foreign != nil && c.Foreign.Node) {
		kind = "node"
	}
	l.start(c.Place, kind, what, purpose)
}

// inline is JavaScript in a configuration: one line is an expression, several are
// the body of a function.
func (l *loader) inline(at Place, source, purpose string) Code {
	c := Code{Place: at, Language: "javascript", Kind: "expression", Source: source}
	if strings.Contains(source, "\n") {
		c.Kind = "function-body"
	}
	l.starts(c, purpose)
	return c
}

// transform reads a transform: a script's file or inline JavaScript.
func (l *loader) transform(t *tree, key, base string) Code {
	if f, ok := t.function(); ok {
		c := l.foreign(t, f)
		l.starts(c, "transform")
		return c
	}
	s, ok := t.text()
	if !ok {
		if !t.null() {
			l.fail(t.Place, key, "expected JavaScript or file://SCRIPT, found %s", t.describe())
		}
		return Code{}
	}
	if c, ok := l.packageCode(t.Place, key, s, "transform"); ok {
		return c
	}
	if !strings.HasPrefix(s, "file://") {
		return l.inline(t.Place, s, "transform")
	}
	file, _ := splitFunction(s[len("file://"):])
	function := ""
	switch language(file) {
	case "python":
		function = "get_transform"
	case "javascript":
	default:
		l.fail(t.Place, key, "%q is no transform: a transform file is JavaScript, TypeScript or Python", s)
		return Code{}
	}
	c, _ := l.fileCode(t.Place, key, base, s, function, "transform")
	return c
}

// errSurvey is what code gives that is only looked at.
const errSurvey = fixed("it is made by code, which is not run now")

// callFailed reports what became of code that ran while loading.
func (l *loader) callFailed(at Place, key, doing string, err error) {
	l.report(Problem{at, key, fmt.Sprintf("%s: %v", doing, err), !errors.Is(err, errSurvey)})
}

// call runs code while loading.
func (l *loader) call(c Code, purpose string, args []Arg) (any, error) {
	l.starts(c, purpose)
	if l.opt.Survey {
		return nil, errSurvey
	}
	port := l.opt.Script
	if c.Language == "python" {
		port = l.opt.Python
	}
	if port == nil || c.Language == "ruby" {
		return nil, fmt.Errorf("it needs %s, which is not available here", c.Language)
	}
	return port.Call(l.ctx, c, args)
}
