package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/durable"
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
	var all pipeline.ProviderProgress
	var lines []string
	var rest time.Duration
	known := true
	for _, g := range p.Providers {
		ended := g.Done + g.Failed + g.Held
		all.Done += ended
		all.Failed += g.Failed + g.Held
		all.Queued += g.Queued
		all.InFlight += g.InFlight
		all.SpentUSD += g.SpentUSD
		now := ended - v.first[g.Name]
		lines = append(lines, generatorLive(g, float64(now)/max(p.Elapsed.Seconds(), 0.001)))
		if open := g.Queued + g.InFlight; open > 0 && now > 0 { // the slowest one decides
			rest = max(rest, time.Duration(float64(p.Elapsed)/float64(now)*float64(open)))
		} else if open > 0 {
			known = false
		}
	}
	total := all.Done + all.Queued + all.InFlight
	head := fmt.Sprintf("%s  %d/%d", v.doing("synthesize"), all.Done, total)
	if all.Failed > 0 {
		head += fmt.Sprintf(", %d failed", all.Failed)
	}
	head += fmt.Sprintf(", %d queued, %d running", all.Queued, all.InFlight)
	if all.SpentUSD > 0 {
		head += fmt.Sprintf(", $%.4f", all.SpentUSD)
	}
	if known && rest > 0 {
		head += about(rest)
	}
	v.show(head, all.Done, total, lines)
}

// generatorLive is how far one generator is.
func generatorLive(g pipeline.ProviderProgress, rate float64) string {
	ended := g.Done + g.Failed + g.Held
	total := ended + g.Queued + g.InFlight
	line := fmt.Sprintf("  %-12s %s  %d/%d, %d of %d in flight, %.1f/s", g.Name, barOf(ended, total, 12), ended, total, g.InFlight, g.Width, rate)
	if g.Failed+g.Held > 0 {
		line += fmt.Sprintf(", %d failed", g.Failed+g.Held)
	}
	if g.SpentUSD > 0 {
		line += fmt.Sprintf(", $%.4f", g.SpentUSD)
	}
	if g.Limited > 0 {
		line += fmt.Sprintf(", slowed down %d×", g.Limited)
	}
	return line
}

// barOf is a bar of so many characters.
func barOf(done, total, width int) string {
	full := 0
	if total > 0 {
		full = min(done*width/total, width)
	}
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// doing names what is done to what: a layer, and the pilot around it.
func (v *mediaLive) doing(layer string) string {
	if v.now == "pilot" {
		return "pilot, " + layer
	}
	return layer
}

// workers is given to a layer that several processes share.
func (v *mediaLive) workers(l pipeline.Layer, p durable.Progress, elapsed time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	done, failed, inFlight := p.Ended()
	if v.eventDue(done+failed >= p.Items) {
		v.event("progress", map[string]any{"layer": l, "queued": p.Items - done - failed - inFlight, "in_flight": inFlight, "done": done, "failed": failed,
			"spent_usd": p.USD, "workers": p.Workers, "elapsed_ms": elapsed.Milliseconds()})
	}
	if v.first == nil {
		v.first = map[string]int{}
		for _, w := range p.Workers {
			v.first[w.Name] = w.Done + w.Failed
		}
	}
	if !v.due(false) {
		return
	}
	began := 0
	var lines []string
	for _, w := range p.Workers {
		began += v.first[w.Name]
		name, _, _ := strings.Cut(w.Name, "/")
		line := fmt.Sprintf("  %-20s in flight %d, done %d, failed %d, %.1f/s", name, w.InFlight, w.Done, w.Failed, float64(w.Done+w.Failed-v.first[w.Name])/max(elapsed.Seconds(), 0.001))
		if w.USD > 0 {
			line += fmt.Sprintf(", $%.4f", w.USD)
		}
		if !w.Busy {
			line += " (idle)"
		}
		lines = append(lines, line)
	}
	head := fmt.Sprintf("%s  %d/%d, %d workers", l, done+failed, p.Items, len(p.Workers))
	if failed > 0 {
		head += fmt.Sprintf(", %d failed", failed)
	}
	if p.USD > 0 {
		head += fmt.Sprintf(", $%.4f", p.USD)
	}
	v.show(head+left(done+failed-began, p.Items-done-failed, elapsed), done+failed, p.Items, lines)
}

// left tells when the rest is probably done.
func left(done, rest int, elapsed time.Duration) string {
	if done <= 0 || rest <= 0 {
		return ""
	}
	return about(time.Duration(float64(elapsed) / float64(done) * float64(rest)))
}

func about(d time.Duration) string {
	return "  about " + max(d.Round(time.Second), time.Second).String() + " left"
}

// assurance is given to layer 3.
func (v *mediaLive) assurance(done, passed, total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(done, total, map[string]any{"done": done, "passed": passed, "total": total}, fmt.Sprintf("%s  %d/%d, %d passed", v.doing("assure"), done, total, passed))
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
	v.erase()
	text := append([]string{barOf(done, total, 24) + " " + head}, lines...)
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
