package evals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

func readText(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A second identical run makes no call and decides the same; what it reused is
// told, and the evidence stands.
func TestReuse(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	g := count(agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		a, err := wrongEvery(7)(ctx, r)
		a.CostUSD, a.Usage = 0.01, pipeline.Usage{InputTokens: 3, OutputTokens: 1}
		return a, err
	}))
	s := newStore()
	run := func() *Result {
		o := p.options(t, g, "pass_rate>=0.95", "cost<=0.02@0.9")
		o.Memory = s.memory()
		return mustRun(t, o)
	}
	first, calls := run(), g.total()
	second := run()
	if g.total() != calls || second.Calls != (Calls{Cached: calls}) || second.CostUSD != 0 || second.Verdict != first.Verdict || second.Cases != first.Cases {
		t.Errorf("%d calls; %+v %+v; %s, first %s %+v", g.total()-calls, second.Calls, second.Cases, second.Verdict, first.Verdict, first.Cases)
	}
	if u := second.Reused; u == nil || u.Answers != calls || u.From != "cache" || u.SavedUSD < 0.0099*float64(calls) || u.Oldest == "" {
		t.Errorf("%+v", second.Reused)
	}
	if second.Rules[0].Tries != 2 {
		t.Errorf("the second try is the %d.", second.Rules[0].Tries)
	}
	for _, f := range p.folders(t) {
		if v := p.verify(t, f); !v.Stands {
			t.Errorf("%+v", v)
		}
	}
	s.age = 25 * time.Hour
	if r := run(); r.Calls.Made == 0 || r.Calls.Cached > 0 || r.Reused != nil {
		t.Errorf("old answers were reused: %+v", r.Calls)
	}
}

// Errors are reused too: were only they called again, an agent that fails now
// and then would pass in the end. An answer that can't be read is asked for
// again, or ends the run where it can't be.
func TestReuseErrors(t *testing.T) {
	p := newProject(t, labelled(20), nil)
	broken := true
	g := agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if broken && number(r.Input) == 3 {
			return pipeline.Asset{Sends: 1}, errors.New("broken")
		}
		return echo(ctx, r)
	})
	s := newStore()
	o := p.options(t, g, "pass_rate>=0.9")
	o.Memory = s.memory()
	if r := mustRun(t, o); r.Cases.Errored != 1 {
		t.Fatalf("%+v", r.Cases)
	}
	broken = false
	if r := mustRun(t, o); r.Cases.Errored != 1 || r.Calls != (Calls{Cached: 20}) || r.Reused.Errors != 1 {
		t.Errorf("%+v %+v %+v", r.Cases, r.Calls, r.Reused)
	}
	for k, a := range s.answers {
		a.Result = []byte("nonsense")
		s.answers[k] = a
		break
	}
	if r := mustRun(t, o); r.Cases.Judged != 20 || r.Calls != (Calls{Made: 1, Cached: 19}) {
		t.Errorf("%+v %+v", r.Cases, r.Calls)
	}
	for k, a := range s.answers {
		a.Result = []byte("nonsense")
		s.answers[k] = a
		break
	}
	o.Memory.Only = true
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "not readable") {
		t.Errorf("%v", err)
	}
}

// With Only nothing is called: what is recorded decides, what lacks is named.
func TestReuseOnly(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	s := newStore()
	o := p.options(t, wrongEvery(9), "pass_rate>=0.5")
	o.Memory = s.memory()
	first := mustRun(t, o)
	o.Start = func(string) (pipeline.Generator, error) { return nil, errors.New("started") }
	o.Memory.Only = true
	if r := mustRun(t, o); r.Verdict != first.Verdict || r.Cases != first.Cases || r.Calls.Made != 0 {
		t.Errorf("%s %+v %+v", r.Verdict, r.Cases, r.Calls)
	}
	before := len(p.folders(t))
	o.Release.Digest = "sha256:other"
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "no answer for 30 of 30 calls") {
		t.Errorf("%v", err)
	}
	if len(p.folders(t)) != before {
		t.Error("a replay that can't be played leaves a run")
	}
}

