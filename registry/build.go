package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

// buildsDir keeps what builds in the working tree came to.
var buildsDir = filepath.Join(".genops", "builds")

// buildVersion runs the agent's build in the checkout of a version, once: its
// files never change. A build that changes them is refused, and the checkout is
// made anew the next time.
func (g Registry) buildVersion(ctx context.Context, a *Agent, c checkout) error {
	if len(a.Build) == 0 {
		return nil
	}
	base := c.beside("build-" + a.buildKey())
	fixed := func() (inputs, error) { return inputs{c.tree: a.buildKey()}, nil }
	return g.buildOnce(ctx, a, base, fixed, func() error {
		changed, err := c.changed()
		if err != nil || len(changed) == 0 {
			return err
		}
		return errors.Join(fmt.Errorf("agent %s: build: the commands changed files of the version: %s; a build may only add files, so that a version stays what was tagged",
			a.ID, some(changed)), g.drop(ctx, c))
	})
}

// buildHere runs the agent's build in the working tree, unless the last one saw
// the same files. Without git nobody tells sources from what is made, and it
// runs each time.
func (g Registry) buildHere(ctx context.Context, a *Agent) error {
	if len(a.Build) == 0 {
		return nil
	}
	dir := filepath.Join(g.Root, buildsDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	base := filepath.Join(dir, a.ID+"-"+a.buildKey())
	return g.buildOnce(ctx, a, base, func() (inputs, error) { return sources(ctx, a) }, func() error { return nil })
}

// buildKey tells the builds of a project apart.
func (a *Agent) buildKey() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", a.ID, a.Build)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// buildOnce runs the commands unless the marker at base.done says that they ran
// for the same inputs. What others build at base is waited for. The output is
// kept in base.log; check has the last word.
func (g Registry) buildOnce(ctx context.Context, a *Agent, base string, look func() (inputs, error), check func() error) error {
	unlock, err := g.lock(ctx, base+".lock", "builds agent "+a.ID)
	if err != nil {
		return err
	}
	defer unlock()
	before, err := look()
	if err != nil {
		return fmt.Errorf("agent %s: build: %w", a.ID, err)
	}
	marker := base + ".done"
	if was, err := os.ReadFile(marker); err == nil && before != nil && string(was) == before.digest() && a.programThere() {
		return nil
	}
	if err := os.RemoveAll(marker); err != nil {
		return err
	}
	if err := g.runBuild(ctx, a, base+".log"); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	after, err := look()
	if err != nil || after == nil {
		return err
	}
	for name, d := range before {
		if after[name] != d {
			return nil // edited meanwhile, or made by the build: the next one is not spared
		}
	}
	return replaceFile(marker, []byte(after.digest()))
}

// programThere says whether a program in the project was made and not removed
// since.
func (a *Agent) programThere() bool {
	p := a.Runtime.Process
	if p == nil || !strings.ContainsAny(p.Command[0], `/\`) {
		return true
	}
	_, err := Program(a.Root, p.Command[0])
	return err == nil
}

// runBuild runs the commands one after the other, until one fails.
func (g Registry) runBuild(ctx context.Context, a *Agent, log string) error {
	file, err := os.Create(log)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, command := range a.Build {
		g.say(fmt.Sprintf("building agent %s: %s (log: %s)", a.ID, command, display(g.Root, log)))
		fmt.Fprintf(file, "$ %s\n", command)
		cmd := shell(ctx, command)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = a.Root, g.Env, file, file
		cmd.WaitDelay = 2 * time.Second
		subprocess.KillGroupOnCancel(cmd)
		err := cmd.Run()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			text, _ := os.ReadFile(log)
			return fmt.Errorf("agent %s: build: %q: %w; the end of %s:\n%s", a.ID, command, err, display(g.Root, log), tail(string(text[max(0, len(text)-64<<10):])))
		}
	}
	return nil
}

// shell runs a command line with the platform's shell.
func shell(ctx context.Context, command string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", command)
	}
	return exec.CommandContext(ctx, "sh", "-c", command)
}
