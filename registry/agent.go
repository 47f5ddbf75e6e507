// Package registry keeps prompts, agents, models and test sets under versions
// and labels in the user's own git repository, and says of an agent what exactly
// runs: the release, identified by the digest of its content.
package registry

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Agent is an agent file as written, checked.
type Agent struct {
	ID      string     `yaml:"id"`
	About   string     `yaml:"description"`
	Version string     `yaml:"version"` // declared by the user; vouches for code that can't be seen
	Runtime Runtime    `yaml:"runtime"`
	Files   []string   `yaml:"files"` // globs, folders and files that belong to the identity
	Build   []string   `yaml:"build"` // shell commands that make the program, before anything else
	Evals   []EvalSpec `yaml:"evals"`

	Tests []TestCommand `yaml:"tests"` // the deterministic stage

	Path  string         `yaml:"-"` // of the agent file
	Root  string         `yaml:"-"` // folder where relative paths start and commands run: the project, or the checkout of a version
	data  []byte         // the file's bytes
	lines map[string]int // key → line in the file
}

// EvalSpec is one test set of an agent, and the rules that gate it.
type EvalSpec struct {
	TestSet string     `yaml:"test_set"`
	Rules   []RuleSpec `yaml:"rules"`
	Metrics []string   `yaml:"metrics"` // each adds a rule with the project's threshold; may be empty
	// Framework is that of these metrics, as evals.framework; "" = the project's.
	Framework string `yaml:"framework"`
	Judge     string `yaml:"judge"` // PROVIDER:MODEL or models/NAME that judges; "" = the project's
}

// RuleSpec is one rule as written in an agent file.
type RuleSpec struct {
	Metric   string   `yaml:"metric"`
	AtLeast  *float64 `yaml:"at_least"`
	AtMost   string   `yaml:"at_most"` // with unit, for latency, cost, tokens and length
	NotWorse *float64 `yaml:"not_worse"`
	Better   bool     `yaml:"better"`
	Alpha    *float64 `yaml:"alpha"`
}

// agentsDir is where agents live in a project.
const agentsDir = "agents"

var agentID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`) })

// LoadAgent finds the agent ref of the project at root: a file (a path with a
// slash or a .yaml ending, taken from dir when relative), or an ID, which is the file
// agents/ID.yaml. An unknown ID names the known ones and is fs.ErrNotExist.
func LoadAgent(root, dir, ref string) (*Agent, error) {
	path, err := agentPath(root, dir, ref)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading agent %q: %w", ref, err)
	}
	id := ref
	if looksLikeFile(ref) {
		id = ""
	}
	return parseAgent(root, path, data, id)
}

// parseAgent reads and checks an agent file. id is what it has to say, "" = any.
func parseAgent(root, path string, data []byte, id string) (*Agent, error) {
	name := display(root, path)
	a := &Agent{Path: path, Root: root, data: data}
	var err error
	if a.lines, err = config.DecodeLines(name, data, a); err == nil {
		err = a.check(name)
	}
	if err != nil {
		return nil, err
	}
	if id != "" && a.ID != id {
		return nil, fmt.Errorf("%s: id is %q, but the file's name says %q", name, a.ID, id)
	}
	return a, nil
}

func looksLikeFile(ref string) bool {
	return strings.ContainsAny(ref, `/\`) || strings.HasSuffix(ref, ".yaml") || strings.HasSuffix(ref, ".yml")
}

func agentPath(root, dir, ref string) (string, error) {
	if looksLikeFile(ref) {
		if filepath.IsAbs(ref) {
			return ref, nil
		}
		if p := filepath.Join(dir, ref); exists(p) {
			return p, nil
		}
		return filepath.Join(root, ref), nil
	}
	for _, ext := range []string{".yaml", ".yml"} {
		if p := filepath.Join(root, agentsDir, ref+ext); exists(p) {
			return p, nil
		}
	}
	known := Agents(root)
	hint := "there is no agent in " + agentsDir + "/ yet; `genops init` makes one"
	if len(known) > 0 {
		hint = "known: " + strings.Join(known, ", ")
		if near := config.Nearest(ref, known); near != "" {
			hint = fmt.Sprintf("did you mean %q? %s", near, hint)
		}
	}
	return "", fmt.Errorf("agent %q: no file %s/%s.yaml (%s): %w", ref, agentsDir, ref, hint, fs.ErrNotExist)
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// Agents lists the IDs of the project's agents, sorted, by their files' names.
func Agents(root string) []string {
	var ids []string
	entries, _ := os.ReadDir(filepath.Join(root, agentsDir))
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			ids = append(ids, strings.TrimSuffix(e.Name(), ext))
		}
	}
	sort.Strings(ids)
	return ids
}

// check says what is wrong beyond types and names of keys.
func (a *Agent) check(name string) error {
	var errs []*config.Error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &config.Error{File: name, Line: a.lines[key], Msg: fmt.Sprintf(format, args...)})
	}
	switch {
	case a.ID == "":
		bad("id", "id is missing")
	case !agentID().MatchString(a.ID):
		bad("id", "id %q: letters, digits, '.', '_' and '-' only, at most 100, starting with a letter or digit", a.ID)
	}
	a.Runtime.check(bad)
	for i, command := range a.Build {
		if strings.TrimSpace(command) == "" {
			bad(fmt.Sprintf("build[%d]", i), "build[%d] is empty", i)
		}
	}
	a.checkTests(bad)
	for i, e := range a.Evals {
		if e.TestSet == "" {
			bad(fmt.Sprintf("evals[%d]", i), "evals[%d].test_set is missing", i)
		}
		if known := config.Frameworks(); e.Framework != "" && !slices.Contains(known, e.Framework) {
			bad(fmt.Sprintf("evals[%d].framework", i), "evals[%d].framework %q; known: %s", i, e.Framework, strings.Join(known, ", "))
		}
	}
	return config.Join(errs)
}

// display is path as a person in the project would write it.
func display(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}
