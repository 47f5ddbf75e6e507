package evals

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/GaboBase/arch-genops/testsets"
)

// Subset chooses cases. The zero value chooses all. A run on a subset decides
// only about itself.
type Subset struct {
	Filters  []string `json:"filters,omitempty"`   // KEY=VALUE or /regex/, all must hold
	Limit    int      `json:"limit,omitempty"`     // at most so many, in file order; 0 = no limit
	FailedIn string   `json:"failed_in,omitempty"` // run whose failed, errored and unjudged cases are chosen
	IDs      []string `json:"ids,omitempty"`       // those cases
}

// Active says whether it chooses less than all on purpose.
func (s Subset) Active() bool { return len(s.Filters) > 0 || s.Limit > 0 || s.FailedIn != "" }

// String describes the choice as on the command line; "" when all are chosen.
func (s Subset) String() string {
	var parts []string
	for _, f := range s.Filters {
		parts = append(parts, "--filter "+f)
	}
	if s.FailedIn != "" {
		parts = append(parts, "--failed-in "+s.FailedIn)
	}
	if s.Limit > 0 {
		parts = append(parts, fmt.Sprintf("--limit %d", s.Limit))
	}
	return strings.Join(parts, " ")
}

func (s Subset) choose(set *testsets.Set) ([]testsets.Case, error) {
	if !s.Active() {
		return set.Cases, nil
	}
	var tests []func(*testsets.Case) bool
	for _, f := range s.Filters {
		t, err := parseFilter(f, set)
		if err != nil {
			return nil, &UsageError{err}
		}
		tests = append(tests, t)
	}
	if s.FailedIn != "" {
		ids := map[string]bool{}
		for _, id := range s.IDs {
			ids[id] = true
		}
		tests = append(tests, func(c *testsets.Case) bool { return ids[c.ID] })
	}
	var chosen []testsets.Case
	for i := range set.Cases {
		if s.Limit > 0 && len(chosen) == s.Limit {
			break
		}
		if holds(tests, &set.Cases[i]) {
			chosen = append(chosen, set.Cases[i])
		}
	}
	if len(chosen) == 0 {
		return nil, &UsageError{fmt.Errorf("%s chooses none of the %d cases", s, len(set.Cases))}
	}
	return chosen, nil
}

func holds(tests []func(*testsets.Case) bool, c *testsets.Case) bool {
	for _, t := range tests {
		if !t(c) {
			return false
		}
	}
	return true
}

// parseFilter reads KEY=VALUE (id, expected, cluster, or the name of a slice)
// or /regex/ (on the input).
func parseFilter(text string, set *testsets.Set) (func(*testsets.Case) bool, error) {
	if len(text) > 1 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		re, err := regexp.Compile(text[1 : len(text)-1])
		if err != nil {
			return nil, fmt.Errorf("--filter %s: %w", text, err)
		}
		return func(c *testsets.Case) bool { return re.MatchString(c.Input) }, nil
	}
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return nil, fmt.Errorf("--filter %q: write KEY=VALUE or /regex/", text)
	}
	switch key {
	case "id":
		return func(c *testsets.Case) bool { return c.ID == value }, nil
	case "cluster":
		return func(c *testsets.Case) bool { return c.Cluster == value }, nil
	case "expected":
		return func(c *testsets.Case) bool { return c.Expected != nil && fmt.Sprint(c.Expected) == value }, nil
	}
	known := sliceKeys(set)
	for _, k := range known {
		if k == key {
			return func(c *testsets.Case) bool { return c.Slice[key] == value }, nil
		}
	}
	return nil, fmt.Errorf("--filter %s: no case has a slice %q; known: id, expected, cluster, %s", text, key, strings.Join(known, ", "))
}
