package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// counter counts the builds of an agent, in a file outside of the project.
type counter struct{ file string }

func newCounter(t *testing.T) counter {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a POSIX shell")
	}
	return counter{filepath.Join(t.TempDir(), "count")}
}

// agent is an agent file whose build makes ./router of main.src.
func (c counter) agent(more string) string {
	return fmt.Sprintf("id: A\nruntime: {process: {command: [./router]}}\nbuild:\n  - echo run >> '%s'\n  - cp main.src router && chmod +x router\n%s", c.file, more)
}

func (c counter) want(t *testing.T, n int, when string) {
	t.Helper()
	data, err := os.ReadFile(c.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if got := strings.Count(string(data), "run"); got != n {
		t.Errorf("%s: %d builds, want %d", when, got, n)
	}
}

func (c counter) history(t *testing.T, ignore string) string {
	t.Helper()
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"agents/A.yaml": c.agent(""), "main.src": "#!/bin/sh\n", ".gitignore": ".genops/\n" + ignore}, "agents/A/v1.0.0")
	return top
}

func TestBuildVersion(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	first := resolve(t, top, "A@1.0.0")
	if _, err := os.Stat(filepath.Join(first.Root, "router")); err != nil {
		t.Error(err)
	}
	resolve(t, top, "A@main")
	c.want(t, 1, "one tree")
	if names := names(first.Release); names != "agents/A.yaml program ./router" {
		t.Errorf("parts %s: the release was computed before the build", names)
	}
	if here := resolve(t, top, "A"); here.Release.Digest != first.Release.Digest {
		t.Error("the same content built elsewhere is another release")
	}
	c.want(t, 2, "the working tree")
	os.Remove(filepath.Join(first.Root, "router"))
	resolve(t, top, "A@1.0.0")
	c.want(t, 3, "the program was removed")
	commit(t, top, map[string]string{"main.src": "#!/bin/sh\n# 2\n"}, "agents/A/v2.0.0")
	resolve(t, top, "A@2")
	c.want(t, 4, "another tree")
	log, err := filepath.Glob(filepath.Join(top, ".genops", "checkouts", "*.log"))
	if err != nil || len(log) != 2 {
		t.Errorf("logs %v", log)
	}
}

func TestBuildHere(t *testing.T) {
	for _, ignore := range []string{"router\n", ""} {
		c := newCounter(t)
		top := c.history(t, ignore)
		one := resolve(t, top, "A").Release.Digest
		resolve(t, top, "A")
		c.want(t, 1, "nothing changed")
		write(t, top, "main.src", "#!/bin/sh\n# edited\n")
		if resolve(t, top, "A").Release.Digest == one {
			t.Error("the release does not depend on what was built")
		}
		c.want(t, 2, "a source was edited")
		write(t, top, "lib/new.src", "")
		resolve(t, top, "A")
		resolve(t, top, "A")
		c.want(t, 3, "a new source")
		os.Remove(filepath.Join(top, "router"))
		resolve(t, top, "A")
		c.want(t, 4, "the program was removed")
		os.Remove(filepath.Join(top, "lib", "new.src"))
		resolve(t, top, "A")
		c.want(t, 5, "a source was removed")
		os.RemoveAll(filepath.Join(top, ".git"))
		resolve(t, top, "A")
		resolve(t, top, "A")
		c.want(t, 7, "without git it runs each time")
	}
}

// In a folder that git ignores, git does not tell what changed.
func TestBuildIgnoredFolder(t *testing.T) {
	c := newCounter(t)
	top := t.TempDir()
	git(t, top, "init", "-q")
	commit(t, top, map[string]string{".gitignore": "below/\n", "below/agents/A.yaml": c.agent(""), "below/main.src": "#!/bin/sh\n"})
	resolve(t, filepath.Join(top, "below"), "A")
	resolve(t, filepath.Join(top, "below"), "A")
	c.want(t, 2, "an ignored folder")
}

// A source that changes while the build runs may have been read before or
// after: the next build is not spared.
func TestBuildEditedMeanwhile(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	write(t, top, "agents/A.yaml", c.agent("  - echo x >> main.src\n"))
	resolve(t, top, "A")
	resolve(t, top, "A")
	c.want(t, 2, "each build changed a source")
}

func TestBuildErrors(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	secret := "\x1b[31mred\x1b[0m"
	commit(t, top, map[string]string{"agents/A.yaml": c.agent("  - seq 1000; printf '" + strings.ReplaceAll(secret, "\x1b", `\033`) + "\\n'; ls absent-file; exit 3\n")}, "agents/A/v2.0.0")
	for _, at := range []string{"A", "A@2"} {
		wantError(t, top, at, false, "agent A: build: ", "exit status 3", ".genops", ".log:\n", "\n1000\n", "[31mred", "absent-file")
		_, err := Registry{Root: top}.Resolve(context.Background(), at)
		if strings.Contains(err.Error(), "\x1b") || strings.Contains(err.Error(), "\n900\n") {
			t.Errorf("the log's tail: %q", err)
		}
	}
	c.want(t, 4, "a failed build is tried again")
	commit(t, top, map[string]string{"agents/A.yaml": c.agent("  - echo x >> main.src\n")}, "agents/A/v3.0.0")
	wantError(t, top, "A@3", false, "changed files of the version: main.src", "a build may only add files")
	wantError(t, top, "A@3", false, "changed files of the version: main.src")
	commit(t, top, map[string]string{"agents/A.yaml": "id: A\nbuild: ['']\nruntime: {process: {command: [./router]}}\n"}, "agents/A/v4.0.0")
	wantError(t, top, "A@4", false, "agents/A.yaml:2: build[0] is empty")
}

// Builders of one version wait for each other, and build once.
func TestBuildTogether(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	write(t, top, "agents/A.yaml", c.agent("  - sleep 0.2\n"))
	commit(t, top, nil, "agents/A/v2.0.0")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if _, err := (Registry{Root: top}).Resolve(context.Background(), []string{"A@2", "A"}[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	c.want(t, 2, "eight at once, in two places")
}

// A build that hangs ends with its context, and with its children.
func TestBuildCancelled(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	write(t, top, "agents/A.yaml", c.agent("  - sleep 600 | sleep 600\n"))
	ctx, cancel := context.WithCancel(context.Background())
	g := Registry{Root: top, Notify: func(text string) {
		if strings.Contains(text, "sleep") {
			cancel()
		}
	}}
	if _, err := g.Resolve(ctx, "A"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(top, ".genops", "builds", "*.done")); len(left) > 0 {
		t.Errorf("a build that was cut off left %v", left)
	}
}

func TestBuildEnv(t *testing.T) {
	c := newCounter(t)
	top := c.history(t, "router\n")
	write(t, top, "agents/A.yaml", c.agent("  - test \"$COLOUR\" = blue\n"))
	env := append(os.Environ(), "COLOUR=blue")
	if _, err := (Registry{Root: top, Env: env}).Resolve(context.Background(), "A"); err != nil {
		t.Error(err)
	}
}
