package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/GaboBase/arch-genops/validators/judged"
	"github.com/GaboBase/arch-genops/validators/judged/recorded"
)

var deepevalFormat = format{name: "deepeval", is: recorded.Is, score: scoreDeepEval}

var deepevalModes = map[string]judged.Mode{"": judged.Exact, "exact": judged.Exact, "4.3.1": judged.Exact, "schema": judged.ExactSchema, "4.3.1-schema": judged.ExactSchema,
	"4.1.10": judged.Old, "4.1.10-schema": judged.OldSchema, "default": judged.Default}

func scoreDeepEval(ctx context.Context, _ string, data []byte, as string) ([]row, error) {
	mode, ok := deepevalModes[as]
	if !ok {
		return nil, fmt.Errorf("%w %q for this format; known: exact, schema, 4.1.10, 4.1.10-schema, default", errMode, as)
	}
	records, err := recorded.Read(data)
	if err != nil {
		return nil, err
	}
	rows := make([]row, len(records))
	for i, r := range records {
		got, err := r.Run(ctx, mode)
		rows[i] = deepevalRow(r.ID, got, err)
		want, known, bad := r.ExpectedIn(mode)
		switch {
		case bad != nil:
			return nil, fmt.Errorf("%s: %w", r.ID, bad)
		case !known:
			rows[i].skip = "it does not say what to expect"
		case mode == judged.Default:
			rows[i].compareDefault(r.Metric, want, got, err)
		default:
			rows[i].sameOutcome, rows[i].sameScore = want.Equal(got, err)
			rows[i].difference = describe(want, got, err)
		}
	}
	return rows, nil
}

// deepevalRow is what --emit shows.
func deepevalRow(id string, got judged.Result, err error) row {
	r := row{id: id, err: err}
	if err != nil {
		return r
	}
	if !math.IsNaN(got.Threshold) {
		r.pass = &got.Pass
	}
	switch {
	case !got.IsNumber:
		r.score = plain(got.Raw)
	case math.IsNaN(got.Score) || math.IsInf(got.Score, 0):
		r.score = fmt.Sprint(got.Score)
	default:
		r.score = got.Score
	}
	return r
}

// plain is a raw score as JSON can show it.
func plain(v any) any {
	if _, err := json.Marshal(v); err != nil {
		return fmt.Sprint(v)
	}
	return v
}

// compareDefault counts what a listed deviation explains as equal, and names it.
func (r *row) compareDefault(metric string, want recorded.Expected, got judged.Result, err error) {
	r.sameOutcome, r.sameScore = want.Equal(got, err)
	if r.sameOutcome && r.sameScore {
		return
	}
	r.difference = describe(want, got, err)
	for _, d := range judged.Deviations {
		if explains(d, metric, want, got, err) {
			r.sameOutcome, r.sameScore, r.listed = true, true, d.Name
			return
		}
	}
	r.difference += "; NOT a listed deviation"
}

// explains says whether a deviation is why there is a difference.
func explains(d judged.Deviation, metric string, want recorded.Expected, got judged.Result, err error) bool {
	if d.Of != nil && !slices.Contains(d.Of, metric) && d.Class == "" {
		return false
	}
	var f *judged.Failure
	if errors.As(err, &f) {
		return d.Class == f.Class
	}
	if err != nil || d.Class != "" {
		return false
	}
	switch d.Name {
	case "reasons": // DeepEval lost a score to its reason
		return got.ReasonError != "" && want.Error != nil
	case "exchanges with nothing to judge", "short exchanges", "signs of loops":
		return want.Error == nil && got.IsNumber
	case "further reasons":
		return want.Error != nil && got.IsNumber
	case "judge of JSON fields":
		return want.Error != nil && got.IsNumber && got.Score == 0
	case "types of JSON fields":
		return want.Error == nil && got.Score == 0
	case "missing input parameters":
		return want.Error != nil && want.Error.Type == "AttributeError"
	case "types of tools":
		return want.Error != nil && want.Error.Type == "ValidationError"
	case "rubric of a conversation":
		return true
	case "log-probabilities", "strict g-eval", "equal calls", "strict role_violation", "words of answers":
		return want.Error == nil
	}
	return false
}

func describe(want recorded.Expected, got judged.Result, err error) string {
	text := "recorded "
	if want.Error != nil {
		text += "error " + want.Error.Type
	} else {
		text += "score " + string(want.Score)
		if want.Success != nil {
			text += fmt.Sprintf(" pass %v", *want.Success)
		}
	}
	if err != nil {
		return text + "; here an error: " + err.Error()
	}
	if !got.IsNumber {
		return text + fmt.Sprintf("; here score %v pass %v", got.Raw, got.Pass)
	}
	return text + fmt.Sprintf("; here score %g pass %v", got.Score, got.Pass)
}
