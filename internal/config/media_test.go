package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mediaProject(t *testing.T, name, text string) string {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestLoadMedia(t *testing.T) {
	m, err := LoadMedia(t.TempDir())
	if err != nil || m.Synthesize.Ambiguous != "hold" || m.Generators[0] != "procedural" {
		t.Fatalf("without a file: %+v, %v", m, err)
	}
	m, err = LoadMedia(mediaProject(t, MediaFile, "pipeline:\n  generators: [comfyui]\n  synthesize: {timeout: 90s, ambiguous: retry}\n"))
	if err != nil || m.Synthesize.Timeout != 90*time.Second || m.Synthesize.Ambiguous != "retry" || m.Synthesize.Retries != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	for text, want := range map[string]string{
		"pipeline:\n  synthesize: {ambiguous: maybe}\n":       `pipeline.yaml:2: "synthesize.ambiguous": unknown value "maybe"`,
		"pipeline:\n  min_success: {synthesize: 2}\n":         "must be in 0..1",
		"pipeline:\n  generator: [x]\n":                       "generators",
		"pipeline:\n  database_env: 'postgres://u:pw@host'\n": "name of an environment variable",
	} {
		if _, err := LoadMedia(mediaProject(t, MediaFile, text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "u:pw") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLoadGenerators(t *testing.T) {
	getenv := func(name string) string { return map[string]string{"SD": "http://127.0.0.1:1"}[name] }
	text := "{\n\t\"generators\": {\n\t\t\"mine\": {\"kind\": \"comfyui\", \"url\": \"${SD}/x\", \"width\": 2},\n\t\t\"own\": {\"kind\": \"process\", \"command\": [\"./a\"]}\n\t}\n}\n"
	all, err := LoadGenerators(mediaProject(t, GeneratorsFile, text), getenv)
	if err != nil || all["mine"].URL != "http://127.0.0.1:1/x" || all["own"].Command[0] != "./a" {
		t.Errorf("%+v, %v", all, err)
	}
	for text, want := range map[string]string{
		"{\"generators\": {\"x\": {\n\"kind\": \"comfy\"}}}":                                 `generators.json:2: "generators.x.kind": unknown kind "comfy"`,
		`{"generators": {"x": {}}}`:                                                          "kind is missing",
		`{"generators": {"x": {"kind": "process"}}}`:                                         "command is missing",
		`{"generators": {"x": {"kind": "openai_images", "api_key_env": "sk-secret-value"}}}`: "never the key itself",
		`{"generators": {"x": {"kind": "procedural", "width": 5000}}}`:                       "between 1 and 1000",
	} {
		if _, err := LoadGenerators(mediaProject(t, GeneratorsFile, text), getenv); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sk-secret") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
