package export

import (
	"fmt"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/judges"
)

// judges lists who judged, and how far labels vouch for it.
func (p *page) judges(r *evals.Result) {
	if len(r.Judges) == 0 {
		return
	}
	p.section("judges", "Judges", "A judge that no labels vouch for is a guess; rates of a calibrated one are corrected for its errors.")
	p.raw(`<div class="scroll" role="region" aria-label="Judges" tabindex="0"><table><thead><tr><th scope="col">Metric</th><th scope="col">Judge</th>` +
		`<th scope="col">Trust</th><th scope="col" class="num">By the judge</th><th scope="col" class="num">Corrected</th>` +
		`<th scope="col" class="num">95 % interval</th><th scope="col">Rests on</th></tr></thead><tbody>`)
	for _, j := range r.Judges[:min(len(r.Judges), shownRules)] {
		raw, corrected, interval := "–", "–", "–"
		if c := j.Corrected; c != nil {
			raw, corrected, interval = score(c.Raw, false), score(c.Estimate, false), intervalText(&c.Interval, false)
		}
		p.put(`<tr><th scope="row">{}`, j.Metric)
		if !j.Gates {
			p.raw(`<small>rules on it do not gate</small>`)
		}
		p.put(`</th><td>{}</td><td><b>{}</b></td><td class="num">{}</td><td class="num big">{}</td><td class="num">{}</td><td class="why">`,
			j.Judge, string(j.Trust), raw, corrected, interval)
		p.text(judgeGround(&j), reasonLimit)
		p.raw(`</td></tr>`)
	}
	p.raw(`</tbody></table></div>`)
	for i := range r.Judges[:min(len(r.Judges), shownRules)] {
		p.panel(&r.Judges[i])
	}
	p.raw(`</section>`)
}

// panel shows how far the members of a panel agree.
func (p *page) panel(j *evals.JudgeTrust) {
	if j.Panel == nil {
		return
	}
	p.put(`<h3>{}</h3><p>{}</p><div class="scroll" role="region" aria-label="Panel" tabindex="0"><table><thead><tr><th scope="col">Judge</th><th scope="col" class="num">Passes</th>`+
		`<th scope="col" class="num">95 % interval</th><th scope="col" class="num">Overruled by the panel</th><th scope="col" class="num">No verdict</th></tr></thead><tbody>`,
		"The panel on "+j.Metric, panelSentence(j.Panel))
	for _, m := range j.Panel.Members {
		p.put(`<tr><th scope="row">{}</th><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td></tr>`,
			m.Judge, score(m.Passes.Value, false), intervalText(&m.Passes.Interval, false), strconv.Itoa(m.Alone), strconv.Itoa(m.Unjudged))
	}
	p.raw(`</tbody></table></div>`)
}

// panelSentence says in one line how far the members of a panel agree.
func panelSentence(a *judges.Among) string {
	text := "the judges say the same of every answer"
	if a.Alpha != nil {
		text = fmt.Sprintf("Krippendorff's α among the judges is %.3f (95 %% interval %.3f – %.3f); they disagree on %s of %d", a.Alpha.Value, a.Alpha.Interval[0], a.Alpha.Interval[1], plural(len(a.Split), "answer"), a.Alpha.N)
	}
	return text
}

// judgeGround says what is known of a judge, in a few words.
func judgeGround(j *evals.JudgeTrust) string {
	switch {
	case j.Trust != judges.Calibrated:
		return j.Why
	case j.Corrected == nil:
		return j.Calibration + "; " + j.Why
	case j.Corrected.Here:
		return j.Corrected.Ground()
	}
	return j.Corrected.Ground() + "; taken to be wrong as often here"
}

// judgeSentence marks a judge in one line.
func judgeSentence(j *evals.JudgeTrust) string {
	text := fmt.Sprintf("%s is judged by %s: %s", j.Metric, j.Judge, j.Trust)
	if !j.Gates {
		text += ", rules on it do not gate"
	}
	if c := j.Corrected; c != nil {
		text += fmt.Sprintf("; %s by the judge, corrected %s (95 %% interval %s)", score(c.Raw, false), score(c.Estimate, false), intervalText(&c.Interval, false))
	}
	text += " (" + judgeGround(j) + ")"
	if j.Panel != nil {
		text += "; " + panelSentence(j.Panel)
	}
	return text
}

// doubtful counts judges that no labels vouch for.
func doubtful(r *evals.Result) (n int) {
	for _, j := range r.Judges {
		if j.Trust != judges.Calibrated {
			n++
		}
	}
	return n
}
