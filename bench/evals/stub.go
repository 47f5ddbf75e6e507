package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/internal/measure"
)

// serveStub is the server's process: it prints its address, then, for each line
// on stdin, how many calls it has received. It ends with stdin.
func serveStub(latency time.Duration) error {
	debug.SetGCPercent(400) // it is no part of what is measured
	server, err := stubserver.New(stubserver.Options{Latency: latency,
		Answer: func(_ context.Context, input string) (string, error) { return answerTo(input), nil }})
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println(server.URL())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(server.Received())
	}
	return lines.Err()
}

// answerTo is the word before the last; the last one is for the reader.
func answerTo(input string) string {
	words := strings.Fields(input)
	return words[max(len(words)-2, 0)]
}

// stub is the server as the bench sees it.
type stub struct {
	url     string
	ask     *os.File
	answers *bufio.Scanner
	process *exec.Cmd
}

func (b *bench) startStub(latency time.Duration) (*stub, error) {
	cmd := exec.Command(b.self, "--role", "stub", "--latency", latency.String())
	cmd.Stderr = os.Stderr
	in, ask, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	cmd.Stdin = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the stub server: %w", err)
	}
	s := &stub{ask: ask, answers: bufio.NewScanner(out), process: cmd}
	if !s.answers.Scan() {
		s.stop()
		return nil, fmt.Errorf("the stub server did not start: %s", cmd.ProcessState)
	}
	s.url = s.answers.Text()
	return s, nil
}

// received is how many calls the server has seen so far.
func (s *stub) received() (int, error) {
	if _, err := s.ask.WriteString("\n"); err != nil {
		return 0, fmt.Errorf("asking the stub server: %w", err)
	}
	if !s.answers.Scan() {
		return 0, fmt.Errorf("the stub server ended")
	}
	return strconv.Atoi(s.answers.Text())
}

// counted runs f and checks that it made exactly n calls.
func (s *stub) counted(n int, f func() (measure.Usage, error)) (measure.Usage, error) {
	before, err := s.received()
	if err != nil {
		return measure.Usage{}, err
	}
	u, err := f()
	if err != nil {
		return u, err
	}
	after, err := s.received()
	if err == nil && after-before != n {
		err = fmt.Errorf("the stub server saw %d calls, not %d", after-before, n)
	}
	return u, err
}

func (s *stub) stop() {
	s.ask.Close()
	s.process.Wait()
}
