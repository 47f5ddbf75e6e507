package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// build makes the program that is measured.
func build(dir string) (string, error) {
	path := filepath.Join(dir, "genops")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/GaboBase/arch-genops/cmd/genops")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building genops: %w", err)
	}
	return path, nil
}

// runGenops evaluates one configuration in its folder.
func runGenops(program, dir string, env []string, more ...string) (*outcome, usage, error) {
	out := filepath.Join(dir, "genops-results.json")
	config, err := configOf(dir)
	if err != nil {
		return nil, usage{}, err
	}
	args := append([]string{"run-eval", "--config", filepath.Base(config), "--no-cache", "--no-table", "-o", filepath.Base(out)}, more...)
	u, err := runProcess(dir, env, program, args...)
	if err != nil {
		return nil, u, err
	}
	o, err := readResults(out)
	if errors.Is(err, fs.ErrNotExist) {
		text := bytes.TrimSpace(append(u.stdout, u.stderr...))
		return &outcome{Refused: string(text[max(len(text)-600, 0):])}, u, nil
	}
	return o, u, err
}
