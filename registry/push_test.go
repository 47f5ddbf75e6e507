package registry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// clones are a bare repository with the versions of the prompt refund, and two
// clones of it.
func clones(t testing.TB) (hub, a, b string) {
	t.Helper()
	base := t.TempDir()
	hub, a, b = filepath.Join(base, "hub.git"), filepath.Join(base, "a"), filepath.Join(base, "b")
	git(t, base, "clone", "-q", "--bare", prompts(t), hub)
	for _, c := range []string{a, b} {
		git(t, base, "clone", "-q", hub, c)
	}
	return hub, a, b
}

func push(t testing.TB, root string) (*Pushed, error) {
	t.Helper()
	return Registry{Root: root}.Push(context.Background(), Push{})
}

func mustPush(t testing.TB, root string) *Pushed {
	t.Helper()
	p, err := push(t, root)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fetch(t testing.TB, root string) *Fetched {
	t.Helper()
	f, err := Registry{Root: root}.Fetch(context.Background(), "", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at is the version that the label production of refund is on; "" = there is none.
func at(t testing.TB, dir string) string {
	t.Helper()
	object := git(t, dir, "for-each-ref", "--format=%(objectname)", "refs/genops/prompt/refund/production")
	for line := range strings.Lines(git(t, dir, "for-each-ref", "--format=%(objectname) %(refname:lstrip=4)", "refs/tags/prompts/refund/")) {
		if words := strings.Fields(line); words[0] == object {
			return strings.TrimPrefix(words[1], "v")
		}
	}
	return object
}

func logSize(t testing.TB, dir string) int {
	t.Helper()
	return strings.Count(git(t, dir, "ls-tree", "-r", "--name-only", "refs/genops/log"), ".json")
}

func TestPushFetch(t *testing.T) {
	hub, a, b := clones(t)
	if p := mustPush(t, a); !p.Nothing() {
		t.Errorf("%+v", p)
	}
	if f := fetch(t, b); len(f.Labels)+len(f.Versions) != 0 {
		t.Errorf("%+v", f)
	}
	move(t, a, "refund@1.0.0", "production")
	judge(t, a, "1.0.0", "r1", "refunds", "pass", time.Now())
	commit(t, a, map[string]string{"prompts/refund.prompt": "four"}, "prompts/refund/v1.3.0")
	p := mustPush(t, a)
	if len(p.Versions) != 1 || len(p.Labels) != 1 || p.Labels[0].Action != "new" || !p.Log || !p.Evidence || at(t, hub) != "1.0.0" {
		t.Errorf("%+v", p)
	}
	if out := git(t, hub, "branch", "--contains", "prompts/refund/v1.3.0"); out != "" {
		t.Errorf("a branch was pushed: %s", out)
	}
	if p := mustPush(t, a); !p.Nothing() {
		t.Errorf("%+v", p)
	}
	f := fetch(t, b)
	if len(f.Versions) != 1 || len(f.Labels) != 1 || f.Labels[0].To != "1.0.0" || f.Log != 1 || f.Evidence != 1 || f.Labels[0].By == nil || at(t, b) != "1.0.0" {
		t.Errorf("%+v", f)
	}
	if len(evidenceOf(t, b)) != 1 {
		t.Error("the evidence did not travel")
	}
	// Two labels, moved on two sides: nobody is in the way.
	move(t, b, "refund@1.1.0", "production")
	move(t, a, "refund@1.3.0", "canary")
	mustPush(t, b)
	p = mustPush(t, a)
	if len(p.Labels) != 1 || logSize(t, hub) != 3 || at(t, hub) != "1.1.0" || at(t, a) != "1.0.0" {
		t.Errorf("%+v, %d entries", p, logSize(t, hub))
	}
	if f := fetch(t, a); at(t, a) != "1.1.0" || len(f.Labels) != 1 || f.Labels[0].By.From != "1.0.0" {
		t.Errorf("%+v", f)
	}
	// A label that was taken away.
	if _, err := (Registry{Root: a}).MoveLabel(context.Background(), Move{Kind: KindPrompt, Ref: "refund", Label: "canary", Remove: true}); err != nil {
		t.Fatal(err)
	}
	fetch(t, b)
	if p := mustPush(t, a); len(p.Labels) != 1 || p.Labels[0].Action != "removed" {
		t.Errorf("%+v", p)
	}
	if f := fetch(t, b); len(f.Labels) != 1 || f.Labels[0].Action != "removed" || strings.Contains(git(t, b, "for-each-ref"), "prompt/refund/canary") {
		t.Errorf("%+v", f)
	}
	for _, dir := range []string{hub, a, b} {
		intact(t, dir)
	}
}

// A label that both sides moved: nobody's move is lost.
func TestConflict(t *testing.T) {
	hub, a, b := clones(t)
	move(t, a, "refund@1.0.0", "production")
	mustPush(t, a)
	fetch(t, b)
	move(t, a, "refund@1.1.0", "production")
	move(t, b, "refund@1.2.0", "production")
	mustPush(t, a)
	_, err := push(t, b)
	var stale *StaleError
	if !errors.As(err, &stale) || !strings.Contains(err.Error(), "prompt refund production: is on 1.2.0 here and on 1.1.0 there (t <t@example.invalid>, ") || !strings.Contains(err.Error(), "1.0.0 → 1.1.0: test") || at(t, hub) != "1.1.0" {
		t.Fatal(err)
	}
	f := fetch(t, b)
	if len(f.Conflicts()) != 1 || f.Labels[0].Theirs != "1.1.0" || f.Labels[0].By == nil || at(t, b) != "1.2.0" || logSize(t, b) != 3 {
		t.Errorf("%+v", f)
	}
	var undecided *ConflictError
	if _, err := push(t, b); !errors.As(err, &undecided) {
		t.Fatal(err)
	}
	if f := fetch(t, b); len(f.Conflicts()) != 1 {
		t.Errorf("%+v", f)
	}
	// Decided for the one here: it says so, and goes.
	if m := move(t, b, "refund@1.2.0", "production"); m.Action != ActionDecide || m.Unchanged {
		t.Errorf("%+v", m)
	}
	mustPush(t, b)
	if at(t, hub) != "1.2.0" || logSize(t, hub) != 4 {
		t.Errorf("%s, %d entries", at(t, hub), logSize(t, hub))
	}
	// Decided for theirs.
	fetch(t, a)
	move(t, a, "refund@1.0.0", "production")
	move(t, b, "refund@1.1.0", "production")
	mustPush(t, a)
	fetch(t, b)
	move(t, b, "refund@1.0.0", "production")
	mustPush(t, b)
	if f := fetch(t, b); len(f.Labels) != 0 || at(t, hub) != "1.0.0" {
		t.Errorf("%+v", f)
	}
	for _, dir := range []string{hub, a, b} {
		intact(t, dir)
	}
}

// Two clones push a move of the same label at once: one wins.
func TestPushRace(t *testing.T) {
	hub, a, b := clones(t)
	move(t, a, "refund@1.0.0", "production")
	mustPush(t, a)
	fetch(t, b)
	for range 4 {
		var round []string
		for _, v := range []string{"1.0.0", "1.1.0", "1.2.0"} {
			if v != at(t, a) {
				round = append(round, v)
			}
		}
		move(t, a, "refund@"+round[0], "production")
		move(t, b, "refund@"+round[1], "production")
		before := logSize(t, hub)
		var wait sync.WaitGroup
		errs := make([]error, 2)
		for i, dir := range []string{a, b} {
			wait.Go(func() { _, errs[i] = push(t, dir) })
		}
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v, %v", errs[0], errs[1])
		}
		winner, loser := 0, b
		if errs[1] == nil {
			winner, loser = 1, a
		}
		var stale *StaleError
		if !errors.As(errs[1-winner], &stale) {
			t.Errorf("%v", errs[1-winner])
		}
		if at(t, hub) != round[winner] {
			t.Errorf("%s, want %s", at(t, hub), round[winner])
		}
		fetch(t, loser)
		move(t, loser, "refund@"+round[winner], "production")
		mustPush(t, loser)
		fetch(t, a)
		fetch(t, b)
		if n := logSize(t, hub); n != before+3 || at(t, a) != at(t, b) {
			t.Errorf("%d entries after %d", n, before)
		}
	}
	intact(t, hub)
}

func TestForcedRemote(t *testing.T) {
	hub, a, b := clones(t)
	move(t, a, "refund@1.0.0", "production")
	mustPush(t, a)
	fetch(t, b)
	old := git(t, hub, "rev-parse", "refs/genops/log")
	move(t, a, "refund@1.1.0", "production")
	mustPush(t, a)
	fetch(t, b)
	// Somebody forces the log back: what is known here comes back.
	git(t, hub, "update-ref", "refs/genops/log", old)
	f := fetch(t, b)
	if len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], "the log at origin was rewritten since the last fetch, and lacks records that it had (1)") || logSize(t, b) != 2 {
		t.Errorf("%+v", f)
	}
	mustPush(t, b)
	if logSize(t, hub) != 2 {
		t.Error("the lost entry did not come back")
	}
	// Or removes it all.
	git(t, hub, "update-ref", "-d", "refs/genops/log")
	if f := fetch(t, b); len(f.Warnings) != 1 || logSize(t, b) != 2 {
		t.Errorf("%+v", f)
	}
	mustPush(t, b)
	if logSize(t, hub) != 2 {
		t.Error("the log did not come back")
	}
	// Or moves a tag.
	git(t, hub, "tag", "-f", "-a", "-m", "x", "prompts/refund/v1.2.0", "prompts/refund/v1.0.0^{commit}")
	git(t, hub, "update-ref", "refs/genops/prompt/refund/canary", "prompts/refund/v1.0.0")
	before := git(t, b, "for-each-ref", "refs/tags", "refs/genops")
	_, err := Registry{Root: b}.Fetch(context.Background(), "", false, nil)
	var differing *TagsDifferError
	if !errors.As(err, &differing) || len(differing.Tags) != 1 || differing.Tags[0] != "prompts/refund/v1.2.0" {
		t.Errorf("%v", err)
	}
	if got := git(t, b, "for-each-ref", "refs/tags", "refs/genops"); before != got {
		t.Errorf("the fetch changed something:\n%s\n%s", before, got)
	}
	if _, err := push(t, b); !errors.As(err, &differing) {
		t.Errorf("%v", err)
	}
	intact(t, b)
}

