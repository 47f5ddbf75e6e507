package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// selfJudged passes inputs by their number, under names of its own.
var selfJudged agentFunc = func(_ context.Context, r pipeline.Request) (pipeline.Asset, error) {
	n := number(r.Input)
	v := &pipeline.OwnVerdict{State: passed, Detail: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)), Cached: n == 3,
		Findings: []pipeline.Finding{{Metric: "style", Score: 0.5, Pass: true}}}
	a := pipeline.Asset{Text: "x", Sends: 1, Own: v}
	switch n {
	case 1:
		v.State = failed
	case 2:
		v.State, a.Err = errored, "it broke"
	case 4:
		a.Own = nil
	}
	return a, nil
}

// A generator that judges itself is believed, in the order of the file, and what
// it keeps can be read again and is told of on a resume.
func TestOwnJudge(t *testing.T) {
	rows := labelled(8)
	for i := range rows {
		delete(rows[i], "expected")
		rows[i]["assert"] = []row{{"type": "llm-rubric", "metric": "style"}}
	}
	p := newProject(t, rows, nil)
	o := p.options(t, selfJudged, "pass_rate>=0.5", "style>=0.2")
	o.OwnJudge, o.InOrder, o.Width = true, true, 1
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "must be full") {
		t.Fatalf("a run in file order that is not full: %v", err)
	}
	o.Full = true
	interrupted(t, o, 5)
	var known []string
	o.Known = func(d Detail) error {
		known = append(known, fmt.Sprintf("%s#%d %s %s", d.ID, d.Draw, d.State, d.Detail))
		return nil
	}
	told := map[string]string{}
	o.Recorded = func(d Detail) error {
		told[fmt.Sprintf("%s#%d", d.ID, d.Draw)] = fmt.Sprintf("%s %s %s %d", d.State, d.Error, d.Detail, d.Sends)
		return nil
	}
	r := mustRun(t, o)
	if want := `c00000#1 passed {"n":0},c00001#1 failed {"n":1},c00002#1 errored {"n":2}`; !r.Resumed || len(known) < 3 || strings.Join(known[:3], ",") != want {
		t.Errorf("resumed %v, known %q", r.Resumed, known)
	}
	if want := (Cases{Total: 8, Judged: 7, Passed: 5, Failed: 1, Errored: 1, Unjudged: 1}); r.Cases != want {
		t.Errorf("%+v, want %+v", r.Cases, want)
	}
	if r.Verdict != "pass" || r.Calls.Made != 7 || r.Calls.Cached != 1 {
		t.Errorf("%s, %+v, rules %+v", r.Verdict, r.Calls, r.Rules)
	}
	f := p.folders(t)[0]
	if v := p.verify(t, f); !v.Stands {
		t.Errorf("%+v", v)
	}
	kept := map[string]string{}
	if err := f.Details(func(d Detail) error {
		kept[fmt.Sprintf("%s#%d", d.ID, d.Draw)] = fmt.Sprintf("%s %s %s %d", d.State, d.Error, d.Detail, d.Sends)
		return nil
	}); err != nil || len(kept) != 8 || !maps.Equal(kept, told) {
		t.Errorf("told of %v, kept %v, %v", told, kept, err)
	}
	n, stop := 0, errors.New("stop")
	err := f.Details(func(d Detail) error {
		if n++; n == 3 && (d.Error != "it broke" || string(d.Detail) != `{"n":2}`) {
			t.Errorf("%+v", d)
		}
		if n == 7 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 7 {
		t.Errorf("%d details, %v", n, err)
	}
}
