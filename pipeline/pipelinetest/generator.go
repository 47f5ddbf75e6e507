// Package pipelinetest holds the conformance suites that every implementation
// of a pipeline interface passes, with one line in its tests.
package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Inputs with a meaning for Answer.
const (
	FailInput = "!fail" // the backend answers with an error
	HangInput = "!hang" // the backend does not answer
	BigInput  = "!big " // followed by N: the backend answers with N bytes
	slowLimit = time.Minute / 2
)

// Answer is the behaviour that Generator expects of the backend behind the
// generator under test, be it a program or a server: an echo, with exceptions
// for the inputs above. HangInput blocks until ctx ends.
func Answer(ctx context.Context, input string) (string, error) {
	switch {
	case input == FailInput:
		return "", errors.New("failed as asked")
	case input == HangInput:
		<-ctx.Done()
		return "", ctx.Err()
	case strings.HasPrefix(input, BigInput):
		n, err := strconv.Atoi(input[len(BigInput):])
		if err != nil {
			return "", err
		}
		return strings.Repeat("x", n), nil
	}
	return input, nil
}

// Generator checks the contract of pipeline.Generator. newGen returns a fresh
// generator whose backend behaves as Answer does and works on many requests at
// a time; it cleans up with TB.Cleanup.
func Generator(t *testing.T, newGen func(testing.TB) pipeline.Generator) {
	t.Run("Concurrent", func(t *testing.T) { concurrent(t, newGen(t)) })
	t.Run("Text", func(t *testing.T) { text(t, newGen(t)) })
	t.Run("Big", func(t *testing.T) { big(t, newGen(t)) })
	t.Run("ErrorsStayInTheirItem", func(t *testing.T) { isolated(t, newGen(t)) })
	t.Run("Cancel", func(t *testing.T) { cancelled(t, newGen(t)) })
	t.Run("Deadline", func(t *testing.T) { deadline(t, newGen(t)) })
	t.Run("CancelledBefore", func(t *testing.T) { cancelledBefore(t, newGen(t)) })
}

// ask sends one request that must be echoed.
func ask(t *testing.T, g pipeline.Generator, id, input string) {
	t.Helper()
	a, err := g.Generate(t.Context(), pipeline.Request{ID: id, Input: input, Draw: 1})
	switch {
	case err != nil:
		t.Errorf("%s: %v", id, err)
	case a.Text != input:
		t.Errorf("%s: got %.80q, want %.80q", id, a.Text, input)
	case a.Sends < 1:
		t.Errorf("%s: Sends is %d, want at least 1", id, a.Sends)
	case a.Latency <= 0:
		t.Errorf("%s: Latency is %v, want more than 0", id, a.Latency)
	case a.Err != "":
		t.Errorf("%s: Err is %q; it belongs to the sweep", id, a.Err)
	}
}

func concurrent(t *testing.T, g pipeline.Generator) {
	var wg sync.WaitGroup
	for w := range 20 {
		wg.Go(func() {
			for i := range 20 {
				ask(t, g, fmt.Sprintf("c%d-%d#1", w, i), fmt.Sprintf("input %d of worker %d", i, w))
			}
		})
	}
	wg.Wait()
}

func text(t *testing.T, g pipeline.Generator) {
	for i, input := range []string{
		"plain", `quotes " and \ backslashes`, "new\nline\r\ttab", "Größe, naïve, Ĳ", "日本語のテスト", "مرحبا بالعالم",
		"👩‍👩‍👧‍👦 and \U0001F3F4", "combining e\u0301", "separators \u2028 \u2029", "</script><!-- & -->", "{{json input}} ${HOME} %s",
		"\u0000\u0001\u001f\u007f", "null", "[1, 2]", `{"id":"other","output":"x"}`, " spaces around ",
	} {
		ask(t, g, fmt.Sprintf("t%d#1", i), input)
	}
}

func big(t *testing.T, g pipeline.Generator) {
	ask(t, g, "in#1", strings.Repeat("a long input. ", 80_000))
	const n = 3_000_000
	a, err := g.Generate(t.Context(), pipeline.Request{ID: "out#1", Input: BigInput + strconv.Itoa(n)})
	if err != nil || len(a.Text) != n {
		t.Errorf("an output of %d bytes came as %d bytes, error %v", n, len(a.Text), err)
	}
}

func isolated(t *testing.T, g pipeline.Generator) {
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			id := fmt.Sprintf("e%d#1", i)
			if i%3 != 0 {
				ask(t, g, id, "neighbour "+id)
				return
			}
			a, err := g.Generate(t.Context(), pipeline.Request{ID: id, Input: FailInput})
			var unusable *pipeline.Unusable
			if err == nil {
				t.Errorf("%s: no error, but the text %q", id, a.Text)
			} else if errors.As(err, &unusable) {
				t.Errorf("%s: one failed request makes the generator unusable: %v", id, err)
			}
		})
	}
	wg.Wait()
	ask(t, g, "after#1", "still there")
}

func cancelled(t *testing.T, g pipeline.Generator) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	at := time.Now()
	_, err := g.Generate(ctx, pipeline.Request{ID: "h#1", Input: HangInput})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled call returned %v, want context.Canceled", err)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("cancelled call returned after %v", took)
	}
	ask(t, g, "after#1", "still there")
}

func deadline(t *testing.T, g pipeline.Generator) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	at := time.Now()
	_, err := g.Generate(ctx, pipeline.Request{ID: "h#1", Input: HangInput})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call past its deadline returned %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("call past its deadline returned after %v", took)
	}
}

func cancelledBefore(t *testing.T, g pipeline.Generator) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := g.Generate(ctx, pipeline.Request{ID: "x#1", Input: "never"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("call with a cancelled context returned %v, want context.Canceled", err)
	}
	if a.Sends != 0 {
		t.Errorf("call with a cancelled context was sent %d times", a.Sends)
	}
}
