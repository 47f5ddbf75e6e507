package script

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// checkSyntax finds what JavaScript refuses and the engine does not. Nothing is
// repeated that only looks: a line's end, a word's, what went before. With the
// flag u there is no escape without a meaning, no bracket or brace that stands
// for itself, no class as the end of a range, no reference to a group that is
// not there.
func checkSyntax(pattern string, unicode bool) error {
	c := patternSyntax{rest: pattern, unicode: unicode, groups: countGroups(pattern)}
	for c.rest != "" {
		if err := c.term(); err != nil {
			return err
		}
	}
	return nil
}

type patternSyntax struct {
	rest    string
	unicode bool
	groups  groups
	open    []openGroup
	at      int                  // the alternative outside of all groups
	begun   int                  // groups that have begun
	named   map[string][][]place // where the groups of a name stand
}

type openGroup struct {
	looks bool // it can't be repeated
	place
}

// place is a group, and one of its alternatives.
type place struct{ group, alternative int }

// groups are those of a pattern that can be referred to.
type groups struct {
	n     int
	names map[string]bool
}

var groupName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\?<([^=!>][^>]*)>`) })

func countGroups(pattern string) groups {
	g := groups{names: map[string]bool{}}
	class := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '(' && !class:
			if m := groupName().FindStringSubmatch(pattern[i+1:]); m != nil {
				g.names[m[1]] = true
				g.n++
			} else if !strings.HasPrefix(pattern[i+1:], "?") {
				g.n++
			}
		}
	}
	return g
}

// syntaxError is why a pattern is refused, in JavaScript's words.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

const (
	errEscape    syntaxError = "Invalid escape"
	errClass     syntaxError = "Invalid character class"
	errBracket   syntaxError = "Lone quantifier brackets"
	errRepeat    syntaxError = "Nothing to repeat"
	errDuplicate syntaxError = "Duplicate capture group name"
)

var quantifier = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\{\d+(?:,\d*)?\}`) })

func (c *patternSyntax) term() error {
	switch first := c.rest[0]; first {
	case '\\':
		looks := strings.HasPrefix(c.rest, `\b`) || strings.HasPrefix(c.rest, `\B`)
		if _, err := c.escape(false); err != nil {
			return err
		}
		if looks {
			return c.unrepeated()
		}
	case '[':
		return c.class()
	case '{':
		m := quantifier().FindString(c.rest)
		if m == "" && c.unicode {
			return errBracket
		}
		c.rest = c.rest[max(1, len(m)):]
	case ']', '}':
		if c.unicode {
			return errBracket
		}
		c.rest = c.rest[1:]
	case '(':
		behind := strings.HasPrefix(c.rest, "(?<=") || strings.HasPrefix(c.rest, "(?<!")
		ahead := strings.HasPrefix(c.rest, "(?=") || strings.HasPrefix(c.rest, "(?!")
		if m := groupName().FindStringSubmatch(c.rest[1:]); m != nil {
			if err := c.name(m[1]); err != nil {
				return err
			}
		}
		c.begun++
		c.open = append(c.open, openGroup{looks: behind || ahead && c.unicode, place: place{group: c.begun}})
		c.rest = c.rest[1:]
	case '|':
		if n := len(c.open); n > 0 {
			c.open[n-1].alternative++
		} else {
			c.at++
		}
		c.rest = c.rest[1:]
	case ')':
		c.rest = c.rest[1:]
		if n := len(c.open); n > 0 {
			looks := c.open[n-1].looks
			c.open = c.open[:n-1]
			if looks {
				return c.unrepeated()
			}
		}
	case '^', '$':
		c.rest = c.rest[1:]
		return c.unrepeated()
	default:
		_, n := utf8.DecodeRuneInString(c.rest)
		c.rest = c.rest[n:]
	}
	return nil
}

