// Package export writes the reports of an evals run: a self-contained HTML
// page, JUnit XML, Markdown for pull requests, JSON, JSON lines, CSV and GitHub
// annotations. It also compares runs, case by case, as data and as a page.
//
// Names, inputs, outputs and reasons come from outside and are hostile until
// escaped: every writer replaces invalid UTF-8, shows control and bidirectional
// characters as visible text, cuts long texts with a note, and escapes for its
// own format. The writers stream: memory does not grow with the report.
//
// Cases are listed by the candidate's first draw, the one the gate uses; further
// draws and the baseline's answers stand only in JSON lines and CSV, and in the
// figures on flakiness and on the baseline. All functions are
// pure but for w, and safe for concurrent use with different writers.
package export

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
)

// ByExtension returns the writer for a file name: .json, .jsonl, .html, .xml
// (JUnit), .md or .csv, in any case. The error for another extension lists these.
func ByExtension(path string) (func(w io.Writer, r evals.Result, rows []evals.CaseRow) error, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
		return func(w io.Writer, r evals.Result, _ []evals.CaseRow) error { return JSON(w, r) }, nil
	case ".jsonl":
		return func(w io.Writer, _ evals.Result, rows []evals.CaseRow) error { return JSONL(w, rows) }, nil
	case ".html":
		return HTML, nil
	case ".xml":
		return JUnit, nil
	case ".md":
		return Markdown, nil
	case ".csv":
		return CSV, nil
	}
	return nil, fmt.Errorf("output %q: unknown format %q; known: .json .jsonl .html .xml .md .csv", path, filepath.Ext(path))
}
