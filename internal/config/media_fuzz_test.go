package config

import (
	"math"
	"strings"
	"testing"
)

// FuzzGenerators: no config/generators.json panics; an error names the file, and
// what is taken can be used.
func FuzzGenerators(f *testing.F) {
	f.Add([]byte(`{"generators": {"a": {"kind": "comfyui", "url": "${HOST}/x", "width": 4, "params": {"steps": 3}}}}`))
	f.Add([]byte(`{"generators": {"b": {"kind": "process", "command": ["x", "y"], "env": {"A": "b"}, "price_usd": 0.5, "timeout": "3s"}}}`))
	f.Add([]byte("{\n\t\"generators\": {\"a\": {\"kind\": \"comfy\"}}\n}"))
	f.Add([]byte(`{"generators": {"a": {"kind": "openai_images", "price_usd": .nan, "per_minute": .inf}}}`))
	f.Add([]byte(`{"generators": {"a": null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := parseGenerators(data, func(string) string { return "v" })
		if err != nil {
			if !strings.Contains(err.Error(), GeneratorsFile) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		for name, g := range all {
			price := 0.0
			if g.PriceUSD != nil {
				price = *g.PriceUSD
			}
			if g.Kind == "" || g.Width < 0 || !(price >= 0) || math.IsInf(price+g.PerMinute, 0) || !(g.PerMinute >= 0) || g.Timeout < 0 {
				t.Errorf("%s is taken: %+v", name, g)
			}
		}
	})
}

// FuzzPipeline: the same of config/pipeline.yaml.
func FuzzPipeline(f *testing.F) {
	f.Add([]byte("pipeline:\n  generators: [a, b]\n  synthesize: {ambiguous: retry, retries: 3, timeout: 10m, budget_usd: 5, pilot: 20}\n"))
	f.Add([]byte("pipeline: {min_success: {synthesize: .nan}, assure: {alpha: .inf}}"))
	f.Add([]byte("pipeline:\n"))
	f.Add([]byte("pipeline: {deliver: {to: cdn, prompt: hash}, database_env: PGURL}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMedia(data)
		if err != nil {
			if !strings.Contains(err.Error(), MediaFile) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		s := m.Synthesize
		if len(m.Generators) == 0 || !(s.BudgetUSD >= 0) || math.IsInf(s.BudgetUSD, 0) || s.Pilot < 0 || s.Timeout <= 0 || !(m.MinSuccess.Synthesize >= 0 && m.MinSuccess.Assure <= 1) {
			t.Errorf("it is taken: %+v", m)
		}
	})
}
