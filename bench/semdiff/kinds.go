package main

import (
	"slices"

	"github.com/GaboBase/arch-genops/semdiff"
)

// accepts lists, for each kind of the benchmark, the kinds of the semantic diff
// that name it rightly; the first one is its own. Kinds that are not listed
// (symbols: signs, nesting, regular expressions) have no name of their own.
var accepts = map[kind][]semdiff.Kind{
	"number":      {semdiff.KindNumber},
	"comparator":  {semdiff.KindComparator, semdiff.KindNumber},
	"negation":    {semdiff.KindNegation, semdiff.KindModality},
	"modality":    {semdiff.KindModality},
	"exclusivity": {semdiff.KindExclusivity, semdiff.KindCondition},
	"condition":   {semdiff.KindCondition, semdiff.KindExclusivity, semdiff.KindOrder},
	"quantifier":  {semdiff.KindQuantifier},
	"label":       {semdiff.KindLabel, semdiff.KindSchema},
	"schema":      {semdiff.KindSchema, semdiff.KindVariable},
	"format":      {semdiff.KindFormat},
	"role":        {semdiff.KindRole, semdiff.KindOrder},
	"tool":        {semdiff.KindTool},
	"variable":    {semdiff.KindVariable},
	"example":     {semdiff.KindExample},
	"order":       {semdiff.KindOrder, semdiff.KindRole},
	"parameter":   {semdiff.KindParameter},
	"model":       {semdiff.KindModel},
	"logic":       {semdiff.KindLogic, semdiff.KindVariable},
	"added":       {semdiff.KindAdded},
	"removed":     {semdiff.KindRemoved},
}

// macroF1 is the mean, over the kinds, of the F1 with which the first change
// of a report names the kind. A false flag counts against the kind that it
// names.
func macroF1(all []judged) float64 {
	type count struct{ hit, said, true int }
	counts := map[kind]*count{}
	for k := range accepts {
		counts[k] = &count{}
	}
	for _, j := range all {
		said := named(j)
		if c := counts[said]; c != nil {
			c.said++
			if said == j.Kind {
				c.hit++
			}
		}
		if c := counts[j.Kind]; c != nil {
			c.true++
		}
	}
	sum, n := 0.0, 0
	for _, c := range counts {
		if c.true > 0 {
			n++
			sum += 2 * float64(c.hit) / float64(c.said+c.true)
		}
	}
	return sum / float64(max(1, n))
}

// named is the kind of the benchmark that the report's first change names, ""
// for none.
func named(j judged) kind {
	if !j.outcome.changed || j.report == nil || len(j.report.Changes) == 0 {
		return ""
	}
	first := j.report.Changes[0].Kind
	if slices.Contains(accepts[j.Kind], first) {
		return j.Kind
	}
	for k, list := range accepts {
		if list[0] == first {
			return k
		}
	}
	return ""
}
