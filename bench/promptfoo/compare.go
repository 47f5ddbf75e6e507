package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// difference is one row on which the tools do not agree.
type difference struct {
	config string
	row    string
	what   string
}

// scoreTolerance is by how much two equal scores may differ.
const scoreTolerance = 1e-6

// diff compares two outcomes of one configuration. Verdicts, scores and whether
// a row ended with an error must be equal.
func diff(config string, want, got *outcome) (equal int, all []difference) {
	if want.Refused != "" || got.Refused != "" {
		if (want.Refused != "") != (got.Refused != "") {
			all = append(all, difference{config, "", fmt.Sprintf("refused: promptfoo %q, genops %q", want.Refused, got.Refused)})
		}
		return 0, all
	}
	byPlace := map[[2]int]row{}
	for _, r := range got.Rows {
		byPlace[[2]int{r.Test, r.Prompt}] = r
	}
	for _, w := range want.Rows {
		g, ok := byPlace[[2]int{w.Test, w.Prompt}]
		delete(byPlace, [2]int{w.Test, w.Prompt})
		name := fmt.Sprintf("test %d prompt %d", w.Test, w.Prompt)
		switch {
		case !ok:
			all = append(all, difference{config, name, "genops has no such row"})
		case w.Pass != g.Pass || w.Errored != g.Errored || math.Abs(w.Score-g.Score) > scoreTolerance:
			all = append(all, difference{config, name, fmt.Sprintf("promptfoo %s, genops %s %s", w.ending(), g.ending(), g.Why)})
		case !sameNamed(w.Named, g.Named):
			all = append(all, difference{config, name, fmt.Sprintf("named scores: promptfoo %v, genops %v", w.Named, g.Named)})
		case !sameOutput(w.Output, g.Output):
			all = append(all, difference{config, name, fmt.Sprintf("outputs: promptfoo %.300v, genops %.300v", w.Output, g.Output)})
		case w.Asked.ID != "" && w.Asked != g.Asked: // older recordings don't name it
			all = append(all, difference{config, name, fmt.Sprintf("providers: promptfoo %+v, genops %+v", w.Asked, g.Asked)})
		default:
			equal++
		}
	}
	for place := range byPlace {
		all = append(all, difference{config, fmt.Sprintf("test %d prompt %d", place[0], place[1]), "promptfoo has no such row"})
	}
	for i, names := range want.Named {
		if i < len(got.Named) && !sameNamed(names, got.Named[i]) {
			all = append(all, difference{config, fmt.Sprintf("prompt %d", i), fmt.Sprintf("named scores: promptfoo %v, genops %v", names, got.Named[i])})
		}
	}
	return equal, all
}

func (r row) ending() string {
	switch {
	case r.Errored:
		return "error"
	case r.Pass:
		return fmt.Sprintf("pass %.7g", r.Score)
	}
	return fmt.Sprintf("fail %.7g", r.Score)
}

func sameNamed(a, b object) bool {
	if len(a) != len(b) {
		return false
	}
	for k, x := range a {
		f, ok := x.(float64)
		g, also := b[k].(float64)
		if !ok || !also || math.Abs(f-g) > scoreTolerance {
			return false
		}
	}
	return true
}

// sameOutput compares outputs by value; what differs from run to run is left
// out by the recording.
func sameOutput(a, b any) bool { return reflect.DeepEqual(settled(a), settled(b)) }

// settled leaves out variables that name the run.
func settled(v any) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, x := range o {
		if !strings.HasPrefix(k, "__eval") {
			out[k] = settled(x)
		}
	}
	return out
}

// recorded reads what promptfoo said about a configuration.
func recorded(dir, name string) (*outcome, error) {
	data, err := os.ReadFile(filepath.Join(dir, "recorded", name+".json"))
	if err != nil {
		return nil, err
	}
	var o outcome
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("recorded/%s.json: %w", name, err)
	}
	return &o, nil
}

// keep records what promptfoo said.
func keep(dir, name string, o *outcome) error {
	for i := range o.Rows {
		o.Rows[i].Output = settled(o.Rows[i].Output)
	}
	data, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "recorded"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "recorded", name+".json"), append(data, '\n'), 0o644)
}

// configurations lists the names of those that are here.
func configurations(dir, prefix string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "configs"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// copyTo copies a configuration's folder, so that nothing is left beside it.
func copyTo(from, to string) error { return os.CopyFS(to, os.DirFS(from)) }

// argumentsOf are the arguments that a configuration is run with beside its own:
// the lines of its file "arguments".
func argumentsOf(dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "arguments"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n"), err
}

// configOf is the configuration's file in a folder.
func configOf(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "promptfooconfig.*"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no promptfooconfig in %s", dir)
	}
	return found[0], nil
}
