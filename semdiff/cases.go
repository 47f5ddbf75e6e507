package semdiff

import (
	"encoding/json"
	"fmt"

	"github.com/GaboBase/arch-genops/testsets"
)

// testset compares two test sets case by case. Cases are the same when their
// input is; one whose input changed but whose id did not is a changed case.
func (b *builder) testset(before, after Side) error {
	x, err := readCases(before)
	if err != nil {
		return err
	}
	y, err := readCases(after)
	if err != nil {
		return err
	}
	old := map[string][]int{}
	for i, c := range x.Cases {
		old[inputKey(c)] = append(old[inputKey(c)], i)
	}
	partner := fill(len(y.Cases))
	taken := make([]bool, len(x.Cases))
	for j, c := range y.Cases {
		if list := old[inputKey(c)]; len(list) > 0 {
			partner[j], taken[list[0]] = list[0], true
			old[inputKey(c)] = list[1:]
		}
	}
	ids := map[string]int{}
	for i, c := range x.Cases {
		if !taken[i] {
			ids[c.ID] = i
		}
	}
	for j, c := range y.Cases {
		if i, ok := ids[c.ID]; ok && partner[j] < 0 && !taken[i] {
			partner[j], taken[i] = i, true
		}
	}
	for j := range y.Cases {
		b.testCase(x, y, partner[j], j)
	}
	for i := range x.Cases {
		if !taken[i] {
			b.testCase(x, y, i, -1)
		}
	}
	return nil
}

func readCases(s Side) (*testsets.Set, error) {
	for _, f := range s.Files {
		return testsets.Read(f.Path, f.Text, testsets.Options{})
	}
	return &testsets.Set{}, nil
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// inputKey is all that the agent under test is given.
func inputKey(c testsets.Case) string {
	return jsonText([]any{c.Input, c.Vars, c.Messages, c.Context})
}

func (b *builder) testCase(x, y *testsets.Set, i, j int) {
	u := Unit{What: "case"}
	var old, now testsets.Case
	if i >= 0 {
		old = x.Cases[i]
		u.Section, u.Before, u.BeforeSpan = old.ID, old.Input, Span{x.Path, old.Line, old.Line}
	}
	if j >= 0 {
		now = y.Cases[j]
		u.Section, u.After, u.AfterSpan = now.ID, now.Input, Span{y.Path, now.Line, now.Line}
	}
	var fs []finding
	add := func(kind Kind, v Verdict, score float64, say, was, is string) {
		fs = append(fs, finding{kind, v, score, "case " + u.Section + ": " + say, was, is})
	}
	switch {
	case i < 0:
		fs = append(fs, finding{KindAdded, Changed, .9, "case " + now.ID + " added", "", now.Input})
	case j < 0:
		fs = append(fs, finding{KindRemoved, Changed, .9, "case " + old.ID + " removed", old.Input, ""})
	default:
		if was, is := jsonText(old.Expected), jsonText(now.Expected); was != is {
			add(KindExample, Changed, .95, "expected "+was+" → "+is, was, is)
		}
		if was, is := jsonText(old.Assert), jsonText(now.Assert); was != is {
			add(KindExample, Changed, .95, "assertions changed", was, is)
		}
		if inputKey(old) != inputKey(now) {
			add(KindExample, Changed, .9, "input changed", old.Input, now.Input)
		}
		if old.Weight != now.Weight {
			add(KindNumber, Changed, .9, fmt.Sprintf("weight %v → %v", old.Weight, now.Weight), "", "")
		}
		if was, is := jsonText([]any{old.Slice, old.Cluster}), jsonText([]any{now.Slice, now.Cluster}); was != is {
			add(KindMetadata, Reworded, .3, "slice or cluster changed", was, is)
		}
		if was, is := jsonText(old.Metadata), jsonText(now.Metadata); was != is {
			add(KindMetadata, Formatting, .03, "metadata changed", was, is)
		}
	}
	b.unit(u, fs)
}
