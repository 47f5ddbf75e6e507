package registry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// TestCommand is one command of an agent's deterministic stage: in the file a
// plain text, or a mapping.
type TestCommand struct {
	Run   string   `yaml:"run"`   // for the shell, where the agent's paths start
	JUnit []string `yaml:"junit"` // globs of the reports that it writes; none = its exit code is all
	Files []string `yaml:"files"` // globs of what it reads beside the release; none = any file of the project
	Env   []string `yaml:"env"`   // environment variables on which its result depends, beside those in Run
}

// UnmarshalYAML reads both forms; a list of one may be a plain text, too.
func (t *TestCommand) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		t.Run = n.Value
		return nil
	}
	var form struct {
		Run   string `yaml:"run"`
		JUnit words  `yaml:"junit"`
		Files words  `yaml:"files"`
		Env   words  `yaml:"env"`
	}
	if err := config.DecodeNode(n, &form); err != nil {
		return err
	}
	*t = TestCommand{form.Run, form.JUnit, form.Files, form.Env}
	return nil
}

// words is a list of texts, or one text.
type words []string

// UnmarshalYAML reads either.
func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	var list []string
	err := config.DecodeNode(n, &list)
	*w = list
	return err
}

// checkTests says what is wrong with the test commands.
func (a *Agent) checkTests(bad func(key, format string, args ...any)) {
	for i, t := range a.Tests {
		key := fmt.Sprintf("tests[%d]", i)
		if strings.TrimSpace(t.Run) == "" {
			bad(key, "%s: the command is empty; write it as a text, or as {run: \"pytest --junitxml=out.xml\", junit: out.xml}", key)
		}
		for _, pattern := range slices.Concat(t.JUnit, t.Files) {
			clean := filepath.ToSlash(filepath.Clean(pattern))
			if pattern == "" || filepath.IsAbs(pattern) || clean == ".." || strings.HasPrefix(clean, "../") || !doublestar.ValidatePattern(pattern) {
				bad(key, "%s: %q is no path or glob below the project", key, pattern)
			}
		}
		for _, name := range t.Env {
			if !envName().MatchString(name) {
				bad(key, "%s: env: %q is no name of an environment variable", key, name)
			}
		}
	}
}

// TestInputs is the digest of all that the result of the agent's tests is known
// to depend on: the release, the commands, the files that they read, and the
// environment variables that they name. Files are those that the commands
// declare; a command that declares none may read any file of the project, as
// git sees them. why says why there is no such digest; then the result stands
// for this time only.
func (r *Resolved) TestInputs(ctx context.Context, self Self, getenv func(string) string) (digest, why string, err error) {
	if ok, why := traceable(r); !ok {
		return "", why, nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "tests 1 %s/%s\nagent %q %s\n", runtime.GOOS, runtime.GOARCH, r.Agent.ID, r.Release.Digest)
	whole := false
	for _, t := range r.Agent.Tests {
		fmt.Fprintf(h, "run %q %q %q\n", t.Run, t.JUnit, t.Files)
		for _, name := range t.variables() {
			fmt.Fprintf(h, "env %s %q\n", name, getenv(name))
		}
		fmt.Fprintf(h, "program %q\n", programOf(t.Run, r.Agent.Root, self))
		whole = whole || len(t.Files) == 0
		parts := map[string]string{}
		for _, pattern := range t.Files {
			if err := fileParts(r.Agent.Root, pattern, parts); err != nil {
				return "", "", fmt.Errorf("agent %s: tests: files: %w", r.Agent.ID, err)
			}
		}
		h.Write(manifest(parts).bytes())
	}
	if whole {
		all, why, err := r.everyFile(ctx)
		if err != nil || why != "" {
			return "", why, err
		}
		fmt.Fprintf(h, "project %s\n", all)
	}
	return sum(h), "", nil
}

func traceable(r *Resolved) (bool, string) {
	switch {
	case len(r.Agent.Tests) == 0:
		return false, "the agent has no tests"
	case r.Release.Untraceable != "":
		return false, r.Release.Untraceable
	case len(r.Agent.Build) > 0 && r.Commit == "":
		return false, "the agent has a build, and what it makes in the working tree can't be told from its sources"
	}
	return true, ""
}

// everyFile is the digest of all files of the project.
func (r *Resolved) everyFile(ctx context.Context) (digest, why string, err error) {
	if r.Commit != "" {
		return "tree " + filepath.Base(r.Agent.Root), "", nil
	}
	all, err := sources(ctx, r.Agent)
	if err != nil {
		return "", "", err
	}
	if all == nil {
		return "", "the project's files can't be told from what tests make, because it is in no git repository; name what they read: tests: [{run: …, files: [\"tests/**\"]}]", nil
	}
	for _, t := range r.Agent.Tests {
		for name := range all {
			if t.writes(name) {
				delete(all, name)
			}
		}
	}
	return all.digest(), "", nil
}

// writes says whether a file is a report of the command.
func (t TestCommand) writes(name string) bool {
	return slices.ContainsFunc(t.JUnit, func(pattern string) bool {
		ok, _ := doublestar.Match(filepath.ToSlash(filepath.Clean(pattern)), name)
		return ok
	})
}

// variables are the environment variables that a command names, sorted.
func (t TestCommand) variables() []string {
	names := slices.Clone(t.Env)
	for i := 0; i+1 < len(t.Run); i++ {
		if t.Run[i] != '$' {
			continue
		}
		rest := strings.TrimPrefix(t.Run[i+1:], "{")
		end := 0
		for end < len(rest) && envName().MatchString(rest[:end+1]) {
			end++
		}
		if end > 0 {
			names = append(names, rest[:end])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// programOf tells one program that a command begins with from another one of
// the same name, by its content. The command may begin with anything of the
// shell's; then it is "".
func programOf(command, dir string, self Self) string {
	name, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	path, err := Program(dir, name)
	if name == "genops" && self.Path != "" {
		path, err = self.Path, nil
	}
	if err != nil {
		return ""
	}
	d, err := fileDigest(path)
	if err != nil {
		return ""
	}
	return name + " " + d
}
