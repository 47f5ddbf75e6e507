package export

import (
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// talk shows a conversation as a chat: who said what, which tools were called
// before each answer with what came of it, and the numbers of the answers, by
// which assertions name them. limit is for all texts together.
func (p *page) talk(turns []pipeline.Turn, limit int) {
	left, cut := limit, 0
	text := func(s string) {
		n := min(len(s), left) // escaped it may be longer, and shows less
		rest := p.text(s, n)
		left, cut = left-n, cut+rest
	}
	p.raw(`<ol class="talk">`)
	answers := 0
	for i := range turns {
		t := &turns[i]
		who, label := "other", t.Role
		switch {
		case testsets.IsUser(t.Role):
			who = "user"
		case testsets.IsAssistant(t.Role):
			who = "agent"
			if !t.Given {
				answers++
				label = fmt.Sprintf("answer %d", answers)
			}
		}
		p.put(`<li class="{}"><b>{}</b>`, markup(who), label)
		for _, use := range t.Tools {
			p.raw(`<div class="call"><code>`)
			text(strings.TrimSpace(use.Name + " " + string(use.Args)))
			p.raw(`</code>`)
			switch {
			case use.Error != "":
				p.raw(`<s>`)
				text(use.Error)
				p.raw(`</s>`)
			case use.Output != nil:
				p.raw(`<code>`)
				text(string(use.Output))
				p.raw(`</code>`)
			}
			if use.Unknown {
				p.raw(`<i>nothing is declared to answer it</i>`)
			}
			p.raw(`</div>`)
		}
		if t.Trace != nil && len(t.Trace.Spans) > 0 {
			p.put(`<div class="call"><i>{} traced</i></div>`, plural(len(t.Trace.Spans), "step"))
		}
		p.raw(`<p dir="auto">`)
		text(t.Content)
		p.raw(`</p>`)
		if t.LatencyUS > 0 {
			p.put(`<small>{}`, (time.Duration(t.LatencyUS) * time.Microsecond).Round(time.Millisecond).String())
			if t.CostUSD > 0 {
				p.put(` · {}`, money(t.CostUSD))
			}
			p.raw(`</small>`)
		}
		p.raw(`</li>`)
	}
	p.raw(`</ol>`)
	if cut > 0 {
		p.put(`<p class="cut">{} more in the run’s ledger</p>`, byteSize(cut))
	}
}