func TestBudget(t *testing.T) {
	price := func(usd float64) agentFunc {
		return func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			a, err := echo(ctx, r)
			a.CostUSD = usd
			return a, err
		}
	}
	for name, c := range map[string]struct {
		limit, worst, real float64
		known              bool
		min, max           int // calls
		verdict            string
	}{
		"enough":                {10, 0.02, 0.01, true, 40, 40, "pass"},
		"used up":               {0.1, 0.02, 0.01, true, 8, 9, "undecided"},
		"not one call":          {0.01, 0.02, 0.01, true, 0, 0, "undecided"},
		"free":                  {0, 0, 0, true, 40, 40, "pass"},
		"reported only":         {0.1, 0, 0.01, false, 9, 10, "undecided"},
		"reported, none so far": {0.1, 0, 0, false, 40, 40, "pass"},
	} {
		p := newProject(t, labelled(40), nil)
		g := count(price(c.real))
		o := p.options(t, g, "pass_rate>=0.9")
		o.Spending = &pipeline.Spending{LimitUSD: c.limit, Worst: func(pipeline.Request) (float64, bool) { return c.worst, c.known }}
		r := mustRun(t, o)
		n := g.total()
		if r.Verdict != c.verdict || n < c.min || n > c.max || r.CostUSD > c.limit || r.Budget == nil || r.Budget.UsedUp != (c.verdict == "undecided") {
			t.Errorf("%s: %s after %d calls, %+v", name, r.Verdict, n, r.Budget)
		}
		if r.Budget.UsedUp != strings.Contains(strings.Join(r.Warnings, " "), "budget") {
			t.Errorf("%s: %q", name, r.Warnings)
		}
		if v := p.verify(t, p.folders(t)[0]); !v.Stands {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// A crash takes answers, not bills: what was sent and never answered is booked
// when the run goes on, each time.
func TestBudgetBooksWhatACrashTook(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	set := func() Options {
		o := p.options(t, agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			a, err := echo(ctx, r)
			a.CostUSD = 0.01
			return a, err
		}), "pass_rate>=0.9")
		o.Spending = &pipeline.Spending{LimitUSD: 0.3, Worst: func(pipeline.Request) (float64, bool) { return 0.01, true }}
		return o
	}
	stopped := interrupted(t, set(), 10)
	for range 2 {
		l, err := assets.OpenLedger(filepath.Join(RunsOf(p.root).Dir, stopped.Run, assets.LedgerFile))
		if err != nil {
			t.Fatal(err)
		}
		o := set()
		m, _ := o.manifest(time.Now())
		plan, err := newPlan(m, o.Set, o.Deps)
		if err != nil {
			t.Fatal(err)
		}
		var calls []assets.Call
		for pos := 30; pos < 35; pos++ {
			at := slot{pos: pos, draw: 1}
			key, _ := plan.request(at).Key()
			calls = append(calls, assets.Call{Seq: plan.seq(at), ID: plan.requestID(at), Key: key, Sends: 1})
		}
		if err := errors.Join(l.Sent(calls), l.Close()); err != nil {
			t.Fatal(err)
		}
	}
	r := mustRun(t, set())
	if !r.Resumed || r.Budget.SpentUSD > 0.3001 || r.Budget.SpentUSD < 0.29 || !r.Budget.UsedUp || r.Cases.Judged != 25 {
		t.Errorf("%+v, %+v", r.Budget, r.Cases)
	}
}

