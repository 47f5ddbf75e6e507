package prices

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

func TestDefault(t *testing.T) {
	d := Default()
	if len(d.Entries()) < 30 {
		t.Errorf("only %d prices", len(d.Entries()))
	}
	providers := map[string]int{}
	for _, e := range d.Entries() {
		providers[e.Provider]++
		if _, err := time.Parse(time.DateOnly, e.AsOf); err != nil || e.Source == "" {
			t.Errorf("%s %s: as of %q, source %q", e.Provider, e.Model, e.AsOf, e.Source)
		}
		embeds := strings.Contains(e.Model, "embedding") // has no output that costs
		if e.Input <= 0 || e.Output < e.Input != embeds || e.CachedInput > e.Input || e.Project {
			t.Errorf("%s %s: %+v", e.Provider, e.Model, e.Price)
		}
		if e.Long != nil && (e.Long.Input <= e.Input || e.Long.Output <= e.Output || e.Long.CachedInput < e.CachedInput) {
			t.Errorf("%s %s: long input is cheaper: %+v", e.Provider, e.Model, *e.Long)
		}
	}
	for _, want := range []string{"openai", "anthropic", "google"} {
		if providers[want] == 0 {
			t.Errorf("no price of %s", want)
		}
	}
}

const own = `# ours
as_of: 2026-10-01
source: contract
models:
  openai:
    gpt-5.4-mini: {input: 0.5, output: 3}
    gpt-5.4-m*: {input: 7, output: 7, source: other, as_of: 2026-01-31}
    gpt-5.4-mini-2*: {input: 8, output: 8}
    house-*: {input: 0, output: 0}
  vllm:
    big: {input: 1, cached_input: 0, cache_write: 2, output: 3, max_output_tokens: 10, context: 20,
      long_context: {above: 5, input: 2, cached_input: 1, output: 4}}
`

