package main

import (
	"os/exec"
	"runtime"
	"testing"
)

// A short series: 10 kills, two of each operation, and 6 rounds of the race.
func TestKill(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil || runtime.GOOS != "linux" {
		t.Skip("git on Linux is needed")
	}
	total, err := run("", 10, 6, 7, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	if total.kills != 10 || total.broken+total.races != 0 || total.happened+total.not != 10 {
		t.Errorf("%+v", total)
	}
}
