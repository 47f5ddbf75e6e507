package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestRunJudgesEveryCase(t *testing.T) {
	p := newProject(t, labelled(200), nil) // not above the size from which a run may stop
	g := count(wrongEvery(10))
	r := mustRun(t, p.options(t, g, "intent_accuracy>=0.85", "pass_rate>=0.95"))
	if r.Cases != (Cases{Total: 200, Judged: 200, Passed: 180, Failed: 20}) || r.Calls != (Calls{Made: 200}) || g.total() != 200 {
		t.Errorf("%+v %+v, %d calls", r.Cases, r.Calls, g.total())
	}
	if r.Verdict != "fail" || r.Rules[0].Verdict != "pass" || r.Rules[1].Verdict != "fail" || r.Stopped || r.Resumed {
		t.Errorf("%s: %+v", r.Verdict, r.Rules)
	}
	if rule := r.Rules[0]; *rule.Estimate != 0.9 || *rule.Interval != [2]float64{0.9, 0.9} || rule.Wilson == nil || rule.N != 200 || rule.Of != 200 || rule.Tries != 1 {
		t.Errorf("a census: %+v", rule)
	}
	// What came back is what is on disk, and the reports were given the rows.
	f := p.folders(t)[0]
	kept, err := f.Result()
	if err != nil || kept.comparable(t) != r.comparable(t) || kept.Run != f.ID || r.Report != ".genops/runs/"+f.ID+"/report.html" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	var rows []CaseRow
	if data, err := os.ReadFile(f.path("rows.json")); err != nil || json.Unmarshal(data, &rows) != nil || len(rows) != 200 || rows[0].Sends != 1 || rows[0].Output == "" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if v := p.verify(t, f); !v.Stands || v.Records != 200 || v.Decided != "fail" {
		t.Errorf("%+v", v)
	}
}

func TestRunStopsWhenDecided(t *testing.T) {
	p := newProject(t, labelled(2000), nil)
	g := count(wrongEvery(2))
	o := p.options(t, g, "pass_rate>=0.9")
	r := mustRun(t, o)
	if !r.Stopped || r.Verdict != "fail" || r.Cases.Judged > 100 || r.Cases.Judged != g.total() || r.Calls.Made != g.total() || r.Rules[0].DecidedAfter == 0 {
		t.Errorf("%+v %+v %+v", r.Cases, r.Calls, r.Rules[0])
	}
	if r.Rules[0].Wilson != nil || r.Metrics[0].Interval != nil {
		t.Error("a stopped run has an interval for its traffic, as if its size had been fixed")
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%+v", v)
	}
	o.Full = true
	if r := mustRun(t, o); r.Stopped || r.Cases.Judged != 2000 || r.Metrics[0].Interval == nil {
		t.Errorf("--full: %+v", r.Cases)
	}
}

// The verdict is that of the drawn order, however wide the window and however
// late the failures.
func TestRunDecidesTheSameAtAnyWidth(t *testing.T) {
	p := newProject(t, labelled(600), nil)
	slowFailures := agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		a, err := wrongEvery(6)(ctx, r)
		if a.Text == "label_wrong" {
			time.Sleep(3 * time.Millisecond)
		}
		return a, err
	})
	want := ""
	for _, width := range []int{1, 7, 64} {
		o := p.options(t, slowFailures, "pass_rate>=0.7")
		o.Width = width
		r := mustRun(t, o)
		if got := fmt.Sprint(r.Verdict, r.Rules[0].DecidedAfter); want == "" {
			want = got
		} else if got != want {
			t.Errorf("width %d: %s, want %s", width, got, want)
		}
	}
}

func TestRunWithoutRules(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	r := mustRun(t, p.options(t, echo))
	if r.Verdict != "undecided" || r.Cases.Judged != 300 || r.Metrics[0].Interval == nil || len(r.Rules) != 0 {
		t.Errorf("%+v", r)
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%+v", v)
	}
}

func TestRunCountsErrorsAndSends(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	g := agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		a, _ := echo(ctx, r)
		a.CostUSD = 0.25
		switch n := number(r.Input); {
		case n%10 == 0:
			return pipeline.Asset{}, fmt.Errorf("broken %d", n)
		case n%10 == 1:
			a.Sends = 3
		}
		return a, nil
	})
	r := mustRun(t, p.options(t, g, "pass_rate>=0.9"))
	if r.Cases != (Cases{Total: 60, Judged: 60, Passed: 54, Errored: 6}) || r.Calls != (Calls{Made: 72, Repeated: 12}) || r.CostUSD != 54*0.25 {
		t.Errorf("%+v %+v %v", r.Cases, r.Calls, r.CostUSD)
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%+v", v)
	}
}

