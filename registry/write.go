package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

// writer is what a change of the repository needs to know first.
type writer struct {
	*repository
	format  format
	who     string // "Name <email>", of whoever git says is at work
	signing bool   // git signs commits here
	key     string // what it signs with; "" = none is configured
}

// writer finds out who is at work, and how. Git fails here when it does not
// know who that is, so nothing is half done.
func (r *repository) writer(ctx context.Context) (*writer, error) {
	w := &writer{repository: r}
	var wait sync.WaitGroup
	var identity, settings, objects string
	var errs [3]error
	wait.Go(func() { identity, errs[0] = r.run(ctx, "var", "GIT_COMMITTER_IDENT") })
	wait.Go(func() {
		settings, errs[1] = r.run(ctx, "config", "-z", "--get-regexp", `^(commit\.gpgsign|user\.signingkey)$`)
		if exited(errs[1], 1) { // none is set
			errs[1] = nil
		}
	})
	wait.Go(func() { objects, errs[2] = r.run(ctx, "rev-parse", "--show-object-format") })
	wait.Wait()
	if errs[0] != nil {
		return nil, unknownUser(errs[0])
	}
	if err := errors.Join(errs[1:]...); err != nil {
		return nil, err
	}
	w.format.sha256 = objects == "sha256"
	w.who, _, _ = cutIdentity(identity)
	for setting := range strings.SplitSeq(settings, "\x00") {
		switch key, value, _ := strings.Cut(setting, "\n"); strings.ToLower(key) {
		case "user.signingkey":
			w.key = value
		case "commit.gpgsign":
			w.signing = truth(value)
		}
	}
	return w, nil
}

// truth reads a boolean of git's configuration; a key without a value is true.
func truth(value string) bool {
	switch strings.ToLower(value) {
	case "false", "no", "off", "0":
		return false
	}
	return true
}

// cutIdentity splits "Name <email> seconds zone".
func cutIdentity(s string) (who string, at time.Time, ok bool) {
	i := strings.LastIndex(s, ">")
	if i < 0 {
		return s, at, false
	}
	var seconds int64
	if _, err := fmt.Sscan(s[i+1:], &seconds); err != nil {
		return s[:i+1], at, false
	}
	return s[:i+1], time.Unix(seconds, 0).UTC(), true
}

// email is the address in "Name <email>".
func email(who string) string {
	i := strings.LastIndex(who, "<")
	return strings.TrimSuffix(who[i+1:], ">")
}

func unknownUser(err error) error {
	var git *gitError
	if !errors.As(err, &git) {
		return err
	}
	lines := strings.Split(git.complaint, "\n")
	return fmt.Errorf("git does not know who you are; tell it with `git config user.name \"Your Name\"` and `git config user.email you@example.com` (git var: %s)",
		strings.TrimPrefix(lines[len(lines)-1], "fatal: "))
}

// exited says whether an error is git's end with an exit code.
func exited(err error, code int) bool {
	var git *gitError
	var end *exec.ExitError
	return errors.As(err, &git) && errors.As(git.cause, &end) && end.ExitCode() == code
}

// change runs a git command that changes something. It is not killed with this
// process, not even with its group: what it began it ends, and all of its input
// is there before it begins.
func (r *repository) change(ctx context.Context, input []byte, args ...string) (string, error) {
	out, _, err := r.changeBoth(ctx, input, args...)
	return out, err
}

func (r *repository) changeBoth(ctx context.Context, input []byte, args ...string) (out, complaint string, err error) {
	stdin, err := wholeInput(input)
	if err != nil {
		return "", "", err
	}
	defer os.Remove(stdin.Name()) // where it could not be removed while it was open
	defer stdin.Close()
	var stdout, stderr bytes.Buffer
	cmd := r.command(ctx, args...)
	subprocess.OwnSession(cmd)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), stderr.String(), r.failed(ctx, verbOf(args), err, stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), stderr.String(), nil
}

