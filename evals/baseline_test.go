package evals

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
)

// against adds a baseline to options.
func against(o Options, digest string, g pipeline.Generator) Options {
	o.Against = &Arm{Agent: "A-1", Release: registry.Release{Version: "1.0.0", Digest: digest},
		Start: func(string) (pipeline.Generator, error) { return g, nil }}
	o.MaxAge = 24 * time.Hour
	o.Rules = append(o.Rules, Paired(o.Rules, 0.03, 0.05)...)
	return o
}

// store is a memory in memory.
type store struct {
	answers map[string]assets.Answer
	age     time.Duration // added to that of all answers
	recalls int
	mu      sync.Mutex
}

func (s *store) memory() Memory {
	return Memory{From: "cache", MaxAge: 24 * time.Hour,
		Recall: func(_ context.Context, release string, keys []string) (map[string]assets.Answer, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.recalls++
			out := map[string]assets.Answer{}
			for _, k := range keys {
				if a, ok := s.answers[k]; ok && a.Release == release {
					a.CalledAt = a.CalledAt.Add(-s.age)
					out[k] = a
				}
			}
			return out, nil
		},
		Keep: func(answers []Kept) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, k := range answers {
				if k.Made {
					s.answers[k.Key] = k.Answer
				}
			}
			return nil
		}}
}

func newStore() *store { return &store{answers: map[string]assets.Answer{}} }

func TestBaselineTellsWorseFromEqual(t *testing.T) {
	for _, c := range []struct {
		test, base agentFunc
		verdict    string
		mcnemar    McNemar
	}{
		{wrongEvery(10), wrongEvery(10), "pass", McNemar{Both: 270, Neither: 30, P: 1}},
		{wrongEvery(4), echo, "fail", McNemar{Both: 225, Baseline: 75}},
		{echo, wrongEvery(4), "pass", McNemar{Both: 225, Candidate: 75}},
	} {
		p := newProject(t, labelled(300), nil)
		o := against(p.options(t, c.test), "sha256:base", c.base)
		o.Full = true
		r := mustRun(t, o)
		b := r.Baseline
		if r.Verdict != c.verdict || b == nil || b.Pairs != 300 || r.Calls.Made != 600 || b.Calls.Made != 300 || len(r.Rules) != 1 || r.Rules[0].Kind != "not_worse" {
			t.Errorf("%s, rules %+v, %+v, %+v", r.Verdict, r.Rules, r.Calls, b)
			continue
		}
		b.McNemar.P = float64(int(b.McNemar.P))
		if b.McNemar != c.mcnemar {
			t.Errorf("%+v, want %+v", b.McNemar, c.mcnemar)
		}
		if n := c.mcnemar.Candidate + c.mcnemar.Baseline; len(b.Flips) != n || *b.Effect != float64(c.mcnemar.Candidate-c.mcnemar.Baseline)/300 {
			t.Errorf("%d flips, effect %v", len(b.Flips), *b.Effect)
		}
		if v := p.verify(t, p.folders(t)[0]); !v.Stands || v.Records != 600 {
			t.Errorf("%+v", v)
		}
	}
}

// The two arms of a case are called next to each other, and early stopping sees
// pairs only.
func TestBaselineIsInterleaved(t *testing.T) {
	p := newProject(t, labelled(400), nil)
	var order []string
	log := func(g agentFunc) agentFunc {
		return func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			id, _, _ := strings.Cut(strings.TrimSuffix(r.ID, "@baseline"), "#")
			order = append(order, id)
			return g(ctx, r)
		}
	}
	o := against(p.options(t, log(wrongEvery(3))), "sha256:base", log(echo))
	o.Width = 1
	r := mustRun(t, o)
	for i := 0; i+1 < len(order); i += 2 {
		if order[i] != order[i+1] {
			t.Fatalf("calls %d and %d are of %s and %s", i, i+1, order[i], order[i+1])
		}
	}
	if !r.Stopped || r.Verdict != "fail" || r.Rules[0].N > 120 {
		t.Errorf("%s after %d pairs, stopped %v", r.Verdict, r.Rules[0].N, r.Stopped)
	}
}

func TestBaselineIsTheReleaseItself(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	g := count(agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if r.Draw > 1 && number(r.Input)%6 == 0 {
			return pipeline.Asset{Text: "wrong", Sends: 1}, nil
		}
		return echo(ctx, r)
	}))
	o := p.options(t, g)
	s := newStore()
	o.Memory = s.memory()
	o = against(o, o.Release.Digest, nil)
	o.Against.Start = func(string) (pipeline.Generator, error) { return nil, errors.New("started twice") }
	r := mustRun(t, o)
	if !r.Baseline.Same || g.total() != 120 || r.Baseline.McNemar.Candidate != 10 || r.Baseline.McNemar.Both != 50 {
		t.Errorf("%+v after %d calls", r.Baseline, g.total())
	}
	if r := mustRun(t, o); g.total() != 120 || r.Calls != (Calls{Cached: 120}) || r.Baseline.McNemar.Candidate != 10 {
		t.Errorf("again: %+v after %d calls", r.Calls, g.total())
	}
}

