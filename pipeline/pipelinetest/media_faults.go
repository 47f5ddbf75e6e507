package pipelinetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaOutcome is what a fault must become.
type mediaOutcome struct {
	fault     MediaFault
	kinds     string // allowed, of "none plain transient unusable"
	limited   bool
	overload  bool
	ambiguous bool // of a generator that is no Reconciler
	moderated string
}

var mediaOutcomes = []mediaOutcome{
	{fault: MediaRateLimited, kinds: "transient", limited: true},
	{fault: MediaBusy, kinds: "transient", overload: true},
	{fault: MediaOverloaded, kinds: "transient", overload: true},
	{fault: MediaBroken, kinds: "transient"},
	{fault: MediaNoQuota, kinds: "unusable"},
	{fault: MediaBadKey, kinds: "unusable"},
	{fault: MediaRejected, kinds: "plain"},
	{fault: MediaFails, kinds: "plain"},
	{fault: MediaInput, kinds: "plain", moderated: "input"},
	{fault: MediaOutput, kinds: "plain", moderated: "output"},
	{fault: MediaCut, kinds: "transient", ambiguous: true},
	{fault: MediaCutAfter, kinds: "transient", ambiguous: true},
	{fault: MediaCutImage, kinds: "transient", ambiguous: true},
	{fault: MediaTruncated, kinds: "plain"},
	{fault: MediaWrongType, kinds: "plain"},
	{fault: MediaEmpty, kinds: "plain"},
	{fault: MediaBomb, kinds: "plain none"},
	{fault: MediaDrip, kinds: "none"},
}

func (s *mediaSuite) faults(t *testing.T) {
	const wait = 10 * time.Second
	for _, f := range s.can.Faults {
		for _, o := range mediaOutcomes {
			if o.fault != f {
				continue
			}
			t.Run(string(f), func(t *testing.T) {
				t.Parallel()
				b := s.backend(t, MediaBehaviour{Fault: f, Wait: wait})
				ctx, cancel := context.WithTimeout(t.Context(), 2*slowLimit)
				defer cancel()
				a, err := b.Generator.Generate(ctx, b.request(t, 1))
				if a.Sends != 1 {
					t.Errorf("Sends is %d, want 1", a.Sends)
				}
				s.checkFault(t, b, o, a, err, wait)
			})
		}
	}
}

func (s *mediaSuite) checkFault(t *testing.T, b MediaBackend, o mediaOutcome, a pipeline.Asset, err error, wait time.Duration) {
	_, asks := b.Generator.(pipeline.Reconciler)
	if o.fault == MediaCutAfter && asks {
		o.kinds = "none"
	}
	if o.fault == MediaCut && asks {
		o.ambiguous = false
	}
	kind := kindOf(err)
	if kind == "" {
		kind = "none"
	}
	if !strings.Contains(o.kinds, kind) {
		t.Fatalf("got a %s error (%v), want %s", kind, err, o.kinds)
	}
	if err == nil {
		if a.Blob == nil || len(a.Blob.Data) == 0 {
			t.Error("there is neither an image nor an error")
		}
		if b.Made != nil && b.Made()[mediaID(1)] != 1 {
			t.Errorf("it was made %d times", b.Made()[mediaID(1)])
		}
		return
	}
	switch text := err.Error(); {
	case strings.Contains(text, secret):
		t.Errorf("the error shows the key: %v", err)
	case o.fault == MediaBadKey && !strings.Contains(text, b.KeyEnv):
		t.Errorf("the error does not name %s: %v", b.KeyEnv, err)
	case a.Blob != nil:
		t.Error("a failed job has a Blob")
	case o.moderated != strings.SplitN(a.Moderated, ":", 2)[0]:
		t.Errorf("Moderated is %q, want %q and its reason", a.Moderated, o.moderated)
	}
	var tr *pipeline.Transient
	if !errors.As(err, &tr) {
		return
	}
	if tr.Limited != o.limited || tr.Overload != o.overload || tr.Ambiguous != o.ambiguous {
		t.Errorf("limited %v, overload %v, ambiguous %v, want %v, %v, %v (%v)",
			tr.Limited, tr.Overload, tr.Ambiguous, o.limited, o.overload, o.ambiguous, err)
	}
	if o.limited && (tr.RetryAfter < wait-3*time.Second || tr.RetryAfter > wait+time.Second) {
		t.Errorf("RetryAfter is %v, want %v", tr.RetryAfter, wait)
	}
}

