package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// runGenops evaluates one configuration in its folder.
func runGenops(program, dir string, env []string, more ...string) (*outcome, measure.Usage, error) {
	out := filepath.Join(dir, "genops-results.json")
	config, err := configOf(dir)
	if err != nil {
		return nil, measure.Usage{}, err
	}
	own, err := argumentsOf(dir)
	if err != nil {
		return nil, measure.Usage{}, err
	}
	more = append(own, more...)
	args := append([]string{"run-eval", "--config", filepath.Base(config), "--no-cache", "--no-table", "-o", filepath.Base(out)}, more...)
	u, err := runProcess(dir, env, program, args...)
	if err != nil {
		return nil, u, err
	}
	o, err := readResults(out)
	if errors.Is(err, fs.ErrNotExist) {
		text := bytes.TrimSpace(append(u.Stdout, u.Stderr...))
		return &outcome{Refused: string(text[max(len(text)-600, 0):])}, u, nil
	}
	return o, u, err
}
