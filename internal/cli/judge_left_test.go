package cli

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
)

func TestByReason(t *testing.T) {
	got := byReason([]string{"a: no such case", "b: c: no such case", "d: no answer"})
	want := []string{"2 labels left out, no such case: a, b: c", "1 label left out, no answer: d"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A judge that can't be used ends the calls, and what failed alike is told once.
func TestInParallelEnds(t *testing.T) {
	var calls atomic.Int32
	err := inParallel(1000, 4, func(i int) error {
		calls.Add(1)
		return errors.New("no key")
	})
	if err == nil || err.Error() != "no key" || calls.Load() > 8 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}
