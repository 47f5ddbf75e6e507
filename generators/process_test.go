package generators

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

// agent returns a Process whose program is this test binary in the given mode.
func agent(t testing.TB, mode string, change ...func(*ProcessConfig)) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := ProcessConfig{Command: []string{"genops", "serve"}, Self: self, Env: []string{"GENOPS_TEST_CHILD=" + mode, "GORACE=atexit_sleep_ms=0"}, Timeout: 30 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	p, err := NewProcess(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// countStarts has the program note each of its starts.
func countStarts(t testing.TB) (func(*ProcessConfig), func() int) {
	path := filepath.Join(t.TempDir(), "starts")
	return func(cfg *ProcessConfig) { cfg.Env = append(cfg.Env, "GENOPS_TEST_STARTS="+path) },
		func() int {
			b, _ := os.ReadFile(path)
			return strings.Count(string(b), "start\n")
		}
}

// all sends the inputs with width in flight and returns texts and errors.
func all(t testing.TB, p *Process, inputs []string, width int) ([]pipeline.Asset, []error) {
	assets, errs := make([]pipeline.Asset, len(inputs)), make([]error, len(inputs))
	var wg sync.WaitGroup
	window := make(chan struct{}, width)
	for i, input := range inputs {
		window <- struct{}{}
		wg.Go(func() {
			assets[i], errs[i] = p.Generate(context.Background(), pipeline.Request{ID: fmt.Sprintf("c%03d#1", i), Input: input})
			<-window
		})
	}
	wg.Wait()
	return assets, errs
}

func numbered(n int) []string {
	inputs := make([]string, n)
	for i := range inputs {
		inputs[i] = fmt.Sprintf("in%d", i)
	}
	return inputs
}

// onlyFailed checks that exactly the inputs in bad failed and the others were
// echoed.
func onlyFailed(t *testing.T, inputs []string, assets []pipeline.Asset, errs []error, bad ...string) {
	t.Helper()
	failed := map[string]bool{}
	for _, b := range bad {
		failed[b] = true
	}
	for i, input := range inputs {
		switch {
		case failed[input] && errs[i] == nil:
			t.Errorf("%s: answered with %q, want an error", input, assets[i].Text)
		case !failed[input] && errs[i] != nil:
			t.Errorf("%s: %v", input, errs[i])
		case !failed[input] && assets[i].Text != input:
			t.Errorf("%s: got %q", input, assets[i].Text)
		}
	}
}

func TestProcessConforms(t *testing.T) {
	pipelinetest.Generator(t, func(tb testing.TB) pipeline.Generator { return agent(tb, "conform") })
}

func TestPoisonHarmsNobodyElse(t *testing.T) {
	for _, c := range []struct {
		mode         string
		n, at, width int
	}{
		{"poison", 1, 0, 50}, {"poison", 2, 0, 50}, {"poison", 2, 1, 1}, {"poison", 20, 0, 1},
		{"poison", 20, 0, 50}, {"poison", 20, 19, 50}, {"poison", 120, 60, 50},
		{"poison-parallel", 2, 1, 50}, {"poison-parallel", 20, 0, 50}, {"poison-parallel", 20, 10, 50}, {"poison-parallel", 120, 0, 50},
	} {
		t.Run(fmt.Sprintf("%s/%d of %d/%d in flight", c.mode, c.at, c.n, c.width), func(t *testing.T) {
			t.Parallel()
			inputs := numbered(c.n)
			bad := inputs[c.at]
			assets, errs := all(t, agent(t, c.mode+":"+bad), inputs, c.width)
			onlyFailed(t, inputs, assets, errs, bad)
			if err := errs[c.at]; err == nil || !strings.Contains(err.Error(), "exit status 7") {
				t.Errorf("the error does not tell the exit status: %v", err)
			}
			if assets[c.at].Sends != 3 {
				t.Errorf("the poison was sent %d times, want 3", assets[c.at].Sends)
			}
		})
	}
}

func TestAlwaysCrashing(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 5, 60} {
		set, starts := countStarts(t)
		p := agent(t, "crash", set)
		_, errs := all(t, p, numbered(n), 50)
		for i, err := range errs {
			var unusable *pipeline.Unusable
			if !errors.As(err, &unusable) {
				t.Fatalf("%d requests, number %d: %v, want *Unusable", n, i, err)
			}
			for _, want := range []string{"3 times in a row", "exit status 3", "no module named x", "serve"} {
				if !strings.Contains(unusable.Reason, want) {
					t.Errorf("the reason does not hold %q:\n%s", want, unusable.Reason)
				}
			}
		}
		if got := starts(); got != 3 {
			t.Errorf("%d requests: %d starts, want 3", n, got)
		}
		if p.Reached() {
			t.Error("Reached is true")
		}
	}
}

// With one request at a time a broken program can't be told from a poisonous
// request until the second request.
func TestAlwaysCrashingOneByOne(t *testing.T) {
	t.Parallel()
	set, starts := countStarts(t)
	_, errs := all(t, agent(t, "crash", set), numbered(4), 1)
	var unusable *pipeline.Unusable
	if errs[0] == nil || errors.As(errs[0], &unusable) {
		t.Errorf("first request: %v, want a plain error", errs[0])
	}
	for _, err := range errs[1:] {
		if !errors.As(err, &unusable) {
			t.Errorf("further request: %v, want *Unusable", err)
		}
	}
	if got := starts(); got != 4 {
		t.Errorf("%d starts, want 4", got)
	}
}

func TestOneAnswerPerProcess(t *testing.T) {
	t.Parallel()
	inputs := numbered(12)
	assets, errs := all(t, agent(t, "once"), inputs, 6)
	onlyFailed(t, inputs, assets, errs)
}

func TestGarbageOnly(t *testing.T) {
	for mode, want := range map[string]string{"garbage": "Loading model part 0", "wrong-id": "first: xc0"} {
		_, errs := all(t, agent(t, mode), numbered(60), 50)
		for _, err := range errs {
			var unusable *pipeline.Unusable
			if !errors.As(err, &unusable) || !strings.Contains(unusable.Reason, want) {
				t.Fatalf("%s: %v, want *Unusable with %q", mode, err, want)
			}
		}
	}
}

func TestNoiseIsIgnoredAndReported(t *testing.T) {
	p := agent(t, "noisy")
	inputs := numbered(30)
	assets, errs := all(t, p, inputs, 5)
	onlyFailed(t, inputs, assets, errs)
	text := strings.Join(p.Warnings(), "\n")
	for _, want := range []string{"not answers", "first: banner", "not asked", "first: zzz", "answered before"} {
		if !strings.Contains(text, want) {
			t.Errorf("warnings do not hold %q:\n%s", want, text)
		}
	}
}

func TestHangInOrderHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	p := agent(t, "hang-on:in7", func(c *ProcessConfig) { c.Timeout = 5 * time.Second })
	inputs := numbered(40)
	assets, errs := all(t, p, inputs, 20)
	onlyFailed(t, inputs, assets, errs, "in7")
	if err := errs[7]; err == nil || !strings.Contains(err.Error(), "no answer within 5s; raise --timeout") {
		t.Errorf("error: %v", err)
	}
}

