package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/evals"
)

// live shows a run while it goes on: in place on a terminal, a line every few
// seconds elsewhere.
type live struct {
	state *State
	mu    sync.Mutex
	lines int // shown in place
	began bool
}

func newLive(s *State) *live { return &live{state: s} }

// every is the time between two looks.
func (l *live) every() time.Duration {
	if l.state.Terminal {
		return 250 * time.Millisecond
	}
	return 10 * time.Second
}

// progress is given to the run.
func (l *live) progress(p evals.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.began && p.Resumed > 0 {
		fmt.Fprintf(l.state.Stderr, "resuming run %s: %d of %d cases are judged already\n", p.Run, p.Resumed, p.Cases.Total)
	}
	first := !l.began
	l.began = true
	if !l.state.Terminal {
		if !first {
			fmt.Fprintln(l.state.Stderr, progressLine(p))
		}
		return
	}
	text := []string{bar(p, 24) + " " + progressLine(p)}
	for _, r := range p.Rules {
		text = append(text, "  "+ruleLine(r))
	}
	l.erase()
	for _, line := range text {
		fmt.Fprintln(l.state.Stderr, clip(line, l.state.Columns))
	}
	l.lines = len(text)
}

// end removes what stands in place.
func (l *live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

// say prints a line that stays.
func (l *live) say(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	fmt.Fprintln(l.state.Stderr, text)
}

func (l *live) erase() {
	for ; l.lines > 0; l.lines-- {
		fmt.Fprint(l.state.Stderr, "\x1b[1A\x1b[2K")
	}
}

func progressLine(p evals.Progress) string {
	done := p.Cases.Judged + p.Cases.Unjudged
	rate := float64(done-p.Resumed) / max(p.Elapsed.Seconds(), 0.001)
	s := fmt.Sprintf("%d/%d  %.0f/s  %d passed, %d failed", done, p.Cases.Total, rate, p.Cases.Passed, p.Cases.Failed)
	if p.Cases.Errored > 0 {
		s += fmt.Sprintf(", %d errored", p.Cases.Errored)
	}
	if p.Cases.Unjudged > 0 {
		s += fmt.Sprintf(", %d unjudged", p.Cases.Unjudged)
	}
	s += fmt.Sprintf("  in flight %d of %d", p.InFlight, p.Width)
	if p.CostUSD > 0 {
		s += fmt.Sprintf("  $%.4f", p.CostUSD)
	}
	if rate > 0 && done < p.Cases.Total {
		left := time.Duration(float64(p.Cases.Total-done)/rate) * time.Second
		s += "  at most " + left.String() + " left"
	}
	return s
}

func bar(p evals.Progress, width int) string {
	full := 0
	if p.Cases.Total > 0 {
		full = (p.Cases.Judged + p.Cases.Unjudged) * width / p.Cases.Total
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// ruleLine shows a rule's estimate and interval, and how it stands.
func ruleLine(r evals.RuleResult) string {
	s := fmt.Sprintf("%s >= %g: ", r.Metric, r.Bar)
	switch r.Kind {
	case "not_worse":
		s = fmt.Sprintf("%s not worse than the baseline by %g: ", r.Metric, r.Margin)
	case "better":
		s = r.Metric + " better than the baseline: "
	}
	if r.Estimate == nil {
		return s + "no case yet"
	}
	s += fmt.Sprintf("%.3f", *r.Estimate)
	if r.Interval != nil {
		s += fmt.Sprintf(" [%.3f, %.3f]", r.Interval[0], r.Interval[1])
	}
	return s + " " + r.Verdict
}

// clip cuts a line to the terminal's width, so that it stays one line.
func clip(s string, columns int) string {
	r := []rune(s)
	if columns > 1 && len(r) >= columns {
		return string(r[:columns-1])
	}
	return s
}
