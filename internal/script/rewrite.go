package script

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
)

// rewritePattern writes a regular expression of JavaScript so that the engine
// gives it the meaning that it has: Unicode properties, such as \p{L}, become
// the ranges that they stand for; "[" in a class is a character, not the
// beginning of [:alpha:]; an escaped letter without a meaning is that letter;
// and with the flag m a line ends at \r too. flags may hold v, when the pattern
// uses nothing of it but what u has too.
func rewritePattern(pattern, flags string) (newPattern, newFlags string, err error) {
	if strings.Contains(flags, "v") {
		if err := onlyUnicode(pattern); err != nil {
			return "", "", err
		}
		flags = strings.ReplaceAll(flags, "v", "u")
	}
	if err := checkSyntax(pattern, strings.Contains(flags, "u")); err != nil {
		return "", "", err
	}
	w := rewriter{rest: pattern, unicode: strings.Contains(flags, "u"), flags: modes{strings.Contains(flags, "i"), strings.Contains(flags, "m"), strings.Contains(flags, "s")}}
	w.now = w.flags
	for w.rest != "" {
		if err := w.next(); err != nil {
			return "", "", err
		}
	}
	return w.out.String(), flags, nil
}

type rewriter struct {
	rest    string
	out     strings.Builder
	class   bool
	unicode bool
	flags   modes
	now     modes   // with those of the groups around
	outer   []modes // of the groups that are open, what holds behind them
}

const (
	lineStart = `(?:^|(?<=[\n\r\u2028\u2029]))`
	lineEnd   = `(?:$|(?=[\n\r\u2028\u2029]))`
	// escapes are the letters that mean something after a backslash.
	escapes = "bBdDwWsSnrtvfcxuk"
)

func (w *rewriter) next() error {
	c := w.rest[0]
	switch {
	case c == '\\' && len(w.rest) > 1:
		return w.escape()
	case c == '[' && w.class:
		w.out.WriteByte('\\')
	case c == '[':
		w.class = true
	case c == ']':
		w.class = false
	case w.class:
	case c == '(':
		return w.openGroup()
	case c == ')':
		return w.closeGroup()
	case c == '^' && w.now.lines:
		return w.take(1, lineStart)
	case c == '$' && w.now.lines:
		return w.take(1, lineEnd)
	case c == '^' && w.flags.lines:
		return w.take(1, textStart)
	case c == '$' && w.flags.lines:
		return w.take(1, textEnd)
	case c == '.' && w.now.dotAll && !w.flags.dotAll:
		return w.take(1, `[\s\S]`)
	case c == '.' && !w.now.dotAll && w.flags.dotAll:
		return w.take(1, noLineEnd)
	}
	if c == '[' && strings.HasPrefix(w.rest, "[^") && !strings.HasSuffix(w.out.String(), `\`) {
		return w.take(2, "[^")
	}
	if w.folding() && c != '[' && c != ']' {
		return w.folded()
	}
	return w.take(1, w.rest[:1])
}

func (w *rewriter) take(n int, as string) error {
	w.out.WriteString(as)
	w.rest = w.rest[n:]
	return nil
}

func (w *rewriter) escape() error {
	c := w.rest[1]
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	switch {
	case w.unicode && (c == 'p' || c == 'P'):
		return w.property()
	case c == 'c' && !w.unicode && !isControl(w.rest[2:], w.class):
		return w.take(1, `\\`) // no control character: a backslash
	case w.folding() && strings.IndexByte("xuk123456789", c) >= 0:
		return errModifier
	case letter && !w.unicode && strings.IndexByte(escapes, c) < 0:
		return w.take(2, w.rest[1:2])
	}
	return w.take(2, w.rest[:2])
}

// isControl says that what follows \c makes it a control character.
func isControl(rest string, class bool) bool {
	return rest != "" && (isLower(rest[0]|0x20) || class && (isDigit(rest[0]) || rest[0] == '_'))
}

// invalidProperty begins the errors of a \p that names nothing known.
const invalidProperty = "invalid property name"

func (w *rewriter) property() error {
	end := strings.IndexByte(w.rest, '}')
	if end < 0 || !strings.HasPrefix(w.rest[2:], "{") {
		return errors.New(invalidProperty)
	}
	name := w.rest[3:end]
	ranges, ok := property(name)
	if !ok {
		return fmt.Errorf("%s %q", invalidProperty, name)
	}
	if w.rest[1] == 'P' {
		ranges = complement(ranges)
	}
	writeRanges(&w.out, ranges, w.class)
	w.rest = w.rest[end+1:]
	return nil
}

// suspect finds scripts that may hold a literal to rewrite; it is no parser and
// finds more than those.
var suspect = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\[\^?[^\]\n]*\[|\\[aeghijlmopqyzACEFGHIJKLMNOPQRTUVXYZ]|/[dgisuvy]*m[dgimsuvy]*\b`)
})

// rewriteLiterals rewrites the regular expressions that a script holds. A text
// that can't be parsed comes back as it is.
func rewriteLiterals(text string) (string, error) {
	if !suspect().MatchString(text) {
		return text, nil
	}
	program, err := parser.ParseFile(nil, "script.js", text, 0)
	if err != nil {
		return text, nil
	}
	var found []*ast.RegExpLiteral
	seek(reflect.ValueOf(program.Body), &found)
	slices.SortFunc(found, func(a, b *ast.RegExpLiteral) int { return int(a.Idx - b.Idx) })
	var b strings.Builder
	at := 0
	for _, l := range found {
		start := int(l.Idx) - 1
		if start < at || !strings.HasPrefix(text[start:], l.Literal) {
			continue
		}
		pattern, flags, err := rewritePattern(l.Pattern, l.Flags)
		if err != nil {
			return "", err
		}
		b.WriteString(text[at:start])
		b.WriteString("/" + pattern + "/" + flags)
		at = start + len(l.Literal)
	}
	b.WriteString(text[at:])
	return b.String(), nil
}

// seek collects the literals below a value of the syntax tree.
func seek(v reflect.Value, found *[]*ast.RegExpLiteral) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if l, ok := v.Interface().(*ast.RegExpLiteral); ok {
			*found = append(*found, l)
			return
		}
		seek(v.Elem(), found)
	case reflect.Slice:
		for i := range v.Len() {
			seek(v.Index(i), found)
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[ast.Program]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "DeclarationList" {
				seek(v.Field(i), found)
			}
		}
	}
}
