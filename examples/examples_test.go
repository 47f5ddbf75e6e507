package examples

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func files(t *testing.T, name string) fs.FS {
	t.Helper()
	fsys, err := Files(name)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func list(t *testing.T, fsys fs.FS) (names []string) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".genops": // runs made inside the example
			return fs.SkipDir
		case !d.IsDir():
			names = append(names, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, fsys fs.FS, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestNames(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, e.Name())
		}
	}
	if !slices.Equal(Names(), folders) {
		t.Errorf("Names() = %v, the folders are %v", Names(), folders)
	}
	for _, name := range Names() {
		if about := Describe(name); about == "" || strings.Contains(about, "\n") || strings.HasSuffix(about, ".") {
			t.Errorf("Describe(%q) = %q", name, about)
		}
	}
}

func TestFilesUnknown(t *testing.T) {
	for _, name := range []string{"", ".", "intent", "intent-router/agents"} {
		_, err := Files(name)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "intent-router, judged, promptfoo, starter") {
			t.Errorf("Files(%q): %v", name, err)
		}
	}
}

// TestEmbeddedComplete catches a file that was added but not embedded.
func TestEmbeddedComplete(t *testing.T) {
	for _, name := range Names() {
		embedded, disk := files(t, name), os.DirFS(name)
		want := list(t, disk)
		if got := list(t, embedded); !slices.Equal(got, want) {
			t.Errorf("%s: embedded %v\non disk %v", name, got, want)
			continue
		}
		for _, f := range want {
			if !bytes.Equal(read(t, embedded, f), read(t, disk, f)) {
				t.Errorf("%s/%s: the embedded bytes differ from the disk's", name, f)
			}
		}
		for _, f := range []string{".gitignore", ".github/workflows/genops.yml", "README.md", "genops.yaml"} {
			if !slices.Contains(want, f) {
				t.Errorf("%s has no %s", name, f)
			}
		}
		if !bytes.Contains(read(t, embedded, ".gitignore"), []byte(".genops/\n")) {
			t.Errorf("%s: git does not ignore .genops/", name)
		}
	}
}

// TestPlannedWorkflow: projects with agents have the same workflow, and every job
// runs where the project says.
func TestPlannedWorkflow(t *testing.T) {
	for _, name := range Names() {
		if workflowJobs(name) != nil {
			continue // it has no agents, and a workflow of its own
		}
		text := string(read(t, files(t, name), WorkflowFile))
		if text != string(Workflow()) {
			t.Errorf("%s: its workflow is not that of %s", name, Starter)
		}
		var workflow struct {
			Jobs map[string]struct {
				RunsOn []string `yaml:"runs-on"`
				Steps  []struct{ Uses, Run, If, Name string }
			}
		}
		text = strings.ReplaceAll(text, RunnersToken, `["self-hosted-gpu", "linux"]`)
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(workflow.Jobs) != 3 {
			t.Errorf("%s: %d jobs", name, len(workflow.Jobs))
		}
		for id, job := range workflow.Jobs {
			if !slices.Equal(job.RunsOn, []string{"self-hosted-gpu", "linux"}) {
				t.Errorf("%s: %s runs on %v", name, id, job.RunsOn)
			}
			for _, step := range job.Steps {
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: the step %q puts an expression into a script; give it as a variable", name, step.Name)
				}
			}
		}
		steps := workflow.Jobs["stage"].Steps
		if last := steps[len(steps)-1]; !strings.HasPrefix(last.Uses, "actions/upload-artifact@") || last.If != "always()" {
			t.Errorf("%s: the evidence is not always kept: %+v", name, last)
		}
	}
}

// workflowJobs are the jobs of a workflow that plans nothing, in their order; those
// that stand behind another need it.
func workflowJobs(name string) []string {
	switch name {
	case "campaign":
		return []string{"optimize", "synthesize", "assure", "deliver"}
	case "promptfoo":
		return []string{"evals"}
	}
	return nil
}

func TestWorkflow(t *testing.T) {
	for _, name := range Names() {
		text := string(read(t, files(t, name), ".github/workflows/genops.yml"))
		jobs := workflowJobs(name)
		if jobs == nil {
			continue
		}
		if n := strings.Count(text, RunnersToken); n != len(jobs) {
			t.Errorf("%s: %s stands %d times in the workflow", name, RunnersToken, n)
		}
		var workflow struct {
			Jobs map[string]struct {
				RunsOn []string `yaml:"runs-on"`
				Needs  string
				Steps  []struct{ Uses, Run, If string }
			}
		}
		text = strings.ReplaceAll(text, RunnersToken, `["self-hosted-gpu", "linux"]`)
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(workflow.Jobs) != len(jobs) {
			t.Errorf("%s: %d jobs, want %v", name, len(workflow.Jobs), jobs)
		}
		before := ""
		for _, one := range jobs {
			job := workflow.Jobs[one]
			if !slices.Equal(job.RunsOn, []string{"self-hosted-gpu", "linux"}) || job.Needs != before {
				t.Errorf("%s, %s: runs-on is %v, needs %q", name, one, job.RunsOn, job.Needs)
			}
			if last := job.Steps[len(job.Steps)-1]; !strings.HasPrefix(last.Uses, "actions/upload-artifact@") || last.If != "always()" {
				t.Errorf("%s, %s: the evidence is not always kept: %+v", name, one, last)
			}
			before = one
		}
	}
	for _, name := range Names() {
		for _, f := range list(t, files(t, name)) {
			if !strings.HasPrefix(f, ".github/") && bytes.Contains(read(t, files(t, name), f), []byte(RunnersToken)) {
				t.Errorf("%s/%s: %s is replaced only below .github/", name, f, RunnersToken)
			}
		}
	}
}