func project(t *testing.T, text string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLookup(t *testing.T) {
	table, err := Load(project(t, own))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		provider, model string
		input           float64
		ok              bool
	}{
		{"openai", "gpt-5.4-mini", 0.5, true},            // the project's
		{"openai", "gpt-5.4-mini-2026-03-17", 8, true},   // the longest beginning
		{"openai", "gpt-5.4-micro", 7, true},             // another one
		{"openai", "gpt-5.4-nano", 0.2, true},            // built in
		{"openai", "gpt-5.4-nano-2026-03-17", 0.2, true}, // of a day
		{"openai", "gpt-5.4-nano-20260317", 0.2, true},
		{"openai", "gpt-5.4-nano-2026-13-17", 0, false}, // no day
		{"openai", "gpt-5.4-nano-latest", 0, false},
		{"openai", "house-3", 0, true},
		{"openai", "house", 0, false},
		{"openai", "", 0, false},
		{"openai", "-2026-03-17", 0, false},
		{"anthropic", "gpt-5.4-mini", 0, false},
		{"OpenAI", "gpt-5.4-mini", 0, false},
		{"vllm", "big", 1, true}, // priced though it is local
		{"vllm", "small", 0, true},
		{"ollama", "llama3", 0, true},
		{"process", "", 0, true},
		{"", "", 0, false},
	} {
		p, ok := table.Lookup(test.provider, test.model)
		if ok != test.ok || p.Input != test.input {
			t.Errorf("%s %s: %v, %v", test.provider, test.model, p.Input, ok)
		}
	}
	big, _ := table.Find("vllm", "big")
	want := Price{Input: 1, CachedInput: 0, CacheWrite: 2, Output: 3, MaxOutputTokens: 10, Context: 20, AsOf: "2026-10-01", Source: "contract"}
	if l := *big.Long; l != (Long{Above: 5, Input: 2, CachedInput: 1, CacheWrite: 2, Output: 4}) {
		t.Errorf("long %+v", l)
	}
	if big.Long = nil; big.Price != want || !big.Project {
		t.Errorf("%+v", big)
	}
	mini, _ := table.Lookup("openai", "gpt-5.4-mini")
	if mini.CachedInput != 0.5 || mini.CacheWrite != 0.5 {
		t.Errorf("what is left out costs as input: %+v", mini)
	}
	if x, _ := table.Lookup("openai", "gpt-5.4-micro"); x.Source != "other" || x.AsOf != "2026-01-31" {
		t.Errorf("%+v", x)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "models:\n", "models: {openai: }\n", "~\n"} {
		table, err := Load(project(t, text))
		if err != nil || len(table.Entries()) != len(Default().Entries()) {
			t.Errorf("%q: %v", text, err)
		}
	}
	table, err := Load(t.TempDir())
	if err != nil || len(table.Entries()) != len(Default().Entries()) {
		t.Error(err)
	}
	blocked := t.TempDir()
	if err := os.Mkdir(filepath.Join(blocked, File), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(blocked); err == nil {
		t.Error("a folder was read")
	}
}

func TestLoadRefuses(t *testing.T) {
	model := func(text string) string { return "models:\n  openai:\n    m: " + text + "\n" }
	for text, want := range map[string]string{
		model("{input: -1, output: 1}"):                            `:3: "models.openai.m.input": -1: must be in 0..100000 (USD per million tokens)`,
		model("{input: .nan, output: 1}"):                          `:3: "models.openai.m.input": NaN`,
		model("{input: 1, output: .inf}"):                          `:3: "models.openai.m.output": +Inf`,
		model("{input: 1, output: 1e9}"):                           `:3: "models.openai.m.output": 1e+09`,
		model("{input: 1}"):                                        `:3: "models.openai.m.output": is missing; 0 means free`,
		model("{}"):                                                `"models.openai.m.input": is missing`,
		model("free"):                                              `:3: "models.openai.m": expected a mapping`,
		model("{input: 1, output: cheap}"):                         `:3: "models.openai.m.output": expected a number, found "cheap"`,
		model("{input: 1, ouput: 2}"):                              `:3: unknown key "ouput" in models.openai.m; did you mean "output"?`,
		model("{input: 1, output: 2, context: -1}"):                `:3: "models.openai.m.context": -1: must be 0 or more`,
		model("{input: 1, output: 2, as_of: soon}"):                `:3: "models.openai.m.as_of": "soon": must be a date`,
		model("{input: 1, output: 2, long_context: {input: 1}}"):   `:3: "models.openai.m.long_context.above": 0: must be more than 0`,
		model("{input: 1, output: 2, long_context: {above: 1}}"):   `"models.openai.m.long_context.input": is missing`,
		"models:\n  openai:\n    m:\n":                             `:3: "models.openai.m": has no prices`,
		"models:\n  openai:\n    'a*b': {input: 1, output: 1}\n":   `:3: "models.openai.a*b": "a*b": a model's name`,
		"models:\n  openai:\n    '**': {input: 1, output: 1}\n":    `a model's name`,
		"models:\n  OpenAI:\n    m: {input: 1, output: 1}\n":       `:2: "models.OpenAI": "OpenAI": a provider is a lower-case word`,
		"as_of: 2026-02-30\n":                                      `:1: "as_of": "2026-02-30": must be a date`,
		"model: {}\n":                                              `:1: unknown key "model"; did you mean "models"?`,
		"models:\n  openai:\n    m: {input: 1, output: 1\n":        `prices.yaml:`,
		"models: {a: {m: {input: 1, output: 1}, m: {input: 2}}}\n": `prices.yaml:1`,
	} {
		_, err := Load(project(t, text))
		var at *config.Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestLocalURL(t *testing.T) {
	for base, want := range map[string]bool{
		"http://localhost:11434/v1": true, "http://127.0.0.1:8000": true, "https://[::1]/v1": true, "http://127.8.9.1": true,
		"http://LOCALHOST.": true, "http://x.localhost": true, "http://[::ffff:127.0.0.1]:1": true,
		"https://api.openai.com/v1": false, "http://localhost.example.com": false, "http://10.0.0.1": false,
		"http://user@example.com:80/127.0.0.1": false, "localhost:11434": false, "": false, "http://%zz": false,
	} {
		if got := LocalURL(base); got != want {
			t.Errorf("%s: %v", base, got)
		}
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		Default()
	}
}
