package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// peer is an installed release of promptfoo.
type peer struct{ *measure.Promptfoo }

// row is what both tools must agree upon.
type row struct {
	Test    int     `json:"test"`
	Prompt  int     `json:"prompt"`
	Pass    bool    `json:"pass"`
	Score   float64 `json:"score"`
	Errored bool    `json:"error,omitempty"` // not judged: the row ended with an error
	Named   object  `json:"named,omitempty"`
	Output  any     `json:"output"`
	Asked   asked   `json:"provider,omitzero"`
	Why     string  `json:"-"` // why it did not pass

	unjudged bool // genops could not judge it
}

// asked is who answered, as a results file names it.
type asked struct {
	ID    string `json:"id"`
	Label string `json:"label,omitempty"`
}

// results is the part of promptfoo's results file that is compared.
type results struct {
	Results struct {
		Results []struct {
			TestIdx, PromptIdx, FailureReason int
			Success                           bool
			Score                             float64
			NamedScores                       object
			Error, Unjudged                   string
			Response                          json.RawMessage // promptfoo keeps what is no object too
			Provider                          asked
		}
		Prompts []struct {
			Metrics struct{ NamedScores object }
		}
	}
}

// outcome is one configuration as a tool saw it.
type outcome struct {
	Rows    []row    `json:"rows"`
	Named   []object `json:"named_scores,omitempty"` // by prompt
	Refused string   `json:"refused,omitempty"`      // why nothing ran
}

// stubAddress is that of the bench's own server, whose port differs from run to run.
var stubAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`127\.0\.0\.1:\d+`) })

// readResults reads a results file in promptfoo's shape.
func readResults(path string) (*outcome, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r results
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	o := &outcome{}
	for _, x := range r.Results.Results {
		one := row{Test: x.TestIdx, Prompt: x.PromptIdx, Pass: x.Success, Score: x.Score, Errored: x.FailureReason == 2, Named: x.NamedScores, Why: x.Error, unjudged: x.Unjudged != "", Asked: x.Provider}
		var response struct{ Output any }
		if json.Unmarshal(x.Response, &response) == nil {
			one.Output = response.Output
		}
		o.Rows = append(o.Rows, one)
	}
	for i := range o.Rows {
		o.Rows[i].Asked.ID = stubAddress().ReplaceAllString(o.Rows[i].Asked.ID, "127.0.0.1")
	}
	sort.Slice(o.Rows, func(a, b int) bool {
		x, y := o.Rows[a], o.Rows[b]
		return x.Test < y.Test || x.Test == y.Test && x.Prompt < y.Prompt
	})
	any := false
	for _, p := range r.Results.Prompts {
		o.Named = append(o.Named, p.Metrics.NamedScores)
		any = any || len(p.Metrics.NamedScores) > 0
	}
	if !any {
		o.Named = nil
	}
	return o, nil
}

// run evaluates one configuration with promptfoo.
func (p *peer) run(config, state string, env []string, more ...string) (*outcome, measure.Usage, error) {
	out := filepath.Join(state, "results.json")
	os.Remove(out)
	env = append(env, "PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_CACHE_ENABLED=false",
		"PROMPTFOO_CONFIG_DIR="+state, "PROMPTFOO_PYTHON=python3", "PROMPTFOO_DISABLE_REMOTE_GENERATION=true")
	args := append([]string{p.Main, "eval", "-c", filepath.Base(config), "--no-cache", "--no-table", "--no-progress-bar", "-o", out}, more...)
	u, err := runProcess(filepath.Dir(config), env, "node", args...)
	if err != nil {
		return nil, u, err
	}
	o, err := readResults(out)
	if errors.Is(err, os.ErrNotExist) {
		text := bytes.TrimSpace(append(u.Stdout, u.Stderr...))
		return &outcome{Refused: string(text[max(len(text)-400, 0):])}, u, nil
	}
	return o, u, err
}

// patience is how long a process may take.
const patience = 3 * time.Minute

func runProcess(dir string, env []string, program string, args ...string) (measure.Usage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return measure.Run(ctx, dir, env, program, args...)
}
