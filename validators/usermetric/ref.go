package usermetric

import (
	"regexp"
	"strings"
)

// Ref names a metric of the user's.
type Ref struct {
	File string // path with slashes, relative to the project
	Name string // of a class, an object or a function in it
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// Parse reads FILE.py:NAME, with or without file:// before it; ok is false for
// anything else.
func Parse(text string) (r Ref, ok bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "file://")
	at := strings.LastIndex(text, ":")
	if at < 0 || !strings.HasSuffix(text[:at], ".py") || strings.ContainsAny(text, "\n\r\x00") || !identifier.MatchString(text[at+1:]) {
		return r, false
	}
	return Ref{strings.TrimPrefix(text[:at], "./"), text[at+1:]}, true
}

// String is FILE.py:NAME.
func (r Ref) String() string { return r.File + ":" + r.Name }
