package semdiff

import (
	"math"
	"strconv"
	"strings"
	"sync"
)

// evidence is what is known about two sentences when the rules have spoken: how
// much of the words is without a counterpart, how they stand to each other, and
// which rules found something. weigh makes one probability of it.
type evidence [len(evidenceNames)]float64

// evidenceNames name the parts of evidence, as in data/weights.txt.
var evidenceNames = [...]string{
	"bias", "frame", "share", "cosine", "lost", "gained", "replaced", "only-one-side",
	"one-word", "synonyms", "derived", "near", "near-nouns", "sisters", "length", "ratio",
	"words", "negation", "modality", "quantifier", "condition", "order", "exclusivity", "format", "label",
	"negation-new", "modality-new", "quantifier-new", "condition-new", "order-new", "exclusivity-new",
	"words-new", "new", "cosine-new", "several", "opposites", "passive",
	"hard-local", "hard-new", "uncovered-lost", "uncovered-gained", "uncovered-worst", "turned", "turned-alone", "parted", "parted-alone", "swapped-alone",
}

// kindsWeighed are the kinds of finding that a paraphrase shows, too, in the
// order of their names in evidence.
var kindsWeighed = [...]Kind{KindWording, KindNegation, KindModality, KindQuantifier, KindCondition, KindOrder, KindExclusivity, KindFormat, KindLabel}

// weights is data/weights.txt.
var weights = sync.OnceValue(func() *evidence {
	var w evidence
	eachLine("weights.txt", func(line string) {
		name, value, _ := strings.Cut(line, " ")
		x, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		for i, known := range evidenceNames {
			if known == name && err == nil {
				w[i] = x
			}
		}
	})
	return &w
})

