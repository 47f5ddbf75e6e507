package main

import (
	"testing"
	"time"
)

func TestRowCountsMissedBars(t *testing.T) {
	b := &bench{}
	b.row("no bar", "1", "", false)
	b.row("met", "1", "<= 2", true)
	b.row("missed", "3", "<= 2", false)
	if b.missed != 1 {
		t.Errorf("%d bars missed, want 1", b.missed)
	}
}

// Every item is made once, and what is asked differs from item to item.
func TestItems(t *testing.T) {
	c := &child{what: "items", dir: t.TempDir(), n: 500, width: 16, latency: time.Microsecond}
	if took, err := c.items(); err != nil || took <= 0 {
		t.Fatal(took, err)
	}
	if planned(1).Key == planned(2).Key || planned(1).Request.JobID == planned(2).Request.JobID {
		t.Error("two items ask the same")
	}
}
