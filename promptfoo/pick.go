package promptfoo

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Pick says which rows of a project run. The zero value means all, once.
type Pick struct {
	Repeat             int    // rows of each test; 0 = 1
	Range              string // only tests with numbers from FROM:TO, TO left out; "" = all
	FirstN             int    // only the first N tests, before lists of variables expand; 0 = all
	Sample             int    // only N tests, drawn at random by Seed; 0 = all
	Seed               string
	SampleSeed         *int64                                   // draws the tests, and their order, that promptfoo draws with it
	Failed             func(*project.Test) bool                 // only these tests; nil = all
	Pattern            string                                   // regular expression over descriptions
	Providers, Prompts string                                   // regular expressions over ids and labels
	Match              func(pattern, text string) (bool, error) // of these expressions
	Metadata           []string
}

// Rows lists the rows in promptfoo's order: test by test, each as often as it is
// repeated, combination by combination of its variables, provider by provider,
// prompt by prompt. The project that is returned holds what was picked.
func (k Pick) Rows(p *project.Project) (*project.Project, []project.Row, error) {
	picked := *p
	var err error
	if picked.Providers, err = matching(&k, k.Providers, p.Providers, func(x *project.Provider) []string { return []string{x.ID, x.Label} }); err != nil {
		return nil, nil, fmt.Errorf("--filter-providers: %w", err)
	}
	if picked.Prompts, err = matching(&k, k.Prompts, p.Prompts, func(x *project.Prompt) []string { return []string{x.ID, x.Label} }); err != nil {
		return nil, nil, fmt.Errorf("--filter-prompts: %w", err)
	}
	if picked.Tests, err = k.tests(p.Tests); err != nil {
		return nil, nil, err
	}
	return &picked, slices.Collect(picked.Rows(k.Repeat)), nil
}

func matching[T any](k *Pick, pattern string, all []T, names func(*T) []string) ([]T, error) {
	if pattern == "" {
		return all, nil
	}
	var out []T
	for i := range all {
		for _, name := range names(&all[i]) {
			if name == "" {
				continue
			}
			holds, err := k.Match(pattern, name)
			if err != nil {
				return nil, err
			}
			if holds {
				out = append(out, all[i])
				break
			}
		}
	}
	return out, nil
}

// tests filters in promptfoo's order.
func (k Pick) tests(all []project.Test) ([]project.Test, error) {
	for _, text := range k.Metadata {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--filter-metadata %q: write KEY=VALUE", text)
		}
		all = keep(all, func(t *project.Test) bool { return hasMetadata(t, key, value) })
	}
	if k.Failed != nil {
		all = keep(all, k.Failed)
	}
	all, err := matching(&k, k.Pattern, all, func(t *project.Test) []string { return []string{t.Description} })
	if err != nil {
		return nil, fmt.Errorf("--filter-pattern: %w", err)
	}
	cases := casesOf(all)
	if k.Range != "" {
		from, to, err := rangeOf(k.Range, len(cases))
		if err != nil {
			return nil, err
		}
		cases = cases[from:to]
	}
	if k.FirstN > 0 {
		cases = cases[:min(len(cases), k.FirstN)]
	}
	if k.Sample > 0 {
		cases = k.sample(cases)
	}
	place := make(map[int]int, len(cases))
	for i, c := range cases {
		place[c] = i
	}
	all = keep(all, func(t *project.Test) bool { _, ok := place[t.Case]; return ok })
	slices.SortStableFunc(all, func(a, b project.Test) int { return place[a.Case] - place[b.Case] })
	return all, nil
}

// casesOf are the numbers of tests before lists of variables expand.
func casesOf(all []project.Test) (cases []int) {
	for i := range all {
		if len(cases) == 0 || cases[len(cases)-1] != all[i].Case {
			cases = append(cases, all[i].Case)
		}
	}
	return cases
}

// rangeOf reads FROM:TO, with either part absent, within n.
func rangeOf(text string, n int) (from, to int, err error) {
	a, b, ok := strings.Cut(text, ":")
	to = n
	if a != "" {
		from, err = strconv.Atoi(a)
	}
	if b != "" && err == nil {
		to, err = strconv.Atoi(b)
	}
	if !ok || err != nil || a+b == "" || from < 0 || to < 0 || b != "" && from >= to {
		return 0, 0, fmt.Errorf("filter range %q: write START:END, such as 0:10, 10: or :10; the end is left out", text)
	}
	return min(from, n), max(min(to, n), min(from, n)), nil
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

// sample draws tests, and keeps their order, but for those that promptfoo's own
// seed draws: there the order is drawn too.
func (k Pick) sample(cases []int) []int {
	n := min(len(cases), k.Sample)
	drawn := slices.Clone(cases)
	if k.SampleSeed != nil {
		next := seeded(*k.SampleSeed)
		for i := len(drawn) - 1; i > 0; i-- {
			j := int(next() * float64(i+1))
			drawn[i], drawn[j] = drawn[j], drawn[i]
		}
		return drawn[:n]
	}
	sum := sha256.Sum256([]byte("sample " + cmp.Or(k.Seed, "0")))
	r := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
	r.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	drawn = drawn[:n]
	slices.Sort(drawn)
	return drawn
}

// seeded is the generator that promptfoo draws samples with: mulberry32, begun
// with the FNV-1a hash of the seed's text. Its numbers are from 0 to below 1.
func seeded(seed int64) func() float64 {
	state := uint32(2166136261)
	for _, c := range []byte(strconv.FormatInt(seed, 10)) {
		state = (state ^ uint32(c)) * 16777619
	}
	return func() float64 {
		state += 1831565813
		x := state
		x = (x ^ x>>15) * (x | 1)
		x ^= x + (x^x>>7)*(x|61)
		return float64(x^x>>14) / 4294967296
	}
}
