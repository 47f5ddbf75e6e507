package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/examples"
	"github.com/GaboBase/arch-genops/internal/config"
)

// initFlags are the flags of init.
type initFlags struct {
	example   string
	dry, json bool
}

func newInit(s *State) *cobra.Command {
	var f initFlags
	about := make([]string, 0, len(examples.Names()))
	for _, name := range examples.Names() {
		about = append(about, "  "+name+": "+examples.Describe(name))
	}
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a new project that runs at once, or one of the files that are there",
		Long: `Init writes a project: genops.yaml, an agent, a test set and a CI workflow. Files
that are there already are never changed, except that .genops/ is added to
.gitignore.

Where a folder holds configurations of promptfoo, test sets of other programs (DeepEval,
Ragas, LangSmith, Langfuse, MLflow, Inspect, OpenAI evals; JSON, JSON Lines, CSV) or
*.prompt files and no example is asked for, these are adopted: genops.yaml is written
for them, prompts from elsewhere are copied to prompts/, and a prompt that names its
model gets an agent. What was found, and what was not taken, is
said; tests of DeepEval in Python are read for the metrics that they ask for, and not
run. In a folder that is a project already init adds what is new and changes no file.

Examples:
` + strings.Join(about, "\n"),
		Example: "  genops init my-project\n  genops init --dry-run\n  genops init --example intent-router demo",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(errors.New("init wants at most one DIR"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			dir := s.Dir
			if len(args) == 1 {
				dir = s.path(args[0])
			}
			if !c.Flags().Changed("example") {
				a, found := s.lookAround(c.Context(), dir)
				if found {
					return a.init(f)
				}
				if a.files > 0 && !f.json {
					fmt.Fprintln(s.Stdout, "Nothing to adopt was found here: no configuration of promptfoo, no test set of another program, no *.prompt file. This is the starter.")
				}
			}
			return s.initProject(dir, f)
		},
	}
	c.Flags().BoolVar(&f.dry, "dry-run", false, "only say what would be written")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object")
	c.Flags().StringVar(&f.example, "example", examples.Starter, "`NAME` of the project to write: "+strings.Join(examples.Names(), ", "))
	c.RegisterFlagCompletionFunc("example", cobra.FixedCompletions(examples.Names(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// ignored is what git leaves alone in a project.
const ignored = ".genops/"

// initProject writes an example into dir: all of it, or nothing when a file of
// it is there already.
func (s *State) initProject(dir string, f initFlags) error {
	files, err := examples.Files(f.example)
	if err != nil {
		return usage(err)
	}
	contents, err := readProject(files)
	if err != nil {
		return err
	}
	if err := s.writeProject(dir, contents, f.dry); err != nil {
		return err
	}
	out := initReport{Dir: s.show(dir), Found: []adopted{}, NotTaken: []refused{}, Kept: []string{}, DryRun: f.dry, Next: nextOf(contents)}
	for _, one := range contents {
		out.Written = append(out.Written, one.name)
	}
	if f.json {
		return writeJSON(s.Stdout, out)
	}
	s.welcome(out)
	return nil
}

// writeProject writes all files, or none when one is there already; a dry one
// only looks.
func (s *State) writeProject(dir string, contents []projectFile, dry bool) error {
	var clashes []string
	for _, f := range contents {
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil && f.name != ".gitignore" {
			clashes = append(clashes, f.name)
		}
	}
	if len(clashes) > 0 {
		return fmt.Errorf("init %s: nothing was written, because these files are there already: %s", s.show(dir), strings.Join(clashes, ", "))
	}
	if dry {
		return nil
	}
	for _, f := range contents {
		if err := writeNew(filepath.Join(dir, f.name), f.data); err != nil {
			return err
		}
	}
	return nil
}

type projectFile struct {
	name string
	data []byte
}

// readProject lists an example's files, with the runners of its genops.yaml
// filled in.
func readProject(files fs.FS) ([]projectFile, error) {
	var out []projectFile
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		out = append(out, projectFile{name, data})
		return err
	})
	if err != nil {
		return nil, err
	}
	runners, err := runnersOf(files)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if strings.HasPrefix(out[i].name, ".github/") {
			out[i].data = bytes.ReplaceAll(out[i].data, []byte(examples.RunnersToken), runners)
		}
	}
	return out, nil
}

func runnersOf(files fs.FS) ([]byte, error) {
	data, err := fs.ReadFile(files, config.Name)
	if err != nil {
		return nil, err
	}
	p, err := config.ParseProject("", config.Name, data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(p.Pipeline.Runners)
}

// writeNew writes a file that is not there yet; a .gitignore that is there gets
// the line it lacks.
func writeNew(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return ignore(path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func ignore(path string) error {
	data, err := os.ReadFile(path)
	if err != nil || ignores(data) {
		return err
	}
	line := ignored + "\n"
	if len(data) > 0 && data[len(data)-1] != '\n' {
		line = "\n" + line
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0) // what stands there is the user's
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

// ignores says whether a .gitignore has the line.
func ignores(data []byte) bool {
	for line := range strings.SplitSeq(string(data), "\n") {
		if line = strings.TrimSpace(line); line == ignored || line == strings.TrimSuffix(ignored, "/") || line == "/"+ignored {
			return true
		}
	}
	return false
}

// nextOf are the arguments of commands that a project can be tried with.
func nextOf(files []projectFile) (next []string) {
	var agent, set string
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.name, "agents/"); ok {
			agent = strings.TrimSuffix(name, ".yaml")
		}
	}
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.name, testSetsDir+"/"); ok && (set == "" || strings.Contains(name, "intents_v2")) {
			set = name
		}
	}
	if agent != "" {
		return []string{"test --agent " + agent, "run-eval --agent " + agent + " --test-set " + set}
	}
	for _, f := range files {
		if f.name == "promptfooconfig.yaml" {
			next = append(next, "run-eval --config "+f.name)
		}
		if strings.HasPrefix(f.name, "briefs/") {
			return append(next, "plan --brief "+f.name, "generate --brief "+f.name)
		}
	}
	return next
}

func (s *State) welcome(out initReport) {
	where := out.Dir
	if where == "." {
		where = "this folder"
	}
	if out.DryRun {
		fmt.Fprintf(s.Stdout, "Nothing was written (--dry-run). A project with %d files would be in %s: %s\n", len(out.Written), where, strings.Join(out.Written, ", "))
		return
	}
	fmt.Fprintf(s.Stdout, "A project with %d files is in %s.", len(out.Written), where)
	s.tellNext(" Next:", out)
}