func TestHangInParallel(t *testing.T) {
	t.Parallel()
	set, starts := countStarts(t)
	p := agent(t, "hang-parallel:in1", set, func(c *ProcessConfig) { c.Timeout = 5 * time.Second })
	inputs := numbered(20) // in1 and in10 … in19 hang
	at := time.Now()
	assets, errs := all(t, p, inputs, 20)
	onlyFailed(t, inputs, assets, errs, append([]string{"in1"}, inputs[10:]...)...)
	if took := time.Since(at); took > 40*time.Second {
		t.Errorf("it took %v: requests that hang side by side should end side by side", took)
	}
	if got := starts(); got != 1 {
		t.Errorf("%d starts, want 1", got)
	}
}

func TestAlwaysHanging(t *testing.T) {
	t.Parallel()
	p := agent(t, "hang-parallel:in", func(c *ProcessConfig) { c.Timeout = 200 * time.Millisecond })
	_, errs := all(t, p, numbered(30), 10)
	var unusable *pipeline.Unusable
	if err := errs[29]; !errors.As(err, &unusable) || !strings.Contains(unusable.Reason, "stopped: no answer for 0.2s") {
		t.Errorf("last request: %v, want *Unusable", err)
	}
}

func TestOutputs(t *testing.T) {
	p := agent(t, "raw")
	for _, c := range []struct{ rest, text, json, err string }{
		{`,"output":"label"`, "label", "", ""},
		{`,"output":{"b": 1, "a": [true]},"x":1`, `{"b":1,"a":[true]}`, `{"b":1,"a":[true]}`, ""},
		{`,"output":3.50`, "3.50", "3.50", ""},
		{`,"output":null`, "null", "null", ""},
		{`,"output":""`, "", "", ""},
		{`,"output":"ok","error":null`, "ok", "", ""},
		{`,"output":"ok","error":""`, "ok", "", ""},
		{`,"output":"a` + "\xff" + `b"`, "a\uFFFDb", "", ""},
		{`,"error":"out of credit"`, "", "", "out of credit"},
		{`,"error":{"code":7}`, "", "", `{"code":7}`},
		{``, "", "", "neither"},
	} {
		a, err := p.Generate(t.Context(), pipeline.Request{ID: "c#1", Input: c.rest})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.rest, err, c.err)
			}
			continue
		}
		if err != nil || a.Text != c.text || string(a.JSON) != c.json {
			t.Errorf("%s: %q, %q, %v", c.rest, a.Text, a.JSON, err)
		}
	}
	a, err := p.Generate(t.Context(), pipeline.Request{ID: "u#1", Input: `,"output":"x","usage":{"input_tokens":12,"output_tokens":3},"cost_usd":0.0001`})
	if err != nil || a.Usage != (pipeline.Usage{InputTokens: 12, OutputTokens: 3}) || a.CostUSD != 0.0001 {
		t.Errorf("usage: %+v, %v", a, err)
	}
	a, err = p.Generate(t.Context(), pipeline.Request{ID: "u#2", Input: `,"output":"x","usage":"many","cost_usd":-1`})
	if err != nil || a.Text != "x" || a.Usage != (pipeline.Usage{}) || a.CostUSD != 0 {
		t.Errorf("odd usage: %+v, %v", a, err)
	}
}

