package export

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
)

//go:embed contact.css
var contactCSS string

//go:embed contact.js
var contactScript string

// maxShots bounds how many assets a contact sheet shows.
const maxShots = 2000

// shot is one asset on a contact sheet.
type shot struct {
	planned *pipeline.Planned
	record  *pipeline.Record
	judged  *pipeline.Judged
	receipt *pipeline.Receipt
}

// state is one word for what became of a request.
func (s *shot) state() string {
	switch {
	case s.record == nil:
		return "open"
	case s.record.Held:
		return "held"
	case !s.record.OK():
		return "failed"
	case s.judged != nil && !s.judged.Pass:
		return "rejected"
	case s.receipt != nil:
		return "delivered"
	}
	return "made"
}

// why is the reason of a state that is not good.
func (s *shot) why() string {
	switch {
	case s.record == nil:
		return "not made yet"
	case s.record.Moderated != "":
		return "moderated: " + s.record.Moderated
	case s.record.Err != "":
		return s.record.Err
	case s.judged == nil || s.judged.Pass:
		return ""
	}
	var reasons []string
	for _, f := range s.judged.Findings {
		if !f.Pass && f.Reason != "" {
			reasons = append(reasons, f.Metric+": "+f.Reason)
		}
	}
	for _, u := range s.judged.Unjudged {
		if metric, _, _ := strings.Cut(u, ": "); slices.Contains(s.judged.Because, metric) || s.judged.Because == nil {
			reasons = append(reasons, u)
		}
	}
	return strings.Join(reasons, "; ")
}

// Contact writes a media run's contact sheet into its folder: one page with the
// images, their prompts, seeds and findings. It works from the file and loads
// nothing but the images beside it. records yields what layer 2 made.
func Contact(f assets.Folder, records func(func(seq int64, sends int, r *pipeline.Record) error) error) error {
	m, err := pipeline.ReadMediaManifest(f)
	if err != nil {
		return err
	}
	layers, err := pipeline.ReadLayers(f)
	if err != nil {
		return err
	}
	pilot, err := pipeline.ReadPilot(f)
	if err != nil {
		return err
	}
	shots, total, err := shotsOf(f, layers, records)
	if err != nil {
		return err
	}
	_, err = assets.WriteStream(f.Path(pipeline.ContactFile), func(w io.Writer) error {
		p := newPage(w)
		p.contactHead(m, layers, pilot)
		p.contactTools(shots, total)
		p.raw(`<div class="grid">`)
		for i := range shots {
			p.shot(&shots[i])
		}
		p.raw(`</div></main><dialog><img alt=""><p></p></dialog><script>`)
		p.raw(markup(theme + contactScript))
		p.raw("</script></body></html>\n")
		return p.w.Flush()
	})
	return err
}

