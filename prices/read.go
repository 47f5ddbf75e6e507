package prices

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// file is the shape of table.yaml and prices.yaml.
type file struct {
	AsOf   string                      `yaml:"as_of"`
	Source string                      `yaml:"source"`
	Models map[string]map[string]*item `yaml:"models"`
}

type rates struct {
	Input       *float64 `yaml:"input"`
	CachedInput *float64 `yaml:"cached_input"`
	CacheWrite  *float64 `yaml:"cache_write"`
	Output      *float64 `yaml:"output"`
}

type item struct {
	rates           `yaml:",inline"`
	MaxOutputTokens int       `yaml:"max_output_tokens"`
	Context         int       `yaml:"context"`
	AsOf            string    `yaml:"as_of"`
	Source          string    `yaml:"source"`
	Long            *longItem `yaml:"long_context"`
}

type longItem struct {
	Above int `yaml:"above"`
	rates `yaml:",inline"`
}

// parse reads prices strictly. Errors are one or more *config.Error.
func parse(path string, data []byte) (*Table, error) {
	var f file
	lines, err := config.DecodeLines(path, data, &f)
	if err != nil {
		return nil, err
	}
	r := reader{file: path, lines: lines}
	t := &Table{AsOf: f.AsOf, entries: map[name]Entry{}}
	r.date("as_of", f.AsOf)
	for _, provider := range slices.Sorted(maps.Keys(f.Models)) {
		at := "models." + provider
		if provider == "" || provider != strings.ToLower(provider) || strings.ContainsAny(provider, " :/*") {
			r.fail(at, "%s: a provider is a lower-case word, e.g. openai", config.Shorten(provider))
		}
		for _, model := range slices.Sorted(maps.Keys(f.Models[provider])) {
			price := r.price(at+"."+model, model, f.Models[provider][model], &f)
			t.entries[name{provider, model}] = Entry{Provider: provider, Model: model, Price: price}
		}
	}
	if err := config.Join(r.errs); err != nil {
		return nil, err
	}
	return t, nil
}

type reader struct {
	file  string
	lines map[string]int
	errs  []*config.Error
}

func (r *reader) fail(key, format string, args ...any) {
	line, ok := r.lines[key]
	for above := key; !ok && above != ""; line, ok = r.lines[above] {
		above = above[:max(strings.LastIndexByte(above, '.'), 0)]
	}
	r.errs = append(r.errs, &config.Error{File: r.file, Line: line, Key: key, Msg: fmt.Sprintf(format, args...)})
}

func (r *reader) price(at, model string, it *item, f *file) Price {
	if stars := strings.Count(model, "*"); model == "" || stars > 1 || stars == 1 && !strings.HasSuffix(model, "*") {
		r.fail(at, "%s: a model's name, or its beginning and one * at the end", config.Shorten(model))
	}
	if it == nil {
		r.fail(at, "has no prices: input and output are needed")
		return Price{}
	}
	p := Price{MaxOutputTokens: it.MaxOutputTokens, Context: it.Context, AsOf: it.AsOf, Source: it.Source}
	if p.AsOf == "" {
		p.AsOf = f.AsOf
	}
	if p.Source == "" {
		p.Source = f.Source
	}
	p.Input, p.CachedInput, p.CacheWrite, p.Output = r.rates(at, it.rates)
	r.count(at+".max_output_tokens", it.MaxOutputTokens)
	r.count(at+".context", it.Context)
	r.date(at+".as_of", it.AsOf)
	if it.Long != nil {
		l := Long{Above: it.Long.Above}
		at += ".long_context"
		if l.Above <= 0 {
			r.fail(at+".above", "%d: must be more than 0 tokens", l.Above)
		}
		l.Input, l.CachedInput, l.CacheWrite, l.Output = r.rates(at, it.Long.rates)
		p.Long = &l
	}
	return p
}

func (r *reader) rates(at string, given rates) (input, cached, write, output float64) {
	input = r.rate(at+".input", given.Input, nil)
	return input, r.rate(at+".cached_input", given.CachedInput, &input), r.rate(at+".cache_write", given.CacheWrite, &input), r.rate(at+".output", given.Output, nil)
}

// mostExpensive bounds a rate: what is dearer was meant in another unit.
const mostExpensive = 100_000

func (r *reader) rate(key string, given, absent *float64) float64 {
	switch {
	case given == nil && absent == nil:
		r.fail(key, "is missing; 0 means free")
		return 0
	case given == nil:
		return *absent
	case math.IsNaN(*given) || *given < 0 || *given > mostExpensive:
		r.fail(key, "%v: must be in 0..%d (USD per million tokens)", *given, mostExpensive)
	}
	return *given
}

func (r *reader) count(key string, n int) {
	if n < 0 {
		r.fail(key, "%d: must be 0 or more", n)
	}
}

func (r *reader) date(key, text string) {
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		r.fail(key, "%s: must be a date, e.g. 2026-11-22", config.Shorten(text))
	}
}
