package judged

import (
	"errors"
	"fmt"
	"strings"
)

// Class says why there is no score.
type Class string

// The classes that DeepEval's errors fall into, and which every mode knows.
const (
	InvalidJSON   Class = "invalid_json"
	MissingKey    Class = "missing_key"
	SchemaInvalid Class = "schema_validation"
	MissingParams Class = "missing_params"
	Other         Class = "other"
)

// The classes of Default mode: what DeepEval lets pass or fails for no reason.
// Each has a row in Deviations.
const (
	NoVerdicts     Class = "no_verdicts"
	CountDiffers   Class = "count_differs"
	UnknownWord    Class = "unknown_word"
	OutOfRange     Class = "out_of_range"
	NothingToJudge Class = "nothing_to_judge"
	ThresholdZero  Class = "threshold_zero"
	Ambiguous      Class = "ambiguous_reply"
	TooLarge       Class = "too_large"
)

// Failure says that a metric could not judge.
type Failure struct {
	Class  Class
	Step   string // where, "" = before the first
	Reason string // for people, on one line, bounded
	Reply  string // how the judge's reply begins, on one line; "" = it said nothing
	// Setup is set when the parameters are to blame, not the case or the judge.
	Setup bool
}

func (f *Failure) Error() string {
	if f.Step == "" {
		return f.Reason
	}
	return fmt.Sprintf("step %s: %s", f.Step, f.Reason)
}

func failf(class Class, format string, args ...any) *Failure {
	return &Failure{Class: class, Reason: fmt.Sprintf(format, args...)}
}

// replyShown is how many bytes of a reply that could not be used are kept.
const replyShown = 200

// of names the reply that a failure is about.
func of(reply string, err error) error {
	var f *Failure
	if errors.As(err, &f) {
		head, more := reply, ""
		if len(head) > replyShown {
			head, more = head[:replyShown], "…"
		}
		f.Reply = strings.ToValidUTF8(strings.Join(strings.Fields(head), " "), "") + more
	}
	return err
}

// at names the step of a failure that has none.
func at(step string, err error) error {
	var f *Failure
	if errors.As(err, &f) && f.Step == "" {
		f.Step = step
	}
	return err
}
