package evals

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// judgeModel answers the steps of coherence, answer relevancy and hallucination: a text
// with "bad" in it gets a bad score.
type judgeModel struct {
	calls    atomic.Int32
	inFlight atomic.Int32
	most     atomic.Int32
	delay    time.Duration
	fail     func(call int32) error
	reply    func(r pipeline.Request) string
}

func (m *judgeModel) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	n := m.calls.Add(1)
	now := m.inFlight.Add(1)
	defer m.inFlight.Add(-1)
	for old := m.most.Load(); now > old && !m.most.CompareAndSwap(old, now); old = m.most.Load() {
	}
	if m.delay > 0 {
		select {
		case <-time.After(m.delay):
		case <-ctx.Done():
			return pipeline.Asset{Sends: 1}, context.Cause(ctx)
		}
	}
	if m.fail != nil {
		if err := m.fail(n); err != nil {
			return pipeline.Asset{Sends: 1}, err
		}
	}
	if m.reply != nil {
		return pipeline.Asset{Text: m.reply(r), Sends: 1, CostUSD: 0.001}, nil
	}
	score := 9
	if strings.Contains(r.Chat.Messages[1].Content, "label_wrong") {
		score = 2
	}
	return pipeline.Asset{Text: fmt.Sprintf(`{"score":%d,"reason":"r"}`, score), Sends: 1, CostUSD: 0.001}, nil
}

func (p *project) judgedOptions(t testing.TB, g pipeline.Generator, m *judgeModel, rules ...string) Options {
	o := p.options(t, g, rules...)
	judge := validators.NewJudge(validators.JudgeConfig{Name: "test:judge", Release: "sha256:j", Generator: m, Width: 16})
	o.Deps.Judging = &validators.Judging{Judge: judge, Name: "test:judge"}
	o.Uncalibrated = BlockUncalibrated
	return o
}