// A young baseline costs nothing; an old one is called again, and its old answers
// only forecast.
func TestBaselineAge(t *testing.T) {
	for _, c := range []struct {
		age   time.Duration
		fresh int // calls of the baseline in the second run
	}{{time.Hour, 0}, {25 * time.Hour, 80}} {
		p := newProject(t, labelled(80), nil)
		s := newStore()
		base := count(wrongEvery(8))
		o := p.options(t, echo)
		o.Memory = s.memory()
		mustRun(t, against(o, "sha256:base", base))
		s.age = c.age
		o.Release.Digest = "sha256:candidate-2"
		r := mustRun(t, against(o, "sha256:base", base))
		if base.total() != 80+c.fresh || r.Baseline.Calls.Made != c.fresh || r.Baseline.Calls.Cached != 80-c.fresh {
			t.Errorf("age %v: %d calls, %+v", c.age, base.total(), r.Baseline.Calls)
		}
		if f := r.Baseline.Forecast; (f != nil) != (c.fresh > 0) || f != nil && (f.Pairs != 80 || f.Effect != 0.125) {
			t.Errorf("age %v: forecast %+v", c.age, f)
		}
		if v := p.verify(t, p.folders(t)[1]); !v.Stands {
			t.Errorf("age %v: %+v", c.age, v)
		}
	}
}

// When the provider drifts between two runs, the candidate is not blamed.
func TestBaselineDrift(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	s := newStore()
	drifted := agentFunc(wrongEvery(5))
	o := p.options(t, echo)
	o.Memory = s.memory()
	mustRun(t, against(o, "sha256:base", echo))
	s.age = 48 * time.Hour
	o = p.options(t, drifted)
	o.Memory, o.Full, o.Release.Digest = s.memory(), true, "sha256:candidate-2"
	r := mustRun(t, against(o, "sha256:base", drifted))
	if r.Verdict != "pass" || *r.Baseline.Effect != 0 || r.Baseline.Forecast == nil || r.Baseline.Forecast.Effect > -0.1 {
		t.Errorf("%s, %+v", r.Verdict, r.Baseline)
	}
}

// A run that lay unfinished for longer than the pairs may be apart calls the old
// half of each open pair again, and the evidence still stands.
func TestBaselineResumedTooLate(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	base := count(echo)
	set := func() Options { return against(p.options(t, echo), "sha256:base", base) }
	stopped := interrupted(t, set(), 21) // one pair is half done
	f := p.folders(t)[0]
	aged := 0
	for _, id := range []string{"@baseline", "#1"} {
		for i := range 40 {
			name := fmt.Sprintf("c%05d%s", i, id)
			if text := readText(t, f.path(assets.LedgerFile)); strings.Contains(text, `"id":"`+name+`","key"`) && strings.Contains(text, name) {
				aged += ageCall(t, f, name, 30*time.Hour)
			}
		}
	}
	if aged < 20 {
		t.Fatalf("only %d answers were made older", aged)
	}
	r := mustRun(t, set())
	if !r.Resumed || r.Run != stopped.Run || r.Verdict != "pass" || r.Baseline.Pairs != 40 {
		t.Errorf("resumed %v, %s, %+v", r.Resumed, r.Verdict, r.Baseline)
	}
	if r.Calls.Made != 81 || r.Calls.Repeated != 1 {
		t.Errorf("%+v: the half of one pair is called again, the pairs that were called together are not", r.Calls)
	}
	if v := p.verify(t, f); !v.Stands {
		t.Errorf("%+v", v)
	}
}

// ageCall makes a result in the ledger older; it returns 1 when there was one.
func ageCall(t *testing.T, f Folder, id string, by time.Duration) int {
	t.Helper()
	var out strings.Builder
	n := 0
	for line := range strings.Lines(readText(t, f.path(assets.LedgerFile))) {
		if _, rest, ok := strings.Cut(line, `"called_at":`); ok && strings.Contains(line, `"id":"`+id+`"`) {
			var at int64
			fmt.Sscan(rest, &at)
			old := fmt.Sprintf(`"called_at":%d`, at)
			line = strings.Replace(line, old, fmt.Sprintf(`"called_at":%d`, at-int64(by.Seconds())), 1)
			n = 1
		}
		out.WriteString(line)
	}
	write(t, f.path(assets.LedgerFile), out.String())
	return n
}

func TestPairedRulesNeedABaseline(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	o := p.options(t, echo, "pass_rate>=baseline-0.03")
	var usage *UsageError
	if _, err := Run(context.Background(), o); !errors.As(err, &usage) || !strings.Contains(err.Error(), "--against") {
		t.Errorf("%v", err)
	}
}

func TestParsePaired(t *testing.T) {
	p := newProject(t, labelled(3), nil)
	for text, want := range map[string]string{
		"intent_accuracy>=baseline-0.03": "intent_accuracy not worse than baseline by 0.03",
		"pass_rate >= baseline":          "pass_rate not worse than baseline by 0",
		"pass_rate > baseline":           "pass_rate better than baseline",
	} {
		rules, err := ParseRules([]string{text}, p.set, Defaults{Alpha: 0.05})
		if err != nil || len(rules) != 1 || rules[0].Key() != want || rules[0].Alpha != 0.05 {
			t.Errorf("%s: %+v, %v", text, rules, err)
		}
	}
	for text, want := range map[string]string{
		"pass_rate>baseline-0.03":  "not worse by more than the margin",
		"pass_rate>=baseline-much": "no number",
		"pass_rate>=baseline-1.5":  "below 1",
		"latency>=baseline-0.1":    "at_most",
	} {
		if _, err := ParseRules([]string{text}, p.set, Defaults{Alpha: 0.05}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