// shotsOf joins what the layers wrote, in the order of the run.
func shotsOf(f assets.Folder, layers map[pipeline.Layer]pipeline.LayerState, records func(func(int64, int, *pipeline.Record) error) error) ([]shot, int, error) {
	made := map[int64]*pipeline.Record{}
	err := records(func(seq int64, _ int, r *pipeline.Record) error {
		if r != nil && (seq < maxShots || !layers[pipeline.Synthesize].Done) {
			made[seq] = r
		}
		return nil
	})
	judged, delivered := map[int64]*pipeline.Judged{}, map[int64]*pipeline.Receipt{}
	if err == nil && layers[pipeline.Assure].Done {
		err = pipeline.JudgedIn(f, func(j *pipeline.Judged) error {
			judged[j.Seq] = j
			return nil
		})
	}
	if err == nil && !layers[pipeline.Assure].Done {
		err = pipeline.PilotJudgedIn(f, func(j *pipeline.Judged) error {
			judged[j.Seq] = j
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) { // there was no pilot
			err = nil
		}
	}
	if err == nil && layers[pipeline.Deliver].Done {
		err = pipeline.ReceiptsIn(f, func(r *pipeline.Receipt) error {
			delivered[r.Seq] = r
			return nil
		})
	}
	if err != nil {
		return nil, 0, err
	}
	var shots []shot
	total := 0
	err = pipeline.PlannedIn(f)(func(q *pipeline.Planned) error {
		if !layers[pipeline.Synthesize].Done && made[q.Seq] == nil { // after a pilot: what is not made yet shows nothing
			return nil
		}
		if total++; total <= maxShots {
			shots = append(shots, shot{q, made[q.Seq], judged[q.Seq], delivered[q.Seq]})
		}
		return nil
	})
	return shots, total, err
}

func (p *page) contactHead(m *pipeline.MediaManifest, layers map[pipeline.Layer]pipeline.LayerState, pilot *pipeline.Pilot) {
	verdict, reason := layers[pipeline.Assure].Verdict, layers[pipeline.Assure].Reason
	if pilot != nil && verdict == "" {
		if verdict = pilot.Verdict; verdict == gate.Pass.String() {
			verdict = "" // of a part; that of the whole is still to come
		}
		reason = fmt.Sprintf("Pilot of %d item(s): %d of %d passed. %s", pilot.Items, pilot.Passed, pilot.Requests, pilot.Reason)
	}
	if verdict == "" {
		verdict = "undecided"
	}
	p.beside = true
	p.top(m.Name, "contact sheet", icon(verdict), css+contactCSS, theme+contactScript)
	p.endTop()
	p.put(`<header class="hero {}"><p class="eyebrow"><b>{}</b> · run {} · {}</p><h1>{}</h1><p class="how">{}</p><ul class="layers">`,
		tone(verdict), m.Name, m.Run, strings.Join(m.Generators, ", "), strings.ToUpper(verdict[:1])+verdict[1:], reason)
	for _, l := range pipeline.Layers() {
		s := layers[l]
		if !s.Done {
			p.put(`<li><span>{}</span><b>–</b><span>not complete</span></li>`, string(l))
			continue
		}
		p.put(`<li><span>{}</span><b>{} of {}</b><span>{}</span></li>`, string(l), s.OK, s.Total, layerNote(s))
	}
	p.raw(`</ul></header>`)
}

// layerNote says what else is to be known of a layer.
func layerNote(s pipeline.LayerState) string {
	var notes []string
	if s.Failed > 0 {
		notes = append(notes, fmt.Sprintf("%d failed", s.Failed))
	}
	if s.Held > 0 {
		notes = append(notes, fmt.Sprintf("%d held", s.Held))
	}
	if s.Reused > 0 {
		notes = append(notes, fmt.Sprintf("%d reused", s.Reused))
	}
	if s.CostUSD > 0 {
		notes = append(notes, fmt.Sprintf("$%.2f", s.CostUSD))
	}
	return strings.Join(append(notes, fmt.Sprintf("%.1f s", float64(s.Took)/1000)), ", ")
}

func (p *page) contactTools(shots []shot, total int) {
	var states, makers []string
	for i := range shots {
		if s := shots[i].state(); !slices.Contains(states, s) {
			states = append(states, s)
		}
		if m := shots[i].planned.Request.Media.Provider; !slices.Contains(makers, m) {
			makers = append(makers, m)
		}
	}
	p.raw(`<div class="tools"><input id="find" type="search" placeholder="Find in prompts, seeds, reasons  ( / )" aria-label="Find">`)
	p.options("state", "all states", states)
	p.options("maker", "all generators", makers)
	p.raw(`<output id="shown"></output></div>`)
	if total > len(shots) {
		p.put(`<p class="cut">The first {} of {} requests are shown; the run’s folder has all.</p>`, len(shots), total)
	}
}

func (p *page) options(id markup, all string, values []string) {
	p.put(`<select id="{}" aria-label="{}"><option value="">{}</option>`, id, id, all)
	for _, v := range values {
		p.put(`<option>{}</option>`, v)
	}
	p.raw(`</select>`)
}

func (p *page) shot(s *shot) {
	media := s.planned.Request.Media
	words := pipeline.Describe(media.Prompt)
	state, why := s.state(), s.why()
	p.put(`<article class="shot" data-state="{}" data-maker="{}" data-text="`, state, media.Provider)
	p.text(strings.ToLower(s.planned.Request.ID+" "+words+" "+why+" "+fmt.Sprint(media.Seed)), reasonLimit)
	p.raw(`">`)
	p.picture(s, why)
	p.put(`<div><h3>{}</h3><p class="words" title="`, s.planned.Item.Alias)
	p.text(words, reasonLimit)
	p.raw(`">`)
	p.text(words, reasonLimit)
	p.raw(`</p>`)
	if why != "" && (s.shown() || s.record != nil && s.record.Text != "") {
		p.raw(`<p class="why">`)
		p.text(why, reasonLimit)
		p.raw(`</p>`)
	}
	p.details(s)
	p.raw(`</div></article>`)
}

// shown says whether there is an image to show; else its place has the reason.
func (s *shot) shown() bool {
	r := s.record
	return r != nil && r.Digest != "" && strings.HasPrefix(r.Type, "image/") && r.Moderated == ""
}

// picture shows an image, or says why there is none to show.
func (p *page) picture(s *shot, why string) {
	r := s.record
	if !s.shown() {
		text := why
		if r != nil && r.Text != "" {
			text = r.Text
		}
		p.raw(`<div class="frame none"><span>`)
		p.text(text, reasonLimit)
		p.raw(`</span>`)
		p.chip(s.state())
		p.raw(`</div>`)
		return
	}
	hex := strings.TrimPrefix(r.Digest, "sha256:")
	p.put(`<button class="frame" aria-label="Enlarge {}"><img loading="{}" alt="{}" src="{}/{}/{}">`, s.planned.Item.Alias, loading(s.planned.Seq), s.planned.Item.Alias, pipeline.AssetsDir, hex[:2], hex)
	p.chip(s.state())
	p.raw(`</button>`)
}

// loading lets a browser wait with images that nobody sees at first.
func loading(seq int64) markup {
	if seq < 24 {
		return "eager"
	}
	return "lazy"
}

// details lists what identifies an asset.
func (p *page) details(s *shot) {
	media := s.planned.Request.Media
	p.put(`<p>{} · seed {}`, media.Provider, fmt.Sprint(media.Seed))
	if r := s.record; r != nil && r.CostUSD > 0 {
		p.put(` · ${}`, fmt.Sprintf("%.4f", r.CostUSD))
	}
	p.raw(`</p><details><summary>More</summary><dl>`)
	row := func(what, value string) {
		if value != "" {
			p.put(`<dt>{}</dt><dd>`, what)
			p.text(value, reasonLimit)
			p.raw(`</dd>`)
		}
	}
	row("request", s.planned.Request.ID)
	row("model", media.Model)
	row("left out", strings.Join(media.Prompt.Negative, ", "))
	if r := s.record; r != nil {
		if r.Width > 0 {
			row("size", fmt.Sprintf("%d × %d", r.Width, r.Height))
		}
		row("took", fmt.Sprintf("%.1f s", float64(r.LatencyMS)/1000))
		row("reused from", r.Reused)
		row("made for", r.Twin)
		row("digest", r.Digest)
		for _, k := range sortedKeys(r.Recipe) {
			row(k, r.Recipe[k])
		}
	}
	for _, l := range s.planned.Losses {
		row("lost: "+l.Field, l.Say)
	}
	if s.judged != nil {
		for _, f := range s.judged.Findings {
			row(f.Metric, fmt.Sprintf("%.2f %s", f.Score, f.Reason))
		}
		for _, u := range s.judged.Unjudged {
			row("not judged", u)
		}
	}
	if s.receipt != nil {
		row("delivered", s.receipt.Alias)
	}
	p.raw(`</dl></details>`)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
