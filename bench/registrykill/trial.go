package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// operation is what is killed.
type operation struct {
	name    string
	prepare func() error
	args    func(why string) []string
	// happened says, from what genops sees afterwards, whether the operation was
	// done; an error is one that is half done.
	happened func(why string) (bool, error)
}

func (b *bench) operations() []operation {
	var before string
	remember := func() error {
		s, err := b.state(b.work)
		before = s.label("production")
		return err
	}
	return []operation{
		{"tag", b.edit,
			func(string) []string { return []string{"prompt", "tag", "refund", b.newest()} },
			func(string) (bool, error) {
				s, err := b.state(b.work)
				text, ok := s.message(b.newest())
				if err == nil && ok && !strings.Contains(text, b.newest()) {
					err = fmt.Errorf("version %s has the message %q", b.newest(), text)
				}
				return ok, err
			}},
		{"label", func() error { return errors.Join(b.newVersion(), remember()) },
			func(why string) []string {
				return []string{"prompt", "label", "refund@" + b.newest(), "production", "--reason", why}
			},
			func(why string) (bool, error) { return b.moved(b.work, why, before, b.newest()) }},
		{"rollback", func() error {
			last := b.newest()
			return errors.Join(b.do("prompt", "label", "refund@"+last, "production"), b.newVersion(), b.do("prompt", "label", "refund@"+b.newest(), "production"), remember())
		},
			func(why string) []string { return []string{"prompt", "rollback", "refund", "--reason", why} },
			func(why string) (bool, error) {
				return b.moved(b.work, why, before, fmt.Sprintf("1.%d.0", b.version-1))
			}},
		{"push", func() error {
			if err := b.do("push"); err != nil {
				return err
			}
			before = b.newest()
			if err := errors.Join(b.do("prompt", "label", "refund@"+before, "production"), b.do("push"), b.newVersion()); err != nil {
				return err
			}
			return b.do("prompt", "label", "refund@"+b.newest(), "production", "--reason", b.why())
		},
			func(string) []string { return []string{"push"} },
			func(why string) (bool, error) { return b.arrived(why, before) }},
		{"fetch", func() error {
			if err := errors.Join(b.newVersion(), b.do("fetch"), b.do("push"), remember()); err != nil {
				return err
			}
			for _, args := range [][]string{{"fetch"}, {"prompt", "label", "refund@" + b.newest(), "production", "--reason", b.why()}, {"push"}} {
				if _, err := b.output(b.other, args...); err != nil {
					return err
				}
			}
			return nil
		},
			func(string) []string { return []string{"fetch"} },
			func(why string) (bool, error) { return b.moved(b.work, why, before, b.newest()) }},
	}
}

// why is the reason by which a trial's move is found in the log.
func (b *bench) why() string { return fmt.Sprintf("trial %d", b.trial) }

// moved says whether label and log both have the move, or neither.
func (b *bench) moved(dir, why, from, to string) (bool, error) {
	s, err := b.state(dir)
	if err != nil {
		return false, err
	}
	at := s.label("production")
	logged, ok := s.logged(why)
	switch {
	case ok && logged == to && at == to:
		return true, s.agree()
	case !ok && at == from:
		return false, s.agree()
	}
	return false, fmt.Errorf("the label is on %q, before it was on %q; the log has the move: %v (to %q)", at, from, ok, logged)
}

// arrived says whether the remote has version, label and log, or none of them.
func (b *bench) arrived(why, from string) (bool, error) {
	copied := b.hub + ".view"
	defer os.RemoveAll(copied)
	if _, err := b.git(b.work, "clone", "-q", "--no-tags", b.work, copied); err != nil { // for its genops.yaml
		return false, err
	}
	if _, err := b.git(copied, "fetch", "-q", "--no-tags", b.hub, "+refs/tags/*:refs/tags/*", "+refs/genops/*:refs/genops/*"); err != nil {
		return false, err
	}
	done, err := b.moved(copied, why, from, b.newest())
	if err != nil {
		return false, fmt.Errorf("at the remote: %w", err)
	}
	if s, err := b.state(copied); err != nil || s.has(b.newest()) != done {
		return false, fmt.Errorf("at the remote: the label arrived: %v, the version: %v, %w", done, s.has(b.newest()), errors.Join(err))
	}
	return done, nil
}

