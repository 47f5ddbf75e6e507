package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// usage is what a whole process took.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // peak, in bytes; 0 where the system does not tell
	code      int   // exit code
	stdout    []byte
	stderr    []byte
}

// runProcess runs a program to its end. An exit code is no error.
//
// A child's peak starts at its parent's, whose memory it shares until it runs
// its own program; so the bench itself has to stay small.
func runProcess(dir string, env []string, name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(start), stdout: stdout.Bytes(), stderr: stderr.Bytes()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return u, fmt.Errorf("running %s: %w", name, err)
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.rss, u.code = peakRSS(cmd.ProcessState), cmd.ProcessState.ExitCode()
	return u, nil
}

// best keeps the quickest of several runs.
type best struct{ usage }

func (b *best) add(u usage) {
	if b.wall == 0 || u.wall < b.wall {
		b.usage = u
	}
}
