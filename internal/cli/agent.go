package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/registry"
)

// resolve finds the agent of a reference such as ASM-001, ASM-001@2.1.0 or a
// file, and builds it if it says how. What takes long and what was ambiguous is
// told on stderr.
func (s *State) resolve(ctx context.Context, p *config.Project, ref string) (*registry.Resolved, error) {
	r, err := s.registry(p).Resolve(ctx, ref)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage(err)
	}
	if err != nil {
		return nil, err
	}
	for _, note := range r.Notes {
		fmt.Fprintln(s.Stderr, "note:", plain(note))
	}
	return r, nil
}

// registry finds the project's agents and their versions.
func (s *State) registry(p *config.Project) registry.Registry {
	return registry.Registry{Root: p.Root, Dir: s.Dir, Self: s.self(), Env: s.testEnv(),
		Notify: func(text string) { fmt.Fprintln(s.Stderr, plain(text)) }}
}

// newGenerator makes what calls an agent. It owns the log of the agent's
// program.
func newGenerator(s *State, p *config.Project, r *registry.Resolved, timeout time.Duration, width int, log string) (pipeline.Generator, error) {
	switch a := r.Agent; {
	case a.Runtime.HTTP != nil:
		h := a.Runtime.HTTP
		g, err := generators.NewHTTP(generators.HTTPConfig{URL: h.URL, Model: h.Model, APIKeyEnv: h.APIKeyEnv, Headers: h.Headers,
			Request: h.Request, Response: h.Response, Trace: h.Trace, Concurrency: width, Getenv: s.Getenv})
		if err != nil {
			return nil, fmt.Errorf("agent %s: %w", a.ID, err)
		}
		return g, nil
	case a.Runtime.Model != nil:
		g, err := newPrompted(s, p, r, timeout, width)
		if err != nil {
			return nil, fmt.Errorf("agent %s: %w", a.ID, err)
		}
		return g, nil
	}
	return newProcess(s, r, timeout, log)
}

// newPrompted makes the model behind a prompt, with the project's prices.
func newPrompted(s *State, p *config.Project, r *registry.Resolved, timeout time.Duration, width int) (*generators.Prompted, error) {
	prompt, err := r.Agent.Prompt()
	if err != nil {
		return nil, err
	}
	tools, err := r.Agent.Tools(prompt)
	if err != nil {
		return nil, err
	}
	return promptedBy(s, p, r.Agent, prompt, tools, timeout, width)
}

// promptedBy makes the model of an agent behind any prompt.
func promptedBy(s *State, p *config.Project, a *registry.Agent, prompt *dotprompt.Prompt, tools []dotprompt.Tool, timeout time.Duration, width int) (*generators.Prompted, error) {
	m, file, err := a.Calls(prompt)
	if err != nil {
		return nil, err
	}
	table, err := prices.Load(p.Root)
	if err != nil {
		return nil, err
	}
	cfg := generators.PromptedConfig{Prompt: prompt, Tools: tools, Config: m.Config,
		Model: generators.ModelConfig{Ref: m.Model, BaseURL: m.BaseURL, APIKeyEnv: m.APIKeyEnv, Headers: m.Headers, Stream: m.Stream,
			Concurrency: width, Timeout: timeout, Getenv: s.Getenv, Process: generators.ProcessConfig{Dir: a.Root, Self: s.Exe}}}
	if file != nil {
		cfg.Parameters, table = file.Parameters, withPrice(table, file)
	}
	cfg.Prices = table
	return generators.NewPrompted(cfg)
}

// withPrice is the table with the price that a model file gives.
func withPrice(t *prices.Table, m *registry.Model) *prices.Table {
	provider, name, err := generators.SplitModel(m.Ref())
	if m.Prices == nil || err != nil {
		return t
	}
	return t.With(generators.PricedAs(provider), name, *m.Prices)
}

func newProcess(s *State, r *registry.Resolved, timeout time.Duration, logFile string) (pipeline.Generator, error) {
	log, err := os.OpenFile(logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	p := r.Agent.Runtime.Process
	command := slices.Clone(p.Command)
	if words := strings.Fields(s.Program); command[0] == "genops" && len(words) > 1 && s.Exe != "" {
		command = slices.Concat([]string{s.Exe}, words[1:], command[1:]) // this executable is asm
	}
	var env []string
	for key, value := range p.Env {
		env = append(env, fmt.Sprintf("%s=%s", key, value))
	}
	slices.Sort(env)
	g, err := generators.NewProcess(generators.ProcessConfig{Command: command, Dir: r.Root, Env: env, Self: s.Exe,
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

// maxAgentLog bounds an agent's log: an agent that floods its log harms no disk.
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