// wholeInput is a file, without a name where the system allows it, that holds the
// input. Through a pipe, a process that is killed would leave git with a part of
// it, or with nothing: git tags with an empty message then.
func wholeInput(input []byte) (*os.File, error) {
	f, err := os.CreateTemp("", "genops-git-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	_, err = f.Write(input)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// verbOf is the git command among arguments that begin with settings.
func verbOf(args []string) string {
	for i := 0; i < len(args); i++ {
		if args[i] == "-c" {
			i++
			continue
		}
		if !strings.HasPrefix(args[i], "-") {
			return args[i]
		}
	}
	return args[0]
}

// store writes objects; those that git has already are left alone.
func (w *writer) store(ctx context.Context, objects []gitObject) error {
	if len(objects) == 0 {
		return nil
	}
	pack, err := w.format.pack(objects)
	if err != nil {
		return err
	}
	_, err = w.change(ctx, pack, "unpack-objects", "-q")
	return err
}

// errSigning is a signature that git could not make.
var errSigning = errors.New("signing")

// commit stores the objects and a commit of the tree, and returns its name. A
// signed one is made by git, with the key and program that git is configured
// to use.
func (w *writer) commit(ctx context.Context, c gitCommit, objects []gitObject, sign bool, now time.Time) (string, error) {
	if !sign {
		o := commitObject(c, fmt.Sprintf("%s %d +0000", w.who, now.Unix()))
		return w.format.id(o), w.store(ctx, append(objects, o))
	}
	if err := w.store(ctx, objects); err != nil {
		return "", err
	}
	args := []string{"commit-tree", "-S", c.tree}
	for _, p := range c.parents {
		args = append(args, "-p", p)
	}
	id, err := w.change(ctx, []byte(c.message), args...)
	if err != nil {
		return "", fmt.Errorf("%w: %w (`git config user.signingkey` names the key; git can't ask for a passphrase here: use an agent)", errSigning, err)
	}
	return id, nil
}

// refChange moves one ref. Old is what it must be; "" = it must not exist. An
// empty New removes it.
type refChange struct{ Ref, Old, New string }

// move changes refs together: all or none of them, and none when one is no
// longer what it was.
func (w *writer) move(ctx context.Context, why string, changes []refChange) error {
	var b strings.Builder
	b.WriteString("start\x00")
	for _, c := range changes {
		old, next := c.Old, c.New
		if old == "" {
			old = w.format.zero()
		}
		if next == "" {
			next = w.format.zero()
		}
		fmt.Fprintf(&b, "update %s\x00%s\x00%s\x00", c.Ref, next, old)
	}
	b.WriteString("prepare\x00commit\x00")
	_, err := w.change(ctx, []byte(b.String()), "update-ref", "-m", why, "--stdin", "-z")
	return explainLock(err)
}

var lockFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`Unable to create '(.*\.lock)': File exists`) })

// errBusy is a ref that another process is changing, or was changing when it died.
var errBusy = errors.New("another git process is changing the same ref")

// explainLock tells a lock that was left behind from one that is in use.
func explainLock(err error) error {
	if err == nil {
		return nil
	}
	m := lockFile().FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	name := filepath.ToSlash(m[1])
	if info, gone := os.Stat(m[1]); gone == nil && time.Since(info.ModTime()) > staleAfter {
		return fmt.Errorf("the lock %s is there since %s: if no git is at work in this repository, one died while it held the lock; remove that file",
			name, info.ModTime().Format("2006-01-02 15:04:05"))
	}
	return fmt.Errorf("%w: it holds the lock %s", errBusy, name)
}

// raced says of an error of move that a ref was not what it should have been,
// or that another process was at it: looking again may help.
func raced(err error) bool {
	var git *gitError
	if errors.Is(err, errBusy) {
		return true
	}
	return errors.As(err, &git) && (git.verb == "update-ref" || git.verb == "fetch") && strings.Contains(git.complaint, "cannot lock ref") &&
		(strings.Contains(git.complaint, "but expected") || strings.Contains(git.complaint, "reference already exists") || strings.Contains(git.complaint, "unable to resolve reference"))
}
