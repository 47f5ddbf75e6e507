package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// skills are the names of the skills that the agent reports to have used.
func (c *call) skills() (names []string, known bool) {
	list, known := field(c.of.Response.Metadata, "skillCalls").([]any)
	for _, x := range list {
		if name, ok := field(x, "name").(string); ok && field(x, "is_error") != true {
			names = append(names, name)
		}
	}
	return names, known
}

func buildSkillUsed(s *spec, value any) (judgeFunc, error) {
	bad := errors.New("value: allowed are a skill, a list of skills, and {name | pattern, min, max}")
	list, isList := value.([]any)
	if text, ok := value.(string); ok {
		list, isList = []any{text}, true
	}
	if !isList {
		if _, ok := jsvalue.KeysOf(value); !ok {
			return nil, bad
		}
		return s.skillCount(value)
	}
	var want []string
	for _, x := range list {
		text, ok := x.(string)
		if text = jsvalue.Trim(text); !ok || text == "" {
			return nil, bad
		}
		want = append(want, text)
	}
	if len(want) == 0 {
		return nil, bad
	}
	return func(_ context.Context, c *call) (grade, error) {
		used, known := c.skills()
		n := 0
		for _, w := range want {
			for _, u := range used {
				if u == w {
					n++
					break
				}
			}
		}
		pass := n == len(want)
		if s.inverse {
			pass = n == 0
		}
		return s.skillGrade(pass, known, used), nil
	}, nil
}

func (s *spec) skillGrade(pass, known bool, used []string) grade {
	g := verdict(pass, false, func() string { return "the skills used are: " + cut(strings.Join(used, ", ")) })
	if g.pass && !known {
		g.doubt = NotReported
	}
	return g
}

func (s *spec) skillCount(value any) (judgeFunc, error) {
	name, pattern := jsvalue.Trim(textField(value, "name")), jsvalue.Trim(textField(value, "pattern"))
	if name == "" && pattern == "" {
		return nil, errors.New("value needs a name or a pattern")
	}
	m := matcher{}
	for i, key := range []string{"min", "max"} {
		v, ok := jsvalue.Field(value, key)
		if !ok {
			continue
		}
		f, isNumber := jsvalue.Number(v)
		if !isNumber || f < 0 || f != math.Trunc(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("%s: allowed is a whole number that is not negative", key)
		}
		*[]**float64{&m.min, &m.max}[i] = &f
	}
	if m.min != nil && m.max != nil && *m.max < *m.min {
		return nil, errors.New("max is below min")
	}
	if s.inverse && (m.min != nil || m.max != nil && *m.max != 0) {
		return nil, errors.New("not-skill-used takes no bounds but max: 0")
	}
	if m.min == nil && m.max == nil {
		one := 1.0
		m.min = &one
	}
	return func(_ context.Context, c *call) (grade, error) {
		used, known := c.skills()
		n := 0
		for _, u := range used {
			if (name == "" || u == name) && (pattern == "" || matchesName(u, pattern)) {
				n++
			}
		}
		if s.inverse {
			return s.skillGrade(n == 0, known, used), nil
		}
		return s.skillGrade(m.within(n), known, used), nil
	}, nil
}
