package promptfoo

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// maxProgramOutput bounds what a program may print, in bytes.
const (
	maxProgramOutput = 16 << 20
	maxProgramErrors = 64 << 10 // of its stderr; more is dropped
)

// program is a command of the user's. It gets the prompt, the provider's options
// and the context as its last three arguments, and prints the answer.
type program struct {
	dir     string
	words   []string
	options string
	env     []string
}

func newProgram(r *Runner, p *project.Provider) (caller, error) {
	words, err := splitCommand(p.Call.Exec)
	if err != nil || len(words) == 0 {
		return nil, fmt.Errorf("provider %q: its command can't be read: %v", p.ID, err)
	}
	options, _ := jsvalue.Stringify(providerOptions(p, p.Config, r.Project.Shown), "")
	return &program{dir: r.Project.Dir, words: words, options: options, env: r.environ(p.Env)}, nil
}

// providerOptions is what scripts and programs get as their provider's options.
func providerOptions(p *project.Provider, config *jsvalue.Object, dir string) *jsvalue.Object {
	o := &jsvalue.Object{}
	if p.KnowsID() {
		o.Set("id", p.ID)
	}
	c := config.Clone()
	if _, ok := c.Get("basePath"); !ok && dir != "" {
		c.Set("basePath", dir)
	}
	o.Set("config", c)
	env := &jsvalue.Object{}
	for _, k := range slices.Sorted(maps.Keys(p.Env)) {
		env.Set(k, p.Env[k])
	}
	o.Set("env", env)
	return o
}

func (p *program) call(ctx context.Context, q *ask) (*Response, error) {
	text, _ := jsvalue.Stringify(q.context(), "")
	args := append(append([]string{}, p.words[1:]...), q.prompt, p.options, text)
	out, err := runProgram(ctx, p.dir, p.env, p.words[0], args)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx) // nothing about the program: the row can be run again
	case err != nil:
		return &Response{Error: err.Error()}, nil
	}
	return &Response{Output: out, HasOutput: true, unsaid: true}, nil
}

func (*program) remote() bool { return false }
func (*program) close() error { return nil }

// runProgram runs a command and returns what it prints, without the blanks
// around it. One that prints nothing but errors, or more than maxProgramOutput, has
// failed.
func runProgram(ctx context.Context, dir string, env []string, name string, args []string) (string, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	out := &head{most: maxProgramOutput, full: func() { stop(fmt.Errorf("it printed more than %d MB", maxProgramOutput>>20)) }}
	errs := &head{most: maxProgramErrors, full: func() {}}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = 2 * time.Second
	subprocess.KillGroupOnCancel(cmd)
	err := cmd.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		subprocess.KillGroup(cmd) // what holds its output open
		return "", fmt.Errorf("running %s: %w: %s", name, err, tail(string(errs.data), 500))
	}
	text := strings.TrimSpace(string(out.data))
	if text == "" && strings.TrimSpace(string(errs.data)) != "" {
		return "", fmt.Errorf("%s printed nothing but: %s", name, tail(string(errs.data), 500))
	}
	return text, nil
}

// head keeps the first part of what is written, and calls full when there is more.
type head struct {
	data []byte
	most int
	full func()
}

func (h *head) Write(p []byte) (int, error) {
	room := h.most - len(h.data)
	h.data = append(h.data, p[:min(room, len(p))]...)
	if len(p) > room {
		h.full()
	}
	return len(p), nil
}

func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	return strings.ToValidUTF8(s[max(len(s)-n, 0):], "")
}

// splitCommand cuts a command line into words, as a shell does with quotes and
// backslashes and nothing else.
func splitCommand(line string) (words []string, err error) {
	var word []byte
	inWord := false
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word, inWord = append(word, line[i]), true
		case quote != 0:
			word = append(word, c)
		case c == '"' || c == '\'':
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, string(word))
			}
			word, inWord = nil, false
		default:
			word, inWord = append(word, c), true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed: %s", line)
	}
	if inWord {
		words = append(words, string(word))
	}
	return words, nil
}
