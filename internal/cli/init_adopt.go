package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/registry/importer"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// adopted is one file of other programs that a new project takes over.
type adopted struct {
	File string `json:"file"` // below the folder, with slashes
	What string `json:"what"` // what is in it
}

// refused is one that it does not, or a part of one.
type refused struct {
	Where string `json:"where"`
	Why   string `json:"why"`
}

// adoption is what lies in a folder that becomes a project.
type adoption struct {
	*State
	dir     string
	taken   []adopted
	refused []refused

	files            int // that were looked at
	configs, goldens []string
	data             []string      // files that may hold goldens under another name
	sheets           []string      // YAML files that may be configurations of promptfoo
	prompts          []string      // files *.prompt
	python           []string      // files that may be tests of DeepEval
	metrics          []string      // judged ones that those ask for
	answered         bool          // the first of goldens holds an answer to each case
	write            []projectFile // beside genops.yaml
	agents           []string
	settings         []string // lines below evals:
}

// adoptDepth is how deep below the folder files are looked for; maxData is how many
// files of data are looked into, and maxDataSize the bytes of one.
const (
	adoptDepth  = 3
	maxData     = 100
	maxDataSize = 4 << 20
)

// lookAround finds what a folder holds; found is false where there is nothing.
func (s *State) lookAround(ctx context.Context, dir string) (a *adoption, found bool) {
	a = &adoption{State: s, dir: dir}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(dir, path)
		if err != nil || relErr != nil {
			return nil
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || skippedFolder(d.Name()) || strings.Count(rel, "/") >= adoptDepth) {
				return fs.SkipDir
			}
			return ctx.Err()
		}
		a.files++
		a.sort(rel, d.Name())
		return ctx.Err()
	})
	for _, f := range a.sheets {
		if a.isConfig(f) {
			a.configs = append(a.configs, f)
		}
	}
	for _, f := range a.data {
		if a.holdsCases(f) {
			a.goldens = append(a.goldens, f)
		}
	}
	for _, f := range a.python {
		a.pythonTest(f)
	}
	if len(a.configs)+len(a.goldens)+len(a.prompts)+len(a.refused) == 0 {
		return a, false
	}
	for _, f := range a.configs {
		a.promptfoo(ctx, f)
	}
	for _, f := range a.goldens {
		a.golden(f)
	}
	for _, f := range a.prompts {
		a.prompt(f)
	}
	return a, true
}

func skippedFolder(name string) bool {
	return slices.Contains([]string{"node_modules", "vendor", "venv", "__pycache__", "dist", "build", "target"}, name)
}

