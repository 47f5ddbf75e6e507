package usermetric

import "strings"

// Ref names a metric of the user's.
type Ref struct {
	File string // path with slashes, relative to the project
	Name string // of a class, an object or a function in it
}

// Parse reads FILE.py:NAME, with or without file:// before it; ok is false for
// anything else.
func Parse(text string) (r Ref, ok bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "file://")
	at := strings.LastIndex(text, ":")
	if at < 0 || !strings.HasSuffix(text[:at], ".py") || strings.ContainsAny(text, "\n\r\x00") || !dotted(text[at+1:]) {
		return r, false
	}
	return Ref{strings.TrimPrefix(text[:at], "./"), text[at+1:]}, true
}

// String is FILE.py:NAME.
func (r Ref) String() string { return r.File + ":" + r.Name }

// dotted says whether a name is one of Python's, with dots between its parts.
func dotted(name string) bool {
	for _, part := range strings.Split(name, ".") {
		if part == "" || part[0] >= '0' && part[0] <= '9' {
			return false
		}
		for _, c := range []byte(part) {
			if !(c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
				return false
			}
		}
	}
	return true
}