// evident gathers the evidence about two sentences.
func (c *comparer) evident(o *outcome, m *matching, r residue) (e evidence) {
	at := 0
	put := func(x float64) { e[at] = x; at++ }
	other := float64(len(r.a) + len(r.b) + r.synonyms + r.derived + r.nearly)
	anew := (1 - r.frame) * math.Min(1, 2*r.share()) * math.Min(1, other/5) // how far a text was written anew
	put(1)
	put(r.frame)
	put(math.Min(r.share(), 1))
	put(r.cos)
	put(math.Min(r.weightA, 3))
	put(math.Min(r.weightB, 3))
	put(math.Min(math.Min(r.weightA, r.weightB), 2))
	put(truth(len(r.a)+len(r.b) > 0 && math.Min(r.weightA, r.weightB) < .3))
	put(truth(len(r.a) <= 1 && len(r.b) <= 1 && len(r.a)+len(r.b) > 0 && r.frame > .5))
	put(math.Min(float64(r.synonyms), 3))
	put(math.Min(float64(r.derived), 3))
	put(math.Min(float64(r.nearly), 3))
	put(math.Min(float64(r.nearNouns), 3))
	put(math.Min(float64(c.sisters(m, r)), 2))
	na, nb := float64(len(m.a.atoms)+1), float64(len(m.b.atoms)+1)
	put(math.Log(na+nb) - 3)
	put(math.Abs(math.Log(na / nb)))
	var by [len(kindsWeighed)]float64
	count := 0
	for _, f := range o.findings {
		for k, kind := range kindsWeighed {
			if f.kind == kind {
				by[k] = math.Max(by[k], f.score)
			}
		}
		if f.verdict == Changed {
			count++
		}
	}
	for _, x := range by {
		put(x)
	}
	for _, x := range by[1:7] {
		put(x * anew)
	}
	put(by[0] * anew)
	put(anew)
	put(r.cos * anew)
	put(math.Min(float64(max(count-1, 0)), 3))
	put(math.Min(float64(r.opposites), 2))
	put(truth(m.a.passive != m.b.passive))
	hard := 0.0
	for _, f := range o.findings {
		if f.verdict == Changed && f.score >= .9 {
			hard = 1
		}
	}
	put(hard * truth(r.frame >= .5 && r.share() < .3))
	put(hard * anew)
	lost, worstLost := c.uncovered(m.a.atoms, r.a, m.b.atoms)
	gained, worstGained := c.uncovered(m.b.atoms, r.b, m.a.atoms)
	put(math.Min(lost, 3))
	put(math.Min(gained, 3))
	put(math.Max(worstLost, worstGained))
	turned, parted, exchanged := m.disorder()
	alone := truth(len(r.a)+len(r.b) == 0)
	put(turned)
	put(turned * alone)
	put(parted)
	put(parted * alone)
	put(exchanged * alone)
	return e
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sisters counts the words without a counterpart that have one of the same
// rank on the other side, as red and blue.
func (c *comparer) sisters(m *matching, r residue) int {
	n := 0
	if len(r.a)*len(r.b) > 64 {
		return 0
	}
	for _, i := range r.a {
		for _, j := range r.b {
			if c.relate(&m.a.atoms[i], &m.b.atoms[j]) == sister {
				n++
				break
			}
		}
	}
	return n
}

// uncovered sums how far words are from the nearest word of the other side, by
// the embeddings, and gives the largest of these distances.
func (c *comparer) uncovered(atoms []atom, at []int, other []atom) (sum, worst float64) {
	if len(at)*len(other) > 2500 {
		return 3, 1
	}
	for _, i := range at {
		best := 0.0
		for j := range other {
			if other[j].role == roleContent {
				best = math.Max(best, c.cosine(atoms[i].key, other[j].key))
			}
		}
		d := (1 - best) * weight(&atoms[i])
		sum, worst = sum+d, math.Max(worst, d)
	}
	return sum, worst
}

// disorder says how the order of matched words differs: turned is the share of
// the pairs in another order, parted that of neighbours that no longer are,
// exchanged is 1 if two words stand where the other one stood.
func (m *matching) disorder() (turned, parted, exchanged float64) {
	var at []int
	for i := range m.a.atoms {
		if j := m.toB[i]; j >= 0 && argument(&m.a.atoms[i]) && argument(&m.b.atoms[j]) {
			at = append(at, i)
		}
	}
	if len(at) < 2 || len(at) > 60 || !m.sequenced() && (sameSegments(m.a, m.b) || m.rotated()) {
		return 0, 0, 0
	}
	rank := make([]int, len(at)) // among the matched words of the other side
	pairs := 0
	for x, i := range at {
		for y, k := range at {
			if m.toB[k] < m.toB[i] {
				rank[x]++
				if y > x {
					turned++
				}
			}
			if y > x {
				pairs++
			}
		}
	}
	for x := 1; x < len(at); x++ {
		if d := rank[x] - rank[x-1]; d != 1 && d != -1 {
			parted++
		}
	}
	for x := range at {
		if y := rank[x]; y != x && rank[y] == x {
			exchanged = 1
		}
	}
	return turned / float64(pairs), parted / float64(len(at)-1), exchanged
}

// probability is that of a change of meaning, by the weights.
func (e *evidence) probability(w *evidence) float64 {
	x := 0.0
	for i := range e {
		x += e[i] * w[i]
	}
	return 1 / (1 + math.Exp(-x))
}

// onlyMoved reports whether all words have their counterparts, and no rule has
// found anything: then the rules of order have the last word.
func (o *outcome) onlyMoved(r residue) bool {
	if len(r.a)+len(r.b)+r.opposites > 0 {
		return false
	}
	for _, f := range o.findings {
		if f.kind != KindWording && f.score >= .25 {
			return false
		}
	}
	return true
}

// weigh settles what rules and words leave open: where no rule that is certain
// found anything, all evidence together decides.
func (c *comparer) weigh(o *outcome, m *matching, r residue) {
	if o.certain() || o.local(r) || o.onlyMoved(r) {
		o.damp(r)
		return
	}
	e := c.evident(o, m, r)
	p := e.probability(weights())
	best := 0
	for i := range o.findings {
		if o.findings[i].score > o.findings[best].score {
			best = i
		}
	}
	top := o.findings[best].score
	o.score, o.verdict = 0, Identical
	for i := range o.findings {
		f := &o.findings[i]
		if f.verdict >= Reworded {
			f.score = p * f.score / top
			if i == best {
				f.score = p
			}
			f.verdict = Reworded
			if f.score >= threshold {
				f.verdict = Changed
			}
		}
		o.score, o.verdict = max(o.score, f.score), max(o.verdict, f.verdict)
	}
	if f := &o.findings[best]; f.verdict == Changed && f.say == sameMeaning {
		f.kind, f.say = KindOrder, "the same words in another order"
	}
}

const sameMeaning = "other words, same meaning"

// local reports whether a rule is sure of its finding in a sentence that is
// otherwise the same.
func (o *outcome) local(r residue) bool {
	for _, f := range o.findings {
		if f.verdict >= Changed && f.score >= .9 && f.kind != KindWording {
			alone := len(r.a)+len(r.b) == 0 && (r.frame >= .3 || f.kind != KindOrder && f.kind != KindCondition)
			return alone || len(r.a) <= 1 && len(r.b) <= 1 && r.frame >= .5
		}
	}
	return false
}

// certain reports whether a rule found what no paraphrase shows.
func (o *outcome) certain() bool {
	if o.sure {
		return true
	}
	for _, f := range o.findings {
		if f.verdict >= Changed && !uncertain[f.kind] {
			return true
		}
	}
	return false
}
