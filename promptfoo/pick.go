package promptfoo

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Pick says which rows of a project run. The zero value means all, once.
type Pick struct {
	Repeat             int // rows of each test; 0 = 1
	FirstN             int // only the first N tests, before lists of variables expand; 0 = all
	Sample             int // only N tests, drawn at random by Seed; 0 = all
	Seed               string
	Pattern            string // regular expression over descriptions
	Providers, Prompts string // regular expressions over ids and labels
	Metadata           []string
}

// Rows lists the rows in promptfoo's order: test by test, each as often as it is
// repeated, combination by combination of its variables, provider by provider,
// prompt by prompt. The project that is returned holds what was picked.
func (k Pick) Rows(p *project.Project) (*project.Project, []project.Row, error) {
	picked := *p
	var err error
	if picked.Providers, err = matching(k.Providers, p.Providers, func(x *project.Provider) []string { return []string{x.ID, x.Label} }); err != nil {
		return nil, nil, fmt.Errorf("--filter-providers: %w", err)
	}
	if picked.Prompts, err = matching(k.Prompts, p.Prompts, func(x *project.Prompt) []string { return []string{x.ID, x.Label} }); err != nil {
		return nil, nil, fmt.Errorf("--filter-prompts: %w", err)
	}
	if picked.Tests, err = k.tests(p.Tests); err != nil {
		return nil, nil, err
	}
	return &picked, slices.Collect(picked.Rows(k.Repeat)), nil
}

func matching[T any](pattern string, all []T, names func(*T) []string) ([]T, error) {
	if pattern == "" {
		return all, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var out []T
	for i := range all {
		if slices.ContainsFunc(names(&all[i]), func(s string) bool { return s != "" && re.MatchString(s) }) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

func (k Pick) tests(all []project.Test) ([]project.Test, error) {
	if k.Pattern != "" {
		re, err := regexp.Compile(k.Pattern)
		if err != nil {
			return nil, fmt.Errorf("--filter-pattern: %w", err)
		}
		all = keep(all, func(t *project.Test) bool { return re.MatchString(t.Description) })
	}
	for _, text := range k.Metadata {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--filter-metadata %q: write KEY=VALUE", text)
		}
		all = keep(all, func(t *project.Test) bool { return hasMetadata(t, key, value) })
	}
	if k.Sample > 0 {
		all = k.sample(all)
	}
	if k.FirstN > 0 {
		seen := map[int]bool{}
		all = keep(all, func(t *project.Test) bool {
			seen[t.Case] = true
			return len(seen) <= k.FirstN
		})
	}
	return all, nil
}

func keep(all []project.Test, good func(*project.Test) bool) (out []project.Test) {
	for i := range all {
		if good(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// hasMetadata says whether a value, or one of a list, holds the text.
func hasMetadata(t *project.Test, key, value string) bool {
	v, ok := t.Metadata.Get(key)
	if list, isList := v.([]any); isList {
		return slices.ContainsFunc(list, func(x any) bool { return strings.Contains(jsvalue.ToString(x), value) })
	}
	return ok && strings.Contains(jsvalue.ToString(v), value)
}

// sample draws tests, and keeps their order.
func (k Pick) sample(all []project.Test) []project.Test {
	var cases []int
	for i := range all {
		if len(cases) == 0 || cases[len(cases)-1] != all[i].Case {
			cases = append(cases, all[i].Case)
		}
	}
	sum := sha256.Sum256([]byte("sample " + cmp.Or(k.Seed, "0")))
	r := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
	r.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	cases = cases[:min(len(cases), k.Sample)]
	return keep(all, func(t *project.Test) bool { return slices.Contains(cases, t.Case) })
}
