package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/semdiff"
)

const (
	longTokens    = 4000
	longRounds    = 15
	changedNumber = 500
)

// timing is what the speeds are judged by.
type timing struct {
	first     time.Duration // the first diff of the process, which loads tables
	edited    round         // a prompt of 4,000 tokens with some edits
	rewritten round         // two prompts of 4,000 tokens with nothing in common
	prompts   time.Duration // 500 changed prompts, one after the other
	tokens    int           // of the long prompt
	edits     int           // in it
}

// speed measures on all of the corpus, whatever the half.
func speed(m *embedding.Model) (timing, error) {
	ps, err := corpus()
	if err != nil {
		return timing{}, err
	}
	var t timing
	begin := time.Now()
	semdiff.Text(ps[0].text, strings.Replace(ps[0].text, ".", "!", 1))
	t.first = time.Since(begin)

	before, rest := long(m, ps)
	other, _ := long(m, rest)
	after, n := scattered(before)
	t.tokens, t.edits = len(m.Tokens(nil, before)), n
	t.edited, t.rewritten = rounds(before, after), rounds(before, other)

	pairs, err := benchmark("all")
	if err != nil {
		return timing{}, err
	}
	step := len(pairs) / changedNumber
	begin = time.Now()
	for i := range changedNumber {
		semdiff.Text(pairs[i*step].Before, pairs[i*step].After)
	}
	t.prompts = time.Since(begin)
	return t, nil
}

// long joins Markdown prompts to a text of 4,000 tokens; rest are those that
// were not used.
func long(m *embedding.Model, ps []prompt) (text string, rest []prompt) {
	tokens := 0
	for i, p := range ps {
		if !strings.HasSuffix(p.name, ".md") || strings.HasPrefix(p.text, "---") {
			continue
		}
		n := len(m.Tokens(nil, p.text))
		if tokens+n >= longTokens {
			words := strings.SplitAfter(p.text, " ")
			return text + strings.Join(words[:min(len(words), (longTokens-tokens)*len(words)/n)], ""), ps[i+1:]
		}
		text, tokens = text+p.text+"\n", tokens+n
	}
	return text, nil
}

// scattered applies edits of many mutators, as far as they don't meet.
func scattered(text string) (string, int) {
	d := parse(prompt{"long.md", text})
	var parts []edit
	for _, m := range mutators() {
		for _, e := range sample(d, m) {
			if e.plant != nil || len(e.splices) > 2 {
				continue
			}
			if _, ok := joined(text, append(parts, e)...); ok {
				parts = append(parts, e)
				break
			}
		}
	}
	all, _ := joined(text, parts...)
	return apply(text, all.splices), len(parts)
}

// round is the median and the best of several rounds. The best is what the
// machine can do when nothing else runs; the bars judge the median.
type round struct{ median, best time.Duration }

func (r round) String() string { return fmt.Sprintf("%.1f ms (best %.1f)", ms(r.median), ms(r.best)) }

func rounds(before, after string) round {
	var times []time.Duration
	for range longRounds {
		begin := time.Now()
		semdiff.Text(before, after)
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	return round{times[len(times)/2], times[0]}
}
