package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Usage is what a whole process took.
type Usage struct {
	Wall, CPU time.Duration
	RSS       int64 // peak, in bytes; 0 where the system does not tell
	Code      int   // exit code
	Stdout    []byte
	Stderr    []byte
}

// Run runs a program to its end, or until ctx ends, with env beside the
// environment of the caller. An exit code is no error.
//
// A child's peak starts at its parent's, whose memory it shares until it runs
// its own program; so the caller itself has to stay small.
func Run(ctx context.Context, dir string, env []string, program string, args ...string) (Usage, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	u := Usage{Wall: time.Since(start), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	if s := cmd.ProcessState; s != nil {
		u.CPU, u.RSS, u.Code = s.UserTime()+s.SystemTime(), PeakRSS(s), s.ExitCode()
	}
	if ctx.Err() != nil {
		return u, fmt.Errorf("%s was ended after %s: %w", filepath.Base(program), u.Wall.Round(time.Second), context.Cause(ctx))
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return u, fmt.Errorf("running %s: %w", program, err)
	}
	return u, nil
}
