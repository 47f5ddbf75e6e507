package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"time"
)

// usage is what a whole process took.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // peak, in bytes; 0 where the system does not tell
	stdout    []byte
}

// runProcess runs a program, which has to succeed.
//
// A child's peak starts at its parent's, whose memory it shares until it runs
// its own program; so the bench itself has to stay small.
func runProcess(dir string, name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%s %v: %w\n%s", name, args, err, stderr.Bytes())
	}
	return usage{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakRSS(cmd.ProcessState), stdout.Bytes()}, nil
}
