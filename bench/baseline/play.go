package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// outcome sums up the runs of a row.
type outcome struct {
	pass, fail, undecided float64 // shares of the runs
	mean                  float64 // pairs until decided
	median                int
	calls                 float64 // of the baseline, in the run that decides
	runs                  int
}

func (o outcome) standardError(p float64) float64 { return math.Sqrt(p * (1 - p) / float64(o.runs)) }

// play runs a scenario many times, on all cores.
func play(s scenario, runs, cases int, seed uint64) (outcome, error) {
	set, err := writeSet(cases)
	if err != nil {
		return outcome{}, err
	}
	dir, err := os.MkdirTemp("", "genops-bench-baseline-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	results, errs := make([]*evals.Result, runs), make([]error, runs)
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				root := filepath.Join(dir, fmt.Sprint(i))
				results[i], errs[i] = once(s, set, root, rand.New(rand.NewPCG(seed, uint64(i))))
				os.RemoveAll(root)
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	wait.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return outcome{}, errs[i]
	}
	return sum(results), nil
}

func sum(results []*evals.Result) outcome {
	o := outcome{runs: len(results)}
	each := 1 / float64(len(results))
	var pairs []int
	for _, r := range results {
		switch r.Verdict {
		case "pass":
			o.pass += each
		case "fail":
			o.fail += each
		default:
			o.undecided += each
		}
		n := r.Rules[0].DecidedAfter
		if n == 0 {
			n = r.Rules[0].N
		}
		pairs = append(pairs, n)
		o.mean += float64(n) * each
		o.calls += float64(r.Baseline.Calls.Made) * each
	}
	slices.Sort(pairs)
	o.median = pairs[len(pairs)/2]
	return o
}

func writeSet(cases int) (*testsets.Set, error) {
	rows := make([]map[string]string, cases)
	for i := range rows {
		rows[i] = map[string]string{"id": fmt.Sprintf("c%05d", i), "input": fmt.Sprint(i), "expected": "yes"}
	}
	data, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return testsets.Read("set.json", data, testsets.Options{})
}

// world is what a provider would answer to each case: once, when the cache was
// filled, and now.
type world struct{ then, base, candidate []bool }

// draw makes a world: 90 % of the cases pass, 10 % of the pairs differ, half of
// them each way. A loss of the candidate moves pairs from one side to the other;
// the provider drifts for both.
func draw(s scenario, n int, r *rand.Rand) world {
	const rate, differ = 0.90, 0.05
	w := world{make([]bool, n), make([]bool, n), make([]bool, n)}
	for i := range n {
		base := r.Float64() < rate
		candidate := base
		switch u := r.Float64(); {
		case base && u < (differ+s.loss/2)/rate:
			candidate = false
		case !base && u < (differ-s.loss/2)/(1-rate):
			candidate = true
		}
		w.then[i] = base
		drifted := r.Float64() < s.drift/rate // what is lost is lost for both
		w.base[i], w.candidate[i] = base && !drifted, candidate && !drifted
	}
	return w
}

func agent(passes []bool) func(string) (pipeline.Generator, error) {
	return func(string) (pipeline.Generator, error) { return answers(passes), nil }
}

// answers says yes where it passes.
type answers []bool

// Generate answers at once.
func (a answers) Generate(_ context.Context, q pipeline.Request) (pipeline.Asset, error) {
	var i int
	if _, err := fmt.Sscan(q.Input, &i); err != nil {
		return pipeline.Asset{}, err
	}
	if a[i] {
		return pipeline.Asset{Text: "yes", Sends: 1}, nil
	}
	return pipeline.Asset{Text: "no", Sends: 1}, nil
}

// once plays a scenario: a run that fills the cache, when there is one, and the
// run of the candidate.
func once(s scenario, set *testsets.Set, root string, r *rand.Rand) (*evals.Result, error) {
	w := draw(s, len(set.Cases), r)
	cache := memory{}
	order := r.Uint64() >> 11
	if s.cached > 0 {
		o := options(set, root, order, agent(w.then))
		o.Release.Digest, o.Full, o.Memory = baseRelease, true, cache.at(0, maxAge)
		if _, err := evals.Run(context.Background(), o); err != nil {
			return nil, err
		}
	}
	o := options(set, root, order, agent(w.candidate))
	o.Release.Digest = "sha256:candidate"
	o.Against = &evals.Arm{Agent: "A", Release: registry.Release{Digest: baseRelease}, Start: agent(w.base)}
	o.MaxAge, o.Memory = s.maxAge, cache.at(s.cached, s.maxAge)
	o.Memory.Keep = nil
	rule := evals.Rule{Source: "bench"}
	rule.Rule = gate.Rule{Metric: "pass_rate", Kind: gate.NotWorse, Margin: margin, Alpha: alpha}
	o.Rules = []evals.Rule{rule}
	return evals.Run(context.Background(), o)
}

const baseRelease = "sha256:base"

func options(set *testsets.Set, root string, seed uint64, start func(string) (pipeline.Generator, error)) evals.Options {
	return evals.Options{Root: root, Agent: &registry.Agent{ID: "A"}, Set: set, SetName: set.Path, SetData: []byte("[]"), Seed: &seed,
		Width: 50, Start: start, Fresh: true}
}

// memory is a cache in memory.
type memory map[string]assets.Answer

// at is the cache as it is some time after its answers were called.
func (m memory) at(age, maxAge time.Duration) evals.Memory {
	return evals.Memory{From: "cache", MaxAge: maxAge,
		Recall: func(_ context.Context, release string, keys []string) (map[string]assets.Answer, error) {
			found := map[string]assets.Answer{}
			for _, key := range keys {
				if a, ok := m[key]; ok && a.Release == release {
					a.CalledAt = a.CalledAt.Add(-age)
					found[key] = a
				}
			}
			return found, nil
		},
		Keep: func(answers []evals.Kept) error {
			for _, k := range answers {
				m[k.Key] = k.Answer
			}
			return nil
		}}
}
