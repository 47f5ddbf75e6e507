package script

import (
	"bytes"
	"strings"
	"testing"
)

// TestRunnerHostile: what is thrown is an answer however hostile it is, and what
// code does to the names of its language leaves the next call alone.
func TestRunnerHostile(t *testing.T) {
	node := newRunner(t, RunnerConfig{Runtime: Node})
	body := func(s string) Code { return Code{Kind: KindFunctionBody, Source: s} }
	wantEnds(t, node, nil, []runnerEnd{
		{body("throw Object.create(null)"), "thrown"}, {body("throw new Proxy({}, {get() { throw 1 }, getPrototypeOf() { throw 2 }})"), "thrown"},
		{body("throw {fault: {toString() { throw 1 }}}"), "thrown"}, {body("throw {message: 'x', name: {toString() { throw 1 }}}"), "thrown"},
	})
	wantResults(t, node, []runnerResult{
		{body("JSON.stringify = () => 'x'; JSON.parse = () => 'y'; globalThis.Buffer = null; return 1"), nil, 1.0}, {body("return 2"), nil, 2.0},
	})
	python := newRunner(t, RunnerConfig{Runtime: Python, Workers: 1})
	wantEnds(t, python, nil, []runnerEnd{
		{body("class E(Exception):\n  def __str__(self): raise ValueError\nraise E()"), "thrown"}, {body("return 10**400"), "fault: reading a script's result"},
	})
	wantResults(t, python, []runnerResult{{body("import sys\nsys.stdout.close()\nreturn 1"), nil, 1.0}, {body("return 2"), nil, 2.0}})
}

// TestPrinted: of a flood the beginning is passed on, and that there was more.
func TestPrinted(t *testing.T) {
	var log bytes.Buffer
	p := &printed{log: &log, left: maxPrinted}
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range 1000 {
		p.Write(line)
	}
	if got := log.String(); len(got) > maxPrinted+100 || strings.Count(got, "more than is shown") != 1 {
		t.Errorf("%d bytes, ending in %q", len(got), got[max(0, len(got)-100):])
	}
	log.Reset()
	p.again()
	if p.Write(line); log.String() != string(line) {
		t.Errorf("after a reply: %q", log.String())
	}
}
