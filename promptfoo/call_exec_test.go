package promptfoo

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// TestProgramsThatFlood: a program that prints without end is stopped at a limit,
// and one that leaves a child behind at its output does not hold the run.
func TestProgramsThatFlood(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := func(script string) (string, error) {
		return runProgram(ctx, t.TempDir(), nil, "sh", []string{"-c", script})
	}
	if out, err := run("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done | cat; echo end"); err == nil || !strings.Contains(err.Error(), "it printed more than 16 MB") || out != "" {
		t.Errorf("a flood gave %d bytes, %v", len(out), err)
	}
	if out, err := run("i=0; while [ $i -lt 3000 ]; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; i=$((i+1)); done; echo fine"); err != nil || out != "fine" {
		t.Errorf("a flood of errors gave %q, %v", out, err)
	}
	if _, err := run("sleep 100 & echo fine"); err == nil {
		t.Error("output that a child holds open is no answer")
	}
}

// A program that a run's end has stopped has not failed: its row is run again.
func TestStoppedProgram(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	end := errors.New("the run has ended")
	stop(end)
	p := &program{words: []string{"sh", "-c", "echo fine"}}
	r, err := p.call(ctx, &ask{context: func() *jsvalue.Object { return nil }})
	if r != nil || !errors.Is(err, end) {
		t.Errorf("%+v, %v", r, err)
	}
}

// Programs that make prompts see the project's environment, as those that answer do.
func TestEnvironmentOfPrompts(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	r := &Runner{Project: &project.Project{Env: map[string]string{"OF_DOT_ENV": "seen"}}}
	if out, err := r.exec(t.Context(), `sh -c 'echo $OF_DOT_ENV $0'`, t.TempDir(), []string{"arg"}); out != "seen arg" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// TestHead: no other way leads to its memory than Write.
func TestHead(t *testing.T) {
	full := 0
	var w any = &head{most: 10, full: func() { full++ }}
	if _, ok := w.(io.ReaderFrom); ok {
		t.Error("it reads by itself, without a limit")
	}
	h := w.(*head)
	for range 3 {
		h.Write([]byte("12345678"))
	}
	if string(h.data) != "1234567812" || full != 2 {
		t.Errorf("%q, full %d times", h.data, full)
	}
}
