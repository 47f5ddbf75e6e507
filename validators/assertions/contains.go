package assertions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildContains(ignoreCase bool) func(*spec, any) (judgeFunc, error) {
	return func(s *spec, value any) (judgeFunc, error) {
		f, isNumber := jsvalue.Number(value)
		text, isText := value.(string)
		if !(isText && text != "") && !(isNumber && f == f) {
			return nil, fmt.Errorf("value %s: allowed are a text that is not empty, and a number", shown(value))
		}
		want := jsvalue.ToString(value)
		form := caseForm(ignoreCase)
		needle := form(want)
		return func(_ context.Context, c *call) (grade, error) {
			return verdict(strings.Contains(form(c.text), needle), s.inverse, func() string {
				return fmt.Sprintf("expected a text with%s %s, got %s", out(s.inverse), quote(want), quote(c.text))
			}), nil
		}, nil
	}
}

func out(inverse bool) string {
	if inverse {
		return "out"
	}
	return ""
}

func caseForm(ignoreCase bool) func(string) string {
	if ignoreCase {
		return lower
	}
	return func(s string) string { return s }
}

func buildContainsList(ignoreCase, all bool) func(*spec, any) (judgeFunc, error) {
	form := caseForm(ignoreCase)
	return func(s *spec, value any) (judgeFunc, error) {
		items, err := listOf(value)
		if err != nil {
			return nil, err
		}
		needles := make([]string, len(items))
		blank := 0
		for i, x := range items {
			needles[i] = form(x)
			if x == "" {
				blank++
			}
		}
		return func(_ context.Context, c *call) (grade, error) {
			text := form(c.text)
			found, missing := 0, ""
			for i, n := range needles {
				if strings.Contains(text, n) {
					found++
				} else if missing == "" {
					missing = items[i]
				}
			}
			holds := found > 0
			if all {
				holds = found == len(needles)
			}
			g := verdict(holds, s.inverse, func() string {
				if s.inverse {
					return fmt.Sprintf("expected a text without these, got %s", quote(c.text))
				}
				return fmt.Sprintf("%d of %d texts found, missing %s, got %s", found, len(items), quote(missing), quote(c.text))
			})
			if g.pass && (blank == len(needles) || blank > 0 && !all && !s.inverse) {
				g.doubt = EmptyList
			}
			return g, nil
		}, nil
	}
}

// listOf is a list of texts: a JSON list, or a text with commas between its
// items. Other falsy values are no list.
func listOf(value any) ([]string, error) {
	if !jsvalue.Truthy(value) {
		return nil, errors.New("value is missing; allowed is a list, or a text with commas")
	}
	switch v := value.(type) {
	case string:
		return splitCommas(v)
	case []any:
		list := make([]string, len(v))
		for i, x := range v {
			list[i] = jsvalue.ToString(x)
		}
		return list, nil
	}
	return nil, fmt.Errorf("value %s: allowed is a list, or a text with commas", shown(value))
}

// splitCommas splits a text at its commas. Items may stand in double quotes,
// in which a quote is doubled or has a backslash; blanks around items and empty
// items do not count.
func splitCommas(s string) ([]string, error) {
	var items []string
	for {
		s = strings.TrimLeftFunc(s, func(r rune) bool { return r == ',' || jsvalue.IsSpace(r) })
		if s == "" {
			return items, nil
		}
		if s[0] != '"' {
			item, rest, _ := strings.Cut(s, ",")
			items = append(items, jsvalue.Trim(item))
			s = rest
			continue
		}
		item, rest, err := cutQuoted(s)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if s = strings.TrimLeftFunc(rest, jsvalue.IsSpace); s != "" && s[0] != ',' {
			return nil, errors.New("value: a comma is missing after an item in quotes")
		}
	}
}

func cutQuoted(s string) (item, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'),
			s[i] == '"' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errors.New("value: an item in quotes has no end")
}

func buildStartsWith(s *spec, value any) (judgeFunc, error) {
	want, ok := value.(string)
	if !ok || want == "" {
		return nil, fmt.Errorf("value %s: allowed is a text that is not empty", shown(value))
	}
	return func(_ context.Context, c *call) (grade, error) {
		return verdict(strings.HasPrefix(c.text, want), s.inverse, func() string {
			return fmt.Sprintf("expected %s%s at the start, got %s", notWord(s.inverse), quote(want), quote(c.text))
		}), nil
	}, nil
}
