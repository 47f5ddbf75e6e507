package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// promptfoo is an installed release of it.
type promptfoo struct {
	version string
	main    string // the script that node runs
}

// promptfooFor is the release that a version of node, such as "v20.20.2", can
// run; "" = none.
func promptfooFor(node string) string {
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

// installPromptfoo installs the release for the node that is there, unless an
// earlier run of the bench did.
func installPromptfoo() (*promptfoo, error) {
	node, err := exec.Command("node", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("no node: %w", err)
	}
	release := promptfooFor(strings.TrimSpace(string(node)))
	if release == "" {
		return nil, fmt.Errorf("it needs node ^20.20 or >= 22.22, not %s", strings.TrimSpace(string(node)))
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "genops-bench", "promptfoo-"+release)
	pkg := filepath.Join(dir, "node_modules", "promptfoo")
	// npm writes this list at its end: a broken installation lacks it.
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err != nil {
		fmt.Printf("installing promptfoo %s with npm into %s (about 1.4 GB, once)\n", release, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		out, err := exec.Command("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", dir, "promptfoo@"+release).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("npm install: %w: %s", err, last(out, 300))
		}
	}
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
	return &promptfoo{about.Version, filepath.Join(pkg, filepath.FromSlash(about.Bin["promptfoo"]))}, nil
}

func last(b []byte, n int) []byte { return b[max(len(b)-n, 0):] }

// writePromptfooConfig describes the same cases, server and check.
func (b *bench) writePromptfooConfig(url string) (string, error) {
	type object = map[string]any
	tests := make([]object, b.cases)
	for i := range tests {
		c := caseAt(i)
		tests[i] = object{"vars": object{"text": c.Input}, "assert": []object{{"type": "equals", "value": c.Expected}}}
	}
	config := object{"prompts": []string{"{{text}}"}, "tests": tests,
		"providers": []object{{"id": "http", "config": object{"url": url + "/classify", "method": "POST",
			"headers": object{"Content-Type": "application/json"},
			"body":    object{"text": "{{prompt}}"}, "transformResponse": "json.result.label"}}}}
	path := filepath.Join(b.dir, "promptfooconfig.json")
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(json.NewEncoder(file).Encode(config), file.Close())
}

// runPromptfoo evaluates once; it takes half a minute. Its exit code tells
// little: cases fail by design (100), and its log can break at the end (1). So
// the server's count says whether all of it was done.
func (b *bench) runPromptfoo(p *promptfoo, s *stub) (usage, error) {
	config, err := b.writePromptfooConfig(s.url)
	if err != nil {
		return usage{}, err
	}
	env := []string{"PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_CACHE_ENABLED=false",
		"PROMPTFOO_CONFIG_DIR=" + filepath.Join(b.dir, "promptfoo-state")}
	u, err := s.counted(b.cases, func() (usage, error) {
		return runProcess(b.dir, env, "node", p.main, "eval", "-c", config, "--no-cache", "--no-table", "--no-progress-bar", "-j", strconv.Itoa(b.inFlight))
	})
	if err != nil {
		return u, fmt.Errorf("exit code %d: %w: %s", u.code, err, last(append(u.stdout, u.stderr...), 500))
	}
	return u, nil
}
