package prices

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

const lite = `{
  "sample_spec": {"mode": "one of: chat, …", "input_cost_per_token": 0},
  "gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 7.5e-07, "output_cost_per_token": 4.5e-06,
    "cache_read_input_token_cost": 7.5e-08, "max_output_tokens": 128000, "max_input_tokens": 400000, "supports_vision": true},
  "gpt-x-pro": {"litellm_provider": "openai", "mode": "responses", "input_cost_per_token": 3e-05, "output_cost_per_token": 0.00018, "max_output_tokens": "many"},
  "claude-x": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
    "cache_creation_input_token_cost": 3.75e-06, "cache_read_input_token_cost": 3e-07,
    "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05,
    "cache_creation_input_token_cost_above_200k_tokens": 7.5e-06, "cache_read_input_token_cost_above_200k_tokens": 6e-07},
  "gemini/gemini-x": {"litellm_provider": "gemini", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
    "input_cost_per_token_above_128k_tokens": 2e-06, "input_cost_per_token_above_256k_tokens": 3e-06, "output_cost_per_token_above_256k_tokens": 4e-06},
  "openrouter/openai/gpt-x": {"litellm_provider": "openrouter", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0},
  "embed": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-08, "output_cost_per_token": 0},
  "gpt-free": {"litellm_provider": "openai", "mode": "chat", "output_cost_per_token": 1e-06},
  "bedrock/x": {"litellm_provider": "bedrock", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06}
}`

func TestReadLiteLLM(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model_prices.json")
	if err := os.WriteFile(path, []byte(lite), 0o644); err != nil {
		t.Fatal(err)
	}
	changed := time.Date(2026, 10, 5, 1, 2, 3, 0, time.UTC)
	if err := os.Chtimes(path, changed, changed); err != nil {
		t.Fatal(err)
	}
	table, skipped, err := ReadUpdate(path)
	if err != nil {
		t.Fatal(err)
	}
	if skipped != (Skipped{Mode: 1, Provider: 1, Price: 1}) {
		t.Errorf("skipped %+v", skipped)
	}
	const at, source = "2026-10-05", "model_prices.json"
	want := map[name]Price{
		{"openai", "gpt-x"}:     {Input: 0.75, CachedInput: 0.075, CacheWrite: 0.75, Output: 4.5, MaxOutputTokens: 128000, AsOf: at, Source: source},
		{"openai", "gpt-x-pro"}: {Input: 30, CachedInput: 30, CacheWrite: 30, Output: 180, AsOf: at, Source: source},
		{"anthropic", "claude-x"}: {Input: 3, CachedInput: 0.3, CacheWrite: 3.75, Output: 15, AsOf: at, Source: source,
			Long: &Long{Above: 200_000, Input: 6, CachedInput: 0.6, CacheWrite: 7.5, Output: 22.5}},
		{"google", "gemini-x"}: {Input: 1, CachedInput: 1, CacheWrite: 1, Output: 2, AsOf: at, Source: source,
			Long: &Long{Above: 128_000, Input: 3, CachedInput: 3, CacheWrite: 3, Output: 4}},
		{"openrouter", "openai/gpt-x"}: {AsOf: at, Source: source},
	}
	for n, p := range want {
		e := table.entries[n]
		if !e.Price.Same(p) || e.AsOf != p.AsOf || e.Source != p.Source || e.Provider != n.provider || e.Model != n.model {
			t.Errorf("%v: %+v %+v", n, e, e.Long)
		}
	}
	if len(table.entries) != len(want) {
		t.Errorf("%d entries", len(table.entries))
	}
}

func TestReadUpdateRefuses(t *testing.T) {
	entry := func(rest string) string {
		return `{"m": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6` + rest + "}}"
	}
	for text, want := range map[string]string{
		"{\n\n":                                 `f:3: not readable as JSON`,
		"{}":                                    `f: no price of a chat model in it`,
		`{"a": []}`:                             `f: "a": not an entry`,
		entry(`, "input_cost_per_token": -1`):   `f: "m": input_cost_per_token: -1: must be in 0..0.1`,
		entry(`, "output_cost_per_token": "1"`): `f: "m": output_cost_per_token: 1: must be`,
		entry(`, "output_cost_per_token": 15`):  `f: "m": output_cost_per_token: 15: must be`,
		strings.Replace(entry(""), `"m"`, `"m*"`, 1): `"m*" is no model's name`,
		"[]":                                `f:1: expected a mapping`,
		"models: {openai: {m: {input: 1}}}": `f:1: "models.openai.m.output": is missing`,
	} {
		_, _, err := parseUpdate("f", []byte(text), time.Now())
		var at *config.Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v", text, err)
		}
	}
	if _, _, err := ReadUpdate(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error")
	}
}

