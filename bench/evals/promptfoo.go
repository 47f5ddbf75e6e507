package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/GaboBase/arch-genops/internal/measure"
)

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
func (b *bench) runPromptfoo(p *measure.Promptfoo, s *stub) (measure.Usage, error) {
	config, err := b.writePromptfooConfig(s.url)
	if err != nil {
		return measure.Usage{}, err
	}
	env := []string{"PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_CACHE_ENABLED=false",
		"PROMPTFOO_CONFIG_DIR=" + filepath.Join(b.dir, "promptfoo-state")}
	u, err := s.counted(b.cases, func() (measure.Usage, error) {
		return runProcess(b.dir, env, "node", p.Main, "eval", "-c", config, "--no-cache", "--no-table", "--no-progress-bar", "-j", strconv.Itoa(b.inFlight))
	})
	if err != nil {
		return u, fmt.Errorf("exit code %d: %w: %s", u.Code, err, last(append(u.Stdout, u.Stderr...), 500))
	}
	return u, nil
}
