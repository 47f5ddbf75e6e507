package examples

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
)

func settings(t *testing.T, text string) []config.Setting {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.Name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	project, err := config.Load(dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return project.Settings()
}

// TestStarterDefaults uncomments every key of the starter's project file: what
// it says about defaults must be all of them, and true.
func TestStarterDefaults(t *testing.T) {
	text := string(read(t, files(t, Starter), config.Name))
	defaults := settings(t, text)
	written := settings(t, regexp.MustCompile(`(?m)^(    )# ([a-z_]+: )`).ReplaceAllString(text, "$1$2"))
	for i, s := range written {
		if !reflect.DeepEqual(s.Value, defaults[i].Value) {
			t.Errorf("%s: the comment says %v, the default is %v", s.Key, s.Value, defaults[i].Value)
		}
		if defaults[i].Source != "default" || s.Source == "default" {
			t.Errorf("%s: is set (%s), or the comment leaves it out (%s)", s.Key, defaults[i].Source, s.Source)
		}
	}
}

func TestIntentRouterProject(t *testing.T) {
	for _, s := range settings(t, string(read(t, files(t, "intent-router"), config.Name))) {
		switch s.Key {
		case "pipeline.provider":
			if s.Value != "github-actions" {
				t.Errorf("%s: %v", s.Key, s.Value)
			}
		case "evals.metrics":
			if !slices.Equal(s.Value.([]string), []string{"intent_accuracy"}) {
				t.Errorf("%s: %v; the example must be judged without a key", s.Key, s.Value)
			}
		}
	}
}

type agent struct {
	ID      string
	Runtime struct {
		Process struct{ Command []string }
	}
	Files []string
	Evals []struct {
		TestSet string `yaml:"test_set"`
		Rules   []struct {
			Metric  string
			AtLeast float64 `yaml:"at_least"`
			Alpha   float64
		}
	}
	Tests []string
}

// TestAgents checks that what an agent file names is there, and that nothing
// but genops is needed to run it.
func TestAgents(t *testing.T) {
	agents := map[string]string{
		"agents/HELLO-1.yaml":                Starter,
		"agents/ASM-001.yaml":                "intent-router",
		"versions/2.0.0/agents/ASM-001.yaml": "intent-router",
		"versions/2.1.0/agents/ASM-001.yaml": "intent-router",
	}
	for file, project := range agents {
		fsys := files(t, project)
		var a agent
		if err := config.Decode(file, read(t, fsys, file), &a); err != nil {
			t.Fatal(err)
		}
		if a.ID+".yaml" != filepath.Base(file) {
			t.Errorf("%s: its id is %q", file, a.ID)
		}
		command := a.Runtime.Process.Command
		if len(command) < 2 || command[0] != "genops" || command[1] != "classify" {
			t.Errorf("%s: the command is %q", file, command)
		}
		for _, f := range a.Files {
			if !slices.Contains(command, f) {
				t.Errorf("%s: the command does not use %s", file, f)
			}
			read(t, fsys, f)
		}
		if len(a.Evals) == 0 || len(a.Tests) == 0 {
			t.Errorf("%s: no evals or no tests", file)
		}
		for _, e := range a.Evals {
			read(t, fsys, "testsets/"+e.TestSet)
			for _, r := range e.Rules {
				if r.Metric != "intent_accuracy" || r.AtLeast <= 0 || r.AtLeast > 1 || r.Alpha <= 0 {
					t.Errorf("%s: rule %+v", file, r)
				}
			}
		}
		threshold := command[slices.Index(command, "--threshold")+1]
		for _, line := range a.Tests {
			if !strings.HasPrefix(line, "genops ") {
				t.Errorf("%s: test %q calls something else than genops", file, line)
			}
			if strings.Contains(line, "--threshold") && !strings.Contains(line, "--threshold "+threshold+" ") {
				t.Errorf("%s: test %q does not use the agent's threshold %s", file, line, threshold)
			}
		}
	}
}