func update(t *testing.T, text string) *Table {
	t.Helper()
	table, _, err := parseUpdate("update.yaml", []byte(text), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func load(t *testing.T, root string) *Table {
	t.Helper()
	table, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func read(t *testing.T, root string) string {
	data, err := os.ReadFile(filepath.Join(root, File))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const news = `as_of: 2026-11-20
models:
  openai:
    gpt-5.4-mini: {input: 0.6, cached_input: 0.06, output: 4.5, max_output_tokens: 128000}
    gpt-5.4-nano: {input: 0.2, cached_input: 0.02, output: 1.25, max_output_tokens: 128000}
    'we "are": new*': {input: 1, output: 2, source: "a: b # c", long_context: {above: 5, input: 3, output: 4}}
  neu: {m: {input: 0, output: 0}}
`

func TestMerge(t *testing.T) {
	for name, before := range map[string]string{
		"no file": "", "empty": "\n", "comments": "# ours\n", "null": "# ours\n~\n", "no models": "as_of: 2026-01-01\n", "null models": "models:\n",
		"flow":  `{models: {openai: {gpt-5.4-mini: {input: 9, output: 9}, other: {input: 8, output: 8}}}}`,
		"block": "# ours\nmodels:\n  # cheap\n  openai:\n    gpt-5.4-mini: {input: 9, output: 9} # was\n    other:\n      input: 8 # yes\n      output: 8\n",
		"bom":   "\xef\xbb\xbfmodels: {openai: {other: {input: 8, output: 8}}}\r\n",
		"alias": "models:\n  azure: &a\n    gpt-5.4-mini: {input: 9, output: 9}\n    other: {input: 8, output: 8}\n  openai: *a\n",
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if name != "no file" {
				root = project(t, before)
			}
			old := load(t, root)
			changes := old.Changes(update(t, news))
			if err := Merge(root, changes); err != nil {
				t.Fatal(err)
			}
			table := load(t, root)
			if left := table.Changes(update(t, news)); len(left) > 0 {
				t.Errorf("not merged: %+v\n%s", left, read(t, root))
			}
			mini, _ := table.Find("openai", "gpt-5.4-mini")
			if mini.Input != 0.6 || !mini.Project || mini.AsOf != "2026-11-20" || mini.Source != "update.yaml" || name != "flow" && name != "block" && name != "alias" && mini.Context != 400_000 {
				t.Errorf("%+v\n%s", mini, read(t, root))
			}
			if nano, _ := table.Find("openai", "gpt-5.4-nano"); nano.Project {
				t.Errorf("a price that did not change was written\n%s", read(t, root))
			}
			for n, e := range old.entries {
				if n.model != "gpt-5.4-mini" && !table.entries[n].Price.Same(e.Price) || n.provider == "azure" && !table.entries[n].Price.Same(e.Price) {
					t.Errorf("%v changed\n%s", n, read(t, root))
				}
			}
			for line := range strings.Lines(before) {
				if _, comment, ok := strings.Cut(line, "#"); ok && !strings.Contains(read(t, root), strings.TrimSpace(comment)) && !strings.Contains(comment, "was") {
					t.Errorf("the comment %q is gone\n%s", comment, read(t, root))
				}
			}
			if left, _ := filepath.Glob(filepath.Join(root, ".prices-*")); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// What can't be merged stays as it was.
func TestMergeRefuses(t *testing.T) {
	for name, before := range map[string]string{
		"damaged": "models: [\n",
		"anchor":  "models:\n  openai:\n    gpt-5.4-mini: &m {input: 9, output: 9}\n    other: *m\n",
	} {
		root := project(t, before)
		changes := Default().Changes(update(t, news))
		if err := Merge(root, changes); err == nil || !strings.Contains(err.Error(), filepath.Join(root, File)) {
			t.Errorf("%s: error %v\n%s", name, err, read(t, root))
		}
		if read(t, root) != before {
			t.Errorf("%s: the file changed", name)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, test := range [][3]float64{{1, 1.5, 0.5}, {2, 1, -0.5}, {0, 0, 0}, {0, 1, math.Inf(1)}, {1, 0, -1}} {
		if got := Percent(test[0], test[1]); got != test[2] {
			t.Errorf("%v: %v", test, got)
		}
	}
}

// FuzzUpdate: what is read has sound prices, and can be merged and read again.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte(news))
	f.Add([]byte(own))
	f.Add([]byte(lite))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, _, err := parseUpdate("f", data, time.Now())
		if err != nil {
			return
		}
		for _, e := range table.Entries() {
			for _, rate := range []float64{e.Input, e.CachedInput, e.CacheWrite, e.Output} {
				if !(rate >= 0 && rate <= mostExpensive) {
					t.Fatalf("%+v", e)
				}
			}
			if w := e.Worst(1000, 1000); !(w >= e.Cost(1000, 300, 300, 1000)) {
				t.Fatalf("%+v: worst %v", e, w)
			}
		}
		root := t.TempDir()
		changes := Default().Changes(table)
		if err := Merge(root, changes); err != nil {
			t.Fatal(err)
		}
		after, err := Load(root)
		if err != nil {
			t.Fatal(err)
		}
		if left := after.Changes(table); len(left) > 0 {
			t.Fatalf("not merged: %+v", left)
		}
	})
}
