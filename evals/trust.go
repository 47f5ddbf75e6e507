package evals

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// What a rule on the word of a judge does that no labels vouch for.
const (
	// ReportUncalibrated: the rule is shown, and does not count for the verdict.
	ReportUncalibrated = "report"
	// BlockUncalibrated: the judge's word is taken for the truth.
	BlockUncalibrated = "block"
)

// JudgeUse is a judge of a run, as its manifest keeps it, with the labels that
// tell about it.
type JudgeUse struct {
	Release     judges.Release `json:"release"`
	Digest      string         `json:"digest"` // of Release
	Trust       judges.Trust   `json:"trust"`
	Why         string         `json:"why,omitempty"` // it is not calibrated
	Policy      string         `json:"policy"`        // ReportUncalibrated or BlockUncalibrated
	Calibration string         `json:"calibration,omitempty"`
	Threshold   float64        `json:"threshold,omitempty"` // the least label that is a pass
	Draw        judges.Draw    `json:"draw,omitempty"`      // how the labelled answers were drawn
	Rows        []judges.Row   `json:"rows,omitempty"`      // of the calibration, when Trust is Calibrated
}

// judgesOf looks up what is known of each judge.
func judgesOf(releases []judges.Release, known []*judges.Calibration, policy string) []JudgeUse {
	if policy == "" {
		policy = ReportUncalibrated
	}
	var out []JudgeUse
	for _, r := range releases {
		use := JudgeUse{Release: r, Digest: r.Digest(), Policy: policy}
		var c *judges.Calibration
		c, use.Trust, use.Why = judges.Find(known, r)
		if c != nil {
			use.Calibration = c.Path
		}
		if use.Trust == judges.Calibrated {
			use.Threshold, use.Rows, use.Draw = c.Threshold, c.Rows, c.Labels.Draw
		}
		out = append(out, use)
	}
	return out
}

// judge is who judged a metric; nil for one that needs no judge.
func (m *Manifest) judge(metric string) *JudgeUse {
	for i := range m.Judges {
		if m.Judges[i].Release.Metric == metric {
			return &m.Judges[i]
		}
	}
	return nil
}

// distrusted says why a rule on this judge's word does not count; "" when it does.
func (u *JudgeUse) distrusted() string {
	if u == nil || u.Trust == judges.Calibrated || u.Policy == BlockUncalibrated {
		return ""
	}
	return fmt.Sprintf("the judge %s is not calibrated", u.Release.Judge)
}

// doubt notes which assertions are the word of judges on which rules do not count.
func (p *plan) doubt(m *Manifest) {
	if !m.Doubts {
		return
	}
	for i, checks := range p.judge.checks {
		for _, c := range checks {
			if !c.assertion || m.judge(c.metric).distrusted() == "" {
				continue
			}
			if p.doubted == nil {
				p.doubted = make([]map[string]bool, len(p.judge.checks))
			}
			if p.doubted[i] == nil {
				p.doubted[i] = map[string]bool{}
			}
			p.doubted[i][c.metric] = true
		}
	}
}

// doubtful counts cases of a rule whose pass would be the word of such a judge.
func (p *plan) doubtful(r *plannedRule) (n int) {
	if r.Metric != passRate || p.doubted == nil {
		return 0
	}
	for i, doubted := range p.doubted {
		if doubted != nil && r.applies[i] {
			n++
		}
	}
	return n
}

// passes is what pass_rate asks of a case: whether it passes, as far as that is not
// the word of a judge that no labels vouch for. A case that fails by something else
// fails; of any other nobody knows.
func (p *plan) passes(index int, j *Judgement) (score float64, known bool) {
	score, known = j.score(passRate)
	if p.doubted == nil || p.doubted[index] == nil || j.State == errored {
		return score, known
	}
	for _, c := range p.judge.checks[index] {
		if !c.assertion || p.doubted[index][c.metric] {
			continue
		}
		for _, f := range j.Findings {
			if f.Metric == c.metric && !f.Pass {
				return 0, true
			}
		}
	}
	return 0, false
}

// corrects says whether rates of this metric are corrected for the judge's errors.
func (u *JudgeUse) corrects() bool { return u != nil && u.Trust == judges.Calibrated }

