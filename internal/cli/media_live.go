package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaLive shows a media run while it goes on: in place on a terminal, a line
// every few seconds elsewhere, and as JSON events for other programs.
type mediaLive struct {
	*live
	events io.Writer // nil = none
	now    pipeline.Layer
	began  time.Time
	shown  time.Time
	sent   time.Time // of the last progress event
	first  map[string]int
	mu     sync.Mutex
}

func newMediaLive(s *State, events io.Writer) *mediaLive {
	return &mediaLive{live: newLive(s), events: events}
}

// event is one line for other programs.
func (v *mediaLive) event(kind string, fields map[string]any) {
	if v.events == nil {
		return
	}
	fields["event"], fields["at"] = kind, time.Now().UTC().Format(time.RFC3339Nano)
	e := json.NewEncoder(v.events)
	e.SetEscapeHTML(false)
	e.Encode(fields) // whoever reads them may be gone
}

// layer begins a layer.
func (v *mediaLive) layer(l pipeline.Layer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now, v.began, v.shown, v.first = l, time.Now(), time.Time{}, nil
	v.event("layer_started", map[string]any{"layer": l})
}

// complete ends a layer with a line that stays.
func (v *mediaLive) complete(l pipeline.Layer, s pipeline.LayerState) {
	text := fmt.Sprintf("%-10s  %d of %d", l, s.OK, s.Total)
	if s.Failed > 0 {
		text += fmt.Sprintf(", %d failed", s.Failed)
	}
	if s.Held > 0 {
		text += fmt.Sprintf(" (%d held)", s.Held)
	}
	if s.Reused > 0 {
		text += fmt.Sprintf(", %d reused", s.Reused)
	}
	if s.CostUSD > 0 {
		text += fmt.Sprintf(", $%.4f", s.CostUSD)
	}
	if s.Verdict != "" {
		text += ", gate: " + s.Verdict
	}
	v.say(text + fmt.Sprintf("  (%.1f s)", float64(s.Took)/1000))
	v.event("layer_completed", map[string]any{"layer": l, "state": s})
}

// due says whether it is time to show progress again.
func (v *mediaLive) due(last bool) bool {
	if !last && time.Since(v.shown) < v.every() {
		return false
	}
	v.shown = time.Now()
	return true
}

// eventDue bounds how many progress events are written.
func (v *mediaLive) eventDue(last bool) bool {
	if v.events == nil || !last && time.Since(v.sent) < 500*time.Millisecond {
		return false
	}
	v.sent = time.Now()
	return true
}

// synthesis is given to layer 2.
func (v *mediaLive) synthesis(p pipeline.SynthesisProgress) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.eventDue(p.Last) {
		v.event("progress", map[string]any{"layer": v.now, "generators": p.Providers, "elapsed_ms": p.Elapsed.Milliseconds()})
	}
	if v.first == nil {
		v.first = map[string]int{}
		for _, g := range p.Providers {
			v.first[g.Name] = g.Done + g.Failed
		}
	}
	if !v.due(false) || p.Last {
		return
	}
	var total, done, failed, began int
	var spent float64
	var lines []string
	for _, g := range p.Providers {
		ended := g.Done + g.Failed + g.Held
		total += ended + g.Queued + g.InFlight
		done += ended
		failed += g.Failed + g.Held
		began += v.first[g.Name]
		spent += g.SpentUSD
		rate := float64(ended-v.first[g.Name]) / max(p.Elapsed.Seconds(), 0.001)
		line := fmt.Sprintf("  %-14s queued %d, in flight %d of %d, done %d, failed %d, %.1f/s", g.Name, g.Queued, g.InFlight, g.Width, g.Done, g.Failed, rate)
		if g.Limited > 0 {
			line += fmt.Sprintf(", slowed down %d×", g.Limited)
		}
		lines = append(lines, line)
	}
	head := fmt.Sprintf("synthesize  %d/%d", done, total)
	if failed > 0 {
		head += fmt.Sprintf(", %d failed", failed)
	}
	if spent > 0 {
		head += fmt.Sprintf(", $%.4f", spent)
	}
	head += left(done-began, total-done, p.Elapsed)
	v.show(head, done, total, lines)
}

// left tells when the rest is probably done.
func left(done, rest int, elapsed time.Duration) string {
	if done <= 0 || rest <= 0 {
		return ""
	}
	d := time.Duration(float64(elapsed) / float64(done) * float64(rest))
	return "  about " + d.Round(time.Second).String() + " left"
}

// assurance is given to layer 3.
func (v *mediaLive) assurance(done, passed, total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(done, total, map[string]any{"done": done, "passed": passed, "total": total}, fmt.Sprintf("assure  %d/%d, %d passed", done, total, passed))
}

// delivery is given to layer 4.
func (v *mediaLive) delivery(done, failed, total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(done+failed, total, map[string]any{"done": done, "failed": failed, "total": total}, fmt.Sprintf("deliver  %d/%d", done, total))
}

func (v *mediaLive) count(done, total int, fields map[string]any, text string) {
	if v.eventDue(done >= total) {
		fields["layer"] = v.now
		v.event("progress", fields)
	}
	if v.due(false) && done < total {
		v.show(text+left(done, total-done, time.Since(v.began)), done, total, nil)
	}
}

// show draws the present state.
func (v *mediaLive) show(head string, done, total int, lines []string) {
	v.live.mu.Lock()
	defer v.live.mu.Unlock()
	if !v.state.Terminal {
		if time.Since(v.began) >= v.every() {
			fmt.Fprintln(v.state.Stderr, head)
		}
		return
	}
	full := 0
	if total > 0 {
		full = done * 24 / total
	}
	v.erase()
	text := append([]string{strings.Repeat("█", full) + strings.Repeat("░", 24-full) + " " + head}, lines...)
	for _, line := range text {
		fmt.Fprintln(v.state.Stderr, clip(line, v.state.Columns))
	}
	v.lines = len(text)
}

// judged tells what layer 3 found out beside its counts.
func (v *mediaLive) judged(a *pipeline.Assured) {
	for _, d := range a.Decisions {
		v.event("rule", map[string]any{"rule": d.Rule.String(), "verdict": d.Verdict.String(), "reason": d.Reason})
	}
}
