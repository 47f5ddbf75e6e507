package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Judge says which model judges, and how. The zero value has no judge.
type Judge struct {
	Model       string                    `yaml:"model" json:"model"`               // PROVIDER:MODEL, or NAME of models/NAME.yaml; "" = none
	Compat      string                    `yaml:"compat" json:"compat"`             // default | exact | exact-schema | deepeval-4.1 | deepeval-4.1-schema
	Reasons     *bool                     `yaml:"reasons" json:"reasons"`           // whether a reason is asked for, which costs a call; nil = yes
	Together    bool                      `yaml:"together" json:"together"`         // several metrics in one question, where what was measured allows it
	Concurrency int                       `yaml:"concurrency" json:"concurrency"`   // calls in flight at most; 0 = evals.concurrency
	Config      map[string]any            `yaml:"config" json:"config,omitempty"`   // temperature, maxOutputTokens, …
	Metrics     map[string]map[string]any `yaml:"metrics" json:"metrics,omitempty"` // parameters by metric
}

// JudgeModes are the values of evals.judge.compat.
var judgeModes = []string{"", "default", "exact", "exact-schema", "deepeval-4.1", "deepeval-4.1-schema"}

// String is the judge on one line.
func (j Judge) String() string {
	if j.Model == "" {
		return "none"
	}
	parts := []string{"model: " + j.Model}
	if j.Compat != "" {
		parts = append(parts, "compat: "+j.Compat)
	}
	if j.Reasons != nil {
		parts = append(parts, fmt.Sprintf("reasons: %v", *j.Reasons))
	}
	if j.Together {
		parts = append(parts, "together: true")
	}
	if j.Concurrency > 0 {
		parts = append(parts, fmt.Sprintf("concurrency: %d", j.Concurrency))
	}
	for _, m := range []struct {
		key   string
		value any
		n     int
	}{{"config", j.Config, len(j.Config)}, {"metrics", j.Metrics, len(j.Metrics)}} {
		if data, err := json.Marshal(m.value); err == nil && m.n > 0 {
			parts = append(parts, m.key+": "+string(data))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (j Judge) problems() (bad []problem) {
	if !slices.Contains(judgeModes, j.Compat) {
		for _, p := range oneOf(j.Compat, judgeModes[1:]...) {
			bad = append(bad, problem{-1, "compat: " + p.msg})
		}
	}
	if j.Concurrency < 0 || j.Concurrency > 10000 {
		bad = append(bad, problem{-1, fmt.Sprintf("concurrency: %d: must be in 0..10000", j.Concurrency)})
	}
	if j.Model == "" && (j.Compat != "" || len(j.Config) > 0) {
		bad = append(bad, problem{-1, "model is missing: name one as PROVIDER:MODEL, or models/NAME"})
	}
	return bad
}
