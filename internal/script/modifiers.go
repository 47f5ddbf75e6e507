package script

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// modes are what the flags i, m and s, and groups such as (?i-s:…), set.
type modes struct{ fold, lines, dotAll bool }

var modifierGroup = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\(\?([ims]*)(-[ims]*)?:`) })

// errModifier is of groups that ignore case, or no longer do, in a way that can't
// be written without them.
var errModifier = errors.New("a group with modifiers, such as (?i:…), around this")

// beyondEngine says that a pattern is right, and can't be written for the engine.
func beyondEngine(err error) bool { return errors.Is(err, errSets) || errors.Is(err, errModifier) }

const (
	textStart = `(?<![\s\S])`
	textEnd   = `(?![\s\S])`
	noLineEnd = `[^\n\r\u2028\u2029]`
)

// openGroup takes "(", and the modifiers behind it, which the engine doesn't know.
func (w *rewriter) openGroup() error {
	w.outer = append(w.outer, w.now)
	m := modifierGroup().FindStringSubmatch(w.rest)
	if m == nil || m[1] == "" && m[2] == "" {
		return w.take(1, "(")
	}
	off := strings.TrimPrefix(m[2], "-")
	for i, all := 0, m[1]+off; i < len(all); i++ {
		if strings.IndexByte(all[i+1:], all[i]) >= 0 {
			return syntaxError("Repeated flag in pattern modifiers")
		}
	}
	if m[1]+off == "" {
		return syntaxError("Invalid group")
	}
	set := func(of *bool, letter string) {
		*of = *of && !strings.Contains(off, letter) || strings.Contains(m[1], letter)
	}
	set(&w.now.fold, "i")
	set(&w.now.lines, "m")
	set(&w.now.dotAll, "s")
	if w.flags.fold && !w.now.fold {
		return errModifier
	}
	return w.take(len(m[0]), "(?:")
}

func (w *rewriter) closeGroup() error {
	if n := len(w.outer); n > 0 {
		w.now, w.outer = w.outer[n-1], w.outer[:n-1]
	}
	return w.take(1, ")")
}

// folding says that letters stand for both cases, though the flags do not say so.
func (w *rewriter) folding() bool { return w.now.fold && !w.flags.fold }

// folded takes a character, or a range of a class, with its other case.
func (w *rewriter) folded() error {
	lo, n := utf8.DecodeRuneInString(w.rest)
	if hi, m := utf8.DecodeRuneInString(w.rest[min(n+1, len(w.rest)):]); w.class && m > 0 && w.rest[n] == '-' && hi != ']' {
		if hi == '\\' || hi >= utf8.RuneSelf {
			return errModifier
		}
		both := w.rest[:n+1+m] + foldedPart(lo, hi, 'a', 'A') + foldedPart(lo, hi, 'A', 'a')
		return w.take(n+1+m, both)
	}
	one := w.rest[:n]
	other := unicode.SimpleFold(lo)
	switch {
	case other == lo:
		return w.take(n, one)
	case lo >= utf8.RuneSelf && unicode.SimpleFold(other) != lo:
		return errModifier
	case lo < utf8.RuneSelf: // without the flag u, no other letter folds to these
		other = lo ^ 0x20
	}
	if w.class {
		return w.take(n, one+string(other))
	}
	return w.take(n, "["+one+string(other)+"]")
}

// foldedPart is the part of a range that lies in the alphabet that begins with
// from, in the one that begins with to.
func foldedPart(lo, hi, from, to rune) string {
	lo, hi = max(lo, from), min(hi, from+25)
	if lo > hi {
		return ""
	}
	return string(lo-from+to) + "-" + string(hi-from+to)
}