func TestRemoteTrouble(t *testing.T) {
	top := prompts(t)
	ctx := context.Background()
	want := func(words string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v lacks %q", err, words)
		}
	}
	_, err := push(t, top)
	want("no remote: `git remote add origin URL`", err)
	git(t, top, "remote", "add", "far", filepath.Join(top, "nowhere"))
	_, err = push(t, top)
	want("remote far: git ls-remote: ", err)
	_, err = Registry{Root: top}.Fetch(ctx, "near", false, nil)
	want(`there is no remote "near" (known: far)`, err)
	_, err = Registry{Root: top}.Fetch(ctx, "far", false, nil)
	want("remote far: git fetch: ", err)
	git(t, top, "remote", "add", "near", top)
	_, err = push(t, top)
	want("which remote? known: far, near", err)

	hub, a, _ := clones(t)
	move(t, a, "refund@1.0.0", "production")
	write(t, hub, "hooks/pre-receive", "#!/bin/sh\necho not on fridays >&2\nexit 1\n")
	if err := os.Chmod(filepath.Join(hub, "hooks", "pre-receive"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = push(t, a)
	want("not on fridays", err)
	if at(t, hub) != "" {
		t.Error("something was pushed")
	}
	if err := os.Remove(filepath.Join(hub, "hooks", "pre-receive")); err != nil {
		t.Fatal(err)
	}
	git(t, hub, "config", "receive.advertiseAtomic", "false")
	_, err = push(t, a)
	want("can't take several refs all or nothing", err)
	git(t, hub, "config", "--unset", "receive.advertiseAtomic")
	write(t, a, ".git/hooks/pre-push", "#!/bin/sh\ncat >/dev/null\necho lint first >&2\nexit 1\n")
	if err := os.Chmod(filepath.Join(a, ".git", "hooks", "pre-push"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = push(t, a)
	want("lint first", err)
	if err := os.Remove(filepath.Join(a, ".git", "hooks", "pre-push")); err != nil {
		t.Fatal(err)
	}
	// A rule that came later, and a label that plain git moved.
	_, err = Registry{Root: a}.Push(ctx, Push{Rules: Protection{"production": {Evidence: []config.EvidenceRule{{}}}}})
	var protected *ProtectedError
	if !errors.As(err, &protected) {
		t.Errorf("%v", err)
	}
	p, err := Registry{Root: a}.Push(ctx, Push{DryRun: true})
	if err != nil || len(p.Labels) != 1 || at(t, hub) != "" {
		t.Errorf("%+v, %v", p, err)
	}
	mustPush(t, a)
}
