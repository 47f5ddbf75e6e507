package script

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Match reports whether a regular expression of JavaScript matches anywhere in
// a text. Patterns that mean the same in Go's engine, whose time is bounded, run
// here; the others in a child. A pattern or flags that JavaScript rejects are a
// *Thrown; the other errors are those of Call.
func (e *Engine) Match(ctx context.Context, pattern, flags, text string) (bool, error) {
	if plainText(text) {
		if r := e.matchers.get(pattern, flags); r != nil && (!r.ascii || isASCII(text)) {
			return r.re.MatchString(text), nil
		}
	}
	if err := odd(pattern, flags, text); err != nil {
		return false, err
	}
	engine, engineFlags, err := rewritePattern(pattern, strings.Replace(flags, "d", "", 1))
	switch {
	case beyondEngine(err):
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return false, &Thrown{Name: "SyntaxError", Message: fmt.Sprintf("Invalid regular expression: /%s/%s: %v", shorten(pattern), flags, err)}
	}
	v, err := e.Call(ctx, Code{Kind: kindMatch, Params: []string{"pattern", "flags", "text"}},
		map[string]any{"pattern": engine, "flags": engineFlags, "text": text})
	if err != nil {
		return false, err
	}
	matched, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("matching %q gave %v", shorten(pattern), v)
	}
	return matched, nil
}

// kindMatch is the one program that tries patterns.
const kindMatch = "match"

// odd refuses what the engine folds in another way than JavaScript: without the
// flag u, these letters are no other case of a letter.
func odd(pattern, flags, text string) error {
	const letters = "ſ\u212a\u212b\u2126ẞϴ"
	if !strings.Contains(flags, "i") || strings.ContainsAny(flags, "uv") {
		return nil
	}
	if strings.ContainsAny(pattern, letters) || strings.ContainsAny(text, letters) {
		return fmt.Errorf("%w: a regular expression that ignores the case of one of the letters %s", ErrUnavailable, letters)
	}
	return nil
}

// maxMatchers bounds the compiled patterns that are kept.
const maxMatchers = 1000

// matchers are the patterns that run here; nil for one that doesn't.
type matchers struct {
	mu   sync.Mutex
	kept map[[2]string]*matcher
}

type matcher struct {
	re    *regexp.Regexp
	ascii bool // right for ASCII texts only
}

func (m *matchers) get(pattern, flags string) *matcher {
	key := [2]string{pattern, flags}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.kept[key]; ok {
		return r
	}
	if m.kept == nil || len(m.kept) >= maxMatchers {
		m.kept = map[[2]string]*matcher{}
	}
	r := newMatcher(pattern, flags)
	m.kept[key] = r
	return r
}

// newMatcher is nil unless Go's engine is known to give the pattern the meaning
// that JavaScript gives it.
func newMatcher(pattern, flags string) *matcher {
	t := translator{rest: pattern}
	unicode := false
	for _, f := range flags {
		switch {
		case f == 'u' && !unicode:
			unicode = true // plain texts hold no character of which it makes two
		case f == 'i' && !t.fold:
			t.fold = true
		case f == 's' && !t.dotAll:
			t.dotAll = true
		default:
			return nil
		}
	}
	text, ok := t.translate()
	if !ok || unicode && (strings.Contains(flags, "i") || checkSyntax(pattern, true) != nil) {
		return nil
	}
	if t.fold {
		text = "(?i:" + text + ")"
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil
	}
	return &matcher{re: re, ascii: t.fold || t.inner}
}