func (s *mediaSuite) needs(t *testing.T, f MediaFault) {
	if !slices.Contains(s.can.Faults, f) {
		t.Skipf("it never meets %q", f)
	}
}

func (s *mediaSuite) cancel(t *testing.T) {
	s.needs(t, MediaHang)
	b := s.backend(t, MediaBehaviour{Fault: MediaHang})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	at := time.Now()
	_, err := b.Generator.Generate(ctx, b.request(t, 1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled job returned %v, want context.Canceled", err)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("cancelled job returned after %v", took)
	}
}

func (s *mediaSuite) deadline(t *testing.T) {
	s.needs(t, MediaHang)
	b := s.backend(t, MediaBehaviour{Fault: MediaHang})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	at := time.Now()
	a, err := b.Generator.Generate(ctx, b.request(t, 1))
	var tr *pipeline.Transient
	if !errors.Is(err, context.DeadlineExceeded) || a.Sends == 1 && !errors.As(err, &tr) {
		t.Errorf("job past its deadline returned %v, want a *Transient of context.DeadlineExceeded", err)
	}
	if took := time.Since(at); took > slowLimit {
		t.Errorf("job past its deadline returned after %v", took)
	}
}

func (s *mediaSuite) cancelledBefore(t *testing.T) {
	b := s.backend(t, MediaBehaviour{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := b.Generator.Generate(ctx, b.request(t, 1))
	if !errors.Is(err, context.Canceled) || a.Sends != 0 {
		t.Errorf("job with a cancelled context returned %v with Sends %d, want context.Canceled and 0", err, a.Sends)
	}
	if b.Made != nil && b.Made()[mediaID(1)] != 0 {
		t.Error("it was made")
	}
}

// reconcile asks what became of jobs that were never sent, are under way, are
// done, and were forgotten.
func (s *mediaSuite) reconcile(t *testing.T) {
	b := s.backend(t, MediaBehaviour{Latency: 2 * time.Second})
	rec, ok := b.Generator.(pipeline.Reconciler)
	if !ok {
		t.Skip("it is no Reconciler")
	}
	find := func(n int, want pipeline.Fate) pipeline.Asset {
		t.Helper()
		a, fate, err := rec.Find(t.Context(), mediaID(n))
		if err != nil || fate != want {
			t.Errorf("job %d has the fate %v, %v, want %v", n, fate, err, want)
		}
		return a
	}
	underWay := func(n int) {
		t.Helper()
		for end := time.Now().Add(slowLimit); ; time.Sleep(5 * time.Millisecond) {
			_, fate, err := rec.Find(t.Context(), mediaID(n))
			if err == nil && fate == pipeline.FateRunning {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("job %d, under way, has the fate %v, %v", n, fate, err)
			}
		}
	}
	find(1, pipeline.FateLost)
	done := make(chan pipeline.Asset, 1)
	go func() { done <- s.make(t, b, 1) }()
	underWay(1)
	made := <-done
	if found := find(1, pipeline.FateDone); found.Blob == nil || made.Blob == nil || !bytes.Equal(found.Blob.Data, made.Blob.Data) {
		t.Error("the job that was found has other bytes than when it was made")
	}
	if b.Restart == nil {
		return
	}
	forgotten := make(chan error, 1)
	go func() {
		_, err := b.Generator.Generate(t.Context(), b.request(t, 2))
		forgotten <- err
	}()
	underWay(2)
	b.Restart()
	var tr *pipeline.Transient
	if err := <-forgotten; !errors.As(err, &tr) || tr.Ambiguous {
		t.Errorf("a job that a restart forgot ends with %v, want a *Transient that is not ambiguous", err)
	}
	find(1, pipeline.FateLost)
	find(2, pipeline.FateLost)
}