// name notes a named group: two of one name stand in different alternatives.
func (c *patternSyntax) name(name string) error {
	here := []place{{alternative: c.at}}
	for _, g := range c.open {
		here = append(here, g.place)
	}
	for _, other := range c.named[name] {
		apart := false
		for i := range min(len(here), len(other)) {
			apart = apart || here[i].group == other[i].group && here[i].alternative != other[i].alternative
		}
		if !apart {
			return errDuplicate
		}
	}
	if c.named == nil {
		c.named = map[string][][]place{}
	}
	c.named[name] = append(c.named[name], here)
	return nil
}

// unrepeated says that no quantifier follows.
func (c *patternSyntax) unrepeated() error {
	if c.rest != "" && (strings.IndexByte("*+?", c.rest[0]) >= 0 || quantifier().MatchString(c.rest)) {
		return errRepeat
	}
	return nil
}

// class reads [...]. One that does not end is left to the engine.
func (c *patternSyntax) class() error {
	c.rest = strings.TrimPrefix(c.rest[1:], "^")
	for c.rest != "" && c.rest[0] != ']' {
		set, err := c.member()
		if err != nil {
			return err
		}
		if len(c.rest) < 2 || c.rest[0] != '-' || c.rest[1] == ']' {
			continue
		}
		c.rest = c.rest[1:]
		end, err := c.member()
		if err != nil {
			return err
		}
		if (set || end) && c.unicode {
			return errClass
		}
	}
	c.rest = strings.TrimPrefix(c.rest, "]")
	return nil
}

// member reads one member of a class; set says that it stands for several
// characters.
func (c *patternSyntax) member() (set bool, err error) {
	if c.rest[0] == '\\' {
		return c.escape(true)
	}
	_, n := utf8.DecodeRuneInString(c.rest)
	c.rest = c.rest[n:]
	return false, nil
}

// escapeForms are the escapes of one character, and those of a set, each with
// all that belongs to it.
var escapeForms = sync.OnceValue(func() (f struct{ one, set, back, name *regexp.Regexp }) {
	f.one = regexp.MustCompile(`^\\(?:[\^$\\.*+?()\[\]{}|/fnrtv]|0(?:[^0-9]|$)|c[A-Za-z]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{0*(?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{1,4}\})`)
	f.set = regexp.MustCompile(`^\\(?:[dDwWsS]|[pP]\{[^}]*\})`)
	f.back = regexp.MustCompile(`^\\([1-9][0-9]*)`)
	f.name = regexp.MustCompile(`^\\k<([^>]*)>`)
	return f
})

func (c *patternSyntax) escape(inClass bool) (set bool, err error) {
	if !c.unicode {
		_, n := utf8.DecodeRuneInString(c.rest[1:])
		c.rest = c.rest[1+n:]
		return false, nil
	}
	f := escapeForms()
	take := func(n int) { c.rest = c.rest[n:] }
	if m := f.set.FindString(c.rest); m != "" {
		take(len(m))
		return true, nil
	}
	if m := f.one.FindString(c.rest); m != "" {
		if strings.HasPrefix(m, `\0`) {
			m = `\0`
		}
		take(len(m))
		return false, nil
	}
	if len(c.rest) > 1 && (inClass && strings.IndexByte("-b", c.rest[1]) >= 0 || !inClass && strings.IndexByte("bB", c.rest[1]) >= 0) {
		take(2)
		return false, nil
	}
	if inClass {
		return false, errEscape
	}
	if m := f.back.FindStringSubmatch(c.rest); m != nil && len(m[1]) < 6 && atoi(m[1]) <= c.groups.n {
		take(len(m[0]))
		return false, nil
	}
	if m := f.name.FindStringSubmatch(c.rest); m != nil && c.groups.names[m[1]] {
		take(len(m[0]))
		return false, nil
	}
	return false, errEscape
}

// atoi reads a few decimal digits.
func atoi(s string) int {
	n := 0
	for _, d := range []byte(s) {
		n = n*10 + int(d-'0')
	}
	return n
}