func TestJudgedRun(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	m := &judgeModel{delay: time.Millisecond}
	o := p.judgedOptions(t, wrongEvery(10), m, "coherence>=0.6")
	o.Full = true
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != "pass" || r.Judge == nil || r.Judge.Calls+r.Judge.Cached != 60 || math.Abs(r.Judge.USD-0.001*float64(m.calls.Load())) > 1e-9 || r.Judge.Name != "test:judge" {
		t.Fatalf("%s %+v %s", r.Verdict, r.Judge, r.Rules[0].Reason)
	}
	if got := *r.Rules[0].Estimate; math.Abs(got-(54*0.9+6*0.2)/60) > 1e-9 {
		t.Errorf("mean %g", got)
	}
	if m.most.Load() < 2 {
		t.Error("the judge was asked one question after the other")
	}
	f, err := RunsOf(p.root).Find(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(p.root, f); err != nil || !v.Stands {
		t.Errorf("%+v %v", v, err)
	}
	rows, err := f.Rows()
	if err != nil || len(rows) != 60 {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, finding := range row.Findings {
			if finding.Metric == "coherence" && (finding.Features["definition"] == "" || finding.Features["direction"] != "higher") {
				t.Errorf("%+v", finding)
			}
		}
	}
}

// TestRivalIsNotEqual: an answer that is better than the expected one need not be
// equal to it.
func TestRivalIsNotEqual(t *testing.T) {
	p := newProject(t, []row{{"id": "a", "input": "x", "expected": "other", "assert": []row{{"type": "pairwise"}}}, {"id": "b", "input": "y", "expected": "other"}}, nil)
	m := &judgeModel{reply: func(r pipeline.Request) string {
		choice := "second"
		if _, first, _ := strings.Cut(r.Chat.Messages[1].Content, "First answer:"); strings.Index(first, "other") > strings.Index(first, "Second answer:") {
			choice = "first"
		}
		return fmt.Sprintf(`{"reason":"r","choice":%q}`, choice)
	}}
	r, err := Run(t.Context(), p.judgedOptions(t, echo, m, "pass_rate>=0.5"))
	if err != nil || r.Cases.Passed != 1 || r.Cases.Failed != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestUnusedRepliesAreShown: the records hold what a judge said that nobody could use.
func TestUnusedRepliesAreShown(t *testing.T) {
	p := newProject(t, labelled(3), nil)
	m := &judgeModel{reply: func(pipeline.Request) string { return "I'm sorry, but no." }}
	r, err := Run(t.Context(), p.judgedOptions(t, echo, m, "coherence>=0.5"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := RunsOf(p.root).Find(r.Run)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.Rows()
	if err != nil || len(rows) != 3 || rows[0].Unjudged[0].Features["reply"] != "I'm sorry, but no." {
		t.Errorf("%+v %v", rows, err)
	}
	for _, m := range r.Metrics {
		want := []Doubt{{"step score: the reply is no JSON", 3, "I'm sorry, but no."}}
		if m.Metric == "coherence" && !slices.Equal(m.Doubts, want) {
			t.Errorf("%+v", m.Doubts)
		}
	}
	if v, err := Verify(p.root, f); err != nil || !v.Stands {
		t.Errorf("%+v %v", v, err)
	}
}

// TestUnjudgedIsNoPass counts a judge that says nothing against a pass and a
// fail alike.
func TestUnjudgedIsNoPass(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	m := &judgeModel{reply: func(pipeline.Request) string { return `{"verdict":"all cases pass","score":NaN}` }}
	o := p.judgedOptions(t, echo, m, "coherence>=0.5")
	r, err := Run(t.Context(), o)
	if err != nil || r.Verdict != "undecided" || r.Rules[0].Estimate != nil {
		t.Errorf("%+v %v", r, err)
	}
	if n := m.calls.Load(); n < 60 || n > 90 { // equal answers are asked about once
		t.Errorf("%d calls", n)
	}
}

// TestCrashBeforeJudgement kills a run between answers and judgements: the
// answers are not asked for again.
func TestCrashBeforeJudgement(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	agent := count(echo)
	ctx, kill := context.WithCancelCause(t.Context())
	m := &judgeModel{delay: time.Millisecond, fail: func(n int32) error {
		if n < 15 {
			return nil
		}
		kill(errors.New("killed"))
		return context.Cause(ctx)
	}}
	o := p.judgedOptions(t, agent, m, "coherence>=0.5")
	o.Full = true
	if _, err := Run(ctx, o); err == nil {
		t.Fatal("not killed")
	}
	again := &judgeModel{}
	o = p.judgedOptions(t, agent, again, "coherence>=0.5")
	o.Full = true
	r, err := Run(t.Context(), o)
	if err != nil || r.Verdict != "pass" || !r.Resumed || r.Cases.Judged != 40 {
		t.Fatalf("%s %+v %v", r.Verdict, r.Cases, err)
	}
	twice := 0
	for _, n := range agent.calls {
		if n > 1 {
			twice++
		}
	}
	// Only what was in flight to the agent itself may be sent again.
	if twice > o.Width {
		t.Errorf("%d answers were paid twice", twice)
	}
	if judged := again.calls.Load(); judged < 5 || judged > 40 {
		t.Errorf("the judge was asked %d times", judged)
	}
}

// TestUnusableJudgeEnds stops the run; nothing counts as unjudged.
func TestUnusableJudgeEnds(t *testing.T) {
	p := newProject(t, labelled(20), nil)
	m := &judgeModel{fail: func(int32) error { return &pipeline.Unusable{Reason: "the key is wrong"} }}
	_, err := Run(t.Context(), p.judgedOptions(t, echo, m, "coherence>=0.5"))
	if err == nil || !strings.Contains(err.Error(), "the judge: ") || !strings.Contains(err.Error(), "the key is wrong") {
		t.Errorf("%v", err)
	}
}

// TestJudgeWithinBudget ends as undecided, and says so.
func TestJudgeWithinBudget(t *testing.T) {
	p := newProject(t, labelled(20), nil)
	m := &judgeModel{}
	o := p.judgedOptions(t, echo, m, "coherence>=0.5")
	o.Spending = &pipeline.Spending{LimitUSD: 0.0055, Worst: func(q pipeline.Request) (float64, bool) {
		if strings.HasPrefix(q.ID, validators.JudgeRequests) {
			return 0.001, true
		}
		return 0, true
	}}
	r, err := Run(t.Context(), o)
	if err != nil || r.Verdict != "undecided" || !r.Budget.UsedUp || r.Cases.Judged > 5 || r.Cases.Unjudged > 0 || m.calls.Load() != 5 {
		t.Errorf("%+v %+v %v, %d calls", r.Cases, r.Budget, err, m.calls.Load())
	}
}

// TestJudgedAssertion passes a case only if the judge's score reaches the
// threshold.
func TestJudgedAssertion(t *testing.T) {
	kind := []row{{"type": "g-eval", "value": "is it kind?", "threshold": 0.8}}
	p := newProject(t, []row{{"input": "label_a 1", "assert": kind}, {"input": "label_wrong 2", "assert": kind}}, nil)
	m := &judgeModel{reply: func(r pipeline.Request) string {
		if r.Input == "g-eval-steps" {
			return `{"steps":["look"]}`
		}
		if strings.Contains(r.Chat.Messages[1].Content, "label_wrong") {
			return `{"score":2,"reason":"unkind"}`
		}
		return `{"score":9,"reason":"kind"}`
	}}
	o := p.judgedOptions(t, echo, m, "pass_rate>=0.5")
	r, err := Run(t.Context(), o)
	if err != nil || r.Cases.Passed != 1 || r.Cases.Failed != 1 || m.calls.Load() != 3 {
		t.Errorf("%+v %v, %d calls", r, err, m.calls.Load())
	}
}

// TestEarlyStopWithJudge asks the judge little beyond what decides.
func TestEarlyStopWithJudge(t *testing.T) {
	p := newProject(t, labelled(600), nil)
	m := &judgeModel{delay: 200 * time.Microsecond}
	r, err := Run(t.Context(), p.judgedOptions(t, echo, m, "coherence>=0.6"))
	if err != nil || r.Verdict != "pass" || !r.Stopped {
		t.Fatalf("%+v %v", r, err)
	}
	if n := r.Rules[0].DecidedAfter; int(m.calls.Load()) > n+40 {
		t.Errorf("decided after %d cases, and %d calls of the judge", n, m.calls.Load())
	}
}

// TestJudgeWaitsForNobody: with little money left, a judge waits for what is set
// aside for answers that the run has not taken in, and the run for the judge.
func TestJudgeWaitsForNobody(t *testing.T) {
	for _, limit := range []float64{0.05, 0.08, 0.11, 0.2} {
		p := newProject(t, labelled(60), nil)
		slow := agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			time.Sleep(time.Millisecond)
			a, err := echo(ctx, r)
			a.Text += r.Input // each is asked about
			a.CostUSD = 0.001
			return a, err
		})
		o := p.judgedOptions(t, slow, &judgeModel{}, "coherence>=0.5")
		o.Width, o.Full = 16, true
		o.Spending = &pipeline.Spending{LimitUSD: limit, Worst: func(q pipeline.Request) (float64, bool) {
			if strings.HasPrefix(q.ID, validators.JudgeRequests) {
				return 0.02, true
			}
			return 0.01, true
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		r, err := Run(ctx, o)
		cancel()
		if err != nil || r.Budget.SpentUSD > limit {
			t.Errorf("budget %g: %v", limit, err)
		}
	}
}
