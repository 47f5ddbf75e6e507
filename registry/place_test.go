package registry

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Labels, log and remotes work wherever the project lies.
func TestWritePlaces(t *testing.T) {
	hub, a, _ := clones(t)
	base := filepath.Dir(hub)
	move(t, a, "refund@1.0.0", "production")
	mustPush(t, a)
	ctx := context.Background()

	// A worktree shares labels and log with the repository.
	tree := filepath.Join(base, "tree")
	git(t, a, "worktree", "add", "-q", "--detach", tree)
	if m := move(t, tree, "refund@1.1.0", "production"); m.From != "1.0.0" || at(t, a) != "1.1.0" {
		t.Errorf("%+v", m)
	}
	if p := mustPush(t, tree); len(p.Labels) != 1 {
		t.Errorf("%+v", p)
	}

	// A shallow clone without tags.
	shallow := filepath.Join(base, "shallow")
	git(t, base, "clone", "-q", "--depth", "1", "--no-tags", "file://"+filepath.ToSlash(hub), shallow)
	if f := fetch(t, shallow); len(f.Labels) != 1 || at(t, shallow) != "1.1.0" || len(f.Versions) != 3 {
		t.Errorf("%+v", f)
	}
	move(t, shallow, "refund@1.2.0", "production")
	mustPush(t, shallow)
	if at(t, hub) != "1.2.0" {
		t.Error("a shallow clone did not push its label")
	}

	// A bare repository, and a detached HEAD.
	if m := move(t, hub, "refund@1.1.0", "canary"); m.To != "1.1.0" {
		t.Errorf("%+v", m)
	}
	if _, err := (Registry{Root: hub}).Tag(ctx, Tagging{Kind: KindPrompt, Name: "refund", Version: "2.0.0", Same: true}); err != nil {
		t.Error(err)
	}
	git(t, a, "checkout", "-q", "--detach", "HEAD~1")
	fetch(t, a)
	if at(t, a) != "1.2.0" {
		t.Errorf("%s", at(t, a))
	}

	// A hook that refuses refs is told, and nothing moves.
	write(t, a, ".git/hooks/reference-transaction", "#!/bin/sh\n[ \"$1\" = prepared ] && grep -q refs/genops/prompt && { echo frozen >&2; exit 1; }\nexit 0\n")
	if err := os.Chmod(filepath.Join(a, ".git", "hooks", "reference-transaction"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := logSize(t, a)
	_, err := Registry{Root: a}.MoveLabel(ctx, Move{Kind: KindPrompt, Ref: "refund@1.0.0", Label: "production"})
	if err == nil || !strings.Contains(err.Error(), "frozen") || at(t, a) != "1.2.0" || logSize(t, a) != before {
		t.Errorf("%v, the label is on %s", err, at(t, a))
	}
	for _, dir := range []string{hub, a, tree, shallow} {
		intact(t, dir)
	}
}

// A label can't stand where an object's folder is: refs are files.
func TestLabelBesideFolder(t *testing.T) {
	top := prompts(t)
	commit(t, top, map[string]string{"prompts/refund/eu.prompt": "x"}, "prompts/refund/eu/v1.0.0")
	if _, err := (Registry{Root: top}).MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund/eu@1.0.0", Label: "production"}); err != nil {
		t.Fatal(err)
	}
	_, err := Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund@1.0.0", Label: "eu"})
	if err == nil || !strings.Contains(err.Error(), "label eu of prompt refund") {
		t.Errorf("%v", err)
	}
	if m := move(t, top, "refund@1.0.0", "production"); m.To != "1.0.0" {
		t.Errorf("%+v", m)
	}
	intact(t, top)
}
