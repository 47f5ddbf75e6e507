package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

// repository is the git repository around a project. It is read through the git
// program: that knows worktrees, shallow and partial clones, other ref and
// object formats and every configuration that the user's own git obeys, and
// nothing is linked for it.
type repository struct {
	program string
	root    string // folder of the project
	prefix  string // of the project in the repository, with slashes; "" = the whole
	common  string // git's folder, the same for all worktrees
	shallow bool
	bare    bool
}

// openRepository finds the repository that root lies in.
func openRepository(ctx context.Context, root string) (*repository, error) {
	r, err := newRepository(root)
	if err != nil {
		return nil, err
	}
	if err := r.inspect(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// newRepository is openRepository before git was asked anything: commands can
// run, and nothing is known yet.
func newRepository(root string) (*repository, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, errors.New("git is not installed, or not in PATH: versions are read from the project's git repository")
	}
	return &repository{program: program, root: root}, nil
}

// inspect asks git where the repository lies, and what it is like.
func (r *repository) inspect(ctx context.Context) error {
	out, err := r.run(ctx, "rev-parse", "--is-shallow-repository", "--is-bare-repository", "--git-common-dir", "--show-prefix")
	if err != nil {
		if strings.Contains(err.Error(), "not a git repository") {
			return errNoRepository
		}
		return err
	}
	lines := strings.Split(out, "\n")
	if len(lines) < 3 {
		return fmt.Errorf("git rev-parse answered %q", out)
	}
	r.shallow, r.bare, r.common = lines[0] == "true", lines[1] == "true", lines[2]
	if !filepath.IsAbs(r.common) {
		r.common = filepath.Join(r.root, r.common)
	}
	if len(lines) > 3 {
		r.prefix = strings.TrimSuffix(strings.Join(lines[3:], "\n"), "/")
	}
	return nil
}

var errNoRepository = errors.New("the project is not in a git repository")

// ofHook are the variables by which git tells its hooks where they stand. In a
// hook of another repository they would lead to the wrong one.
var ofHook = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}

// command makes a git command in the project's folder: it asks nobody, and
// speaks English.
func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.program, append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir = r.root
	cmd.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(ofHook, name)
	})
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
	cmd.WaitDelay = 2 * time.Second
	subprocess.KillGroupOnCancel(cmd)
	return cmd
}

// gitError is what the git program complained about.
type gitError struct {
	verb, complaint string
	cause           error
}

func (e *gitError) Error() string { return "git " + e.verb + ": " + e.complaint }

// Unwrap is how the program ended.
func (e *gitError) Unwrap() error { return e.cause }

// run returns what git prints, without the newline at the end.
func (r *repository) run(ctx context.Context, args ...string) (string, error) {
	out, _, err := r.runBoth(ctx, args...)
	return out, err
}

// runBoth also returns what git warned about.
func (r *repository) runBoth(ctx context.Context, args ...string) (out, warnings string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := r.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", "", r.failed(ctx, args[0], err, stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), stderr.String(), nil
}

// failed turns the end of a git command into an error in git's own words.
func (r *repository) failed(ctx context.Context, verb string, err error, stderr string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	complaint := tail(stderr)
	if complaint == "" {
		complaint = err.Error()
	}
	return &gitError{verb, strings.TrimPrefix(complaint, "fatal: "), err}
}

// tail is the end of a program's output, fit to be shown: at most 20 lines and
// 4 KB, without what would steer a terminal.
func tail(text string) string {
	const lines, size = 20, 4 << 10
	text = strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' || c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0) {
			return c
		}
		return -1
	}, strings.ToValidUTF8(text, "�"))
	text = strings.TrimSpace(text)
	if len(text) > size {
		text = strings.ToValidUTF8(text[len(text)-size:], "")
	}
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
