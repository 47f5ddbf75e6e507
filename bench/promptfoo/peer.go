package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// peer is an installed release of promptfoo.
type peer struct {
	version string
	main    string // the script that node runs
}

// releaseFor is the release that a version of node, such as "v20.20.2", can
// run; "" = none.
func releaseFor(node string) string {
	var major, minor int
	if _, err := fmt.Sscanf(node, "v%d.%d", &major, &minor); err != nil {
		return ""
	}
	switch {
	case major > 22, major == 22 && minor >= 22:
		return "latest"
	case major == 20 && minor >= 20:
		return "0.121.20"
	}
	return ""
}

// installPeer installs the release for the node that is there into the user's
// cache, unless an earlier run of a bench did. The error says why it can't.
func installPeer() (*peer, error) {
	node, err := exec.Command("node", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("no node: %w", err)
	}
	version := strings.TrimSpace(string(node))
	release := releaseFor(version)
	if release == "" {
		return nil, fmt.Errorf("it needs node ^20.20 or >= 22.22, not %s", version)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "genops-bench", "promptfoo-"+release)
	// npm writes this list at its end: a broken installation lacks it.
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err != nil {
		fmt.Printf("installing promptfoo %s with npm into %s (about 1.4 GB, once)\n", release, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		out, err := exec.Command("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", dir, "promptfoo@"+release).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("npm install: %w: %s", err, out[max(len(out)-300, 0):])
		}
	}
	return openPeer(dir)
}

// openPeer finds the program of an installation.
func openPeer(dir string) (*peer, error) {
	pkg := filepath.Join(dir, "node_modules", "promptfoo")
	data, err := os.ReadFile(filepath.Join(pkg, "package.json"))
	if err != nil {
		return nil, err
	}
	var about struct {
		Version string
		Bin     map[string]string
	}
	if err := json.Unmarshal(data, &about); err != nil {
		return nil, fmt.Errorf("reading promptfoo's package.json: %w", err)
	}
	if about.Bin["promptfoo"] == "" {
		return nil, errors.New("its package names no program")
	}
	return &peer{about.Version, filepath.Join(pkg, filepath.FromSlash(about.Bin["promptfoo"]))}, nil
}

// row is what both tools must agree upon.
type row struct {
	Test    int     `json:"test"`
	Prompt  int     `json:"prompt"`
	Pass    bool    `json:"pass"`
	Score   float64 `json:"score"`
	Errored bool    `json:"error,omitempty"` // not judged: the row ended with an error
	Named   object  `json:"named,omitempty"`
	Output  any     `json:"output"`
	Why     string  `json:"-"` // why it did not pass

	unjudged bool // genops could not judge it
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
			Response                          *struct{ Output any }
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
		one := row{Test: x.TestIdx, Prompt: x.PromptIdx, Pass: x.Success, Score: x.Score, Errored: x.FailureReason == 2, Named: x.NamedScores, Why: x.Error, unjudged: x.Unjudged != ""}
		if x.Response != nil {
			one.Output = x.Response.Output
		}
		o.Rows = append(o.Rows, one)
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
func (p *peer) run(config, state string, env []string, more ...string) (*outcome, usage, error) {
	out := filepath.Join(state, "results.json")
	os.Remove(out)
	env = append(env, "PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_CACHE_ENABLED=false",
		"PROMPTFOO_CONFIG_DIR="+state, "PROMPTFOO_PYTHON=python3", "PROMPTFOO_DISABLE_REMOTE_GENERATION=true")
	args := append([]string{p.main, "eval", "-c", filepath.Base(config), "--no-cache", "--no-table", "--no-progress-bar", "-o", out}, more...)
	u, err := runProcess(filepath.Dir(config), env, "node", args...)
	if err != nil {
		return nil, u, err
	}
	o, err := readResults(out)
	if errors.Is(err, os.ErrNotExist) {
		text := bytes.TrimSpace(append(u.stdout, u.stderr...))
		return &outcome{Refused: string(text[max(len(text)-400, 0):])}, u, nil
	}
	return o, u, err
}

// usage is what a process took.
type usage struct {
	wall           time.Duration
	rss            int64 // peak, bytes; 0 = not known
	code           int
	stdout, stderr []byte
}

// patience is how long a process may take.
const patience = 3 * time.Minute

func runProcess(dir string, env []string, program string, args ...string) (usage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = time.Second
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(began), stdout: out.Bytes(), stderr: errs.Bytes()}
	if cmd.ProcessState != nil {
		u.code, u.rss = cmd.ProcessState.ExitCode(), peakRSS(cmd.ProcessState)
	}
	if ctx.Err() != nil {
		return u, fmt.Errorf("%s did not end within %s", filepath.Base(program), patience)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil
	}
	return u, err
}