func TestRunRepeatsShowFlakiness(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	g := count(agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if n := number(r.Input); r.Draw == 3 && n < 5 || n == 7 {
			return pipeline.Asset{Text: "wrong"}, nil
		}
		return echo(ctx, r)
	}))
	o := p.options(t, g, "pass_rate>=0.9")
	o.Repeats = 3
	r := mustRun(t, o)
	if r.Flaky == nil || r.Flaky.Cases != 40 || r.Flaky.Flipped != 5 || len(r.Flaky.IDs) != 5 {
		t.Errorf("%+v", r.Flaky)
	}
	// One case passed in the first two draws and failed in the third: 9 further
	// draws of it make its interval narrow enough, at most 12.
	made := 120
	for _, c := range r.Flaky.List {
		made += c.Draws - 3
		if c.Draws > 12 || c.Interval[1]-c.Interval[0] > 0.35 && c.Draws < 12 || c.Passed != c.Draws-1 {
			t.Errorf("%+v", c)
		}
	}
	if made == 120 {
		t.Error("cases that flip got no further draws")
	}
	if r.Calls.Made != made || g.total() != made || r.Cases.Judged != 40 || r.Cases.Failed != 1 || r.Rules[0].N != 40 {
		t.Errorf("%+v %+v", r.Calls, r.Cases)
	}
	f := p.folders(t)[0]
	if rows, err := f.Rows(); err != nil || len(rows) != made || rows[119].Draw != 3 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if v := p.verify(t, f); !v.Stands || v.Records != made {
		t.Errorf("%+v", v)
	}
}

func TestRunOnASubset(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	o := p.options(t, wrongEvery(10), "pass_rate>=0.9")
	first := mustRun(t, o)
	o.Subset = Subset{FailedIn: "latest"}
	r := mustRun(t, o)
	if r.Cases.Total != 6 || r.Cases.Failed != 6 || r.Subset != "--failed-in latest" || r.Rules[0].Tries != 1 {
		t.Errorf("%+v of %q, try %d", r.Cases, r.Subset, r.Rules[0].Tries)
	}
	o.Subset = Subset{}
	if r := mustRun(t, o); r.Rules[0].Tries != 2 || len(first.Warnings) != 0 || len(r.Warnings) != 1 {
		t.Errorf("try %d: %v", r.Rules[0].Tries, r.Warnings)
	}
	for _, f := range p.folders(t) {
		if v := p.verify(t, f); !v.Stands {
			t.Errorf("%s: %v", f.ID, v.Problems)
		}
	}
	o.Agent.ID = "A-1"
	o.Start = func(string) (pipeline.Generator, error) { return echo, nil }
	mustRun(t, o)
	o.Subset = Subset{FailedIn: "latest"}
	var usage *UsageError
	if _, err := Run(t.Context(), o); !errors.As(err, &usage) || !strings.Contains(err.Error(), "every judged case") {
		t.Errorf("%v", err)
	}
}

func TestRunRequireFirst(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	bad := mustRun(t, p.options(t, wrongEvery(2), "pass_rate>=0.9"))
	o := p.options(t, echo, "pass_rate>=0.9", "equals>=0.9")
	o.RequireFirst = true
	r := mustRun(t, o)
	if r.Verdict != "fail" || r.Rules[0].Verdict != "fail" || r.Rules[0].Tries != 2 || !strings.Contains(r.Rules[0].Reason, bad.Run) || r.Rules[1].Verdict != "pass" {
		t.Errorf("%s: %+v", r.Verdict, r.Rules)
	}
	for _, f := range p.folders(t) {
		if v := p.verify(t, f); !v.Stands {
			t.Errorf("%s: %v", f.ID, v.Problems)
		}
	}
	o.Release.Untraceable = "python -m hides it"
	var usage *UsageError
	if _, err := Run(t.Context(), o); !errors.As(err, &usage) || len(p.folders(t)) != 2 {
		t.Errorf("of a release that can't be told apart: %v", err)
	}
}

