package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/registry/importer"
	"github.com/GaboBase/arch-genops/validators"
)

// importing is an import as flags ask for it.
type importing struct {
	*State
	dry, json, history bool
}

func newImport(s *State) *cobra.Command {
	example := "  genops import promptfoo promptfooconfig.yaml --dry-run\n  genops import langfuse-export prompts.json --history\n  genops import dotprompt ../app/prompts"
	c := group("import", "Turn files of other programs into prompts, models, agents and test sets", example)
	c.Long = `Import reads files of another program and writes what they hold into the project's
prompts/, models/, agents/ and testsets/: all of it or nothing, and over no file that
is there. What has no counterpart is listed with file and line, and why.`
	c.AddCommand(
		newImportFrom(s, "promptfoo", "Import a promptfoo configuration: prompts, providers, tests", `Prompts (in place, in files, chats in JSON or YAML) become prompts/, with Nunjucks
turned into Handlebars where it can be; providers become models/, each prompt with
each provider an agent; the tests become one test set, with lists of values written
out and every assertion that there is here.`, "promptfooconfig.yaml",
			func(path, shown string) (*importer.Plan, error) {
				return importer.Promptfoo(path, shown, validators.Deps{Embedder: embedder{}})
			}),
		newImportFrom(s, "langfuse-export", "Import prompts exported from Langfuse: versions, labels, chats", `The file is JSON: a list of versions as Langfuse's API gives them, an object with
"data" or "prompts", or one version a line. The newest version of each prompt is
written. With --history every version becomes a commit and a tag (version 3 is
3.0.0), and labels move to their versions; the working tree has to be clean.
Prompts that include others by @@@langfusePrompt:…@@@ get them as partials.`, "prompts.json", importer.Langfuse),
		newImportFrom(s, "dotprompt", "Import a folder of Dotprompt files, each checked", `Files keep their bytes and their place below the folder; partials come along.`, "prompts/", importer.Dotprompt),
	)
	return c
}

func newImportFrom(s *State, from, short, long, sample string, plan func(path, shown string) (*importer.Plan, error)) *cobra.Command {
	i := &importing{State: s}
	c := &cobra.Command{Use: from + " PATH", Short: short, Long: long,
		Example: fmt.Sprintf("  genops import %s %s --dry-run", from, sample),
		Args:    exactly(1, "one PATH"),
		RunE: func(c *cobra.Command, args []string) error {
			return i.run(c.Context(), args[0], plan)
		}}
	c.Flags().BoolVar(&i.dry, "dry-run", false, "only say what would be written")
	c.Flags().BoolVar(&i.json, "json", false, "print one JSON object")
	if from == "langfuse-export" {
		c.Flags().BoolVar(&i.history, "history", false, "make a commit and a tag of every version, and move the labels")
	}
	return c
}

func (i *importing) run(ctx context.Context, path string, plan func(path, shown string) (*importer.Plan, error)) error {
	project, err := i.project()
	if err != nil {
		return err
	}
	p, err := plan(i.path(path), path)
	if errors.Is(err, fs.ErrNotExist) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	if clashes := p.Clashes(project.Root); len(clashes) > 0 {
		return fmt.Errorf("nothing was written: these files are there already, with other content:\n  %s", strings.Join(clashes, "\n  "))
	}
	var commits []string
	switch {
	case i.history && len(p.Steps) > 0 && !i.dry:
		if commits, err = i.commit(ctx, i.registry(project), p); err != nil {
			return err
		}
	case !i.dry:
		if err := p.Write(project.Root); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
	}
	if i.json {
		return writeJSON(i.Stdout, imported(p, i, commits))
	}
	i.tell(p)
	return nil
}

// commit makes the plan's versions in git.
func (i *importing) commit(ctx context.Context, g registry.Registry, p *importer.Plan) ([]string, error) {
	var steps []registry.CommitStep
	for _, s := range p.Steps {
		message := s.Message
		if message == "" {
			message = fmt.Sprintf("%s %s", s.Name, s.Version)
		}
		files := map[string][]byte{}
		for _, f := range s.Files {
			files[f.Path] = f.Text
		}
		steps = append(steps, registry.CommitStep{Kind: registry.KindPrompt, Name: s.Name, Version: s.Version, Files: files,
			Labels: s.Labels, Message: message, When: s.When, Why: "imported from " + p.Source})
	}
	commits, err := g.CommitSteps(ctx, steps)
	if err != nil {
		return nil, fmt.Errorf("--history: %w", err)
	}
	return commits, nil
}

// imported is what --json prints.
func imported(p *importer.Plan, i *importing, commits []string) map[string]any {
	type file struct {
		Path  string `json:"path"`
		From  string `json:"from"`
		Bytes int    `json:"bytes"`
	}
	type version struct {
		Name    string   `json:"name"`
		Version string   `json:"version"`
		Labels  []string `json:"labels"`
		Commit  string   `json:"commit,omitempty"`
	}
	files, versions, left := []file{}, []version{}, p.Left
	for _, f := range p.Files {
		files = append(files, file{f.Path, f.From, len(f.Text)})
	}
	for n, s := range p.Steps {
		v := version{s.Name, s.Version, list(s.Labels), ""}
		if n < len(commits) {
			v.Commit = commits[n]
		}
		versions = append(versions, v)
	}
	if left == nil {
		left = []importer.Left{}
	}
	return map[string]any{"source": p.Source, "format": p.Format, "files": files, "not_imported": left, "notes": list(p.Notes),
		"versions": versions, "written": !i.dry, "history": commits != nil}
}

func (i *importing) tell(p *importer.Plan) {
	for _, f := range p.Files {
		fmt.Fprintf(i.Stdout, "%s  from %s\n", plain(f.Path), plain(f.From))
	}
	if i.history {
		for _, s := range p.Steps {
			fmt.Fprintf(i.Stdout, "%s@%s %s\n", plain(s.Name), s.Version, plain(strings.Join(s.Labels, " ")))
		}
	} else if n := len(p.Steps) - countNames(p.Steps); n > 0 {
		fmt.Fprintf(i.Stderr, "note: %d older versions are in the file; --history makes commits, tags and labels of them\n", n)
	}
	for _, n := range p.Notes {
		fmt.Fprintln(i.Stderr, "note:", plain(n))
	}
	for _, l := range p.Left {
		where := l.File
		if l.Line > 0 {
			where = fmt.Sprintf("%s:%d", l.File, l.Line)
		}
		fmt.Fprintf(i.Stderr, "not imported: %s: %s: %s\n", plain(where), plain(l.What), plain(l.Why))
	}
	done := "written"
	if i.dry {
		done = "to write; nothing was written (--dry-run)"
	}
	fmt.Fprintf(i.Stdout, "%d files %s, %d things not imported\n", len(p.Files), done, len(p.Left))
}

func countNames(steps []importer.Step) int {
	names := map[string]bool{}
	for _, s := range steps {
		names[s.Name] = true
	}
	return len(names)
}