// What can't be known to be unpaid is booked.
func TestBudgetBooksTheUnknown(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	calls := 0
	g := agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if calls++; calls%2 == 1 {
			return pipeline.Asset{Sends: 1}, &pipeline.Transient{Err: errors.New("cut"), Ambiguous: true, RetryAfter: time.Nanosecond}
		}
		a, err := echo(ctx, r)
		a.CostUSD = 0.01
		return a, err
	})
	o := p.options(t, g, "pass_rate>=0.9")
	o.Width, o.Retries = 1, 3
	o.Spending = &pipeline.Spending{LimitUSD: 0.2, Worst: func(pipeline.Request) (float64, bool) { return 0.01, true }}
	r := mustRun(t, o)
	if !r.Budget.UsedUp || calls > 20 || r.Budget.SpentUSD < 0.17 {
		t.Errorf("%d calls at up to $0.01 with a budget of $0.20: %+v", calls, r.Budget)
	}
}

// Who waits for the budget does not wait for a request that ends without an
// answer: because it may not be repeated, or because the run was told to stop.
func TestBudgetNeverHangs(t *testing.T) {
	stop := make(chan struct{})
	lose := func(wait time.Duration, then func()) agentFunc {
		return func(context.Context, pipeline.Request) (pipeline.Asset, error) {
			time.Sleep(20 * time.Millisecond)
			then()
			return pipeline.Asset{Sends: 1}, &pipeline.Transient{Err: errors.New("cut"), Ambiguous: true, RetryAfter: wait}
		}
	}
	for name, g := range map[string]agentFunc{
		"refused": lose(time.Nanosecond, func() {}),
		"stopped": lose(time.Hour, sync.OnceFunc(func() { close(stop) })),
	} {
		p := newProject(t, labelled(40), nil)
		o := p.options(t, g, "pass_rate>=0.9")
		o.Width, o.Retries = 4, 3
		if name == "stopped" {
			o.Stop = stop
		}
		o.Spending = &pipeline.Spending{LimitUSD: 0.02, Worst: func(pipeline.Request) (float64, bool) { return 0.01, true }}
		done := make(chan error, 1)
		go func() {
			_, err := Run(context.Background(), o)
			done <- err
		}()
		select {
		case err := <-done:
			var interrupted *Interrupted
			if errors.As(err, &interrupted) != (name == "stopped") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: the run hangs", name)
		}
	}
}

func TestQuarantine(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	list := `cases:
  - {id: c00000, until: 2026-12-31, reason: "flips"}
  - {id: c00010, until: 2026-11-22, reason: "its last day"}
  - {id: c00020, until: 2026-11-21, reason: "over"}
  - {id: c9, until: 2026-12-31, reason: "gone"}
`
	q, err := ReadQuarantine("q.yaml", []byte(list), p.set, time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC))
	if err != nil || len(q.Cases) != 2 || fmt.Sprint(q.Expired, q.Unknown) != "[c00020] [c9]" {
		t.Fatalf("%+v, %v", q, err)
	}
	o := p.options(t, wrongEvery(10), "pass_rate>=0.94") // 4 of 40 fail, 2 of them are apart
	o.Quarantine = q
	r := mustRun(t, o)
	if r.Verdict != "pass" || r.Rules[0].Of != 38 || r.Cases.Failed != 4 || r.Quarantine.Cases[0].State != failed || len(r.Warnings) != 2 {
		t.Errorf("%s, %+v, %+v, %q", r.Verdict, r.Rules[0], r.Quarantine, r.Warnings)
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%+v", v)
	}
}

func TestQuarantineErrors(t *testing.T) {
	set := &testsets.Set{Cases: []testsets.Case{{ID: "a"}}}
	for text, want := range map[string]string{
		"cases: [{id: a, until: soon, reason: x}]":                                              `q.yaml:1: cases[0]: until "soon": write the last day`,
		"cases:\n- {until: 2026-12-31, reason: x}":                                              "q.yaml:2: cases[0]: id is missing",
		"cases: [{id: a, until: 2026-12-31}]":                                                   "reason is missing",
		"cases: [{id: a, untill: 2026-12-31, reason: x}]":                                       "until",
		"cases: [{id: a, until: 2026-12-31, reason: x}, {id: a, until: 2026-12-31, reason: x}]": "listed twice",
	} {
		if _, err := ReadQuarantine("q.yaml", []byte(text), set, time.Now()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
