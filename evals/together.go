package evals

import (
	"fmt"

	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// jointChecks are those that one question judges, by index.
func jointChecks(checks []check) (out []int) {
	for i := range checks {
		if checks[i].joint {
			out = append(out, i)
		}
	}
	return out
}

// questions is how many questions about a case the judge is asked, and how many
// of them follow each other at most. Several metrics may share one.
func questions(checks []check) (sum, longest int) {
	joint := 0
	for _, c := range checks {
		switch {
		case c.judged == nil:
		case c.joint:
			joint = 1
		default:
			n := c.judged.Steps()
			sum, longest = sum+n, max(longest, n)
		}
	}
	return sum + joint, max(longest, joint)
}

// questionsOf is about how many questions the judge is asked about a case whose
// conversation has so many turns of the user, by metric; those about several metrics
// are judged.TogetherPrompt's, those of assertions that are no metric "".
func questionsOf(checks []check, turns int) map[string]int {
	out := map[string]int{}
	for _, c := range checks {
		switch {
		case c.judged == nil:
			continue
		case c.joint:
			out[judged.TogetherPrompt] = 1
			continue
		}
		metric := ""
		for _, name := range []string{c.metric, c.also} {
			if m, err := validators.Lookup(name); err == nil && metric == "" {
				metric = m.Name
			}
		}
		n := c.judged.Steps()
		switch {
		case c.turn == testsets.EachTurn:
			n *= turns
		default:
			n += validators.PerTurn(c.metric) * (turns - 1)
		}
		out[metric] += n
	}
	return out
}

// allJoint makes sure that the metrics that are asked in one question are asked
// so in every case: a rule must not mix two procedures.
func (b *judgeBuilder) allJoint(c *testsets.Case, checks []check) error {
	if b.deps.Judging == nil || len(b.deps.Judging.Together) == 0 {
		return nil
	}
	together, joint := b.deps.Judging.Together, len(jointChecks(checks))
	of, other := 0, ""
	for _, x := range checks {
		if !b.deps.Judging.Joins(x.metric) {
			continue
		}
		if of++; !x.joint {
			other = x.metric
		}
		if m, err := validators.Lookup(x.metric); err == nil && !m.Applies(*c) {
			joint--
		}
	}
	switch {
	case of == 0 || other == "" && joint == len(together):
		return nil
	case other != "":
		return &UsageError{fmt.Errorf("%s:%d: case %s: %s has parameters or a turn of its own here, and is to be asked in one question about %s: leave --judge-together out",
			b.file, c.Line, c.ID, other, judges.TogetherMetric(together))}
	}
	return &UsageError{fmt.Errorf("%s:%d: case %s: it is judged by %d of the metrics %s, which are to be asked in one question: leave --judge-together out",
		b.file, c.Line, c.ID, joint, judges.TogetherMetric(together))}
}
