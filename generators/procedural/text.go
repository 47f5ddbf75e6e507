package procedural

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// The Go fonts, parsed at the first text.
var (
	boldFont   = sync.OnceValue(func() *sfnt.Font { return mustFont(gobold.TTF) })
	mediumFont = sync.OnceValue(func() *sfnt.Font { return mustFont(gomedium.TTF) })
)

func mustFont(ttf []byte) *sfnt.Font {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic("an embedded font: " + err.Error())
	}
	return f
}

// face sets type in one font. Not safe for concurrent use.
type face struct {
	font    *sfnt.Font
	buf     sfnt.Buffer
	track   int             // extra space between letters, thousandths of the size
	missing map[string]bool // characters without a glyph
}

func newFace(f *sfnt.Font, track int) *face {
	return &face{font: f, track: track, missing: map[string]bool{}}
}

// runes composes a text, so that an umlaut is one glyph.
func runes(text string) []rune { return []rune(norm.NFC.String(text)) }

// capHeight is the height of capitals, thousandths of the size; the Go fonts
// have one of 0.71 em.
const capHeight = 710

// line adds a line of text to p: x is its left end, y its baseline, size the
// em in Q8. It returns the width. A nil path only measures.
func (f *face) line(p *path, text string, x, y, size int) int {
	ppem := fixed.Int26_6(max(size/4, 1))
	start, last := x, sfnt.GlyphIndex(0)
	for i, r := range runes(text) {
		g, err := f.font.GlyphIndex(&f.buf, r)
		if err != nil || g == 0 {
			f.missing[string(r)] = true
			x += f.box(p, x, y, size)
			last = 0
			continue
		}
		if i > 0 {
			x += size * f.track / 1000
		}
		if last != 0 {
			if k, err := f.font.Kern(&f.buf, last, g, ppem, font.HintingNone); err == nil {
				x += int(k) * 4
			}
		}
		if p != nil {
			f.glyph(p, g, x, y, ppem)
		}
		if adv, err := f.font.GlyphAdvance(&f.buf, g, ppem, font.HintingNone); err == nil {
			x += int(adv) * 4
		}
		last = g
	}
	return x - start
}

// glyph adds one outline.
func (f *face) glyph(p *path, g sfnt.GlyphIndex, x, y int, ppem fixed.Int26_6) {
	segs, err := f.font.LoadGlyph(&f.buf, g, ppem, nil)
	if err != nil {
		return
	}
	at := func(q fixed.Point26_6) (int, int) { return x + int(q.X)*4, y + int(q.Y)*4 }
	for _, s := range segs {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.move(ax, ay)
		case sfnt.SegmentOpLineTo:
			p.line(ax, ay)
		case sfnt.SegmentOpQuadTo:
			bx, by := at(s.Args[1])
			p.quad(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			cx, cy := at(s.Args[2])
			p.cubic(ax, ay, bx, by, cx, cy)
		}
	}
}

// box stands for a character without a glyph: an upright frame.
func (f *face) box(p *path, x, y, size int) int {
	w, h, t, gap := size*50/100, size*capHeight/1000, max(size*7/100, px/2), size*6/100
	if p != nil {
		p.rect(x+gap, y-h, w, h)
		// The hole turns the other way.
		p.poly(pt{x + gap + t, y - h + t}, pt{x + gap + t, y - t}, pt{x + gap + w - t, y - t}, pt{x + gap + w - t, y - h + t})
	}
	return w + 2*gap
}

// block is text broken into lines, at the largest size that fits.
type block struct {
	lines  []string
	widths []int
	size   int // em, Q8
	lead   int // from baseline to baseline
}

// fit breaks text so that it fills a box best. Sizes are at most largest.
func (f *face) fit(text string, w, h, largest int) block {
	words := strings.Fields(text)
	const em = 1000 * px // measured at this size
	best := block{}
	for n := 1; n <= min(len(words), 8); n++ {
		lines := f.wrap(words, n, em)
		widest := 1
		for _, l := range lines {
			widest = max(widest, f.line(nil, l, 0, 0, em))
		}
		size := min(w*1000/(widest/px), h*100/(len(lines)*112-112+capHeight/10+14), largest)
		if size > best.size {
			best = block{lines: lines, size: size, lead: size * 112 / 100}
		}
	}
	for _, l := range best.lines {
		best.widths = append(best.widths, f.line(nil, l, 0, 0, best.size))
	}
	return best
}

// wrap breaks words into at most n lines of about equal length.
func (f *face) wrap(words []string, n, em int) []string {
	space := f.line(nil, " ", 0, 0, em)
	var widths []int
	total := 0
	for _, w := range words {
		widths = append(widths, f.line(nil, w, 0, 0, em))
		total += widths[len(widths)-1] + space
	}
	lo, hi := slices.Max(widths), total
	for lo < hi { // the narrowest column that n lines fill
		mid := (lo + hi) / 2
		if len(breakAt(words, widths, space, mid)) <= n {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return breakAt(words, widths, space, lo)
}

func breakAt(words []string, widths []int, space, column int) []string {
	var lines []string
	line, used := words[0], widths[0]
	for i, w := range words[1:] {
		if used+space+widths[i+1] <= column {
			line, used = line+" "+w, used+space+widths[i+1]
			continue
		}
		lines = append(lines, line)
		line, used = w, widths[i+1]
	}
	return append(lines, line)
}

// height is that of a block from the top of its capitals to its last baseline.
func (b block) height() int { return b.lead*max(len(b.lines)-1, 0) + b.size*capHeight/1000 }

// outline sets a block; align is 0 left, 1 centre, 2 right of a box of width w
// whose upper left corner is x, y.
func (f *face) outline(b block, x, y, w, align int) *path {
	p := new(path)
	base := y + b.size*capHeight/1000
	for i, l := range b.lines {
		f.line(p, l, x+(w-b.widths[i])*align/2, base+i*b.lead, b.size)
	}
	return p
}

// note hands the characters without a glyph to the picture's Info.
func (s *stage) note(f *face) {
	for c := range f.missing {
		if !slices.Contains(s.missing, c) {
			s.missing = append(s.missing, c)
		}
	}
	slices.Sort(s.missing)
}
