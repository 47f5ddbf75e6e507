// Command script measures the sandbox for JavaScript: what a call costs with
// many in flight, and what happens to innocent calls while hostile scripts run
// among them. The exit code is 1 when a bar is missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/internal/script"
)

const (
	callsBar = 5000.0 // inline calls/s
	starts   = 10
)

func main() {
	if args, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(args, os.Stdin, os.Stdout, os.Stderr))
	}
	calls := flag.Int("calls", 20_000, "calls of each kind")
	inFlight := flag.Int("inflight", 50, "calls in flight")
	deadline := flag.Duration("deadline", time.Second, "of the hostile scripts")
	flag.Parse()
	if *calls < 1 || *inFlight < 1 || *deadline <= 0 {
		fmt.Fprintln(os.Stderr, "--calls, --inflight and --deadline must be positive")
		os.Exit(2)
	}
	b := &bench{calls: *calls, inFlight: *inFlight}
	fmt.Printf("%s/%s, %d cores, %d calls each, %d in flight\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *calls, *inFlight)
	if err := errors.Join(b.start(), b.speed(), b.hostile(*deadline)); err != nil {
		fmt.Fprintln(os.Stderr, "bench/script:", err)
		os.Exit(1)
	}
	if b.missed > 0 {
		os.Exit(1)
	}
}

type bench struct {
	calls, inFlight int
	missed          int
}

func (b *bench) row(what, figure, bar string, met bool) {
	verdict := ""
	if bar != "" {
		verdict = "met"
		if !met {
			verdict = "MISSED"
			b.missed++
		}
	}
	fmt.Printf("%-58s %22s   %-12s %s\n", what, figure, bar, verdict)
}

// start measures the first answer of a fresh engine.
func (b *bench) start() error {
	var took []time.Duration
	for range starts {
		e, err := script.New(script.Config{Workers: 1})
		if err != nil {
			return err
		}
		at := time.Now()
		_, err = e.Call(context.Background(), script.Transform("(() => 1)()"), nil)
		took = append(took, time.Since(at))
		e.Close()
		if err != nil {
			return err
		}
	}
	slices.Sort(took)
	b.row(fmt.Sprintf("first answer of a child, median of %d", starts), took[starts/2].Round(100*time.Microsecond).String(), "", true)
	return nil
}

// kind is one kind of call.
type kind struct {
	what string
	bar  float64
	call func(ctx context.Context, i int) error
}

func (b *bench) speed() error {
	e, err := script.New(script.Config{})
	if err != nil {
		return err
	}
	defer e.Close()
	dir, err := os.MkdirTemp("", "genops-bench-script-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "check.ts"), []byte(typed), 0o600); err != nil {
		return err
	}
	small := map[string]any{"output": "Your parcel is on its way.", "context": map[string]any{"vars": map[string]any{"q": "where is it"}, "prompt": "Answer: where is it"}}
	large := map[string]any{"output": strings.Repeat("Your parcel is on its way. ", 150), "context": map[string]any{
		"vars": map[string]any{"q": strings.Repeat("where is it ", 20), "rows": slices.Repeat([]any{map[string]any{"id": 1, "name": "x"}}, 20)}, "prompt": strings.Repeat("Answer shortly. ", 60)}}
	plain := script.Assertion("output.toLowerCase().includes('parcel') && output.length < 10000")
	inline := script.Assertion("['parcel'].every(w => output.toLowerCase().includes(w)) && output.length < 10000")
	call := func(code script.Code, args map[string]any) error {
		v, err := e.Call(context.Background(), code, args)
		if err == nil && v != true {
			err = fmt.Errorf("%q gave %v", code.Source, v)
		}
		return err
	}
	match := func(pattern string) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			ok, err := e.Match(ctx, pattern, "", fmt.Sprintf("order %d is on its way", i))
			if err == nil && !ok {
				err = errors.New("no match")
			}
			return err
		}
	}
	kinds := []kind{
		{"inline assertion that only looks and compares, calls/s", callsBar, func(context.Context, int) error { return call(plain, small) }},
		{"inline assertion in a child", callsBar, func(context.Context, int) error { return call(inline, small) }},
		{"the same, 4 KB of output and 3 KB of context", callsBar, func(context.Context, int) error { return call(inline, large) }},
		{"inline, another text in every call", callsBar, func(_ context.Context, i int) error {
			return call(script.Assertion(fmt.Sprintf("[output].every(o => o.length < 1000) && %d >= 0", i)), small)
		}},
		{"TypeScript file with async function", 0, func(context.Context, int) error {
			return call(script.Code{Kind: script.KindFile, Dir: dir, File: "check.ts"}, small)
		}},
		{"regular expression that runs in the parent", 0, match(`^order \d+\b.*way$`)},
		{"regular expression with look-ahead, in the child", 0, match(`^(?=.*way)order (\d)`)},
	}
	if node, err := script.NewRunner(script.RunnerConfig{Runtime: script.Node}); err == nil {
		defer node.Close()
		kinds = append(kinds, kind{"inline assertion in node", 0, func(ctx context.Context, _ int) error {
			_, err := node.Call(ctx, inline, small)
			return err
		}})
	}
	for _, k := range kinds {
		if err := b.rate(k); err != nil {
			return fmt.Errorf("%s: %w", k.what, err)
		}
	}
	return nil
}

const typed = `import type { Nothing } from 'nowhere';
const words: string[] = ['parcel', 'way'];
export default async function (output: string, context: { vars: Record<string, string> }): Promise<boolean> {
  return words.every(w => output.includes(w)) && context.vars.q.length > 0;
}
`

// rate measures one kind after a short warm-up.
func (b *bench) rate(k kind) error {
	if err := b.many(k, min(b.calls, 200)); err != nil {
		return err
	}
	at := time.Now()
	if err := b.many(k, b.calls); err != nil {
		return err
	}
	rate := float64(b.calls) / time.Since(at).Seconds()
	bar := ""
	if k.bar > 0 {
		bar = fmt.Sprintf(">= %.0f", k.bar)
	}
	b.row(k.what, fmt.Sprintf("%.0f", rate), bar, rate >= k.bar)
	return nil
}

func (b *bench) many(k kind, n int) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range b.inFlight {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n) && failed.Load() == nil; i = next.Add(1) {
				if err := k.call(context.Background(), int(i)); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