// tries bounds how often a moment that came too late is drawn again.
const tries = 30

// series kills one operation n times.
func (b *bench) series(op operation, n int, say func(string)) (t tally, whole time.Duration, err error) {
	for range 2 { // the second start is a warm one
		b.trial++
		if err := op.prepare(); err != nil {
			return t, 0, err
		}
		began := time.Now()
		if err := b.do(op.args(b.why())...); err != nil {
			return t, 0, err
		}
		whole = time.Since(began)
	}
	for t.kills < n {
		group := t.kills%2 == 1
		killed, span := false, whole
		for range tries {
			b.trial++
			if err := op.prepare(); err != nil {
				return t, whole, err
			}
			moment := b.moment(t.kills, span)
			if killed, err = b.kill(op.args(b.why()), moment, group); err != nil {
				return t, whole, err
			}
			if killed {
				break
			}
			span = min(span, moment) // it takes no longer: the measured start was a slow one
		}
		if !killed {
			return t, whole, fmt.Errorf("%d moments came too late", tries)
		}
		t.kills++
		done, err := b.check(op)
		switch {
		case err != nil:
			t.broken++
			say(fmt.Sprintf("%s, trial %d: %v", op.name, b.trial, err))
		case done:
			t.happened++
		default:
			t.not++
		}
	}
	return t, whole, nil
}

// moment is drawn over the whole command for one half of the kills, and over its
// end, where it writes, for the other.
func (b *bench) moment(n int, whole time.Duration) time.Duration {
	u := b.random.Float64()
	if n%4 > 1 {
		u = 0.6 + 0.5*u
	}
	return time.Duration(u * float64(whole))
}

const marker = "GENOPS_REGISTRYKILL_TRIAL"

// kill starts genops and kills it after a while; false when it was over before.
func (b *bench) kill(args []string, moment time.Duration, group bool) (bool, error) {
	cmd := exec.Command(b.genops, args...)
	cmd.Dir = b.work
	cmd.Env = append(b.env, fmt.Sprintf("%s=%d.%d", marker, os.Getpid(), b.trial))
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return false, err
	}
	time.Sleep(moment)
	if err := killIt(cmd.Process.Pid, group); err != nil {
		return false, err
	}
	cmd.Wait()
	return !cmd.ProcessState.Exited(), nil
}

// check looks at what a killed command left: at once the next command has to
// work, and when git's processes have ended all has to be whole.
func (b *bench) check(op operation) (done bool, err error) {
	if err := b.do("prompt", "label", "refund@1.1.0", "probe", "--reason", fmt.Sprintf("probe %d", b.trial)); err != nil {
		return false, fmt.Errorf("the next command: %w", err)
	}
	if err := b.do("prompt", "label", "refund", "probe", "--remove"); err != nil {
		return false, fmt.Errorf("the next command: %w", err)
	}
	if err := b.quiet(); err != nil {
		return false, err
	}
	for _, dir := range []string{b.work, b.hub} {
		if err := b.intact(dir); err != nil {
			return false, err
		}
	}
	if done, err = op.happened(b.why()); err != nil {
		return false, err
	}
	again := op.args(b.why() + " again")
	if !done { // the same command works now
		if err := b.do(again...); err != nil {
			return false, fmt.Errorf("the same command again: %w", err)
		}
	}
	return done, b.intact(b.work)
}

// quiet waits until no process of the trial is left. A process that begins while
// its parent ends may be missed once, so it is looked for again.
func (b *bench) quiet() error {
	want := fmt.Sprintf("%s=%d.%d", marker, os.Getpid(), b.trial)
	free := 0
	for range 12000 {
		left := false
		all, err := filepath.Glob("/proc/[0-9]*/environ")
		if err != nil {
			return err
		}
		for _, name := range all {
			data, err := os.ReadFile(name)
			left = left || err == nil && strings.Contains("\x00"+string(data), "\x00"+want+"\x00")
		}
		if free++; left {
			free = 0
		}
		if free == 3 {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("git's processes do not end")
}