// Judge is who judged a metric of the run; nil for one that needs no judge.
func (f Folder) Judge(metric string) (*judges.Release, error) {
	m, err := f.Manifest()
	if err != nil {
		return nil, err
	}
	if u := m.judge(metric); u != nil {
		return &u.Release, nil
	}
	return nil, nil
}

// Judged lists the metrics of the run that a judge judged.
func (f Folder) Judged() ([]string, error) {
	m, err := f.Manifest()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, u := range m.Judges {
		out = append(out, u.Release.Metric)
	}
	return out, nil
}

// JudgeTrust is a judge of a run as the reports show it.
type JudgeTrust struct {
	Metric      string       `json:"metric"`
	Judge       string       `json:"judge"`
	Release     string       `json:"release"`       // digest of everything that decides what it says
	Trust       judges.Trust `json:"trust"`         // calibrated | changed | uncalibrated
	Why         string       `json:"why,omitempty"` // it is not calibrated, or its rates are not corrected
	Gates       bool         `json:"gates"`         // rules on its word count for the verdict
	Calibration string       `json:"calibration,omitempty"`
	Corrected   *Corrected   `json:"corrected,omitempty"` // of a full run: 95 %

	Panel *judges.Among `json:"panel,omitempty"` // how far the members of a panel agree
}

// judgeTrusts describes the judges of the run.
func (t *tally) judgeTrusts(m *Manifest) []JudgeTrust {
	var out []JudgeTrust
	for i := range m.Judges {
		u := &m.Judges[i]
		s := JudgeTrust{Metric: u.Release.Metric, Judge: u.Release.Judge, Release: u.Digest, Trust: u.Trust, Why: u.Why, Gates: u.distrusted() == "", Calibration: u.Calibration}
		if u.corrects() {
			rule := Rule{Rule: gate.Rule{Metric: u.Release.Metric}}
			if c, why := t.correct(u, t.plan.appliesAll(rule), confidence); why == "" {
				s.Corrected = c
			} else {
				s.Why = "not corrected: " + why
			}
		}
		if m.Judge != nil && len(m.Judge.Panel) > 0 {
			s.Panel = t.panel(m.Judge.Panel, u.Release.Metric)
		}
		out = append(out, s)
	}
	return out
}

// panel compares the members of a panel on the run's answers. An answer on which the
// panel came to no verdict is not among them; nil when there is none.
func (t *tally) panel(members []ManifestJudge, metric string) *judges.Among {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	var items []judges.Item
	for pos, j := range t.first {
		if j == nil {
			continue
		}
		for _, f := range j.Findings {
			var words []judges.Word
			if f.Metric == metric && json.Unmarshal([]byte(f.Features[validators.PanelWords]), &words) == nil && len(words) == len(names) {
				items = append(items, judges.Item{Case: t.plan.cases[t.plan.order[pos]].ID, Scores: words})
			}
		}
	}
	if len(items) == 0 {
		return nil
	}
	among := judges.Agree(items, names)
	return &among
}

// judgeWarnings mark every judge that labels do not vouch for, each once.
func (t *tally) judgeWarnings(m *Manifest) []string {
	var out []string
	metrics := map[string][]string{} // by what is said of them
	for i := range m.Judges {
		u := &m.Judges[i]
		if u.Trust == judges.Calibrated {
			continue
		}
		text := fmt.Sprintf("the word of an uncalibrated judge, %s: %s", u.Release.Judge, u.Why)
		if u.distrusted() != "" {
			text += "; rules on it do not count (evals.uncalibrated_judges: report)"
		}
		if metrics[text] == nil {
			out = append(out, text)
		}
		metrics[text] = append(metrics[text], u.Release.Metric)
	}
	for i, text := range out {
		is := " is "
		if len(metrics[text]) > 1 {
			is = " are "
		}
		out[i] = strings.Join(metrics[text], ", ") + is + text + "; label 50 to 200 answers (`genops judge sample`) and run `genops judge calibrate`"
	}
	return out
}

