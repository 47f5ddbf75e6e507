package pipelinetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// outcome is the error that a fault must become.
type outcome struct {
	fault     Fault
	kind      string // "" = none, else plain, transient or unusable
	limited   bool
	overload  bool
	ambiguous bool
	text      string // that its message holds
}

// outcomes are what the faults' comments say.
var outcomes = []outcome{
	{fault: RateLimited, kind: "transient", limited: true},
	{fault: Busy, kind: "transient", overload: true},
	{fault: Overloaded, kind: "transient", overload: true},
	{fault: Broken, kind: "transient"},
	{fault: NoQuota, kind: "unusable", text: "credit"},
	{fault: BadKey, kind: "unusable"},
	{fault: UnknownModel, kind: "unusable", text: NoModel},
	{fault: TooLong, kind: "plain", text: "shorten"},
	{fault: Moderated, kind: "plain", text: "content filter"},
	{fault: Withheld, kind: "plain", text: "content filter"},
	{fault: Refused, kind: "plain", text: "refused"},
	{fault: BadRequest, kind: "plain"},
	{fault: Cut, kind: "transient", ambiguous: true},
	{fault: CutReply, kind: "transient", ambiguous: true},
	{fault: EndEarly, kind: "transient", ambiguous: true},
	{fault: Malformed, kind: "plain"},
	{fault: ErrorEvent, kind: "transient", overload: true},
	{fault: Drip},
}

func kindOf(err error) string {
	var transient *pipeline.Transient
	var unusable *pipeline.Unusable
	switch {
	case err == nil:
		return ""
	case errors.As(err, &transient):
		return "transient"
	case errors.As(err, &unusable):
		return "unusable"
	}
	return "plain"
}

func (s *modelSuite) faults(t *testing.T) {
	const wait = 10 * time.Second
	for _, o := range outcomes {
		if !s.knows(o.fault) {
			continue
		}
		t.Run(string(o.fault), func(t *testing.T) {
			b := s.backend(t, Behaviour{Fault: o.fault, Wait: wait})
			if o.fault == BadKey {
				o.text = b.KeyEnv
			}
			ctx, cancel := context.WithTimeout(t.Context(), slowLimit)
			defer cancel()
			a, err := b.Model.Generate(ctx, pipeline.Request{ID: "c1#1", Input: "tell me something about yourself"})
			if a.Sends != 1 {
				t.Errorf("Sends is %d, want 1", a.Sends)
			}
			o.check(t, a, err, wait)
		})
	}
}

func (o outcome) check(t *testing.T, a pipeline.Asset, err error, wait time.Duration) {
	if kind := kindOf(err); kind != o.kind {
		t.Fatalf("got a %s error (%v), want a %s one", kind, err, o.kind)
	}
	if err == nil {
		if a.Text != "tell me something about yourself" {
			t.Errorf("got %q", a.Text)
		}
		return
	}
	if !strings.Contains(err.Error(), o.text) {
		t.Errorf("the error %q does not say %q", err, o.text)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows the key: %v", err)
	}
	if a.Text != "" {
		t.Errorf("a failed call has the text %q", a.Text)
	}
	var tr *pipeline.Transient
	if !errors.As(err, &tr) {
		return
	}
	if tr.Limited != o.limited || tr.Overload != o.overload || tr.Ambiguous != o.ambiguous {
		t.Errorf("limited %v, overload %v, ambiguous %v, want %v, %v, %v (%v)",
			tr.Limited, tr.Overload, tr.Ambiguous, o.limited, o.overload, o.ambiguous, err)
	}
	switch {
	case o.limited && (tr.RetryAfter < wait-3*time.Second || tr.RetryAfter > wait+time.Second):
		t.Errorf("RetryAfter is %v, want %v", tr.RetryAfter, wait)
	case o.fault == Busy && tr.RetryAfter != 0:
		t.Errorf("RetryAfter is %v, and nothing was announced", tr.RetryAfter)
	}
}

func (s *modelSuite) cancel(t *testing.T) {
	b := s.backend(t, Behaviour{Fault: Hang})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel) // it was sent then
	at := time.Now()
	a, err := b.Model.Generate(ctx, pipeline.Request{ID: "c1#1", Input: "a"})
	if !errors.Is(err, context.Canceled) || a.Sends != 1 {
		t.Errorf("cancelled call returned %v with Sends %d, want context.Canceled and 1", err, a.Sends)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("cancelled call returned after %v", took)
	}
}

func (s *modelSuite) deadline(t *testing.T) {
	b := s.backend(t, Behaviour{Fault: Hang})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	at := time.Now()
	a, err := b.Model.Generate(ctx, pipeline.Request{ID: "c1#1", Input: "a"})
	var tr *pipeline.Transient
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &tr) || !tr.Ambiguous || a.Sends != 1 {
		t.Errorf("call past its deadline returned %v with Sends %d, want an ambiguous *Transient of context.DeadlineExceeded and 1", err, a.Sends)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("call past its deadline returned after %v", took)
	}
}

func (s *modelSuite) cancelledBefore(t *testing.T) {
	b := s.backend(t, Behaviour{})
	cancelledBefore(t, b.Model)
	if n := len(b.Heard()); n != 0 {
		t.Errorf("the server heard %d calls", n)
	}
}
