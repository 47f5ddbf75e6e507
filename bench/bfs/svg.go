package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The picture: one line a scenario, one dot an order. Dots on the right of a
// panel's line need more than breadth-first: there it wins.
const (
	svgWidth  = 1080
	labelEnd  = 356.0
	rowHeight = 28.0
)

// panel is a scale of the picture.
type panel struct {
	title    string
	from, to float64 // of the page
	lo, hi   float64 // of the values
	log      bool
	ticks    []tick
}

type tick struct {
	at   float64
	text string
}

func (p *panel) x(v float64) float64 {
	v = min(max(v, p.lo), p.hi)
	share := (v - p.lo) / (p.hi - p.lo)
	if p.log {
		share = math.Log(v/p.lo) / math.Log(p.hi/p.lo)
	}
	return p.from + share*(p.to-p.from)
}

const style = `<style>
svg{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;--bg:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--good:#dff3e4;--bad:#fdebd9;--depth:#8250df;--stream:#0969da;--unbounded:#cf222e;--pilot:#1a7f37;--breadth:#1f2328}
@media (prefers-color-scheme:dark){svg{--bg:#0d1117;--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--good:#12301c;--bad:#3a2713;--depth:#bc8cff;--stream:#58a6ff;--unbounded:#ff7b72;--pilot:#3fb950;--breadth:#f0f6fc}}
text{fill:var(--ink)} .soft{fill:var(--soft);font-size:12px} .head{font-weight:600;font-size:14px} .title{font-weight:600;font-size:19px}
.grid{stroke:var(--line)} .one{stroke:var(--ink);stroke-width:1.5}
.breadth{fill:var(--breadth)} .pilot{fill:none;stroke:var(--pilot);stroke-width:2.5} .depth{fill:var(--depth)} .stream{fill:var(--stream)} .unbounded{fill:var(--unbounded)}
</style>
`

// mark is the sign of an order.
func mark(arm string, x, y float64) string {
	switch arm {
	case "breadth":
		return fmt.Sprintf(`<rect class="breadth" x="%.1f" y="%.1f" width="3" height="16"/>`, x-1.5, y-8)
	case "pilot":
		return fmt.Sprintf(`<circle class="pilot" cx="%.1f" cy="%.1f" r="6.5"/>`, x, y)
	case "depth":
		return fmt.Sprintf(`<path class="depth" d="M%.1f %.1fl5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>`, x, y-5.5)
	case "stream":
		return fmt.Sprintf(`<circle class="stream" cx="%.1f" cy="%.1f" r="4.5"/>`, x, y)
	}
	return fmt.Sprintf(`<path class="unbounded" d="M%.1f %.1fl5 9h-10z"/>`, x, y-5.5)
}

// draw makes the picture of rows.
func draw(rows []row) string {
	var b strings.Builder
	var plain, faults []row
	for _, r := range rows {
		if r.scenario.fault.layer > 0 {
			faults = append(faults, r)
		} else if r.estimate(0, lostItems).mean <= 0.05 { // else times say little
			plain = append(plain, r)
		}
	}
	height := 0.0
	body := &strings.Builder{}
	legend(body)
	y := 118.0
	if len(plain) > 0 {
		y = drawTimes(body, plain, y)
	}
	if len(faults) > 0 {
		y = drawFaults(body, faults, y+34)
	}
	height = y + 18
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" role="img" aria-label="When breadth-first wins and when it does not">`+"\n", svgWidth, height)
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect width="%d" height="%.0f" rx="8" fill="var(--bg)"/>`+"\n", svgWidth, height)
	b.WriteString(body.String())
	b.WriteString("</svg>\n")
	return b.String()
}

func text(b *strings.Builder, class, anchor string, x, y float64, s string) {
	fmt.Fprintf(b, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`+"\n", class, anchor, x, y, html.EscapeString(s))
}

func legend(b *strings.Builder) {
	text(b, "title", "start", 20, 34, "When breadth-first wins, and when it does not")
	x := 24.0
	for i, a := range arms() {
		fmt.Fprintln(b, mark(a.name, x+4, 59))
		text(b, "", "start", x+18, 64, a.label)
		x += []float64{134, 256, 202, 230, 0}[i]
	}
}

