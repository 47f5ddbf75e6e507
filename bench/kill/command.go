package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// command is one start of the run.
type command struct {
	cmd            *exec.Cmd
	project        string
	began          time.Time
	stdout, stderr bytes.Buffer
	ended          chan struct{}
	err            error // of Wait, once ended
}

// start is the command that is given again and again.
func (k *series) start(project string) (*command, error) {
	c := &command{project: project, ended: make(chan struct{})}
	c.cmd = exec.Command(k.genops, "run-eval", "--agent", "AGENT", "--test-set", "cases.jsonl",
		"--rule", "intent_accuracy>=0.9", "--full", "--concurrency", strconv.Itoa(k.width), "--json")
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = project, &c.stdout, &c.stderr
	c.cmd.WaitDelay = 5 * time.Second // an agent that outlives it may hold its stderr
	c.began = time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting genops: %w", err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

func (c *command) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// wait returns d after the start, or when the command is over.
func (c *command) wait(d time.Duration) {
	select {
	case <-c.ended:
	case <-time.After(d - time.Since(c.began)):
	}
}

// untilReports waits for the first report to be begun: a temporary file, or the
// report itself, in the folder of a run that has its manifest. It is false when
// the command was over before that was seen.
func (c *command) untilReports(limit time.Duration) bool {
	for time.Since(c.began) < limit && !c.over() {
		if reportsBegun(c.project) {
			return true
		}
		time.Sleep(20 * time.Microsecond)
	}
	return false
}

func reportsBegun(project string) bool {
	for _, run := range folders(project) {
		entries, _ := os.ReadDir(run)
		manifest, begun := false, false
		for _, e := range entries {
			name := e.Name()
			manifest = manifest || name == "run.json"
			begun = begun || strings.HasPrefix(name, ".tmp-") || name == "report.html"
		}
		if manifest && begun {
			return true
		}
	}
	return false
}

// kill ends the process at once. It is false when the process was over before.
func (c *command) kill() (bool, error) {
	if c.over() {
		return false, c.failed()
	}
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, err
	}
	<-c.ended
	if c.cmd.ProcessState.Exited() && c.cmd.ProcessState.Success() {
		return false, nil
	}
	return true, nil
}

func (c *command) failed() error {
	if c.err != nil {
		return fmt.Errorf("genops: %w\n%s", c.err, c.stderr.Bytes())
	}
	return nil
}

// result waits for the end and reads what the command printed.
func (c *command) result() (*result, error) {
	<-c.ended
	if err := c.failed(); err != nil {
		return nil, err
	}
	var r result
	if err := json.Unmarshal(c.stdout.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("genops: %w\n%s", err, c.stderr.Bytes())
	}
	return &r, nil
}

// verify lets genops decide the run again from its records.
func (k *series) verify(project, run string) error {
	cmd := exec.Command(k.genops, "verify", run)
	cmd.Dir = project
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
