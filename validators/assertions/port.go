package assertions

import (
	"context"
	"errors"

	"github.com/GaboBase/arch-genops/internal/script"
)

// Script runs JavaScript or Python. The result is decoded JSON. A *script.Thrown
// error is the script's own failure: the assertion failed. Any other error means
// that the answer could not be judged.
type Script interface {
	Call(ctx context.Context, code script.Code, args map[string]any) (any, error)
}

// Regexps tells whether a pattern in JavaScript's syntax matches somewhere in a
// text. A *script.Thrown error says that the pattern is wrong.
type Regexps interface {
	Match(ctx context.Context, pattern, flags, text string) (bool, error)
}

// Templates fills a Nunjucks template.
type Templates interface {
	Render(text string, vars map[string]any) (string, error)
}

// Question is what a judge is asked.
type Question struct {
	Step     string         // name of the call, e.g. "llm-rubric", "g-eval-steps", "g-eval"
	Data     map[string]any // what the step's prompt is about: output, rubric, criteria, …, and the test's variables
	Prompt   string         // the user's own rubric prompt, filled in; "" = the judge's prompt for Step
	Provider any            // the judge that the assertion or its test names; nil = the default one
}

// Reply is a judge's answer.
type Reply struct {
	Text  string // "" with a nil Value = the judge said nothing
	Value any    // an object, where the judge answers with one; else nil
}

// Judge answers one question. An error is the judge's failure, not a verdict.
type Judge interface {
	Ask(ctx context.Context, q Question) (Reply, error)
}

// Embedder turns a text into a vector; provider is the one that the assertion or
// its test names, nil for the default one.
type Embedder interface {
	Embed(ctx context.Context, text string, provider any) ([]float64, error)
}

// Classifier gives the probability of each class of a text.
type Classifier interface {
	Classify(ctx context.Context, text string, provider any) (map[string]float64, error)
}

// Flag is one thing that a moderator found.
type Flag struct{ Code, Description string }

// ErrSilent is wrapped by a moderator whose reply names nothing and does not say
// that nothing is wrong either.
var ErrSilent = errors.New("the moderator does not say whether the text is flagged")

// Moderator names what is wrong with an answer to a prompt.
type Moderator interface {
	Moderate(ctx context.Context, prompt, output string, provider any) ([]Flag, error)
}

// Poster sends JSON to a webhook and returns the JSON of its 2xx answer.
type Poster interface {
	Post(ctx context.Context, url string, body []byte) ([]byte, error)
}

// Deps is what assertions need from outside. A nil field makes those that need
// it unjudgeable.
type Deps struct {
	JavaScript Script
	Python     Script
	Ruby       Script
	Regexps    Regexps
	Templates  Templates
	Judge      Judge
	Embedder   Embedder
	Classifier Classifier
	Moderator  Moderator
	Poster     Poster
	// Meter, if not nil, goes around each judgement that waits for others: the
	// judgement gets its context, and what the function returns then is kept in
	// [Result.Used].
	Meter func(context.Context) (context.Context, func() any)
	Dir   string // what file:// is relative to; "" = no files are read
}

// ErrUnavailable is wrapped where a port is missing.
var ErrUnavailable = errors.New("unavailable")
