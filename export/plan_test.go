package export

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/ci"
	"github.com/GaboBase/arch-genops/semdiff"
)

func samplePlan(n int) ci.Plan {
	p := ci.Plan{Schema: 1, Base: "main", Head: "working tree", Verdict: semdiff.Breaking, Gate: ci.Block, Notes: []string{"a note"}}
	for i := range n {
		d := sampleDiff()
		p.Changes = append(p.Changes, ci.Change{Kind: "prompt", Name: fmt.Sprintf("p%03d", i), Status: "modified", Path: "prompts/p.prompt", Verdict: semdiff.Changed, Gate: ci.Full, Summary: []string{"limit 3 → 5"}, UsedBy: []string{"A"}, Report: &d.Report})
		p.Stages = append(p.Stages, ci.Stage{Stage: "eval", Agent: "A", TestSet: "s.json", Command: "genops run-eval --agent A --test-set s.json", Gate: ci.Full, Reason: "limit 3 → 5"})
	}
	p.Changes = append(p.Changes, ci.Change{Kind: "agent", Name: "A", Status: "deleted", Verdict: semdiff.Breaking, Gate: ci.Block})
	p.Agents = []ci.Agent{{ID: "A", Verdict: semdiff.Breaking, Gate: ci.Block, Reasons: []string{"limit 3 → 5"}}}
	p.Stages = append(p.Stages, ci.Stage{Stage: "deploy", Agent: "A", Strategy: "canary", Steps: []int{10, 100}, Gate: ci.Block, Reason: "blocked: it"})
	return p
}

// A comment fits, whatever the branch; it begins with its mark.
func TestPlanMarkdown(t *testing.T) {
	for _, n := range []int{0, 1, 40, 3000} {
		text := written(t, func(b *bytes.Buffer) error { return PlanMarkdown(b, samplePlan(n), CommentLimit) })
		if len(text) > CommentLimit || !strings.HasPrefix(text, CommentMarker+"\n## 🔴 GenOps: breaking, blocked\n") || !strings.Contains(text, "agent `A`") {
			t.Errorf("%d changes: %d bytes\n%.300s", n, len(text), text)
		}
		if hidden := strings.Contains(text, "further objects are not shown"); hidden != (n == 3000) {
			t.Errorf("%d changes: hidden is %v", n, hidden)
		}
	}
	evil := samplePlan(1)
	evil.Changes[0].Name, evil.Base, evil.Stages[0].Reason, evil.Notes[0] = "</details>`@x|", "`<b>", "|<img>@y", "<!-- genops ci -->"
	outside := outsideCode(written(t, func(b *bytes.Buffer) error { return PlanMarkdown(b, evil, CommentLimit) }))
	if strings.Contains(outside, "@") || strings.Contains(outside, "<img") || strings.Count(outside, "<!--") != 1 || strings.Count(outside, "<b>") != 0 {
		t.Errorf("%s", outside)
	}
}

func TestPlanText(t *testing.T) {
	p := samplePlan(1)
	p.Changes[0].Problem = "bad\x1b[31m"
	text := written(t, func(b *bytes.Buffer) error { return PlanText(b, p, Terminal{}) })
	const want = `BREAKING  main..working tree, 2 changes, 1 agent: blocked
note: a note

  changed    full   prompt p000  limit 3 → 5 (used by A)
             ! bad␛[31m
  breaking   block  agent A  deleted

agent A  breaking: blocked
  limit 3 → 5
  eval   genops run-eval --agent A --test-set s.json
  deploy blocked: a person decides (canary 10 → 100 %)
`
	if text != want {
		t.Errorf("%s", text)
	}
	if colored := written(t, func(b *bytes.Buffer) error { return PlanText(b, p, Terminal{Color: true}) }); ansi.ReplaceAllString(colored, "") != want {
		t.Errorf("%q", colored)
	}
}
