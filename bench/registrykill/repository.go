package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bench is a repository with a remote.
type bench struct {
	genops    string
	work, hub string
	other     string // somebody else's clone
	random    *rand.Rand
	env       []string
	trial     int
	version   int // minor number of the newest version
}

func newBench(dir, genops string, random *rand.Rand) (*bench, error) {
	b := &bench{genops: genops, work: filepath.Join(dir, "work"), hub: filepath.Join(dir, "hub.git"), other: filepath.Join(dir, "other"), random: random}
	b.env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Bench", "GIT_AUTHOR_EMAIL=bench@example.invalid", "GIT_COMMITTER_NAME=Bench", "GIT_COMMITTER_EMAIL=bench@example.invalid")
	if err := os.MkdirAll(filepath.Join(b.work, "prompts"), 0o755); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"genops.yaml": "genops: {}\n", ".gitignore": ".genops/\n"} {
		if err := os.WriteFile(filepath.Join(b.work, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"init", "-q", "-b", "main", "--bare", b.hub}, {"remote", "add", "origin", b.hub}} {
		if _, err := b.git(b.work, args...); err != nil {
			return nil, err
		}
	}
	for range 3 {
		if err := b.newVersion(); err != nil {
			return nil, err
		}
	}
	if _, err := b.git(b.work, "push", "-q", "origin", "main"); err != nil {
		return nil, err
	}
	_, err := b.git(dir, "clone", "-q", b.hub, b.other)
	return b, err
}

// edit commits another text of the prompt.
func (b *bench) edit() error {
	b.version++
	text := fmt.Sprintf("---\nmodel: openai/none\n---\nRefund at most %d USD.\n", b.version)
	if err := os.WriteFile(filepath.Join(b.work, "prompts", "refund.prompt"), []byte(text), 0o644); err != nil {
		return err
	}
	if _, err := b.git(b.work, "add", "-A"); err != nil {
		return err
	}
	_, err := b.git(b.work, "commit", "-q", "-m", "x")
	return err
}

func (b *bench) newVersion() error {
	if err := b.edit(); err != nil {
		return err
	}
	return b.do("prompt", "tag", "refund", b.newest())
}

func (b *bench) newest() string { return fmt.Sprintf("1.%d.0", b.version) }

// git runs git and returns what it prints.
func (b *bench) git(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, b.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// do runs genops to its end.
func (b *bench) do(args ...string) error {
	_, err := b.output(b.work, args...)
	return err
}

func (b *bench) output(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command(b.genops, args...)
	cmd.Dir, cmd.Env = dir, b.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("genops %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

// state is what genops sees of the prompt.
type state struct {
	Labels []struct{ Label, Version, Note string }
	Events []struct {
		Event   string
		Version *struct{ Version, Message string }
		Move    *struct{ Label, To, Why string }
	}
}

func (b *bench) state(dir string) (s state, err error) {
	out, err := b.output(dir, "prompt", "log", "refund", "--json", "-n", "2")
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	return s, err
}

func (s state) label(name string) string {
	for _, l := range s.Labels {
		if l.Label == name {
			return l.Version
		}
	}
	return ""
}

func (s state) has(version string) bool {
	_, ok := s.message(version)
	return ok
}

// message is what a version was tagged with.
func (s state) message(version string) (text string, ok bool) {
	for _, e := range s.Events {
		if e.Version != nil && e.Version.Version == version {
			return e.Version.Message, true
		}
	}
	return "", false
}

// logged says whether the log has a move with this reason, and where it went.
func (s state) logged(why string) (to string, ok bool) {
	for _, e := range s.Events {
		if e.Move != nil && e.Move.Why == why {
			return e.Move.To, true
		}
	}
	return "", false
}

// agree names labels that are not where the log has them.
func (s state) agree() error {
	for _, l := range s.Labels {
		if l.Note != "" {
			return fmt.Errorf("label %s: %s", l.Label, l.Note)
		}
	}
	return nil
}

// intact lets git look for faults, and looks for locks.
func (b *bench) intact(dir string) error {
	if _, err := b.git(dir, "fsck", "--strict", "--no-dangling"); err != nil {
		return err
	}
	var locks []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".lock") {
			locks = append(locks, path)
		}
		return nil
	})
	if len(locks) > 0 {
		return fmt.Errorf("left behind: %s", strings.Join(locks, ", "))
	}
	return err
}