// frame draws a panel; split is the value at which the sides meet.
func frame(b *strings.Builder, p *panel, top, bottom, split float64) {
	text(b, "head", "start", p.from, top-26, p.title)
	if split > 0 {
		m := p.x(split)
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="var(--bad)"/><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="var(--good)"/>`+"\n",
			p.from, top, m-p.from, bottom-top, m, top, p.to-m, bottom-top)
	}
	for _, t := range p.ticks {
		x := p.x(t.at)
		class := "grid"
		if split > 0 && t.at == split {
			class = "one"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`+"\n", class, x, x, top, bottom)
		text(b, "soft", "middle", x, top-6, t.text)
	}
}

// drawTimes shows the times of the other orders in those of breadth-first.
func drawTimes(b *strings.Builder, rows []row, top float64) float64 {
	top += 20
	bottom := top + rowHeight*float64(len(rows))
	panels := []panel{
		{title: "Time to the last asset, × breadth-first", from: labelEnd, to: 710, lo: 0.4, hi: 22, log: true, ticks: []tick{{0.5, "½"}, {1, "1"}, {2, "2"}, {5, "5"}, {10, "10"}, {20, "20"}}},
		{title: "Time to the first, × breadth-first", from: 750, to: 1050, lo: 0.005, hi: 2, log: true, ticks: []tick{{0.01, "1/100"}, {0.1, "1/10"}, {1, "1"}}},
	}
	measures := []measure{makespan, first}
	for n := range panels {
		frame(b, &panels[n], top, bottom, 1)
	}
	for i, r := range rows {
		y := top + rowHeight*(float64(i)+0.5)
		text(b, "", "end", labelEnd-12, y+4.5, r.scenario.label)
		for n := range panels {
			for k := len(arms()) - 1; k > 0; k-- {
				mean, _, _ := r.ratio(k, measures[n])
				if !math.IsNaN(mean) {
					fmt.Fprintln(b, mark(arms()[k].name, panels[n].x(mean), y))
				}
			}
		}
	}
	p := panels[0]
	text(b, "soft", "start", p.from+4, bottom+17, "← loses")
	text(b, "soft", "end", p.to, bottom+17, "breadth-first wins →")
	text(b, "soft", "start", panels[1].from+4, bottom+17, "← loses: nothing is out before all is judged")
	return bottom + 20
}

// drawFaults shows what was paid when a fault of the whole batch was found.
func drawFaults(b *strings.Builder, rows []row, top float64) float64 {
	top += 46
	bottom := top + rowHeight*float64(len(rows))
	panels := []panel{
		{title: "A fault of the whole batch: % paid when found", from: labelEnd, to: 710, lo: 0, hi: 100, ticks: []tick{{0, "0"}, {25, "25"}, {50, "50"}, {75, "75"}, {100, "100"}}},
		{title: "… and % already delivered", from: 750, to: 1050, lo: 0, hi: 100, ticks: []tick{{0, "0"}, {50, "50"}, {100, "100"}}},
	}
	for n := range panels {
		frame(b, &panels[n], top, bottom, 0)
	}
	for i, r := range rows {
		y := top + rowHeight*(float64(i)+0.5)
		text(b, "", "end", labelEnd-12, y+4.5, r.scenario.label)
		for k := len(arms()) - 1; k >= 0; k-- {
			paid := r.estimate(k, lostShare).mean * 100
			out := r.estimate(k, func(x result) float64 { return 100 * float64(x.escaped) / float64(r.scenario.items) }).mean
			fmt.Fprintln(b, mark(arms()[k].name, panels[0].x(paid), y))
			fmt.Fprintln(b, mark(arms()[k].name, panels[1].x(out), y))
		}
	}
	text(b, "soft", "start", panels[0].from, bottom+17, "← better")
	text(b, "soft", "start", panels[1].from, bottom+17, "← better")
	return bottom + 20
}