// judgeReleases are the judges of all metrics that the set's assertions and the
// rules need a judge for, with what the cases ask of them.
func judgeReleases(j *validators.Judging, set *testsets.Set, rules []Rule) ([]judges.Release, error) {
	if j == nil {
		return nil, nil
	}
	var out []judges.Release
	seen := map[string]bool{}
	add := func(a testsets.Assertion, name string) error {
		m, err := validators.Lookup(a.Type)
		if err == nil && j.Computes(a) {
			return nil
		}
		if err != nil || m.Kind != validators.KindJudged {
			return nil
		}
		if name == "" {
			name = m.Name
		}
		if seen[name] {
			return nil
		}
		seen[name] = true
		r, err := j.Release(m.Name)
		if err != nil {
			return err
		}
		r.Metric = name
		err = AddCriteria(&r, set.Cases)
		out = append(out, r)
		return err
	}
	for _, r := range rules {
		if err := add(testsets.Assertion{Type: r.Metric}, ""); err != nil {
			return nil, err
		}
	}
	for i := range set.Cases {
		var err error
		testsets.EachAssertion(set.Cases[i].Assert, func(a, set *testsets.Assertion) {
			err = errors.Join(err, add(*a, ""), add(*a, a.Metric))
			if set != nil { // what a set finds is its judges' word
				err = errors.Join(err, add(*a, set.Type), add(*a, set.Metric))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AddCriteria notes what the cases ask under the release's metric.
func AddCriteria(r *judges.Release, cases []testsets.Case) error {
	m, err := validators.Lookup(r.Metric)
	byName := err == nil
	for i := range cases {
		c := &cases[i]
		if len(Asking(c, r.Metric)) == 0 && !(byName && m.Applies(*c)) {
			continue // it is not asked about this case
		}
		criterion, words, err := CriterionOf(c, r.Metric)
		if err != nil {
			return err
		}
		r.Ask(criterion, words)
	}
	r.Plain()
	return nil
}

// Asking are the assertions of a case that a judge judges and whose scores count
// under a metric's name, those within sets included.
func Asking(c *testsets.Case, metric string) (out []testsets.Assertion) {
	testsets.EachAssertion(c.Assert, func(a, set *testsets.Assertion) {
		m, err := validators.Lookup(a.Type)
		if err != nil || m.Kind != validators.KindJudged {
			return
		}
		if m.Name == metric || a.Metric == metric || set != nil && (set.Type == metric || set.Metric == metric) {
			out = append(out, *a)
		}
	})
	return out
}

// CriterionOf names what a case asks under a metric's name, and says it in words;
// "" = the metric's own question.
func CriterionOf(c *testsets.Case, metric string) (criterion judges.Criterion, words string, err error) {
	var parts []any
	var text []string
	for _, a := range Asking(c, metric) {
		var value, config any
		for raw, to := range map[*json.RawMessage]*any{&a.Value: &value, &a.Config: &config} {
			if len(*raw) == 0 {
				continue
			}
			if err := json.Unmarshal(*raw, to); err != nil {
				return "", "", fmt.Errorf("case %s: %s: %w", c.ID, a.Type, err)
			}
		}
		if value == nil && config == nil && a.Threshold == nil && a.Transform == "" && a.Turn == "" {
			continue
		}
		m, err := validators.Lookup(a.Type)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, m.Name, value, a.Threshold, a.Transform, a.Turn, config)
		text = append(text, criterionWords(value, a.Threshold))
	}
	if len(parts) == 0 {
		return "", "the metric's own question", nil
	}
	criterion, err = judges.CriterionOf(parts...)
	return criterion, strings.Join(text, "; "), err
}

// criterionWords says what an assertion asks as a person would.
func criterionWords(value any, threshold *float64) string {
	at := ""
	if threshold != nil {
		at = fmt.Sprintf("from %g: ", *threshold)
	}
	switch v := value.(type) {
	case nil:
		return strings.TrimSuffix(at, ": ")
	case string:
		return at + v
	case []any:
		if len(v) == 1 {
			return criterionWords(v[0], threshold)
		}
	case map[string]any:
		if text, ok := v["criteria"].(string); ok {
			return at + text
		}
	}
	data, err := json.Marshal(value)
	if err != nil {
		return at
	}
	return at + string(data)
}
