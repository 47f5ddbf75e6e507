package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Registry holds what the project's prompts, agents, models and test sets are
// ruled by.
type Registry struct {
	Labels map[string]LabelRule `yaml:"labels"` // by LABEL, KIND/LABEL or KIND/NAME/LABEL; the longest that fits counts
}

// LabelRule says who may move a label, and what has to be known about the
// version that it goes to.
type LabelRule struct {
	Who      []string       `yaml:"who" json:"who,omitempty"`           // e-mail addresses, * and ? allowed; empty = anybody
	Evidence []EvidenceRule `yaml:"evidence" json:"evidence,omitempty"` // all of these are needed
	Signed   bool           `yaml:"signed" json:"signed,omitempty"`     // evidence counts only with a signature that git finds good
}

// EvidenceRule asks for evals of the version.
type EvidenceRule struct {
	TestSet string        `yaml:"test_set" json:"test_set,omitempty"` // name below testsets/, or a path; "" = any, and none that failed
	Verdict string        `yaml:"verdict" json:"verdict,omitempty"`   // pass | any; "" = pass
	MaxAge  time.Duration `yaml:"max_age" json:"max_age,omitempty"`   // 0 = of any age
}

// String is the rule in words.
func (r EvidenceRule) String() string {
	what := "a passing run"
	if r.Verdict == "any" {
		what = "a run"
	}
	if r.TestSet != "" {
		what += " on " + r.TestSet
	}
	if r.MaxAge > 0 {
		what += " within " + r.MaxAge.String()
	}
	return what
}

// String is the rule in words, as `config show` prints it.
func (r LabelRule) String() string {
	var all []string
	if len(r.Who) > 0 {
		all = append(all, "moved by "+strings.Join(r.Who, ", "))
	}
	for _, e := range r.Evidence {
		all = append(all, "needs "+e.String())
	}
	if r.Signed {
		all = append(all, "signed evidence only")
	}
	if len(all) == 0 {
		return "free"
	}
	return strings.Join(all, "; ")
}

// labelLeaves are the settings of protected labels, sorted by key.
func (p *Project) labelLeaves() (all []leaf) {
	if len(p.Registry.Labels) == 0 {
		return []leaf{{"registry.labels", "all free", nil}}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Registry.Labels)) {
		rule := p.Registry.Labels[key]
		all = append(all, leaf{"registry.labels." + key, rule, append(labelKey(key), rule.problems()...)})
	}
	return all
}

// labelKey checks where a rule applies.
func labelKey(key string) []problem {
	parts := strings.Split(key, "/")
	kinds := []string{"prompt", "agent", "model", "testset"}
	switch {
	case slices.Contains(parts, ""):
		return unless(false, "%q: write LABEL, KIND/LABEL or KIND/NAME/LABEL", key)
	case len(parts) > 1 && !slices.Contains(kinds, parts[0]):
		return oneOf(parts[0], kinds...)
	}
	return nil
}

func (r LabelRule) problems() (bad []problem) {
	for _, who := range r.Who {
		if _, err := path.Match(who, ""); err != nil || strings.TrimSpace(who) == "" {
			bad = append(bad, problem{-1, fmt.Sprintf("who: %s is no e-mail address; * and ? stand for any letters and any letter", Shorten(who))})
		}
	}
	for i, e := range r.Evidence {
		if e.Verdict != "" && e.Verdict != "pass" && e.Verdict != "any" {
			bad = append(bad, problem{-1, fmt.Sprintf("evidence[%d].verdict: unknown value %s; known: pass, any", i, Shorten(e.Verdict))})
		}
		if e.MaxAge < 0 {
			bad = append(bad, problem{-1, fmt.Sprintf("evidence[%d].max_age: %v: must be positive", i, e.MaxAge)})
		}
	}
	return bad
}
