package generators

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/pipeline"
)

// exitPause is how long a program that closed its stdout may take to end
// before it is killed; its exit status is worth the wait.
const exitPause = 200 * time.Millisecond

// run keeps the program alive while requests wait for it. It ends when the
// Process is closed or unusable.
func (p *Process) run() {
	defer close(p.gone)
	for again := false; p.awaitWork(again); again = true {
		child, err := p.start()
		switch {
		case err != nil:
			p.couldNotStart(err)
		case p.adopt(child):
			p.read(child)
			p.bury(child)
		}
	}
}

// awaitWork returns when a program is needed, after a pause when it is not the
// first; false when none will be needed any more.
func (p *Process) awaitWork(again bool) bool {
	for {
		p.mu.Lock()
		idle, pause := p.d.idle(), p.d.backoff()
		p.mu.Unlock()
		if !idle {
			select {
			case <-p.kick:
				continue
			case <-p.quit:
				return false
			}
		}
		if !again {
			return true
		}
		again = false // one pause is enough; then look again whether there is work
		select {
		case <-time.After(pause):
		case <-p.quit:
			return false
		}
	}
}

func (p *Process) start() (*subprocess.Child, error) {
	path, err := p.program()
	if err != nil {
		return nil, err
	}
	cfg := subprocess.Config{
		Path: path, Args: p.cfg.Command[1:], Name: p.cfg.Command[0], Dir: p.cfg.Dir,
		Stderr: p.cfg.Stderr, MaxLine: p.cfg.MaxLine, Grace: p.cfg.Grace,
	}
	if len(p.cfg.Env) > 0 {
		cfg.Env = append(os.Environ(), p.cfg.Env...)
	}
	child, err := subprocess.Start(cfg)
	switch {
	case err == nil:
		return child, nil
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ETXTBSY):
		return nil, err // the system's present state, not the program's
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w: the interpreter that its first line names does not exist", err)
	case errors.Is(err, syscall.ENOEXEC):
		err = fmt.Errorf("%w: a script needs a first line such as #!/usr/bin/env python3", err)
	}
	return nil, &pipeline.Unusable{Reason: fmt.Sprintf("agent program %s does not start: %v", path, err), Err: err}
}

func (p *Process) program() (string, error) {
	return findProgram("agent", "runtime.process.command", p.cfg)
}

// findProgram finds the file to run; what and key are for messages: whose
// program it is, and where it is configured.
func findProgram(what, key string, cfg ProcessConfig) (string, error) {
	unusable := func(err error, format string, args ...any) (string, error) {
		return "", &pipeline.Unusable{Reason: fmt.Sprintf(format, args...), Err: err}
	}
	if cfg.Dir != "" {
		if info, err := os.Stat(cfg.Dir); err != nil || !info.IsDir() {
			return unusable(err, "the %s's working directory %s does not exist", what, cfg.Dir)
		}
	}
	name := cfg.Command[0]
	if name == "genops" {
		if cfg.Self != "" {
			return cfg.Self, nil
		}
		return os.Executable()
	}
	file, local := name, strings.ContainsRune(filepath.ToSlash(name), '/')
	if local {
		if !filepath.IsAbs(name) {
			file = filepath.Join(cfg.Dir, name)
		}
		abs, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		file = abs
	}
	path, err := exec.LookPath(file)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, fs.ErrPermission):
		return unusable(err, "%s program %q is not executable: chmod +x %s", what, name, file)
	case local && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound)):
		return unusable(err, "%s program %q not found: there is no file %s; build it, or correct %s", what, name, file, key)
	case errors.Is(err, exec.ErrNotFound):
		return unusable(err, "%s program %q not found in PATH; install it, or write ./%s for a file of the project", what, name, name)
	}
	return unusable(err, "%s program %q can't be run: %v", what, name, err)
}

func (p *Process) couldNotStart(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var unusable *pipeline.Unusable
	if errors.As(err, &unusable) {
		p.end(unusable)
	} else if p.d.notStarted() {
		p.end(&pipeline.Unusable{Reason: fmt.Sprintf("agent program %s could not be started %d times in a row: %v", commandLine(p.cfg.Command), maxFruitless, err), Err: err})
	}
}

// adopt makes child the one that gets requests; false when it comes too late.
func (p *Process) adopt(child *subprocess.Child) bool {
	p.mu.Lock()
	if p.fatal != nil {
		p.mu.Unlock()
		child.Stop()
		return false
	}
	defer p.mu.Unlock()
	p.child, p.stopped = child, ""
	p.d.started()
	p.pump()
	return true
}

// read takes answers until the child has no more, or is not worth reading.
func (p *Process) read(child *subprocess.Child) {
	for {
		line, err := child.ReadLine()
		switch {
		case err == nil:
			if len(line) > 0 && !p.take(line) {
				return
			}
		case errors.Is(err, subprocess.ErrLineTooLong) && p.takeLong(line):
		case errors.Is(err, subprocess.ErrLineTooLong), errors.Is(err, subprocess.ErrEndlessLine):
			p.mu.Lock()
			p.stopped = fmt.Sprintf("stopped: a line on stdout is longer than %d bytes", p.maxLine())
			p.mu.Unlock()
			child.Kill()
			return
		default:
			return
		}
	}
}

// bury waits for the child's end and deals with what it leaves behind.
func (p *Process) bury(child *subprocess.Child) {
	select {
	case <-child.Done():
	case <-p.quit:
		child.Stop()
	case <-time.After(exitPause):
		child.Kill()
	}
	<-child.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child = nil
	if p.fatal != nil {
		return
	}
	how := child.Status()
	clean := how == "exit status 0" && p.stopped == ""
	if p.stopped != "" {
		how = p.stopped
	}
	if p.d.inFlight.Len() > 0 {
		p.notes.add("the agent program ended with requests in flight and was restarted", how)
	}
	culprit, broken := p.d.ended(clean)
	if culprit != nil {
		culprit.fail(fmt.Errorf("the agent program ended %d times while it worked on this, at last on this alone (%s)%s", guiltyAfter, how, lastLine(child)))
	}
	if broken {
		p.end(p.broken(fmt.Sprintf("ended %d times in a row without one answer (%s)", maxFruitless, how), child))
	}
	p.pump()
}

// broken explains to people that the program is of no use.
func (p *Process) broken(what string, child *subprocess.Child) error {
	var b strings.Builder
	fmt.Fprintf(&b, "agent program %s %s", commandLine(p.cfg.Command), what)
	if lines := child.LastStderr(); len(lines) > 0 {
		b.WriteString("\nlast lines of its stderr:\n  " + strings.Join(lines, "\n  "))
	} else {
		b.WriteString("\nit wrote nothing to stderr")
	}
	fmt.Fprintf(&b, "\nto see it by hand: echo '{\"id\":\"1\",\"input\":\"hello\"}' | %s", commandLine(p.cfg.Command))
	return &pipeline.Unusable{Reason: b.String()}
}

func lastLine(child *subprocess.Child) string {
	lines := child.LastStderr()
	if len(lines) == 0 {
		return ""
	}
	return ": " + lines[len(lines)-1]
}
