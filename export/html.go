package export

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/GaboBase/arch-genops/evals"
)

//go:embed report.css
var css string

//go:embed report.js
var script string

// theme lets the reader choose between dark and light; every page has it.
//
//go:embed theme.js
var theme string

// At most so many cases are listed, and so many bytes of their texts shown.
const (
	listOpen   = 1000
	listPassed = 200
	textBudget = 600 << 10
)

// HTML writes one self-contained page: it loads nothing, and its content
// security policy allows nothing but its own style and script. It lists all
// failed, errored and unjudged cases up to 1,000 and up to 200 passed ones;
// texts are cut to at most 4 KB each, less when there are many.
func HTML(w io.Writer, r evals.Result, rows []evals.CaseRow) error {
	p := newPage(w)
	p.quarantined = quarantined(&r)
	p.head(&r)
	p.banner(&r)
	p.rules(&r)
	p.baseline(&r)
	p.slices(&r)
	p.labels(&r)
	p.cases(rows)
	p.flakiness(&r)
	p.quarantine(r.Quarantine)
	p.metrics(&r)
	p.judges(&r)
	p.spending(&r)
	p.warnings(&r)
	p.identity(&r)
	p.raw(`</main><script>`)
	p.raw(markup(theme + script))
	p.raw("</script></body></html>\n")
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("writing HTML report: %w", err)
	}
	return nil
}

func (p *page) head(r *evals.Result) {
	v := verdictOf(r.Verdict)
	p.top(v+": "+r.Agent+" "+r.Version+" on "+r.TestSet, "eval report", icon(v), css, theme+script)
	p.raw(`<a href="#rules">Rules</a>`)
	for _, link := range [...]struct {
		there bool
		a     markup
	}{
		{r.Baseline != nil, `<a href="#baseline">Baseline</a>`}, {len(r.Slices) > 0, `<a href="#slices">Slices</a>`},
		{len(r.Labels) > 0, `<a href="#labels">Labels</a>`}, {true, `<a href="#cases">Cases</a>`},
		{r.Flaky != nil, `<a href="#flakiness">Flakiness</a>`}, {r.Quarantine != nil, `<a href="#quarantine">Quarantine</a>`},
		{true, `<a href="#metrics">Metrics</a>`}, {len(r.Judges) > 0, `<a href="#judges">Judges</a>`},
		{true, `<a href="#identity">Identity</a>`},
	} {
		if link.there {
			p.raw(link.a)
		}
	}
	p.endTop()
}

// top opens a page up to its navigation; style and script are the only ones
// that its content security policy allows.
func (p *page) top(title, what string, icon markup, style, script string) {
	p.put(`<!doctype html><html lang="en"><head><meta charset="utf-8">`+
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src {}; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'">`+
		`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`+
		`<title>`, p.imageSources(), sourceHash(style), sourceHash(script))
	p.text(title, 3*nameLimit)
	p.put(` · GenOps</title><link rel="icon" href="{}"><style>`, icon)
	p.raw(markup(style))
	p.put(`</style></head><body><a class="skip" href="#main">Skip to the content</a><header class="top"><div>`+
		`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><path d="M3 5h18M3 10h18M3 15h12M3 20h6"/></svg>`+
		`<b>GenOps</b><span class="what">{}</span><nav aria-label="Sections">`, what)
}

// imageSources says where a page's images may come from: nowhere but itself,
// unless it lies beside them.
func (p *page) imageSources() markup {
	if p.beside {
		return "data: 'self' file:"
	}
	return "data:"
}

func (p *page) endTop() {
	p.raw(`</nav><button type="button" class="theme" id="theme" title="Dark or light" aria-label="Dark or light">` +
		`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="8"/><path class="half" d="M12 4a8 8 0 0 1 0 16z"/></svg></button></div></header><main id="main">`)
}

// sourceHash is the source expression that allows exactly this style or script.
func sourceHash(s string) markup {
	sum := sha256.Sum256([]byte(s))
	return markup("sha256-" + base64.StdEncoding.EncodeToString(sum[:]))
}

func icon(verdict string) markup {
	const before, after = `data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 8 8%22%3E%3Ccircle cx=%224%22 cy=%224%22 r=%224%22 fill=%22%23`, `%22/%3E%3C/svg%3E`
	switch verdict {
	case "pass":
		return before + "158a4e" + after
	case "fail":
		return before + "d0313a" + after
	}
	return before + "c98312" + after
}
