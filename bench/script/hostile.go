package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/internal/script"
)

// hostile are scripts that no run may suffer from.
var hostile = []struct{ what, source string }{
	{"endless loop", "for (;;) {}\nreturn true"},
	{"endless chain of promises", "(async () => { for (;;) await null })()"},
	{"promise that never settles", "new Promise(() => {})"},
	{"catastrophic regular expression", `/(?=a)^(a+)+\1$/.test('a'.repeat(60) + 'b')`},
	{"new Array(3e8).fill(0)", "new Array(3e8).fill(0)"},
	{"text that doubles", "let s = 'x';\nfor (;;) s += s"},
	{"2 GB at once", "new Uint8Array(2 ** 31)"},
	{"a result of 10 MB", "'x'.repeat(1e7)"},
	{"endless getter in the result", "({get a() { for (;;) {} }})"},
	{"deep recursion in built-ins", "let f = x => [x].map(f);\nreturn f(1)"},
	{"reading a file", "require('fs').readFileSync('/etc/passwd')"},
	{"network", "fetch('http://127.0.0.1:9')"},
	{"process.exit", "process.exit(0)"},
}

// hostile runs each script in the middle of innocent calls: that one could not
// be judged, and all of these are answered.
func (b *bench) hostile(deadline time.Duration) error {
	e, err := script.New(script.Config{Deadline: deadline})
	if err != nil {
		return err
	}
	defer e.Close()
	fmt.Println()
	for _, h := range hostile {
		var wrong atomic.Int64
		var all sync.WaitGroup
		for i := range b.inFlight {
			all.Go(func() {
				v, err := e.Call(context.Background(), script.Transform("[output].map(n => n + 1)[0]"), map[string]any{"output": i})
				if err != nil || v != float64(i+1) {
					wrong.Add(1)
				}
			})
		}
		at := time.Now()
		_, err := e.Call(context.Background(), script.Assertion(h.source), nil)
		took := time.Since(at)
		all.Wait()
		judged := !errors.Is(err, script.ErrLimit) && !errors.Is(err, script.ErrUnavailable)
		b.row(fmt.Sprintf("%s, beside %d calls", h.what, b.inFlight), fmt.Sprintf("%.2f s, %d lost", took.Seconds(), wrong.Load()), "0 lost", wrong.Load() == 0 && !judged)
	}
	return nil
}
