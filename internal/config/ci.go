package config

import "fmt"

// CI says what a branch's changes call for.
type CI struct {
	Gates      Gates `yaml:"gates"`
	SmokeCases int   `yaml:"smoke_cases"` // 1..1000000: after so many cases a smoke eval stops
}

// Gates are what each kind of change calls for: skip (no eval), smoke (a quick
// one), full (the whole eval, then deployment), or block (a person decides).
type Gates struct {
	Formatting string `yaml:"formatting" json:"formatting"`
	Reworded   string `yaml:"reworded" json:"reworded"`
	Changed    string `yaml:"changed" json:"changed"`
	Breaking   string `yaml:"breaking" json:"breaking"`
}

// String is the gates as a file writes them.
func (g Gates) String() string {
	return fmt.Sprintf("{formatting: %s, reworded: %s, changed: %s, breaking: %s}", g.Formatting, g.Reworded, g.Changed, g.Breaking)
}

func (g Gates) problems() (bad []problem) {
	for _, x := range []struct{ verdict, gate string }{{"formatting", g.Formatting}, {"reworded", g.Reworded}, {"changed", g.Changed}, {"breaking", g.Breaking}} {
		for _, p := range oneOf(x.gate, "skip", "smoke", "full", "block") {
			bad = append(bad, problem{-1, x.verdict + ": " + p.msg})
		}
	}
	return bad
}
