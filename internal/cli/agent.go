package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
)

// agentLog is the file in a run's folder that keeps what an agent logs.
const agentLog = "agent.log"

// newGenerator makes what calls the agent. It owns the log it opens in dir.
func newGenerator(s *State, p *config.Project, a *registry.Agent, timeout time.Duration, width int, dir string) (pipeline.Generator, error) {
	if h := a.Runtime.HTTP; h != nil {
		g, err := generators.NewHTTP(generators.HTTPConfig{URL: h.URL, Model: h.Model, APIKeyEnv: h.APIKeyEnv, Headers: h.Headers,
			Request: h.Request, Response: h.Response, Concurrency: width, Getenv: s.Getenv})
		if err != nil {
			return nil, fmt.Errorf("agent %s: %w", a.ID, err)
		}
		return g, nil
	}
	log, err := os.OpenFile(filepath.Join(dir, agentLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	command := slices.Clone(a.Runtime.Process.Command)
	if words := strings.Fields(s.Program); command[0] == "genops" && len(words) > 1 && s.Exe != "" {
		command = slices.Concat([]string{s.Exe}, words[1:], command[1:]) // this executable is asm
	}
	var env []string
	for key, value := range a.Runtime.Process.Env {
		env = append(env, fmt.Sprintf("%s=%s", key, value))
	}
	slices.Sort(env)
	g, err := generators.NewProcess(generators.ProcessConfig{Command: command, Dir: p.Root, Env: env, Self: s.Exe,
		Stderr: &bounded{file: log, left: maxAgentLog}, Timeout: timeout})
	if err != nil {
		log.Close()
		return nil, err
	}
	return &loggedProcess{g, log}, nil
}

// loggedProcess closes the log after the program. It does not tell whether the
// program was ever reached: a program that never answers ends its run itself.
type loggedProcess struct {
	process *generators.Process
	log     *os.File
}

// Generate sends one request and waits for its answer.
func (l *loggedProcess) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	return l.process.Generate(ctx, r)
}

// Warnings lists what was odd about the program's answers.
func (l *loggedProcess) Warnings() []string { return l.process.Warnings() }

// Close stops the program with its children.
func (l *loggedProcess) Close() error {
	err := l.process.Close()
	l.log.Close()
	return err
}

// maxAgentLog bounds agent.log: an agent that floods its log harms no disk.
const maxAgentLog = 16 << 20

type bounded struct {
	file *os.File
	left int
}

// Write keeps what still fits and claims the rest, so that the agent goes on.
func (b *bounded) Write(p []byte) (int, error) {
	if n := min(len(p), b.left); n > 0 {
		b.left -= n
		if _, err := b.file.Write(p[:n]); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