// sort tells files apart by their names.
func (a *adoption) sort(rel, name string) {
	base, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	switch {
	case strings.HasPrefix(base, "promptfooconfig") && slices.Contains([]string{".yaml", ".yml", ".json", ".js", ".mjs", ".cjs", ".ts"}, ext):
		a.configs = append(a.configs, rel)
	case name == ".dataset.json", strings.HasSuffix(name, ".dataset.json"),
		strings.HasPrefix(base, "goldens") && slices.Contains([]string{".json", ".jsonl", ".csv"}, ext):
		a.goldens = append(a.goldens, rel)
	case ext == ".py" && (strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test")) && len(a.python) < maxData:
		a.python = append(a.python, rel)
	case ext == ".prompt" && !strings.HasPrefix(name, "_"):
		a.prompts = append(a.prompts, rel)
	case slices.Contains([]string{".yaml", ".yml"}, ext) && len(a.sheets) < maxData:
		a.sheets = append(a.sheets, rel)
	case slices.Contains([]string{".json", ".jsonl", ".csv"}, ext) && len(a.data) < maxData:
		a.data = append(a.data, rel)
	}
}

// The keys at the top of a configuration of promptfoo that no other file has together.
var (
	promptsKey   = regexp.MustCompile(`(?m)^prompts:`)
	providersKey = regexp.MustCompile(`(?m)^(providers|targets):`)
)

// isConfig says whether a YAML file of any name is a configuration of promptfoo's,
// for its -c takes one.
func (a *adoption) isConfig(file string) bool {
	path := filepath.Join(a.dir, filepath.FromSlash(file))
	if info, err := os.Stat(path); err != nil || info.Size() > maxDataSize {
		return false
	}
	data, err := os.ReadFile(path)
	return err == nil && promptsKey.Match(data) && providersKey.Match(data)
}

// takenOver are test sets whose form no other files have. DeepEval's own default for
// their name is the time at which they were saved; exports have any name.
var takenOver = []string{"deepeval", "ragas", "langsmith", "langfuse", "mlflow", "inspect", "openai-evals"}

// holdsCases says whether a file of any name is a test set of another program.
func (a *adoption) holdsCases(file string) bool {
	path := filepath.Join(a.dir, filepath.FromSlash(file))
	if info, err := os.Stat(path); err != nil || info.Size() > maxDataSize {
		return false
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	set, err := testsets.Read(file, data, testsets.Options{})
	return err == nil && slices.Contains(takenOver, set.Format)
}

func (a *adoption) take(file, format string, args ...any) {
	a.taken = append(a.taken, adopted{file, fmt.Sprintf(format, args...)})
}

// refuse notes why; what begins with the file's name and a line says where.
func (a *adoption) refuse(where, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	if rest, ok := strings.CutPrefix(why, where+":"); ok {
		if line, rest, ok := strings.Cut(rest, ": "); ok {
			where, why = where+":"+line, rest
		}
	}
	a.refused = append(a.refused, refused{where, why})
}

// promptfoo looks through a configuration; none of its code is run.
func (a *adoption) promptfoo(ctx context.Context, file string) {
	path := filepath.Join(a.dir, filepath.FromSlash(file))
	if slices.Contains([]string{".js", ".mjs", ".cjs", ".ts"}, filepath.Ext(file)) {
		a.take(file, "promptfoo: a configuration that is code; it runs when the configuration is used")
		return
	}
	p, problems := project.Load(ctx, path, project.Options{Survey: true, Environ: environment()})
	for _, x := range problems {
		where := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(x.File, a.dir), string(filepath.Separator)))
		if x.Line > 0 {
			where = fmt.Sprintf("%s:%d", where, x.Line)
		}
		if x.Key != "" {
			where += " " + x.Key
		}
		a.refuse(where, "%s", strings.ReplaceAll(x.Message, a.dir+string(filepath.Separator), ""))
	}
	if p == nil {
		return
	}
	keys := ""
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), ".env")); err == nil {
		keys = "; keys from the .env beside it"
	}
	a.take(file, "promptfoo: %s, %s, %s%s", counted(len(p.Prompts), "prompt"), counted(len(p.Providers), "provider"), counted(len(p.Tests), "test"), keys)
	if len(a.configs) > 1 {
		return // whose settings would count?
	}
	if n := max(p.Evaluate.MaxConcurrency, p.CommandLine.MaxConcurrency); n > 0 && n <= 10000 {
		a.settings = append(a.settings, fmt.Sprintf("concurrency: %d   # as in %s", n, file))
	}
	if ms := p.Evaluate.TimeoutMS; ms >= 1 && ms <= 86_400_000 {
		a.settings = append(a.settings, fmt.Sprintf("timeout: %dms   # as in %s", int(ms), file))
	}
}

// golden looks through a file of cases.
func (a *adoption) golden(file string) {
	data, err := os.ReadFile(filepath.Join(a.dir, filepath.FromSlash(file)))
	if err == nil {
		var set *testsets.Set
		if set, err = testsets.Read(file, data, testsets.Options{}); err == nil {
			a.take(file, "a test set (%s): %s", set.Format, counted(len(set.Cases), "case"))
			if file == a.goldens[0] {
				a.answered = !slices.ContainsFunc(set.Cases, func(c testsets.Case) bool { return !evals.Answered(&c) })
				if len(a.metrics) == 0 {
					a.metrics = metricsFor(set)
				}
			}
			if set.Format == "deepeval" {
				line := `framework: "deepeval"   # ` + file + ` holds goldens: metrics are DeepEval's`
				if !slices.ContainsFunc(a.settings, func(s string) bool { return strings.HasPrefix(s, "framework:") }) {
					a.settings = append(a.settings, line)
				}
			}
			return
		}
	}
	a.goldens = slices.DeleteFunc(slices.Clone(a.goldens), func(f string) bool { return f == file })
	a.refuse(file, "%v", err)
}

