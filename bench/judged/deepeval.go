package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed deepeval.py
var script []byte

// installDeepEval makes a virtual environment with it, unless an earlier run of
// the bench did, and returns its Python.
func installDeepEval(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "genops-bench", "deepeval-"+deepEval)
	python := filepath.Join(dir, "bin", "python")
	if exec.CommandContext(ctx, python, "-c", "import deepeval, httpx").Run() == nil {
		return python, nil
	}
	fmt.Printf("installing DeepEval %s with pip into %s (about 190 MB, once)\n", deepEval, dir)
	if out, err := exec.CommandContext(ctx, "python3", "-m", "venv", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("python3 -m venv: %w: %.300s", err, out)
	}
	if out, err := exec.CommandContext(ctx, python, "-m", "pip", "install", "-q", "deepeval=="+deepEval, "httpx").CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip install: %w: %.300s", err, out)
	}
	return python, nil
}

// deepEval judges the same cases: the time that evaluate() takes, and that of
// the whole process.
func (b *bench) deepEval(ctx context.Context, python string) (took, total time.Duration, err error) {
	file := filepath.Join(b.dir, "deepeval_bench.py")
	if err := os.WriteFile(file, script, 0o644); err != nil {
		return 0, 0, err
	}
	c := exec.CommandContext(ctx, python, file, filepath.Join(b.dir, "testsets", "goldens.json"), b.judge.URL()+"/v1/chat/completions", strconv.Itoa(b.inFlight))
	c.Dir = b.dir
	c.Env = append(os.Environ(), "DEEPEVAL_TELEMETRY_OPT_OUT=YES", "DEEPEVAL_DISABLE_TIMEOUTS=1", "ERROR_REPORTING=NO")
	began := time.Now()
	out, err := c.CombinedOutput()
	total = time.Since(began)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, last(string(out)))
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, "evaluate: "); ok {
			seconds, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			return time.Duration(seconds * float64(time.Second)), total, err
		}
	}
	return 0, 0, fmt.Errorf("it told no time: %s", last(string(out)))
}

func last(s string) string {
	const most = 400
	return s[max(len(s)-most, 0):]
}