func TestVarsAndMissingID(t *testing.T) {
	p := agent(t, "vars")
	for range 2 { // requests without an id are told apart
		a, err := p.Generate(t.Context(), pipeline.Request{Vars: map[string]any{"city": "Köln"}})
		if err != nil || a.Text != `{"city":"Köln"}` {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

func TestLongLine(t *testing.T) {
	p := agent(t, "huge", func(c *ProcessConfig) { c.MaxLine = 100_000 })
	inputs := []string{"10", "500000", "90000", "11"}
	_, errs := all(t, p, inputs, 4)
	for i, err := range errs {
		if i == 1 && (err == nil || !strings.Contains(err.Error(), "longer than 100000 bytes")) {
			t.Errorf("long answer: %v", err)
		} else if i != 1 && err != nil {
			t.Errorf("neighbour: %v", err)
		}
	}
}

func TestEndlessLine(t *testing.T) {
	t.Parallel()
	_, errs := all(t, agent(t, "endless", func(c *ProcessConfig) { c.MaxLine = 100_000 }), numbered(5), 5)
	var unusable *pipeline.Unusable
	if !errors.As(errs[0], &unusable) || !strings.Contains(unusable.Reason, "longer than 100000 bytes") {
		t.Errorf("got %v, want *Unusable that tells why", errs[0])
	}
}

func TestProgramNotThere(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ program, dir, want string }{
		{"./missing", dir, "there is no file " + filepath.Join(dir, "missing")},
		{"no-such-program-anywhere", dir, "not found in PATH"},
		{"genops", filepath.Join(dir, "nodir"), "working directory"},
	}
	if runtime.GOOS != "windows" {
		cases = append(cases, []struct{ program, dir, want string }{
			{"./plain", dir, "chmod +x"},
			{"./script", dir, "interpreter"},
		}...)
	}
	for _, c := range cases {
		p := agent(t, "echo", func(cfg *ProcessConfig) { cfg.Command, cfg.Dir = []string{c.program}, c.dir })
		_, err := p.Generate(t.Context(), pipeline.Request{ID: "c#1"})
		var unusable *pipeline.Unusable
		if !errors.As(err, &unusable) || !strings.Contains(unusable.Reason, c.want) {
			t.Errorf("%s: %v, want *Unusable with %q", c.program, err, c.want)
		}
	}
	if _, err := NewProcess(ProcessConfig{}); err == nil {
		t.Error("an empty command was taken")
	}
}

func TestClose(t *testing.T) {
	p := agent(t, "hang-on:x", func(c *ProcessConfig) { c.Grace = 200 * time.Millisecond })
	errs := make(chan error, 1)
	go func() {
		_, err := p.Generate(context.Background(), pipeline.Request{ID: "a", Input: "x"})
		errs <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if err := <-errs; !errors.Is(err, errClosed) {
		t.Errorf("waiting request: %v", err)
	}
	select {
	case <-p.gone:
	default:
		t.Error("its goroutine still runs")
	}
	if _, err := p.Generate(context.Background(), pipeline.Request{ID: "b"}); !errors.Is(err, errClosed) {
		t.Errorf("request after Close: %v", err)
	}
}
