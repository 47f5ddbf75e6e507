package export

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/GaboBase/arch-genops/ci"
	"github.com/GaboBase/arch-genops/semdiff"
)

// PlanText writes a plan for a terminal: what changed, and what follows.
func PlanText(w io.Writer, p ci.Plan, t Terminal) error {
	if t.Width <= 0 {
		t.Width = 80
	}
	x := &textDiff{w: bufio.NewWriter(w), Terminal: t}
	x.line(x.paint(verdictColor(p.Verdict), strings.ToUpper(p.Verdict.String())) + "  " + planSentence(&p) + ": " + gateWords(string(p.Gate)))
	for _, n := range p.Notes {
		x.line("note: " + shownText(n))
	}
	if len(p.Changes) > 0 {
		x.line("")
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		x.line("  " + x.paint(verdictColor(c.Verdict), fmt.Sprintf("%-10s", c.Verdict)) + " " + fmt.Sprintf("%-6s", c.Gate) + " " + shownText(c.Kind+" "+c.Name) + "  " +
			x.paint(ansiDim, cutText(changeWords(c), max(30, x.Width-24-len(c.Kind)-len(c.Name)))))
		if c.Problem != "" {
			x.line("             ! " + shownText(c.Problem))
		}
	}
	x.planStages(p)
	if err := x.w.Flush(); err != nil {
		return fmt.Errorf("writing plan: %w", err)
	}
	return nil
}

func planSentence(p *ci.Plan) string {
	head := p.Head
	if len(head) == 40 || len(head) == 64 {
		head = head[:12]
	}
	return fmt.Sprintf("%s..%s, %s, %s", shownText(p.Base), shownText(head), plural(len(p.Changes), "change"), plural(len(p.Agents), "agent"))
}

// changeWords say what a change is, and who uses it.
func changeWords(c *ci.Change) string {
	text := strings.Join(c.Summary, "; ")
	if text == "" {
		text = c.Status
	}
	if len(c.UsedBy) > 0 && c.Kind != "agent" {
		text += " (used by " + strings.Join(c.UsedBy, ", ") + ")"
	}
	return text
}

func (x *textDiff) planStages(p ci.Plan) {
	for i := range p.Agents {
		a := &p.Agents[i]
		x.line("")
		x.line(x.paint(ansiBold, "agent "+shownText(a.ID)) + "  " + x.paint(verdictColor(a.Verdict), a.Verdict.String()) + ": " + gateWords(string(a.Gate)))
		if a.Problem != "" {
			x.line("  ! " + shownText(a.Problem))
		}
		if len(a.Reasons) > 0 {
			x.line("  " + x.paint(ansiDim, cutText(strings.Join(a.Reasons, "; "), 2*x.Width)))
		}
		for j := range p.Stages {
			if s := &p.Stages[j]; s.Agent == a.ID {
				x.line("  " + fmt.Sprintf("%-7s", s.Stage) + shownText(stageWords(s)))
			}
		}
	}
}

// stageWords are what a stage does.
func stageWords(s *ci.Stage) string {
	if s.Stage != "deploy" {
		return s.Command
	}
	shares := make([]string, len(s.Steps))
	for i, n := range s.Steps {
		shares[i] = fmt.Sprint(n)
	}
	text := s.Strategy + " " + strings.Join(shares, " → ") + " %"
	if s.Gate == ci.Block {
		text = "blocked: a person decides (" + text + ")"
	}
	return text
}

// CommentMarker begins the comment of a pull request, so that it can be found
// and written anew.
const CommentMarker = "<!-- genops ci -->"

// CommentLimit is how many characters GitHub takes in a comment.
const CommentLimit = 65_536

// PlanMarkdown writes a plan and what changed for a pull request, at most limit
// bytes; see Diffs.Markdown for what is left out where that is too long.
func PlanMarkdown(w io.Writer, p ci.Plan, limit int) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n## %s GenOps: %s, %s\n\n", CommentMarker, verdictEmoji(p.Verdict), p.Verdict, gateWords(string(p.Gate)))
	head := p.Head
	if len(head) == 40 || len(head) == 64 {
		head = head[:12]
	}
	fmt.Fprintf(&out, "%s since %s (%s).\n\n", span(head, nameLimit), span(p.Base, nameLimit), plural(len(p.Changes), "change"))
	for _, n := range p.Notes[:min(len(p.Notes), 5)] {
		fmt.Fprintf(&out, "> %s\n\n", span(n, reasonLimit))
	}
	markdownStages(&out, &p)
	if len(p.Changes) > 0 {
		out.WriteString("### What changed\n\n")
	}
	d := DiffsOf(p)
	out.WriteString(d.fitted(max(limit-out.Len()-len("\n"), 500)))
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing comment: %w", err)
	}
	return nil
}

func markdownStages(out *bytes.Buffer, p *ci.Plan) {
	const most = 60
	if len(p.Stages) == 0 {
		out.WriteString("No test, eval or deployment follows.\n\n")
		return
	}
	out.WriteString("### What follows\n\n| stage | agent | test set | | because |\n|---|---|---|---|---|\n")
	for i := range p.Stages[:min(len(p.Stages), most)] {
		s := &p.Stages[i]
		set := ""
		if s.TestSet != "" {
			set = span(s.TestSet, nameLimit)
		}
		what := string(s.Gate)
		switch {
		case s.Stage == "deploy" && s.Gate == ci.Block:
			what = "⛔ blocked"
		case s.Stage == "deploy":
			what = s.Strategy
		case s.Stage == "test":
			what = ""
		case s.Gate == ci.Block:
			what = "full"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", s.Stage, span(s.Agent, nameLimit), set, what, span(s.Reason, 200))
	}
	if more := len(p.Stages) - most; more > 0 {
		fmt.Fprintf(out, "\nand %s.\n", plural(more, "further stage"))
	}
	out.WriteString("\n")
}

// DiffsOf are the diffs of a plan's changes, as they are shown.
func DiffsOf(p ci.Plan) Diffs {
	head := p.Head
	if len(head) == 40 || len(head) == 64 {
		head = head[:12]
	}
	out := Diffs{Base: p.Base, Head: head, Verdict: p.Verdict, Gate: string(p.Gate), Diffs: []Diff{}, Notes: p.Notes}
	for i := range p.Changes {
		out.Diffs = append(out.Diffs, DiffOf(&p.Changes[i], p.Base, head))
	}
	return out
}

// DiffOf is one change of a branch, as it is shown.
func DiffOf(c *ci.Change, base, head string) Diff {
	d := Diff{Status: c.Status, Path: c.Path, Gate: string(c.Gate), Problem: c.Problem}
	if c.Report != nil {
		d.Report = *c.Report
	} else {
		d.Report = semdiff.Report{Changes: []semdiff.Change{}, Units: []semdiff.Unit{}}
	}
	d.Kind, d.Name, d.From, d.To, d.Verdict = c.Kind, c.Name, base, head, c.Verdict
	if c.From != "" {
		d.Notes = append(d.Notes, fmt.Sprintf("renamed: %s → %s", c.From, c.Name))
	}
	return d
}
