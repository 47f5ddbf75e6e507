package generators

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/anthropicserver"
	"github.com/GaboBase/arch-genops/generators/googleserver"
	"github.com/GaboBase/arch-genops/pipeline"
)

// standIn is a local server of a provider.
type standIn interface {
	URL() string
	Received() int64
	Billed() int64
	Stop()
	Start() error
	Close()
}

// standIns start a server whose nth call goes wrong as told, rate calls per
// second allowed.
var standIns = map[string]func(fault func(n int64) string, rate int) (standIn, error){
	"anthropic": func(fault func(int64) string, rate int) (standIn, error) {
		return anthropicserver.New(anthropicserver.Options{Rate: rate, RetryAfter: time.Second,
			Fault: func(n int64) anthropicserver.Fault { return anthropicserver.Fault(fault(n)) }})
	},
	"google": func(fault func(int64) string, rate int) (standIn, error) {
		return googleserver.New(googleserver.Options{Rate: rate, RetryAfter: 300 * time.Millisecond,
			Fault: func(n int64) googleserver.Fault { return googleserver.Fault(fault(n)) }})
	},
}

// sweepModel asks n questions and returns the results by input.
func sweepModel(t *testing.T, kind string, s standIn, n int, set func(*pipeline.Sweep)) map[string]pipeline.Asset {
	t.Helper()
	t.Cleanup(s.Close)
	m, err := NewModel(ModelConfig{Ref: kind + ":test-model", BaseURL: s.URL(), Stream: true, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	sweep := pipeline.Sweep{Generator: m, Width: 16, Retries: 20, Sent: func([]pipeline.Request) error { return nil }}
	set(&sweep)
	requests := make([]pipeline.Request, n)
	for i := range requests {
		requests[i] = pipeline.Request{ID: fmt.Sprintf("c%d#1", i), Input: fmt.Sprintf("question %d, please", i)}
	}
	results := map[string]pipeline.Asset{}
	if err := sweep.Run(t.Context(), requests, func(r pipeline.Request, a pipeline.Asset) bool {
		results[r.Input] = a
		return false
	}); err != nil {
		t.Fatal(err)
	}
	if len(results) != n {
		t.Errorf("%d results of %d", len(results), n)
	}
	return results
}

// Cut replies are billed; with repeats each is paid for twice, without them
// nothing is, and the results say which ones are of unknown fate.
func TestCutRepliesAndOverload(t *testing.T) {
	const n = 100
	for kind, start := range standIns {
		for _, repeat := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/repeat=%v", kind, repeat), func(t *testing.T) {
				t.Parallel()
				var cuts, refused atomic.Int64
				s, err := start(func(call int64) string {
					switch {
					case call%20 == 3:
						cuts.Add(1)
						return "cut reply"
					case call%40 == 9:
						refused.Add(1)
						return "overloaded"
					case call == 15:
						refused.Add(1)
						return "rate limited"
					}
					return ""
				}, 0)
				if err != nil {
					t.Fatal(err)
				}
				results := sweepModel(t, kind, s, n, func(sw *pipeline.Sweep) { sw.RepeatAmbiguous = repeat })
				failed := int64(0)
				for input, a := range results {
					switch {
					case a.Err != "":
						failed++
					case a.Text != input:
						t.Errorf("%q got %+v", input, a)
					}
				}
				wantFailed, wantBilled := cuts.Load(), int64(n)
				if repeat {
					wantFailed, wantBilled = 0, n+cuts.Load()
				}
				if failed != wantFailed || s.Billed() != wantBilled || s.Received() != wantBilled+refused.Load() {
					t.Errorf("%d failed, %d billed, %d received; %d cuts, %d refused", failed, s.Billed(), s.Received(), cuts.Load(), refused.Load())
				}
			})
		}
	}
}

// A storm of 429: all calls end well, and hardly more are refused than the
// first wave.
func TestRateLimitStorm(t *testing.T) {
	const n, rate = 120, 40
	for kind, start := range standIns {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, err := start(func(int64) string { return "" }, rate)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Now()
			for input, a := range sweepModel(t, kind, s, n, func(*pipeline.Sweep) {}) {
				if a.Err != "" || a.Text != input {
					t.Errorf("%q got %+v", input, a)
				}
			}
			t.Logf("%d calls at %d per second took %v, %d were refused", n, rate, time.Since(at), s.Received()-s.Billed())
			if s.Billed() != n {
				t.Errorf("%d billed", s.Billed())
			}
		})
	}
}

func TestServerRestartsUnderASweep(t *testing.T) {
	for kind, start := range standIns {
		t.Run(kind, func(t *testing.T) {
			var s standIn
			var err error
			restarted := make(chan error, 1)
			s, err = start(func(n int64) string {
				if n == 30 {
					go func() { s.Stop(); restarted <- s.Start() }()
				}
				return ""
			}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for input, a := range sweepModel(t, kind, s, 100, func(sw *pipeline.Sweep) { sw.RepeatAmbiguous = true }) {
				if a.Err != "" || !strings.HasPrefix(a.Text, "question") || a.Text != input {
					t.Errorf("%q got %+v", input, a)
				}
			}
			if err := <-restarted; err != nil {
				t.Fatal(err)
			}
		})
	}
}
