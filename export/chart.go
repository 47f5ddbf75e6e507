package export

import (
	"fmt"
	"math"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// The picture of a rule, in the units of its view box.
const (
	chartW, chartWide = 560.0, 1080.0 // wide when it stands alone
	chartH            = 270.0
	chartL, chartR    = 48.0, 84.0
	chartT, chartB    = 16.0, 42.0
	chartLooks        = 160 // looks drawn; more are thinned evenly over the axis
	plotFloor         = chartH - chartB
)

// chart maps looks to the plane.
type chart struct {
	looks  []evals.Look
	log    bool
	n0, n1 float64 // first and last n
	lo, hi float64 // of the vertical axis
	width  float64 // of the view box
	right  float64 // end of the plot
}

func newChart(rule *evals.RuleResult, width float64) chart {
	path := rule.Path
	c := chart{n0: float64(path[0].N), n1: float64(path[len(path)-1].N), width: width, right: width - chartR}
	c.log = c.n1 >= 50 && c.n0 >= 1 && c.n1 >= 10*c.n0
	if c.log {
		c.n0 = max(c.n0, math.Floor(c.n1/50)) // what the first few cases say is noise
	} else {
		c.n0 = 0
	}
	c.looks = c.thin(path)
	c.vertical(barOf(rule), paired(rule))
	return c
}

// thin keeps at most one look per step of the axis, and the last one.
// decidedWidth is the room that the label of a decision needs.
const decidedWidth = 130

func (c *chart) thin(path []evals.Look) []evals.Look {
	var out []evals.Look
	last := -1
	for i, look := range path {
		if !finite(look) || float64(look.N) < c.n0 {
			continue
		}
		step := int((c.x(look.N) - chartL) / (c.right - chartL) * chartLooks)
		if step != last || i == len(path)-1 {
			out = append(out, look)
		}
		last = step
	}
	return out
}

func finite(l evals.Look) bool {
	sum := l.Estimate + l.Lo + l.Hi
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// vertical chooses the axis by the later half of the picture: the first looks
// know nothing and would press the rest flat.
func (c *chart) vertical(bar float64, signed bool) {
	low, high := bar, bar
	for _, l := range c.looks {
		low, high = min(low, l.Estimate), max(high, l.Estimate)
		if c.x(l.N) > (chartL+c.right)/2 {
			low, high = min(low, l.Lo), max(high, l.Hi)
		}
	}
	pad := max((high-low)*0.1, 0.01)
	floor := 0.0
	if signed {
		floor = -1
	}
	c.lo, c.hi = max(low-pad, floor), min(high+pad, 1)
	if !(c.hi > c.lo) {
		c.lo, c.hi = low-pad, high+pad
	}
}

func (c *chart) x(n int) float64 {
	v := float64(n)
	if c.n1 <= c.n0 {
		return c.right
	}
	at := (v - c.n0) / (c.n1 - c.n0)
	if c.log {
		at = math.Log(v/c.n0) / math.Log(c.n1/c.n0)
	}
	return chartL + min(max(at, 0), 1)*(c.right-chartL)
}

func (c *chart) y(v float64) float64 {
	at := (v - c.lo) / (c.hi - c.lo)
	return plotFloor - min(max(at, 0), 1)*(plotFloor-chartT)
}

// ruleChart draws one rule: band lo..hi, estimate, bar, and a text that says
// the same.
func (p *page) ruleChart(rule *evals.RuleResult, id int, width float64) {
	c := newChart(rule, width)
	if len(c.looks) == 0 {
		return
	}
	v := verdictOf(rule.Verdict)
	end := c.looks[len(c.looks)-1]
	p.put(`<figure class="card chart {}"><figcaption><b>{}</b>`, tone(v), ruleText(rule))
	p.chip(v)
	p.put(`</figcaption><div class="plot"><svg viewBox="0 0 {} {}" role="img" aria-labelledby="c{}t c{}d" data-looks="`, int(c.width), int(chartH), id, id)
	p.looksData(&c)
	p.put(`"><title id="c{}t">Interval of {} over the number of cases</title><desc id="c{}d">{}</desc>`, id, ruleText(rule), id,
		fmt.Sprintf("After %s cases the estimate is %s, the interval %s to %s; the bar is %s. Verdict: %s.", count(end.N),
			score(end.Estimate, paired(rule)), score(end.Lo, paired(rule)), score(end.Hi, paired(rule)), shortest(barOf(rule)), v))
	p.axes(&c)
	p.curves(&c, rule)
	p.raw(`<g class="hover" hidden><line class="cross" y1="16" y2="228"/><circle r="4"/></g></svg></div><p class="read" aria-hidden="true">`)
	p.put(`After {} cases: {}, interval {} – {}</p></figure>`, count(end.N), score(end.Estimate, paired(rule)),
		score(end.Lo, paired(rule)), score(end.Hi, paired(rule)))
}

// looksData gives the script x, y, n, estimate, lo and hi of each look.
func (p *page) looksData(c *chart) {
	for i, l := range c.looks {
		if i > 0 {
			p.raw(";")
		}
		p.put("{},{},{},", c.x(l.N), c.y(l.Estimate), l.N)
		b := p.buf[:0]
		for j, v := range [...]float64{l.Estimate, l.Lo, l.Hi} {
			if j > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendFloat(b, v, 'f', 3, 64)
		}
		p.buf = b
		p.w.Write(b)
	}
}

func (p *page) axes(c *chart) {
	step := niceStep(c.hi - c.lo)
	first := math.Ceil(c.lo/step) * step
	for i := range 10 { // bounded whatever the figures are
		v := first + float64(i)*step
		if !(v <= c.hi+step/1e6) {
			break
		}
		p.put(`<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}" text-anchor="end">{}</text>`,
			chartL, c.right, c.y(v), c.y(v), chartL-8, c.y(v)+4, axisLabel(v, step))
	}
	for _, n := range c.ticks() {
		p.put(`<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>`,
			c.x(n), c.x(n), plotFloor, plotFloor+5, c.x(n), plotFloor+19, count(n))
	}
	title := markup("cases, in drawn order")
	if c.log {
		title = "cases, in drawn order (log scale)"
	}
	p.put(`<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>`, (chartL+c.right)/2, chartH-6, title)
}

func axisLabel(v, step float64) string {
	digits := 0
	for s := step; s < 0.999 && digits < 6; s *= 10 {
		digits++
	}
	if math.Abs(v) < step/1e3 {
		v = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// niceStep is 1, 2 or 5 times a power of ten, for four to eight grid lines.
func niceStep(span float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, m := range [...]float64{1, 2, 5} {
		if span/(base*m) <= 6 {
			return base * m
		}
	}
	return base * 10
}

// ticks of the horizontal axis: round numbers, and the last n where it fits.
func (c *chart) ticks() []int {
	var out []int
	last := c.looks[len(c.looks)-1].N
	keep := func(n int) {
		if n < last && c.x(last)-c.x(n) > 34 && float64(n) >= c.n0 && (len(out) == 0 || c.x(n)-c.x(out[len(out)-1]) > 30) {
			out = append(out, n)
		}
	}
	if c.log {
		for base := 1; base < last && base < 1e15; base *= 10 {
			for _, m := range [...]int{1, 2, 5} {
				keep(base * m)
			}
		}
	} else {
		step := max(int(niceStep(c.n1-c.n0)), 1)
		for n := 0; n < last; n += step {
			keep(n)
		}
	}
	return append(out, last)
}

func (p *page) curves(c *chart, rule *evals.RuleResult) {
	end := c.looks[len(c.looks)-1]
	p.raw(`<path class="band" d="`)
	for i, l := range c.looks {
		p.put("{}{},{}", pen(i), c.x(l.N), c.y(l.Hi))
	}
	for i := len(c.looks) - 1; i >= 0; i-- {
		p.put("L{},{}", c.x(c.looks[i].N), c.y(c.looks[i].Lo))
	}
	p.raw(`Z"/><path class="est" d="`)
	for i, l := range c.looks {
		p.put("{}{},{}", pen(i), c.x(l.N), c.y(l.Estimate))
	}
	bar, est := c.y(barOf(rule)), c.y(end.Estimate)
	p.put(`"/><line class="bar" x1="{}" x2="{}" y1="{}" y2="{}"/>`, chartL, c.right, bar, bar)
	if n := rule.DecidedAfter; n > 0 && n < end.N {
		p.put(`<line class="decided" x1="{}" x2="{}" y1="{}" y2="{}"/>`, c.x(n), c.x(n), chartT, plotFloor)
		at, anchor := c.x(n)-6, "end"
		if c.x(n) < chartL+decidedWidth { // no room to its left
			at, anchor = c.x(n)+6, "start"
		}
		p.put(`<text class="decidedlabel" x="{}" y="{}" text-anchor="{}">decided after {}</text>`, at, plotFloor-8, anchor, count(n))
	}
	p.put(`<line class="whisker" x1="{}" x2="{}" y1="{}" y2="{}"/><circle class="end" cx="{}" cy="{}" r="4.5"/>`,
		c.right, c.right, c.y(end.Hi), c.y(end.Lo), c.right, est)
	if gap := est - bar; math.Abs(gap) < 17 { // the two labels would overlap
		shift := (17 - math.Abs(gap)) / 2
		if gap < 0 {
			shift = -shift
		}
		est, bar = est+shift, bar-shift
	}
	p.put(`<text class="barlabel" x="{}" y="{}">bar {}</text><text class="estlabel" x="{}" y="{}">{}</text>`,
		c.right+11, bar+4, shortest(barOf(rule)), c.right+11, est+4, score(end.Estimate, paired(rule)))
}

func pen(i int) markup {
	if i == 0 {
		return "M"
	}
	return "L"
}
