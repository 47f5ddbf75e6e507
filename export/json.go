package export

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/GaboBase/arch-genops/evals"
)

// JSON writes the object of --json, indented, with a line feed at its end.
// Lists that the contract names are [] when empty, never null.
func JSON(w io.Writer, r evals.Result) error {
	if r.Rules == nil {
		r.Rules = []evals.RuleResult{}
	}
	if r.Metrics == nil {
		r.Metrics = []evals.MetricSummary{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("writing JSON of run %q: %w", r.Run, err)
	}
	return nil
}

// JSONL writes one row a line, every draw, in the given order. A row that
// cannot be encoded (a finding that is not JSON, a figure that is not finite)
// ends the writing; the error names the case.
func JSONL(w io.Writer, rows []evals.CaseRow) error {
	out := bufio.NewWriterSize(w, 32<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return fmt.Errorf("writing case %q as JSON: %w", rows[i].ID, err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing cases as JSON lines: %w", err)
	}
	return nil
}
