package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/semdiff"
)

// shelf is a memory in the process.
type shelf struct {
	mu   sync.Mutex
	kept map[string]assets.Answer
}

func (s *shelf) memory() Memory {
	return Memory{MaxAge: time.Hour,
		Recall: func(_ context.Context, release string, keys []string) (map[string]assets.Answer, error) {
			found := map[string]assets.Answer{}
			for _, key := range keys {
				if a, ok := s.kept[key]; ok && a.Release == release {
					found[key] = a
				}
			}
			return found, nil
		},
		Keep: func(answers []Kept) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, a := range answers {
				s.kept[a.Key] = a.Answer
			}
			return nil
		}}
}

// counting answers with the label that the input names, or always wrongly, and
// counts its calls.
func counting(calls *atomic.Int64, wrong bool) agentFunc {
	return func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		calls.Add(1)
		label, _, _ := strings.Cut(r.Input, " ")
		if wrong {
			label = "label_wrong"
		}
		return pipeline.Asset{Text: label, Sends: 1, CostUSD: 0.01}, nil
	}
}

func TestProbe(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	var good, bad atomic.Int64
	s := &shelf{kept: map[string]assets.Answer{}}
	o := ProbeOptions{Set: p.set, MaxCases: 20, Samples: 3, Seed: 7, Width: 8, Memory: s.memory(),
		Before: ProbeArm{Release: "sha256:a", Generator: counting(&good, false)}, After: ProbeArm{Release: "sha256:b", Generator: counting(&bad, true)}}
	r, err := Probe(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) != 20 || r.Asked != 20 || good.Load() != 60 || bad.Load() != 60 || r.Reused != 0 || fmt.Sprintf("%.2f", r.CostUSD) != "1.20" {
		t.Errorf("%d cases of %d, %d and %d calls, %d reused, $%v", len(r.Cases), r.Asked, good.Load(), bad.Load(), r.Reused, r.CostUSD)
	}
	b := semdiff.Behave(r.Cases, semdiff.ProbeOptions{})
	if !b.Differs || b.Worse != 20 || b.Judged != 20 || b.Measure != "label" {
		t.Errorf("%+v", b)
	}
	// Again nothing is called, and the answers are the same.
	again, err := Probe(t.Context(), o)
	if err != nil || again.Reused != 120 || good.Load() != 60 || again.CostUSD != 0 {
		t.Errorf("%+v, %v", again.Reused, err)
	}
	if x, y := shownCases(t, r), shownCases(t, again); x != y {
		t.Errorf("%s\nbecame\n%s", x, y)
	}
	// A version beside itself draws anew: two times three answers a case.
	good.Store(0)
	o.After = ProbeArm{Release: "sha256:a", Generator: counting(&good, false)}
	if r, err = Probe(t.Context(), o); err != nil || r.Reused != 60 || good.Load() != 60 {
		t.Errorf("%d reused, %d calls, %v", r.Reused, good.Load(), err)
	}
	if semdiff.Behave(r.Cases, semdiff.ProbeOptions{}).Differs {
		t.Error("a version differs from itself")
	}
}

func shownCases(t *testing.T, r *ProbeResult) string {
	t.Helper()
	data, err := json.Marshal(r.Cases)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A budget ends the calls; cases without all answers are left out.
func TestProbeBudget(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	var calls atomic.Int64
	o := ProbeOptions{Set: p.set, Samples: 2, Seed: 7, Width: 1,
		Before: ProbeArm{Release: "sha256:a", Generator: counting(&calls, false)}, After: ProbeArm{Release: "sha256:b", Generator: counting(&calls, true)},
		Spending: &pipeline.Spending{LimitUSD: 1, Worst: func(pipeline.Request) (float64, bool) { return 0.01, true }}}
	r, err := Probe(t.Context(), o)
	if err != nil || !r.Short || r.CostUSD > 1.000001 || calls.Load() > 100 || len(r.Cases) == 0 || len(r.Cases) >= 30 {
		t.Errorf("%d cases, %d calls, $%v, short %v, %v", len(r.Cases), calls.Load(), r.CostUSD, r.Short, err)
	}
}
