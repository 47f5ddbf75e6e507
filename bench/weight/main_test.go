package main

import "testing"

func TestRowCountsMissedBars(t *testing.T) {
	s := &scale{}
	s.row("no bar", "1", "", false)
	s.row("met", "1", "<= 2", true)
	s.memory("not told", 0, 1)
	if s.missed != 0 {
		t.Errorf("%d bars missed, want none", s.missed)
	}
	s.memory("too much", 49e6, runBar)
	s.row("missed", "3", "<= 2", false)
	if s.missed != 2 {
		t.Errorf("%d bars missed, want 2", s.missed)
	}
}
