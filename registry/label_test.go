package registry

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// prompts is a repository with the versions 1.0.0, 1.1.0 and 1.2.0 of the
// prompt refund.
func prompts(t testing.TB, options ...string) string {
	t.Helper()
	top := t.TempDir()
	git(t, top, append([]string{"init", "-q", "-b", "main"}, options...)...)
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		commit(t, top, map[string]string{"prompts/refund.prompt": "Refund up to " + v + "\n", ".gitignore": ".genops/\n"}, "prompts/refund/v"+v)
	}
	return top
}

func move(t testing.TB, root, ref, label string) *Moved {
	t.Helper()
	m, err := Registry{Root: root}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: ref, Label: label, Why: "test"})
	if err != nil {
		t.Fatalf("label %s %s: %v", ref, label, err)
	}
	return m
}

func intact(t testing.TB, dir string) {
	t.Helper()
	cmd := exec.Command("git", "fsck", "--strict", "--no-dangling")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "error") {
		t.Errorf("git fsck: %v\n%s", err, out)
	}
}

func TestLabel(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			top := prompts(t, "--object-format="+format)
			m := move(t, top, "refund@1.1.0", "production")
			if m.From != "" || m.To != "1.1.0" || m.Action != ActionLabel || m.Who != "t <t@example.invalid>" {
				t.Errorf("%+v", m)
			}
			if got := git(t, top, "rev-parse", "refs/genops/prompt/refund/production"); got != git(t, top, "rev-parse", "prompts/refund/v1.1.0") {
				t.Errorf("the label is at %s", got)
			}
			m = move(t, top, "refund@1", "production")
			if m.From != "1.1.0" || m.To != "1.2.0" {
				t.Errorf("%+v", m)
			}
			if m = move(t, top, "refund@production", "canary"); m.To != "1.2.0" {
				t.Errorf("%+v", m)
			}
			if m = move(t, top, "refund@HEAD~1", "canary"); m.To != "1.1.0" {
				t.Errorf("%+v", m)
			}
			if m = move(t, top, "refund@1.1.0", "canary"); !m.Unchanged {
				t.Errorf("%+v", m)
			}
			git(t, top, "gc", "-q", "--prune=now") // packs all objects and refs
			if m = move(t, top, "refund@1.0.0", "production"); m.From != "1.2.0" {
				t.Errorf("%+v", m)
			}
			r, err := Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund", Label: "canary", Remove: true})
			if err != nil || r.Action != ActionRemove || r.From != "1.1.0" {
				t.Errorf("%+v, %v", r, err)
			}
			if out := git(t, top, "for-each-ref", "refs/genops/prompt"); strings.Contains(out, "canary") {
				t.Error(out)
			}
			if n := strings.Count(git(t, top, "ls-tree", "-r", "refs/genops/log"), "prompt/refund/"); n != 6 {
				t.Errorf("%d entries of the log", n)
			}
			intact(t, top)
		})
	}
}

func TestLabelRefuses(t *testing.T) {
	top := prompts(t)
	commit(t, top, map[string]string{"x": "y"})
	for _, c := range [][3]string{
		{"refund@HEAD", "production", "is commit "},
		{"refund@1.9.0", "production", "no version 1.9.0"},
		{"refund", "production", "a label points at a version: write refund@VERSION"},
		{"refund@1.0.0", "latest", "reserved"},
		{"refund@1.0.0", "1.0", "form of a version"},
		{"refund@1.0.0", "Prod", "1 to 64 of a-z"},
		{"refund@1.0.0", "a..b", "git refuses"},
	} {
		_, err := Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: c[0], Label: c[1]})
		if err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if out := git(t, top, "for-each-ref", "refs/genops"); out != "" {
		t.Error(out)
	}
}

// Of two at once, one moves the label; the log has both.
func TestLabelRace(t *testing.T) {
	top := prompts(t)
	ctx := context.Background()
	versions := []string{"1.0.0", "1.1.0", "1.2.0"}
	at := ""
	for range 10 {
		var wait sync.WaitGroup
		errs := make([]error, 2)
		var to []string
		for _, v := range versions {
			if v != at && len(to) < 2 {
				to = append(to, v)
			}
		}
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = Registry{Root: top}.MoveLabel(ctx, Move{Kind: KindPrompt, Ref: "refund@" + to[i], Label: "production", From: &at})
			})
		}
		wait.Wait()
		var taken *TakenError
		switch {
		case errs[0] == nil && errors.As(errs[1], &taken):
			at = to[0]
		case errs[1] == nil && errors.As(errs[0], &taken):
			at = to[1]
		default:
			t.Fatalf("%v, %v", errs[0], errs[1])
		}
		if taken.Now != at || taken.By.To != at {
			t.Errorf("%+v, the label is on %s", taken, at)
		}
	}
	if n := strings.Count(git(t, top, "ls-tree", "-r", "refs/genops/log"), "prompt/refund/"); n != 20 {
		t.Errorf("%d entries of the log", n)
	}
	intact(t, top)
}

// A machine that died between the log and the label: the next command completes
// the move. A label that was moved back by hand stays.
func TestHeal(t *testing.T) {
	top := prompts(t)
	move(t, top, "refund@1.0.0", "production")
	move(t, top, "refund@1.1.0", "production")
	label := filepath.Join(top, ".git", "refs", "genops", "prompt", "refund", "production")
	next, err := os.ReadFile(label)
	if err != nil {
		t.Fatal(err)
	}
	git(t, top, "update-ref", "refs/genops/prompt/refund/production", "prompts/refund/v1.0.0")
	if m := move(t, top, "refund@1.2.0", "canary"); m.To != "1.2.0" {
		t.Errorf("%+v", m)
	}
	if got := git(t, top, "rev-parse", "refs/genops/prompt/refund/production^{commit}"); got != git(t, top, "rev-parse", "prompts/refund/v1.0.0^{commit}") {
		t.Error("a label that was moved by hand was moved back")
	}
	move(t, top, "refund@1.1.0", "production")
	git(t, top, "update-ref", "refs/genops/prompt/refund/production", "prompts/refund/v1.0.0")
	write(t, top, ".git/refs/genops/prompt/refund/production.lock", string(next))
	lock := label + ".lock"
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	m := move(t, top, "refund@1.2.0", "production")
	if m.From != "1.1.0" {
		t.Errorf("the half-done move was not completed: %+v", m)
	}
	// A lock of which the log knows nothing is explained, not removed.
	write(t, top, ".git/refs/genops/prompt/refund/production.lock", "")
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	_, err = Registry{Root: top}.MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund@1.0.0", Label: "production"})
	if err == nil || !strings.Contains(err.Error(), "remove that file") {
		t.Errorf("a lock that was left behind: %v", err)
	}
}