// metricsFor are usual judged metrics for which every case of a set has what they
// need.
func metricsFor(set *testsets.Set) (names []string) {
	usual := []string{"hallucination", "faithfulness", "contextual_relevancy", "answer_relevancy"}
	talks := func(c testsets.Case) bool { return c.Replay != "" || c.Simulate != nil }
	if slices.ContainsFunc(set.Cases, talks) {
		usual = []string{"conversation_completeness", "knowledge_retention", "role_adherence"}
	}
	for _, name := range usual {
		m, err := validators.Lookup(name)
		if err == nil && !slices.ContainsFunc(set.Cases, func(c testsets.Case) bool { return !m.Applies(c) }) {
			names = append(names, name)
		}
	}
	return names
}

// prompt takes a prompt where it is, or a copy of it into prompts/, and makes an
// agent of one that names its model.
func (a *adoption) prompt(file string) {
	path := filepath.Join(a.dir, filepath.FromSlash(file))
	name, inPlace := strings.CutPrefix(file, "prompts/")
	plan, err := importer.Dotprompt(path, file)
	switch {
	case err != nil:
		a.refuse(file, "%v", err)
		return
	case len(plan.Left) > 0:
		a.refuse(file, "%s", plan.Left[0].Why)
		return
	}
	what := "a prompt"
	if !inPlace {
		name = registry.Normal(filepath.Base(file))
		what = "a prompt, which prompts/" + name + " has"
		if clashes := plan.Clashes(a.dir); len(clashes) > 0 {
			a.refuse(file, "%s is there already, with other content", clashes[0])
			return
		}
		for _, f := range plan.Files {
			same := func(w projectFile) bool { return w.name == f.Path }
			if _, err := os.Lstat(filepath.Join(a.dir, f.Path)); err != nil && !slices.ContainsFunc(a.write, same) {
				a.write = append(a.write, projectFile{f.Path, f.Text})
				what = "a prompt, copied to prompts/" + name
			}
		}
	}
	a.take(file, "%s%s", what, a.agent(path, strings.TrimSuffix(name, ".prompt")))
}

// agent plans an agent for a prompt whose front matter names a model that is
// known, and says so in words.
func (a *adoption) agent(path, prompt string) string {
	p, err := dotprompt.Load(filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), ".prompt"))
	if err != nil || p.Model == "" {
		return " (it names no model, so there is no agent for it)"
	}
	if _, _, err := generators.SplitModel(p.Model); err != nil {
		return fmt.Sprintf(" (there is no agent for it: %v)", err)
	}
	id := registry.Normal(filepath.Base(prompt))
	if registry.KindAgent.CheckName(id) != nil {
		return " (its name is none that an agent can have)"
	}
	file := "agents/" + id + ".yaml"
	_, err = os.Lstat(filepath.Join(a.dir, file))
	switch there := slices.Contains(a.agents, id); {
	case there:
	case err == nil:
		a.agents = append(a.agents, id)
	default:
		text := fmt.Sprintf("id: %s\nruntime:\n  model:\n    prompt: %s   # its front matter names the model\n", id, prompt)
		if len(a.goldens) == 1 {
			text += fmt.Sprintf("evals:\n  - test_set: %s\n", a.goldens[0])
		}
		a.write = append(a.write, projectFile{file, []byte(text)})
		a.agents = append(a.agents, id)
	}
	return ", with the agent " + id
}
