package validators

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// folded is how texts are compared by the contains family: byte by byte in NFC,
// or without regard to case.
func folded(ignoreCase bool) func(string) string {
	if ignoreCase {
		return fold
	}
	return nfc
}

func buildContains(ignoreCase bool) func(spec) (judge, error) {
	form := folded(ignoreCase)
	return func(sp spec) (judge, error) {
		value, err := sp.text()
		if err != nil {
			return nil, err
		}
		needle := form(value)
		return func(s pipeline.Subject) (verdict, error) {
			return yes(strings.Contains(form(s.Asset.Text), needle), func() string {
				return fmt.Sprintf("expected a text with %s, got %s", quote(value), quote(s.Asset.Text))
			}), nil
		}, nil
	}
}

func buildContainsAll(ignoreCase bool) func(spec) (judge, error) {
	form := folded(ignoreCase)
	return func(sp spec) (judge, error) {
		values, err := sp.texts()
		if err != nil {
			return nil, err
		}
		needed, err := sp.share(1)
		if err != nil {
			return nil, err
		}
		needles := mapped(values, form)
		return func(s pipeline.Subject) (verdict, error) {
			text := form(s.Asset.Text)
			found, missing := 0, ""
			for i, needle := range needles {
				if strings.Contains(text, needle) {
					found++
				} else if missing == "" {
					missing = values[i]
				}
			}
			v := verdict{score: float64(found) / float64(len(needles))}
			if v.pass = v.score >= needed; !v.pass {
				v.reason = fmt.Sprintf("%d of %d texts found, missing %s, got %s", found, len(needles), quote(missing), quote(s.Asset.Text))
			}
			return v, nil
		}, nil
	}
}

func buildContainsAny(ignoreCase bool) func(spec) (judge, error) {
	form := folded(ignoreCase)
	return func(sp spec) (judge, error) {
		values, err := sp.texts()
		if err != nil {
			return nil, err
		}
		needles := mapped(values, form)
		return func(s pipeline.Subject) (verdict, error) {
			text := form(s.Asset.Text)
			for _, needle := range needles {
				if strings.Contains(text, needle) {
					return verdict{score: 1, pass: true}, nil
				}
			}
			return verdict{reason: fmt.Sprintf("expected a text with one of %s, got %s", show(values), quote(s.Asset.Text))}, nil
		}, nil
	}
}

func mapped(in []string, f func(string) string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = f(s)
	}
	return out
}

// affix is one end of a text. White space of the output at that end does not count.
type affix struct {
	name string
	has  func(s, affix string) bool
}

var (
	startsWith = affix{"start", strings.HasPrefix}
	endsWith   = affix{"end", strings.HasSuffix}
)

func buildAffix(end affix) func(spec) (judge, error) {
	return func(sp spec) (judge, error) {
		value, err := sp.text()
		if err != nil {
			return nil, err
		}
		needle := nfc(value)
		return func(s pipeline.Subject) (verdict, error) {
			text := nfc(s.Asset.Text)
			return yes(end.has(text, needle) || end.has(strings.TrimSpace(text), needle), func() string {
				return fmt.Sprintf("expected %s at the %s, got %s", quote(value), end.name, quote(s.Asset.Text))
			}), nil
		}, nil
	}
}

func buildRegex(sp spec) (judge, error) {
	pattern, err := sp.text()
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, explainPattern(pattern, err)
	}
	return func(s pipeline.Subject) (verdict, error) {
		return yes(re.MatchString(s.Asset.Text), func() string {
			return fmt.Sprintf("expected a match of /%s/, got %s", clean(pattern), quote(s.Asset.Text))
		}), nil
	}, nil
}

// explainPattern says what to do about a pattern made for another engine.
func explainPattern(pattern string, err error) error {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return fmt.Errorf("value %s: %w", quote(pattern), err)
	}
	hint := ""
	switch {
	case lookAround(bad.Expr):
		hint = "; RE2 has no look-ahead or look-behind: use two assertions, e.g. regex and not-regex"
	case bad.Code == syntax.ErrInvalidEscape && len(bad.Expr) > 1 && (bad.Expr[1] >= '1' && bad.Expr[1] <= '9' || bad.Expr[1] == 'k'):
		hint = "; RE2 has no back references"
	case bad.Code == syntax.ErrInvalidEscape && strings.HasPrefix(bad.Expr, `\u`):
		hint = `; RE2 writes a code point as \x{00E9}`
	}
	return fmt.Errorf("value %s: %s: %s%s; allowed is an RE2 pattern, with (?i) in front to ignore case",
		quote(pattern), bad.Code, quote(bad.Expr), hint)
}

func lookAround(expr string) bool {
	for _, op := range [...]string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(expr, op) {
			return true
		}
	}
	return false
}
