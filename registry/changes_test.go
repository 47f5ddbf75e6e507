package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func shown(c *Changes) string {
	var all []string
	for _, f := range c.Files {
		text := f.Status + " " + f.Path
		if f.From != "" {
			text += " from " + f.From
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestChanges: what a branch adds, changes, renames and removes, in a project
// that is a folder of its repository.
func TestChanges(t *testing.T) {
	top := project(t, map[string]string{"other/x": "1", "p/genops.yaml": "", "p/prompts/a.prompt": "hello\nworld\nagain\n", "p/prompts/b c.prompt": "b", "p/prompts/ü.prompt": "ü", ".gitignore": "*.log\n.genops/\n"})
	git(t, top, "init", "-q", "-b", "main")
	git(t, top, "add", ".")
	git(t, top, "commit", "-qm", "one")
	git(t, top, "checkout", "-qb", "work")
	g := Registry{Root: filepath.Join(top, "p")}
	changes := func(committed bool) *Changes {
		t.Helper()
		c, err := g.Changes(t.Context(), "main", committed)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := changes(false); len(c.Files) != 0 || c.Dirty || c.Branch != "work" {
		t.Errorf("%+v", c)
	}
	if err := os.Rename(filepath.Join(top, "p/prompts/a.prompt"), filepath.Join(top, "p/prompts/z.prompt")); err != nil {
		t.Fatal(err)
	}
	write(t, top, "p/prompts/ü.prompt", "ö")
	write(t, top, "other/x", "2")
	git(t, top, "add", ".")
	git(t, top, "commit", "-qm", "two")
	const two = "renamed prompts/z.prompt from prompts/a.prompt, modified prompts/ü.prompt"
	if c := changes(true); shown(c) != two || c.Dirty {
		t.Errorf("%s", shown(c))
	}
	write(t, top, "p/new.prompt", "new")
	write(t, top, "p/x.log", "ignored")
	write(t, top, "p/.genops/runs/x", "made")
	if err := os.Remove(filepath.Join(top, "p/prompts/b c.prompt")); err != nil {
		t.Fatal(err)
	}
	if c := changes(true); shown(c) != two {
		t.Errorf("committed: %s", shown(c))
	}
	if c := changes(false); shown(c) != "added new.prompt, deleted prompts/b c.prompt, "+two || !c.Dirty {
		t.Errorf("%s", shown(c))
	}
	// The base goes on: what it changes is not of this branch.
	git(t, top, "stash", "-qu")
	git(t, top, "checkout", "-q", "main")
	write(t, top, "p/prompts/a.prompt", "another")
	git(t, top, "commit", "-qam", "three")
	git(t, top, "checkout", "-q", "work")
	if c := changes(true); shown(c) != two {
		t.Errorf("base went on: %s", shown(c))
	}
	if _, err := g.Changes(t.Context(), "mian", true); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "known: ") {
		t.Errorf("%v", err)
	}
	git(t, top, "checkout", "-q", "--orphan", "alone")
	git(t, top, "commit", "-qm", "alone")
	if _, err := g.Changes(t.Context(), "main", true); err == nil || !strings.Contains(err.Error(), "no common commit") {
		t.Errorf("%v", err)
	}
}

// TestSnapshot reads many objects at a commit and in the working tree.
func TestSnapshot(t *testing.T) {
	files := map[string]string{"genops.yaml": "", "prompts/_p.prompt": "partial", "agents/A.yaml": "id: A\nruntime: {http: {url: 'http://h', model: m}}\n"}
	for i := range 50 {
		files[fmt.Sprintf("prompts/p%d.prompt", i)] = "---\nmodel: openai/x\n---\nHello {{>p}}\n"
	}
	root := project(t, files)
	git(t, root, "init", "-q", "-b", "main")
	git(t, root, "add", ".")
	git(t, root, "commit", "-qm", "one")
	write(t, root, "prompts/_p.prompt", "changed")
	g := Registry{Root: root}
	head, err := g.CommitOf(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	text := func(commit string) string {
		s, err := g.Snapshot(t.Context(), commit)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if names := s.Names(KindPrompt); len(names) != 50 {
			t.Errorf("%d prompts", len(names))
		}
		var last string
		for _, name := range s.Names(KindPrompt) {
			o, err := s.Object(KindPrompt, name)
			if err != nil {
				t.Fatal(err)
			}
			last = string(o.Files[1].Text)
		}
		if o, err := s.Object(KindAgent, "A"); err != nil || o.Agent.ID != "A" {
			t.Errorf("%+v, %v", o, err)
		}
		if _, err := s.Object(KindPrompt, "none"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if _, _, err := s.Own(KindPrompt, "none"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return last
	}
	if text(head) != "partial" || text("") != "changed" {
		t.Errorf("%q, %q", text(head), text(""))
	}
}
