package evals

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// An interrupted run is resumed by the same command, and comes to the same.
func TestResumeComesToTheSame(t *testing.T) {
	p := newProject(t, labelled(300), nil)
	rules := []string{"pass_rate>=0.5", "intent_accuracy>=0.95"}
	o := p.options(t, wrongEvery(10), rules...)
	o.Full, o.Fresh = true, true
	want := mustRun(t, o)
	for name, interrupt := range map[string]func(context.CancelFunc, chan struct{}){
		"told to stop": func(_ context.CancelFunc, stop chan struct{}) { close(stop) },
		"cancelled":    func(cancel context.CancelFunc, _ chan struct{}) { cancel() },
	} {
		p := newProject(t, labelled(300), nil)
		ctx, cancel := context.WithCancel(t.Context())
		stop := make(chan struct{})
		first := count(nil)
		var once sync.Once
		first.Generator = agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
			if first.total() >= 120 {
				once.Do(func() { interrupt(cancel, stop) })
			}
			if err := ctx.Err(); err != nil {
				return pipeline.Asset{}, err
			}
			return wrongEvery(10)(ctx, r)
		})
		o := p.options(t, first, rules...)
		o.Full, o.Stop = true, stop
		var stopped *Interrupted
		if _, err := Run(ctx, o); !errors.As(err, &stopped) || stopped.Done < 100 || stopped.Total != 300 || stopped.ResumeWith != "genops run-eval" {
			t.Fatalf("%s: %v", name, err)
		}
		cancel()
		second := count(wrongEvery(10))
		o = p.options(t, second, rules...)
		o.Full = true
		r := mustRun(t, o)
		if !r.Resumed || r.Run != stopped.Run || second.total() != 300-stopped.Done {
			t.Errorf("%s: resumed %v, %d calls after %d results", name, r.Resumed, second.total(), stopped.Done)
		}
		if made := first.total() + second.total(); r.Calls.Made < made || r.Calls.Made > made+o.Width || r.Calls.Made-r.Calls.Repeated != 300 {
			t.Errorf("%s: %+v, made %d", name, r.Calls, made)
		}
		r.Calls = want.Calls
		if r.comparable(t) != want.comparable(t) {
			t.Errorf("%s:\n%s\nwant\n%s", name, r.comparable(t), want.comparable(t))
		}
		if v := p.verify(t, p.folders(t)[0]); !v.Stands {
			t.Errorf("%s: %+v", name, v)
		}
		// It is finished: the same command starts a new one.
		if again := mustRun(t, o); again.Resumed || again.Run == r.Run || again.Rules[0].Tries != 2 {
			t.Errorf("%s: %+v", name, again)
		}
	}
}

// interrupted leaves a run unfinished after n results.
func interrupted(t testing.TB, o Options, n int) *Interrupted {
	t.Helper()
	o.Stop = closedAfter(t, &o, n)
	o.Width = 1
	var stopped *Interrupted
	if _, err := Run(context.Background(), o); !errors.As(err, &stopped) {
		t.Fatal(err)
	}
	return stopped
}

func TestResumeOnlyTheSame(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"fresh":       func(o *Options) { o.Fresh = true },
		"seed":        func(o *Options) { seed := uint64(1); o.Seed = &seed },
		"release":     func(o *Options) { o.Release.Digest += "0" },
		"rules":       func(o *Options) { o.Rules[0].Bar = 0.8 },
		"alpha":       func(o *Options) { o.Rules[0].Alpha = 0.01 },
		"repeats":     func(o *Options) { o.Repeats = 2 },
		"subset":      func(o *Options) { o.Subset.Limit = 30 },
		"population":  func(o *Options) { o.Population = true },
		"untraceable": func(o *Options) { o.Release.Untraceable = "python -m" },
	} {
		p := newProject(t, labelled(40), nil)
		interrupted(t, p.options(t, echo, "pass_rate>=0.9"), 10)
		o := p.options(t, echo, "pass_rate>=0.9")
		change(&o)
		if r := mustRun(t, o); r.Resumed || r.Calls.Made < 30 {
			t.Errorf("%s: resumed", name)
		}
	}
	p := newProject(t, labelled(40), nil)
	interrupted(t, p.options(t, echo, "pass_rate>=0.9"), 10)
	o := p.options(t, echo, "pass_rate>=0.9")
	o.Width, o.Retries, o.Timeout = 3, 7, time.Hour // how it is run is not what it is
	if r := mustRun(t, o); !r.Resumed || r.Calls.Made != 40 {
		t.Error("another width: not resumed")
	}
}

