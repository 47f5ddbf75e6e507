package project

import (
	"context"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Options is what Load is told from outside.
type Options struct {
	Script         Script                                               // runs JavaScript; nil = whatever needs it at load time is a Problem
	Python         Script                                               // runs Python; nil likewise
	Fetch          func(ctx context.Context, f Fetch) (*Fetched, error) // gets tests from an address; nil likewise
	Environ        map[string]string                                    // environment of the process; nil = empty
	EnvFiles       []string                                             // --env-file; nil = .env beside the configuration, when it is there
	More           []string                                             // further configurations that are combined with the first
	Tests          string                                               // -t: replaces tests; "" = those of the file
	Assertions     string                                               // --assertions: a file of assertions for ModelOutputs, which take the place of prompts, providers and tests
	ModelOutputs   string                                               // --model-outputs: a JSON list of outputs that were made before
	Bare           bool                                                 // there is no configuration: path is Assertions
	Tags           *jsvalue.Object                                      // --tag: over tags; may be nil
	Description    string                                               // --description: instead of description
	Prompts        []string                                             // -p: replaces prompts
	Providers      []string                                             // -r: replaces providers
	Vars           *jsvalue.Object                                      // --var: into defaultTest.vars, in this order; may be nil
	Prefix, Suffix string                                               // --prompt-prefix, --prompt-suffix
	// Survey only looks: no code runs, and what it would make (tests, variables, a
	// configuration) is left out with a note.
	Survey bool
	// Shown is the configuration's folder as the user wrote it, for labels of prompts
	// and for errors; "" = as in the path.
	Shown  string
	Grader string // --grader: judges where no test and no assertion names another
	Exact  bool   // an unknown assertion is an error of its rows, as in promptfoo, not of the configuration
}

// Script runs the user's code. Its errors become Problems at the place where the
// code is named.
type Script interface {
	// Call evaluates code with named arguments, in the order that args gives, and
	// returns its result as decoded JSON (map[string]any, []any, float64, …, or
	// jsvalue objects).
	Call(ctx context.Context, code Code, args []Arg) (any, error)
}

// Arg is one argument of code.
type Arg struct {
	Name  string
	Value any
}
