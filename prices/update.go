package prices

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Change is a price that an update brings.
type Change struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Old      *Price `json:"old"` // nil: the model is new
	New      Price  `json:"new"`
}

// Skipped counts the entries of an update that are no prices of chat models.
type Skipped struct {
	Mode     int `json:"other_modes"`     // images, embeddings, …
	Provider int `json:"other_providers"` // whose prices are not taken over
	Price    int `json:"without_price"`
}

// ReadUpdate reads the prices in the file at path: in the shape of prices.yaml,
// or LiteLLM's model_prices_and_context_window.json, of which it takes the chat
// models of a few providers. Prices without a date get that of the file's last
// change. What is wrong is one or more *config.Error.
func ReadUpdate(path string) (*Table, Skipped, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Skipped{}, err
	}
	if info.Size() > config.MaxSize {
		return nil, Skipped{}, &config.Error{File: path, Msg: fmt.Sprintf("the file has %d bytes; at most %d are read", info.Size(), config.MaxSize)}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Skipped{}, err
	}
	return parseUpdate(path, data, info.ModTime())
}

func parseUpdate(path string, data []byte, changed time.Time) (*Table, Skipped, error) {
	var t *Table
	var skipped Skipped
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		t, skipped, err = parseLiteLLM(path, data)
	} else {
		t, err = parse(path, data)
	}
	if err != nil {
		return nil, Skipped{}, err
	}
	for n, e := range t.entries {
		if e.AsOf == "" {
			e.AsOf = changed.UTC().Format(time.DateOnly)
		}
		if e.Source == "" {
			e.Source = filepath.Base(path)
		}
		t.entries[n] = e
	}
	return t, skipped, nil
}

// Changes lists what an update changes, by provider and model. Models of which
// it says nothing stay as they are, and so do limits.
func (t *Table) Changes(update *Table) []Change {
	var all []Change
	for _, e := range update.Entries() {
		old, known := t.entries[name{e.Provider, e.Model}]
		if !known {
			all = append(all, Change{e.Provider, e.Model, nil, e.Price})
			continue
		}
		if e.MaxOutputTokens == 0 {
			e.MaxOutputTokens = old.MaxOutputTokens
		}
		if e.Context == 0 {
			e.Context = old.Context
		}
		if !old.Price.Same(e.Price) {
			all = append(all, Change{e.Provider, e.Model, &old.Price, e.Price})
		}
	}
	return all
}

// Percent is by how much a rate changed, relative to what it was: 0.1 is 10 %
// more. It is +Inf for what was free, and 0 for what stays.
func Percent(before, after float64) float64 {
	switch {
	case before == after:
		return 0
	case before == 0:
		return math.Inf(1)
	}
	return after/before - 1
}
