package ci

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
	"github.com/GaboBase/arch-genops/testsets"
)

// compareSets says what changed between two versions of a test set: cases that
// came and went, other inputs, other right answers, other rules. The order of
// the cases and the form of the file are formatting: evals draw in an order of
// their own.
func compareSets(before, after *registry.Object) *semdiff.Report {
	r := &semdiff.Report{Kind: string(after.Kind), Name: after.Name, From: RefOf(before), To: RefOf(after), Changes: []semdiff.Change{}, Units: []semdiff.Unit{}}
	if before.Files[0].Digest == after.Files[0].Digest && before.Path == after.Path {
		return r
	}
	x := &setDiff{report: r, before: before.Path, after: after.Path}
	a, errA := testsets.Read(before.Path, before.Files[0].Text, testsets.Options{})
	b, errB := testsets.Read(after.Path, after.Files[0].Text, testsets.Options{})
	if before.Files[0].Text == nil || after.Files[0].Text == nil || errA != nil || errB != nil {
		x.change(semdiff.KindLogic, semdiff.Changed, "another file, which can't be read as cases", nil, nil)
		return x.done()
	}
	x.rules(a, b)
	x.cases(a.Cases, b.Cases)
	if len(r.Changes) == 0 {
		x.change(semdiff.KindCosmetic, semdiff.Formatting, "order of the cases, or form of the file", nil, nil)
	}
	return x.done()
}

// setDiff gathers the changes of a test set. Changes of one kind are one
// change, with a place for each case.
type setDiff struct {
	report        *semdiff.Report
	before, after string
	at            map[string]int // change by what it says
	count         map[string]int
}

// shownCases is how many cases of one kind of change are shown with their texts.
const shownCases = 200

// change adds a case to a change; say has %d for the number of cases.
func (x *setDiff) change(kind semdiff.Kind, v semdiff.Verdict, say string, a, b *testsets.Case) {
	if x.at == nil {
		x.at, x.count = map[string]int{}, map[string]int{}
	}
	i, known := x.at[say]
	if !known {
		i = len(x.report.Changes)
		x.at[say] = i
		x.report.Changes = append(x.report.Changes, semdiff.Change{Kind: kind, Verdict: v, Say: say})
	}
	if x.count[say]++; x.count[say] > shownCases {
		return
	}
	u := semdiff.Unit{What: "case", Verdict: v, Score: score(v), Before: caseText(a), After: caseText(b)}
	if a != nil {
		u.BeforeSpan = semdiff.Span{File: x.before, Line: a.Line, End: a.Line}
		u.Section = "case " + a.ID
	}
	if b != nil {
		u.AfterSpan = semdiff.Span{File: x.after, Line: b.Line, End: b.Line}
		u.Section = "case " + b.ID
	}
	x.report.Units = append(x.report.Units, u)
	c := &x.report.Changes[i]
	c.Places = append(c.Places, semdiff.Place{Unit: len(x.report.Units) - 1, Before: u.BeforeSpan, After: u.AfterSpan})
}

func score(v semdiff.Verdict) float64 {
	if v >= semdiff.Changed {
		return 1
	}
	return 0
}

// done counts what was found.
func (x *setDiff) done() *semdiff.Report {
	for say, i := range x.at {
		c := &x.report.Changes[i]
		if strings.Contains(say, "%d") {
			noun := "cases"
			if x.count[say] == 1 {
				noun = "case"
			}
			c.Say = strings.Replace(fmt.Sprintf(say, x.count[say]), " cases", " "+noun, 1)
		}
		x.report.Verdict, x.report.Score = max(x.report.Verdict, c.Verdict), max(x.report.Score, score(c.Verdict))
	}
	return x.report
}

// rules compares what the sets themselves ask for.
func (x *setDiff) rules(a, b *testsets.Set) {
	plain := func(bars []testsets.Bar) string {
		data, _ := json.Marshal(bars)
		return string(data)
	}
	if was, now := plain(a.Gate), plain(b.Gate); was != now {
		x.change(semdiff.KindParameter, semdiff.Changed, fmt.Sprintf("the set's own rules %s → %s", was, now), nil, nil)
	}
}

var numbered = regexp.MustCompile(`^c[0-9]{4,}$`)

// cases pairs the cases by what is asked, then by their own IDs.
func (x *setDiff) cases(before, after []testsets.Case) {
	byInput, byID := map[string][]int{}, map[string]int{}
	for i := range before {
		key := asked(&before[i])
		byInput[key] = append(byInput[key], i)
		byID[before[i].ID] = i
	}
	partner := make([]int, len(after))
	taken := make([]bool, len(before))
	for i := range after {
		partner[i] = -1
		key := asked(&after[i])
		if all := byInput[key]; len(all) > 0 {
			partner[i], byInput[key] = all[0], all[1:]
			taken[all[0]] = true
		}
	}
	for i := range after {
		if at, ok := byID[after[i].ID]; partner[i] < 0 && ok && !taken[at] && !numbered.MatchString(after[i].ID) {
			partner[i], taken[at] = at, true
		}
	}
	for i := range after {
		if partner[i] < 0 {
			x.change(semdiff.KindAdded, semdiff.Changed, "%d cases added", nil, &after[i])
			continue
		}
		x.pair(&before[partner[i]], &after[i])
	}
	for i := range before {
		if !taken[i] {
			x.change(semdiff.KindRemoved, semdiff.Changed, "%d cases removed", &before[i], nil)
		}
	}
}

// asked is all that an agent is sent.
func asked(c *testsets.Case) string {
	data, _ := json.Marshal([]any{c.Input, c.Vars, c.Messages, c.Context})
	return string(data)
}

func (x *setDiff) pair(a, b *testsets.Case) {
	switch {
	case asked(a) != asked(b):
		x.change(semdiff.KindExample, semdiff.Changed, "another input in %d cases", a, b)
	case !reflect.DeepEqual(a.Expected, b.Expected):
		x.change(semdiff.KindLabel, semdiff.Changed, "another answer expected in %d cases", a, b)
	case asserts(a) != asserts(b):
		x.change(semdiff.KindLogic, semdiff.Changed, "other assertions in %d cases", a, b)
	case a.Weight != b.Weight || a.Cluster != b.Cluster:
		x.change(semdiff.KindParameter, semdiff.Changed, "another weight or cluster in %d cases", a, b)
	case !reflect.DeepEqual(a.Slice, b.Slice) || !reflect.DeepEqual(a.Metadata, b.Metadata):
		x.change(semdiff.KindMetadata, semdiff.Formatting, "other properties in %d cases", a, b)
	}
}

func asserts(c *testsets.Case) string {
	data, _ := json.Marshal(c.Assert)
	return string(data)
}

// caseText is a case for people to read.
func caseText(c *testsets.Case) string {
	if c == nil {
		return ""
	}
	var lines []string
	for _, m := range c.Messages {
		lines = append(lines, m.Role+": "+m.Content)
	}
	lines = append(lines, "input: "+c.Input)
	add := func(key string, v any, there bool) {
		if there {
			data, _ := json.Marshal(v)
			lines = append(lines, key+": "+string(data))
		}
	}
	add("vars", c.Vars, len(c.Vars) > 0)
	add("expected", c.Expected, c.Expected != nil)
	add("context", c.Context, len(c.Context) > 0)
	add("assert", c.Assert, len(c.Assert) > 0)
	add("weight", c.Weight, c.Weight != 1)
	add("slice", c.Slice, len(c.Slice) > 0)
	return strings.Join(lines, "\n")
}
