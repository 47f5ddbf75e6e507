package prices

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// File is the name of a project's own prices, in its root.
const File = "prices.yaml"

//go:embed table.yaml
var table []byte

// Entry is the price of one model, or of all whose names begin with what stands
// before the * at the end of Model.
type Entry struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Price
	Project bool `json:"project"` // from the project's file
}

// Table holds prices by provider and model. It is read-only and safe for
// concurrent use.
type Table struct {
	AsOf    string // YYYY-MM-DD of the built-in prices
	entries map[name]Entry
}

type name struct{ provider, model string }

// Default is the built-in table.
func Default() *Table {
	t, err := parse("table.yaml", table)
	if err != nil {
		panic(err) // a test reads it
	}
	return t
}

// Load is the built-in table with the prices.yaml of the project at root, if
// there is one, in its place model by model. What is wrong in that file is one
// or more *config.Error.
func Load(root string) (*Table, error) {
	path := filepath.Join(root, File)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	own, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	t := Default()
	for n, e := range own.entries {
		e.Project = true
		t.entries[n] = e
	}
	return t, nil
}

// Entries lists all prices by provider and model.
func (t *Table) Entries() []Entry {
	return slices.SortedFunc(maps.Values(t.entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Model, b.Model))
	})
}

// Lookup finds the price of a model: the one with its name, else the one with
// the longest beginning of it and a *, else, when the name ends with a date, the
// one without ("gpt-5.4-mini-2026-03-17" costs as "gpt-5.4-mini"). Providers that
// are Local cost nothing unless a price is named. false means unknown.
func (t *Table) Lookup(provider, model string) (Price, bool) {
	e, ok := t.Find(provider, model)
	return e.Price, ok
}

// Find is Lookup, and tells which entry it is.
func (t *Table) Find(provider, model string) (Entry, bool) {
	if e, ok := t.entries[name{provider, model}]; ok {
		return e, true
	}
	for end := len(model); end >= 0; end-- {
		if e, ok := t.entries[name{provider, model[:end] + "*"}]; ok {
			return e, true
		}
	}
	if e, ok := t.entries[name{provider, undated(model)}]; ok {
		return e, true
	}
	if Local(provider) {
		return Entry{Provider: provider, Model: "*", Price: Price{Source: "runs on your own machines"}}, true
	}
	return Entry{}, false
}

// undated is a model's name without the date of a snapshot at its end: -20260317
// or -2026-03-17.
func undated(model string) string {
	for _, layout := range []string{"-20060102", "-2006-01-02"} {
		if at := len(model) - len(layout); at > 0 {
			if _, err := time.Parse(layout, model[at:]); err == nil {
				return model[:at]
			}
		}
	}
	return model
}

// Local says whether a provider is a program or server that one runs oneself,
// so that its calls cost nothing: ollama, vllm, lmstudio, process.
func Local(provider string) bool {
	return slices.Contains([]string{"ollama", "vllm", "lmstudio", "process"}, provider)
}

// LocalURL says whether a server's URL is one of this machine: its calls cost
// nothing, whatever its protocol. A proxy to a paid provider is the exception
// that prices.yaml is there for.
func LocalURL(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
