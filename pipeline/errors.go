package pipeline

import "time"

// ErrNotSent is what a generator returns that was told to stop before it sent
// anything further: the request gets no result.
var ErrNotSent = errNoAttempt

// Unusable says that a generator can answer nothing any more (its program does
// not start, its address does not exist): the run ends.
type Unusable struct {
	Reason string // one or more lines for people: what happened, what to do
	Err    error  // cause, may be nil
}

func (e *Unusable) Error() string { return e.Reason }
func (e *Unusable) Unwrap() error { return e.Err }

// Refusal is a plain error of a request that was answered: the model declined, or
// its provider withheld what it said.
type Refusal struct {
	Why  string // for people
	Text string // what the model said instead; "" = nothing
}

func (e *Refusal) Error() string { return e.Why }

// Transient is a failed attempt that may be sent again.
type Transient struct {
	Err        error
	RetryAfter time.Duration // how long the other side asked to wait; 0 = not said
	Overload   bool          // 503, 529 …: send less at once
	Limited    bool          // an announced limit on the rate is used up: nothing was carried out; wait for RetryAfter
	Progress   bool          // something of the request was done for good since its last attempt: attempts are counted anew
	Ambiguous  bool          // the call may have been carried out: repeat only if the policy allows
}

func (e *Transient) Error() string { return e.Err.Error() }
func (e *Transient) Unwrap() error { return e.Err }
