package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/assertions/recorded"
)

var promptfooFormat = format{name: "promptfoo", is: recorded.Is, score: scorePromptfoo}

var promptfooModes = map[string]assertions.Mode{"": assertions.Exact, "exact": assertions.Exact, "0.123.1": assertions.Exact, "default": assertions.Strict}

func scorePromptfoo(ctx context.Context, file string, data []byte, as string) ([]row, error) {
	mode, ok := promptfooModes[as]
	if !ok {
		return nil, fmt.Errorf("%w %q for this format; known: exact, default", errMode, as)
	}
	records, err := recorded.Read(data)
	if err != nil {
		return nil, err
	}
	engine, err := script.New(script.Config{})
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	router := &promptfoo.Router{Sandbox: engine}
	if node, err := script.NewRunner(script.RunnerConfig{Runtime: script.Node, Bundler: engine}); err == nil {
		defer node.Close()
		router.Node = node
	}
	deps := assertions.Deps{JavaScript: router, Regexps: engine, Dir: filepath.Dir(file)}
	if python, err := script.NewRunner(script.RunnerConfig{Runtime: script.Python}); err == nil {
		defer python.Close()
		deps.Python = python
	}
	rows := make([]row, len(records))
	for i := range records {
		r := &records[i]
		got, err := r.Run(ctx, deps, mode)
		rows[i] = row{id: r.ID, err: err}
		if err == nil {
			rows[i].pass, rows[i].score = &got.Pass, finite(got.Score)
		}
		switch {
		case r.Expect == nil:
			rows[i].skip = "it does not say what to expect"
		case r.Type == "meteor" || r.Type == "not-meteor":
			rows[i].skip = "meteor fails in promptfoo itself"
		case deps.Python == nil && strings.HasSuffix(r.Type, "python"):
			rows[i].skip = "there is no Python here"
		default:
			rows[i].comparePromptfoo(mode, r, got, err)
		}
	}
	return rows, nil
}

// finite is a score as JSON can show it.
func finite(f float64) any {
	if f-f != 0 {
		return fmt.Sprint(f)
	}
	return f
}

// comparePromptfoo counts what a listed deviation explains as equal, and names
// it: an answer that could not be judged where promptfoo passes on nothing, or
// blames the answer for its judge.
func (r *row) comparePromptfoo(mode assertions.Mode, rec *recorded.Record, got assertions.Result, err error) {
	want := rec.Expect
	r.sameOutcome, r.sameScore = want.Compare(got, err)
	if r.sameOutcome && r.sameScore {
		return
	}
	r.difference = differencePromptfoo(want, got, err)
	var doubt *assertions.Doubt
	if errors.As(err, &doubt) {
		r.sameOutcome, r.sameScore, r.listed = true, true, string(doubt.ID)
	} else if mode == assertions.Strict && err == nil {
		if d := rec.StrictDifference(got); d != "" {
			r.sameOutcome, r.sameScore, r.listed = true, true, string(d)
		}
	}
}

func differencePromptfoo(want *recorded.Expected, got assertions.Result, err error) string {
	text := fmt.Sprintf("recorded %v %g", want.Pass, want.Score)
	if want.IsError() {
		text = "recorded an error"
	}
	if err != nil {
		return text + "; here an error: " + err.Error()
	}
	return fmt.Sprintf("%s; here %v %g (%s)", text, got.Pass, got.Score, got.Reason)
}