func TestResumeRepeats(t *testing.T) {
	p := newProject(t, labelled(30), nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	o.Repeats = 3
	interrupted(t, o, 45) // in the midst of the second draws
	g := count(echo)
	o = p.options(t, g, "pass_rate>=0.9")
	o.Repeats = 3
	if r := mustRun(t, o); !r.Resumed || g.total() != 45 || r.Calls.Made != 90 || r.Flaky.Cases != 30 || r.Flaky.Flipped != 0 {
		t.Errorf("%+v %+v after %d calls", r.Calls, r.Flaky, g.total())
	}
}

// What others decided while a run lay unfinished came before it.
func TestResumeCountsTriesInBetween(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	o := p.options(t, wrongEvery(2), "pass_rate>=0.9")
	interrupted(t, o, 10)
	o.Fresh = true
	mustRun(t, o)
	o.Fresh = false
	if r := mustRun(t, o); !r.Resumed || r.Rules[0].Tries != 2 {
		t.Errorf("try %d", r.Rules[0].Tries)
	}
	for _, f := range p.folders(t) {
		if v := p.verify(t, f); !v.Stands {
			t.Errorf("%s: %v", f.ID, v.Problems)
		}
	}
}

// Killed between evidence and result, a run does not count as its own first try.
func TestResumeAfterItsEvidence(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	o := p.options(t, wrongEvery(2), "pass_rate>=0.9")
	mustRun(t, o)
	f := p.folders(t)[0]
	write(t, f.path(".tmp-123"), "half a report")
	if err := os.Remove(f.ResultPath()); err != nil {
		t.Fatal(err)
	}
	if r := mustRun(t, o); !r.Resumed || r.Rules[0].Tries != 1 || r.Calls.Made != 40 {
		t.Errorf("%+v", r)
	}
	if v := p.verify(t, f); !v.Stands {
		t.Errorf("%v", v.Problems)
	}
	if _, err := os.Stat(f.path(".tmp-123")); err == nil {
		t.Error("half a file is left")
	}
}

// With the policy hold, a call whose fate is unknown is not sent again.
func TestResumeHolds(t *testing.T) {
	for _, repeat := range []bool{true, false} {
		p := newProject(t, labelled(40), nil)
		o := p.options(t, echo, "pass_rate>=0.9")
		o.RepeatAmbiguous = repeat
		stopped := interrupted(t, o, 10)
		// A crash leaves calls that went out and have no result.
		l, err := assets.OpenLedger(filepath.Join(RunsOf(p.root).Dir, stopped.Run, assets.LedgerFile))
		if err != nil {
			t.Fatal(err)
		}
		m, _ := o.manifest(time.Now())
		plan, err := newPlan(m, o.Set, o.Deps)
		if err != nil {
			t.Fatal(err)
		}
		for pos := 10; pos < 13; pos++ {
			q := plan.request(slot{pos: pos, draw: 1})
			key, _ := q.Key()
			if err := l.Sent([]assets.Call{{Seq: plan.seq(slot{pos: pos, draw: 1}), ID: q.ID, Key: key, Sends: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		g := count(echo)
		o = p.options(t, g, "pass_rate>=0.9")
		o.RepeatAmbiguous = repeat
		r := mustRun(t, o)
		want, calls := Cases{Total: 40, Judged: 40, Passed: 40}, Calls{Made: 43, Repeated: 3}
		if !repeat {
			want, calls = Cases{Total: 40, Judged: 40, Passed: 37, Errored: 3}, Calls{Made: 40}
		}
		if r.Cases != want || r.Calls != calls || g.total() != calls.Made-13 {
			t.Errorf("repeat %v: %+v %+v, %d calls", repeat, r.Cases, r.Calls, g.total())
		}
		if v := p.verify(t, p.folders(t)[0]); !v.Stands {
			t.Errorf("repeat %v: %v", repeat, v.Problems)
		}
	}
}

// Two runs of the same at once: each has a folder of its own.
func TestRunsAtOnce(t *testing.T) {
	p := newProject(t, labelled(60), nil)
	var wg sync.WaitGroup
	results := make([]*Result, 4)
	for i := range results {
		wg.Go(func() { results[i], _ = Run(context.Background(), p.options(t, echo, "pass_rate>=0.9")) })
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, r := range results {
		if r == nil || seen[r.Run] || r.Cases.Passed != 60 || r.Calls.Made != 60 || r.Resumed {
			t.Fatalf("%+v", r)
		}
		seen[r.Run] = true
	}
	for _, f := range p.folders(t) {
		if v := p.verify(t, f); !v.Stands {
			t.Errorf("%s: %v", f.ID, v.Problems)
		}
	}
}

func TestResumeDamagedLedger(t *testing.T) {
	p := newProject(t, labelled(40), nil)
	o := p.options(t, echo, "pass_rate>=0.9")
	stopped := interrupted(t, o, 10)
	f := p.folders(t)[0]
	write(t, f.path(assets.LedgerFile), strings.Repeat("no ledger ", 500))
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), stopped.Run) || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("%v", err)
	}
	o.Fresh = true
	mustRun(t, o)
}

// killedEnv makes the test program a run of the project that it names; in
// killedAt is after how many calls, of all runs, it sends no more and waits.
const killedEnv, killedAt = "GENOPS_TEST_PROJECT", "GENOPS_TEST_CALLS"

func TestMain(m *testing.M) {
	if root := os.Getenv(killedEnv); root != "" {
		runForKill(root)
		return
	}
	os.Exit(m.Run())
}

const killedWidth = 6

// runForKill runs slowly, with a line in calls.log for every call.
func runForKill(root string) {
	most, err := strconv.Atoi(os.Getenv(killedAt))
	if err != nil {
		panic(err)
	}
	log, err := os.OpenFile(filepath.Join(root, "calls.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	p := &project{root: root, name: "testsets/set.json"}
	if p.data, err = os.ReadFile(filepath.Join(root, p.name)); err != nil {
		panic(err)
	}
	if p.set, err = testsets.Read(p.name, p.data, testsets.Options{}); err != nil {
		panic(err)
	}
	o := p.options(&testing.B{}, agentFunc(func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		fmt.Fprintln(log, r.ID)
		time.Sleep(time.Millisecond)
		for len(logged(root)) >= most { // the kill comes
			time.Sleep(time.Millisecond)
		}
		return wrongEvery(10)(ctx, r)
	}), "pass_rate>=0.5")
	o.Full, o.Width = true, killedWidth
	if _, err := Run(context.Background(), o); err != nil {
		panic(err)
	}
}

// Killed again and again, a run comes to what an undisturbed one does, with at
// most the calls in flight repeated for each kill.
func TestResumeAfterKill(t *testing.T) {
	o := newProject(t, labelled(300), nil).options(t, wrongEvery(10), "pass_rate>=0.5")
	o.Full = true
	want := mustRun(t, o)
	p := newProject(t, labelled(300), nil)
	const kills = 3
	for i := range kills {
		killRun(t, p.root, (i+1)*70)
	}
	before := logged(p.root)
	g := count(wrongEvery(10))
	o = p.options(t, g, "pass_rate>=0.5")
	o.Full = true
	r := mustRun(t, o)
	if !r.Resumed || len(p.folders(t)) != 1 {
		t.Fatalf("resumed %v, %d runs", r.Resumed, len(p.folders(t)))
	}
	made, sent := len(before)+g.total(), map[string]int{}
	for _, id := range before {
		sent[id]++
	}
	for id, n := range g.calls {
		sent[id] += n
	}
	if len(sent) != 300 || made-300 > kills*killedWidth {
		t.Errorf("%d calls for %d cases", made, len(sent))
	}
	// What was recorded as sent may not have gone out before the kill.
	if r.Calls.Made < made || r.Calls.Made > made+kills*killedWidth || r.Calls.Made-r.Calls.Repeated != 300 {
		t.Errorf("%+v, %d calls were made", r.Calls, made)
	}
	r.Calls = want.Calls
	if r.comparable(t) != want.comparable(t) {
		t.Errorf("%s\nwant\n%s", r.comparable(t), want.comparable(t))
	}
	if v := p.verify(t, p.folders(t)[0]); !v.Stands {
		t.Errorf("%v", v.Problems)
	}
}

func logged(root string) []string {
	data, _ := os.ReadFile(filepath.Join(root, "calls.log"))
	return strings.Fields(string(data))
}

// killRun starts the run in a process of its own and kills it when calls.log has
// so many lines.
func killRun(t *testing.T, root string, lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedEnv+"="+root, fmt.Sprint(killedAt, "=", lines+20))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); len(logged(root)) < lines && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if n := len(logged(root)); n < lines || n >= 300 {
		t.Fatalf("killed after %d calls: %s", n, stderr.String())
	}
}
