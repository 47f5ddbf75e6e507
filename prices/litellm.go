package prices

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// liteLLMProviders are the providers whose prices are taken over, by the name
// that LiteLLM has for them. Most of its models have that name and a slash
// before their own.
var liteLLMProviders = map[string]string{
	"openai": "openai", "anthropic": "anthropic", "gemini": "google", "openrouter": "openrouter", "azure": "azure",
	"mistral": "mistral", "groq": "groq", "deepseek": "deepseek", "xai": "xai",
}

func parseLiteLLM(path string, data []byte) (*Table, Skipped, error) {
	var skipped Skipped
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, skipped, &config.Error{File: path, Line: lineOf(data, err), Msg: "not readable as JSON: " + err.Error()}
	}
	delete(all, "sample_spec") // explains the fields
	t := &Table{entries: map[name]Entry{}}
	var errs []*config.Error
	for _, model := range slices.Sorted(maps.Keys(all)) {
		var in liteLLM
		if err := json.Unmarshal(all[model], &in); err != nil {
			errs = append(errs, &config.Error{File: path, Key: model, Msg: "not an entry: " + err.Error()})
			continue
		}
		provider, known := liteLLMProviders[in.text("litellm_provider")]
		switch mode := in.text("mode"); {
		case mode != "chat" && mode != "responses":
			skipped.Mode++
		case !known:
			skipped.Provider++
		case in["input_cost_per_token"] == nil || in["output_cost_per_token"] == nil:
			skipped.Price++
		default:
			price, err := in.price()
			e := Entry{Provider: provider, Model: strings.TrimPrefix(model, in.text("litellm_provider")+"/"), Price: price}
			if e.Model == "" || strings.Contains(e.Model, "*") {
				err = fmt.Errorf("%s is no model's name", config.Shorten(e.Model))
			}
			if err != nil {
				errs = append(errs, &config.Error{File: path, Key: model, Msg: err.Error()})
			}
			t.entries[name{e.Provider, e.Model}] = e
		}
	}
	if len(errs) == 0 && len(t.entries) == 0 {
		errs = append(errs, &config.Error{File: path, Msg: `no price of a chat model in it; an entry is "MODEL": {"litellm_provider", "mode": "chat", "input_cost_per_token", "output_cost_per_token"}`})
	}
	if err := config.Join(errs); err != nil {
		return nil, skipped, err
	}
	return t, skipped, nil
}

// liteLLM is one entry of model_prices_and_context_window.json. Its rates are in
// USD per token.
type liteLLM map[string]any

func (in liteLLM) text(key string) string {
	s, _ := in[key].(string)
	return s
}

func (in liteLLM) price() (Price, error) {
	var p Price
	var err error
	if n, ok := in["max_output_tokens"].(float64); ok && n >= 1 && n < 1e9 {
		p.MaxOutputTokens = int(n)
	}
	if p.Input, p.CachedInput, p.CacheWrite, p.Output, err = in.rates(""); err != nil {
		return p, err
	}
	thousands := in.tiers()
	if len(thousands) == 0 {
		return p, nil
	}
	// Of several tiers the dearest counts, from the first on.
	l := Long{Above: thousands[0] * 1000}
	last := "_above_" + strconv.Itoa(thousands[len(thousands)-1]) + "k_tokens"
	l.Input, l.CachedInput, l.CacheWrite, l.Output, err = in.rates(last)
	p.Long = &l
	return p, err
}

// tiers lists after how many thousand tokens of input other rates begin.
func (in liteLLM) tiers() (thousands []int) {
	for key := range in {
		rest, input := strings.CutPrefix(key, "input_cost_per_token_above_")
		rest, tier := strings.CutSuffix(rest, "k_tokens")
		if n, err := strconv.Atoi(rest); input && tier && err == nil && n > 0 && n < 1e6 {
			thousands = append(thousands, n)
		}
	}
	slices.Sort(thousands)
	return thousands
}

// rates reads the rates whose keys have this ending. Those of a tier that are
// not there stay as they are below it.
func (in liteLLM) rates(ending string) (input, cached, write, output float64, err error) {
	rate := func(keys ...string) (perMillion float64) {
		for _, key := range keys {
			if in[key] == nil || err != nil {
				continue
			}
			perToken, ok := in[key].(float64)
			if !ok || perToken < 0 || perToken > mostExpensive/million {
				err = fmt.Errorf("%s: %v: must be in 0..%v (USD per token)", key, in[key], mostExpensive/million)
			}
			return math.Round(perToken*million*million) / million // without the noise of a division by a million
		}
		return 0
	}
	const in1, out1 = "input_cost_per_token", "output_cost_per_token"
	const read, put = "cache_read_input_token_cost", "cache_creation_input_token_cost"
	input, output = rate(in1+ending, in1), rate(out1+ending, out1)
	cached, write = rate(read+ending, in1+ending, in1), rate(put+ending, in1+ending, in1)
	return input, cached, write, output, err
}

// lineOf is the line of a JSON error, 0 when it has none.
func lineOf(data []byte, err error) int {
	var at int64
	switch e := err.(type) {
	case *json.SyntaxError:
		at = e.Offset
	case *json.UnmarshalTypeError:
		at = e.Offset
	default:
		return 0
	}
	return 1 + strings.Count(string(data[:min(at, int64(len(data)))]), "\n")
}