func TestRunCarriesEvidence(t *testing.T) {
	rows := labelled(100)
	for i := range rows {
		if i%3 == 0 {
			rows[i]["cluster"] = fmt.Sprint("k", i%9)
		}
	}
	p := newProject(t, rows, nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	o.Stop = closedAfter(t, &o, 40)
	o.Width = 1
	var stopped *Interrupted
	if _, err := Run(t.Context(), o); !errors.As(err, &stopped) || stopped.Done != 40 {
		t.Fatalf("%v", err)
	}
	g := count(echo)
	o = p.options(t, g, "pass_rate>=0.9")
	o.Fresh, o.Carry = true, "latest"
	seed := uint64(12345) // the rest is drawn in an order of its own
	o.Seed = &seed
	r := mustRun(t, o)
	if r.Calls.Cached == 0 || r.Calls.Cached > 40 || r.Calls.Made != 100-r.Calls.Cached || g.total() != r.Calls.Made || r.Cases.Passed != 100 || r.Rules[0].N != 100 {
		t.Errorf("%+v %+v, %d calls", r.Calls, r.Cases, g.total())
	}
	for id, n := range g.calls {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if v := p.verify(t, p.folders(t)[1]); !v.Stands {
		t.Errorf("%+v", v)
	}
	// Only what answers the same questions, of the same release, can be carried.
	for want, change := range map[string]func(*Options){
		"another release":          func(o *Options) { o.Release.Digest = "sha256:other" },
		"another test set":         func(o *Options) { set := *o.Set; set.Digest = "sha256:other"; o.Set = &set },
		"a run on a subset":        func(o *Options) { o.Subset.Limit = 3 },
		"can't be told apart":      func(o *Options) { o.Release.Untraceable = "why" },
		"judged its answers by":    func(o *Options) { o.Rules = p.options(t, g, "pass_rate>=0.9", "latency<=1s").Rules },
		"none of the 2 runs has":   func(o *Options) { o.Carry = "nothing" },
		"asked something else in ": askedOtherwise,
	} {
		o := p.options(t, g, "pass_rate>=0.9")
		o.Fresh, o.Carry = true, "latest"
		change(&o)
		var usage *UsageError
		if _, err := Run(t.Context(), o); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if n := len(p.folders(t)); n != 2 {
		t.Errorf("%d runs: a refused one left its folder", n)
	}
}

// askedOtherwise reads the same file by other keys.
func askedOtherwise(o *Options) {
	set := *o.Set
	set.Cases = slices.Clone(set.Cases)
	for i := range set.Cases {
		set.Cases[i].Input += "?"
	}
	o.Set = &set
}

// closedAfter stops a run when n cases are judged.
func closedAfter(t testing.TB, o *Options, n int) <-chan struct{} {
	t.Helper()
	stop := make(chan struct{})
	start, calls := o.Start, 0
	o.Start = func(dir string) (pipeline.Generator, error) {
		g, err := start(dir)
		return agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			if calls++; calls == n {
				close(stop)
			}
			return g.Generate(ctx, r)
		}), err
	}
	return stop
}

func TestRunUnusableLeavesNothing(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	for name, start := range map[string]func(string) (pipeline.Generator, error){
		"at the start": func(string) (pipeline.Generator, error) { return nil, errors.New("no such program") },
		"at a call": func(string) (pipeline.Generator, error) {
			return agentFunc(func(context.Context, pipeline.Request) (pipeline.Asset, error) {
				return pipeline.Asset{}, &pipeline.Unusable{Reason: "no such program"}
			}), nil
		},
	} {
		o := p.options(t, nil, "pass_rate>=0.9")
		o.Start = start
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no such program") {
			t.Errorf("%s: %v", name, err)
		}
		if all := p.folders(t); len(all) != 0 {
			t.Errorf("%s: left %v", name, all)
		}
	}
}

// When the agent breaks down after some answers, they are kept.
func TestRunUnusableMidway(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	o := p.options(t, agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if number(r.Input) == 5 {
			return pipeline.Asset{}, &pipeline.Unusable{Reason: "gone"}
		}
		return echo(ctx, r)
	}), "pass_rate>=0.9")
	o.Width = 1
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Fatal(err)
	}
	if len(p.folders(t)) != 1 {
		t.Fatal("what was judged is lost")
	}
	o = p.options(t, echo, "pass_rate>=0.9")
	if r := mustRun(t, o); !r.Resumed || r.Cases.Passed != 30 {
		t.Errorf("%+v", r)
	}
}

func TestRunUsageErrorsWriteNothing(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	for name, change := range map[string]func(*Options){
		"filter":    func(o *Options) { o.Subset.Filters = []string{"x"} },
		"failed-in": func(o *Options) { o.Subset.FailedIn = "x" },
		"carry":     func(o *Options) { o.Carry = "x" },
		"rule":      func(o *Options) { o.Rules[0].Alpha = 0.7 },
		"metric":    func(o *Options) { o.Rules[0].Metric = "unheard" },
	} {
		o := p.options(t, echo, "pass_rate>=0.9")
		change(&o)
		var usage *UsageError
		if _, err := Run(t.Context(), o); !errors.As(err, &usage) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(p.root, ".genops")); err == nil {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestRunReportError(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	o.Reports["broken.html"] = func(io.Writer, Result, []CaseRow) error { return errors.New("no ink") }
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "broken.html: no ink") {
		t.Fatal(err)
	}
	// The calls were paid for: the next start finishes the run without any.
	g := count(echo)
	if r := mustRun(t, p.options(t, g, "pass_rate>=0.9")); !r.Resumed || g.total() != 0 || r.Cases.Passed != 30 {
		t.Errorf("%+v after %d calls", r, g.total())
	}
}

func TestRunProgress(t *testing.T) {
	p := newProject(t, labelled(50), nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	var last Progress
	o.Progress = func(p Progress) { last = p }
	r := mustRun(t, o)
	if last.Run != r.Run || last.Cases != r.Cases || len(last.Rules) != 1 || last.Rules[0].Verdict != "pass" || *last.Rules[0].Interval != *r.Rules[0].Interval {
		t.Errorf("%+v", last)
	}
}
