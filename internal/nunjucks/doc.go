// Package nunjucks renders the part of the Nunjucks template language that
// configurations of promptfoo use: expressions, filters, if, for, set, switch,
// macro, call, filter blocks, raw, comments and whitespace control. Values
// behave and print as in JavaScript; nothing is escaped; what is undefined
// prints as nothing.
//
// Templates that read others (extends, include, import), what is not the same
// on each run (random) and regular expressions are errors that name the place.
package nunjucks

import (
	"context"
	"errors"
	"fmt"
)

// Error is one thing wrong in one template.
type Error struct {
	Line, Column int // from 1, in characters
	Msg          string
	Cause        error // of a filter of the user's; may be nil
}

// Error returns `line L, column C: MSG`.
func (e *Error) Error() string { return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ErrLimit is wrapped by errors of a template that runs too long or prints too
// much.
var ErrLimit = errors.New("template limit")

const (
	maxOutput = 32 << 20  // bytes of one rendering, and of one value
	maxSteps  = 5_000_000 // statements and loop rounds of one rendering
	maxDepth  = 200       // nesting of a template, and of macro calls
	maxTokens = 200_000   // of one tag: a chain of operators is as deep a tree as it is long
)

// Filter is a filter of the user's: its first argument is what stands before
// the bar.
type Filter func(ctx context.Context, args []any) (any, error)

// Options are what templates may use beside their variables.
type Options struct {
	Globals map[string]any    // read by name where no variable has it, e.g. env
	Filters map[string]Filter // win over those of the language
}

// pos is a place in a template.
type pos struct{ line, col int }

func (p pos) errorf(format string, args ...any) *Error {
	return &Error{Line: p.line, Column: p.col, Msg: fmt.Sprintf(format, args...)}
}

// wrap gives an error the place, unless it has one.
func (p pos) wrap(err error) error {
	if err == nil {
		return nil
	}
	var placed *Error
	if errors.As(err, &placed) {
		return err
	}
	return &Error{Line: p.line, Column: p.col, Msg: err.Error(), Cause: err}
}
