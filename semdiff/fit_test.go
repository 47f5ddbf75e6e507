package semdiff

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"sort"
	"strings"
	"testing"
)

var (
	fitOn      = flag.String("fit", "", "comma-separated `files` of pairs to fit data/weights.txt on; FILE*3 counts three times")
	fitPenalty = flag.Float64("fit-penalty", 3e-5, "quadratic penalty of -fit")
	fitTest    = flag.String("fit-check", "", "comma-separated `files` of pairs to check the weights on")
)

// sample is one pair: what is certain about it, and the evidence of its
// sentences.
type sample struct {
	changed bool
	weight  float64
	certain float64
	units   []evidence
}

func readSamples(t *testing.T, list string) []sample {
	var all []sample
	for name := range strings.SplitSeq(list, ",") {
		weight := 1.0
		if path, times, ok := strings.Cut(name, "*"); ok {
			name = path
			fmt.Sscan(times, &weight)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<24)
		for in.Scan() {
			var p struct{ Before, After, Label string }
			if err := json.Unmarshal(in.Bytes(), &p); err != nil {
				t.Fatal(name, err)
			}
			s := sampleOf(p.Before, p.After)
			s.changed, s.weight = p.Label == "changed", weight
			all = append(all, s)
		}
	}
	return all
}

// sampleOf compares two texts and keeps the evidence before it is weighed.
func sampleOf(before, after string) (s sample) {
	b, c := newBuilder("text", "", "", ""), newComparer(nil)
	c.keep = map[[2]string]evidence{}
	weighed := map[int]bool{}
	b.watch = func(x, y string) {
		e, ok := c.keep[[2]string{x, y}]
		if ok {
			s.units = append(s.units, e)
			weighed[len(b.report.Units)] = true
		}
	}
	b.texts(c, "", before, "", after, true)
	for i, u := range b.report.Units {
		if !weighed[i] {
			s.certain = max(s.certain, u.Score)
		}
	}
	return s
}

func (s *sample) score(w *evidence) (p float64, unit int) {
	p, unit = s.certain, -1
	for i := range s.units {
		if q := s.units[i].probability(w); q > p {
			p, unit = q, i
		}
	}
	return p, unit
}

// fit is a logistic regression by gradient steps on the worst sentence of each
// pair, with a quadratic penalty.
func fit(all []sample, start evidence, penalty float64) evidence {
	w := start
	var m, v evidence
	total := 0.0
	for _, s := range all {
		total += s.weight
	}
	for step := 1; step <= 3000; step++ {
		var g evidence
		for k := range all {
			s := &all[k]
			p, unit := s.score(&w)
			if unit < 0 {
				continue
			}
			d := (p - truth(s.changed)) * s.weight
			for i, x := range s.units[unit] {
				g[i] += d * x / total
			}
		}
		for i := range w {
			if i > 0 {
				g[i] += penalty * w[i]
			}
			m[i] = .9*m[i] + .1*g[i]
			v[i] = .999*v[i] + .001*g[i]*g[i]
			mh, vh := m[i]/(1-math.Pow(.9, float64(step))), v[i]/(1-math.Pow(.999, float64(step)))
			w[i] -= .05 * math.Min(1, 4*(1-float64(step)/3000)) * mh / (math.Sqrt(vh) + 1e-8)
		}
	}
	return w
}

// figures are AUROC, and the shares that are called changed.
func figures(all []sample, w *evidence) (auroc, caught, flagged float64) {
	var yes, no []float64
	for k := range all {
		p, _ := all[k].score(w)
		if all[k].changed {
			yes = append(yes, p)
		} else {
			no = append(no, p)
		}
	}
	sort.Float64s(no)
	for _, p := range yes {
		lo := sort.SearchFloat64s(no, p)
		hi := sort.Search(len(no), func(i int) bool { return no[i] > p })
		auroc += float64(lo+hi) / 2 / float64(len(no))
		caught += truth(p >= threshold)
	}
	for _, p := range no {
		flagged += truth(p >= threshold)
	}
	return auroc / float64(len(yes)), caught / float64(len(yes)), flagged / float64(len(no))
}

// TestFit fits the weights anew, on the files of -fit and testdata/pairs, and
// writes them with -update.
func TestFit(t *testing.T) {
	if *fitOn == "" {
		t.Skip("no -fit")
	}
	train := readSamples(t, *fitOn)
	for name, changed := range pairTables {
		for _, p := range pairTable(t, name) {
			s := sampleOf(p[0], p[1])
			s.changed, s.weight = changed, 1
			train = append(train, s)
		}
	}
	w := fit(train, evidence{}, *fitPenalty)
	show := func(name string, all []sample) {
		auroc, caught, flagged := figures(all, &w)
		t.Logf("auroc=%.4f caught=%.4f flagged=%.4f %s", auroc, caught, flagged, name)
	}
	show("fitted", train)
	if *fitTest != "" {
		for name := range strings.SplitSeq(*fitTest, ",") {
			show(name, readSamples(t, name))
		}
	}
	if *update {
		if err := os.WriteFile("data/weights.txt", w.table(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// table writes weights as data/weights.txt has them.
func (w *evidence) table() []byte {
	var b bytes.Buffer
	b.WriteString("# Weights of the evidence (evidence.go) for a change of meaning; their sum is a logit.\n")
	b.WriteString("# go test ./semdiff -run TestFit -update -fit FILE,… makes them of testdata/pairs and files such as\n# go run ./bench/semdiff --half train --write FILE writes.\n")
	for i, name := range evidenceNames {
		fmt.Fprintf(&b, "%s %.2f\n", name, w[i])
	}
	return b.Bytes()
}
