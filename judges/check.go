package judges

import (
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Self is how far a judge agrees with itself when it is asked the same again.
type Self struct {
	Times  int      `json:"times"`  // each answer was judged so often
	Same   Figure   `json:"same"`   // share of answers whose verdicts are all the same
	Spread Figure   `json:"spread"` // mean of highest - lowest score
	Alpha  *Alpha   `json:"alpha"`  // of its passes; null when it is not defined
	Flips  []string `json:"flips"`  // answers whose verdicts differ
}

// AgreeWithSelf compares rounds of words on the same answers: rounds[r][i] is
// that of round r on answer i. Answers with fewer than two verdicts say nothing.
func AgreeWithSelf(names []string, rounds [][]Word) Self {
	s := Self{Times: len(rounds), Flips: []string{}}
	var units [][]float64
	var spread []float64
	same, n := 0.0, 0.0
	for i, name := range names {
		var unit []float64
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, words := range rounds {
			if w := words[i]; w.Judged() {
				unit = append(unit, passed(w))
				lo, hi = min(lo, w.Score), max(hi, w.Score)
			}
		}
		if len(unit) < 2 {
			continue
		}
		n++
		units, spread = append(units, unit), append(spread, hi-lo)
		alike := true
		for _, x := range unit {
			alike = alike && x == unit[0]
		}
		if alike {
			same++
		} else {
			s.Flips = append(s.Flips, name)
		}
	}
	s.Same = shareOf(same, n)
	s.Spread = meanOf(spread, 0, 1)
	s.Alpha = alpha(units, stats.NominalScale, "nominal")
	return s
}

func passed(w Word) float64 {
	if w.Pass {
		return 1
	}
	return 0
}

// shareOf is k of n with Wilson's interval.
func shareOf(k, n float64) Figure {
	return figure(stats.JudgeTable{TruePass: k, TrueFail: n - k}.LabelsAlone(level), n)
}

// meanOf is the mean of values in [lo,hi] with the interval of stats.UnitMean.
func meanOf(xs []float64, lo, hi float64) Figure {
	scaled, mean := make([]float64, len(xs)), 0.0
	for i, x := range xs {
		scaled[i] = (x - lo) / (hi - lo)
		mean += x / float64(len(xs))
	}
	in := stats.UnitMean(scaled, level).Interval
	return Figure{mean, [2]float64{lo + in.Lo*(hi-lo), lo + in.Hi*(hi-lo)}, len(xs)}
}

// Shift is how a judge's words change when its material does, though what is to
// be judged does not.
type Shift struct {
	Score Figure   `json:"score"` // mean of changed - plain
	Pass  Figure   `json:"pass"`  // share that passes more
	Up    []string `json:"up"`    // answers that pass only when changed
	Down  []string `json:"down"`  // answers that pass only as they are
}

// ShiftBetween compares words on the same answers, plain and changed. Answers
// that either could not be judged say nothing.
func ShiftBetween(names []string, plain, changed []Word) Shift {
	s := Shift{Up: []string{}, Down: []string{}}
	var off []float64
	for i, name := range names {
		a, b := plain[i], changed[i]
		if !a.Judged() || !b.Judged() {
			continue
		}
		off = append(off, b.Score-a.Score)
		switch {
		case b.Pass && !a.Pass:
			s.Up = append(s.Up, name)
		case a.Pass && !b.Pass:
			s.Down = append(s.Down, name)
		}
	}
	n := float64(len(off))
	s.Score = meanOf(off, -1, 1)
	s.Pass = figure(stats.PairedDifference(float64(len(s.Up)), float64(len(s.Down)), n, level), n)
	return s
}

// Choice is which of two answers a judge likes better: 1 the one that was shown
// first, -1 the other, 0 neither.
type Choice int

// Position is what the order of two answers does to a judge's choice.
type Position struct {
	Consistent Figure   `json:"consistent"` // share of pairs of which it chooses the same answer in both orders
	First      Figure   `json:"first"`      // how much more often it chooses what is shown first, of all choices
	Swayed     []string `json:"swayed"`     // pairs whose choice depends on the order
	Unjudged   int      `json:"unjudged"`   // pairs without a choice in one order
}

// PositionOf compares the choices of both orders; there is one of each pair that
// could be judged.
func PositionOf(names []string, forward, backward []Choice, unjudged int) Position {
	p := Position{Swayed: []string{}, Unjudged: unjudged}
	var lean []float64
	same := 0.0
	for i, name := range names {
		if forward[i] == -backward[i] {
			same++
		} else {
			p.Swayed = append(p.Swayed, name)
		}
		lean = append(lean, float64(forward[i]+backward[i])/2)
	}
	p.Consistent = shareOf(same, float64(len(names)))
	p.First = meanOf(lean, -1, 1)
	return p
}

// Replies is how a judge's model replied.
type Replies struct {
	Calls     int      `json:"calls"`
	Malformed Figure   `json:"malformed"` // share of questions that had to be asked again
	Refused   Figure   `json:"refused"`   // share of replies that refuse
	Unjudged  Figure   `json:"unjudged"`  // share of words that are no verdict
	USD       *float64 `json:"cost_usd"`  // null when no price is known
	Because   []Reason `json:"because,omitempty"`
}

// Reason is why words are no verdict.
type Reason struct {
	Why   string `json:"why"`
	Words int    `json:"words"`
}

// mostReasons is how many reasons are told.
const mostReasons = 3

// reasonsOf are the most frequent reasons why words are no verdict.
func reasonsOf(rounds [][]Word) []Reason {
	var out []Reason
	for _, words := range rounds {
		for _, w := range words {
			if w.Judged() {
				continue
			}
			i := slices.IndexFunc(out, func(r Reason) bool { return r.Why == w.Why })
			if i < 0 {
				i, out = len(out), append(out, Reason{Why: w.Why})
			}
			out[i].Words++
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return b.Words - a.Words })
	return out[:min(len(out), mostReasons)]
}

// Heard counts what a judge's model was asked and replied.
type Heard struct {
	Questions int64 // that were asked
	Malformed int64 // of them, those that had to be asked again
	Again     int64 // how often they were
	Refused   int64 // replies that refuse
}

// RepliesOf sums up what was heard, and the words of several rounds about the same
// answers. What a judge does with one answer it tends to do with it each time, so
// the intervals count answers, not questions.
func RepliesOf(h Heard, words [][]Word, usd *float64) Replies {
	r := Replies{Calls: int(h.Questions + h.Again), USD: usd, Because: reasonsOf(words)}
	unjudged, all, answers := 0, 0, 0
	for _, round := range words {
		answers = max(answers, len(round))
		for _, w := range round {
			all++
			if !w.Judged() {
				unjudged++
			}
		}
	}
	per := func(k, n int) Figure {
		if n == 0 {
			return shareOf(0, 0)
		}
		return shareOf(float64(k)/float64(n)*float64(answers), float64(answers))
	}
	r.Malformed, r.Refused, r.Unjudged = per(int(h.Malformed), int(h.Questions)), per(int(h.Refused), r.Calls), per(unjudged, all)
	return r
}

// filler says nothing about anything.
const filler = "To put it in more words: what is written here is the answer, it was given as an answer, and it is meant as one. " +
	"It stands as it stands, and nothing is added to it by this sentence or by the next one. " +
	"With that said, and without anything further to be said, this is where it ends."

// Pad makes an answer longer and no better: neutral words before and after it,
// at least as many as it has itself, up to a limit.
func Pad(output string) string {
	times := min(1+len(output)/len(filler), 8)
	return "This is the answer.\n\n" + output + "\n\n" + strings.Repeat(filler+" ", times)
}

// refusals are beginnings and phrases of replies that refuse to judge.
var refusals = []string{"i can't", "i can’t", "i cannot", "i'm sorry", "i’m sorry", "i am sorry", "i'm unable", "i’m unable", "i am unable", "i won't", "i won’t",
	"i must decline", "i'm not able", "i’m not able", "i am not able", "as an ai", "as a language model"}

// Refusal says whether a model's reply refuses: its provider stopped it for its
// content, or it is no JSON and begins by declining. It is a rule of thumb for
// English replies.
func Refusal(reply, finish string) bool {
	switch strings.ToLower(finish) {
	case "content_filter", "refusal", "safety", "prohibited_content", "recitation":
		return true
	}
	if strings.Contains(reply, "{") {
		return false
	}
	start := strings.ToLower(strings.TrimSpace(reply))
	start = start[:min(len(start), 200)]
	for _, r := range refusals {
		if strings.Contains(start, r) {
			return true
		}
	}
	return false
}

// Joint is how far a metric that was scored together with others, in one
// question, agrees with its own procedure.
type Joint struct {
	Metric string `json:"metric"`
	Same   Figure `json:"same"` // share of answers judged alone that pass or fail alike; no verdict together is none alike
	Shift  Shift  `json:"shift"`
}

// JointOf compares the words of the metric's own procedure with those of the
// question about several.
func JointOf(metric string, names []string, apart, together []Word) Joint {
	j := Joint{Metric: metric, Shift: ShiftBetween(names, apart, together)}
	lost := 0 // verdicts that the question about several did not bring
	for i := range names {
		if apart[i].Judged() && !together[i].Judged() {
			lost++
		}
	}
	n := float64(j.Shift.Score.N)
	j.Same = shareOf(n-float64(len(j.Shift.Up)+len(j.Shift.Down)), n+float64(lost))
	return j
}
