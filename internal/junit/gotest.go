package junit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

var actions = map[string]State{"pass": Passed, "fail": Failed, "skip": Skipped}

// maxEvent is the longest line that is read; a longer one is no event.
const maxEvent = 1 << 20

// GoTest finds the events of `go test -json` in what a command printed, between
// whatever else stands there. found is false when there is none. A package that
// failed by itself, not by one of its tests, and a test that began and never
// ended are errored.
func GoTest(in io.Reader) (cases []Case, found bool, err error) {
	g := goTest{output: map[string]*strings.Builder{}, open: map[string]bool{}, failed: map[string]bool{}}
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if bytes.HasPrefix(line, []byte("{")) {
			var e event
			if json.Unmarshal(line, &e) == nil && (e.Package != "" || e.ImportPath != "") && e.Action != "" {
				g.take(e)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if len(g.cases) > maxCases {
			return nil, false, fmt.Errorf("go test -json: more than %d tests", maxCases)
		}
	}
	for _, key := range g.begun {
		if !g.open[key] {
			continue
		}
		pkg, test, _ := strings.Cut(key, "\x00")
		g.add(event{Package: pkg, Test: test}, Errored, "it began and never ended")
	}
	return g.cases, g.ended || len(g.cases) > 0, nil
}

// readLine returns the next line; of one that is too long nothing.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxEvent {
			line, long = nil, true
		}
		if !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

type goTest struct {
	cases  []Case
	output map[string]*strings.Builder
	begun  []string // in the order in which they began
	open   map[string]bool
	failed map[string]bool // packages with a red test of their own
	ended  bool            // a package came to its end
}

func (g *goTest) take(e event) {
	key := e.Package + "\x00" + e.Test
	state, end := actions[e.Action]
	switch {
	case e.Action == "run" && e.Test != "":
		g.begun, g.open[key] = append(g.begun, key), true
	case e.Action == "output" || e.Action == "build-output":
		if e.Action == "build-output" {
			key = "build\x00" + e.ImportPath
		}
		b := g.output[key]
		if b == nil {
			b = &strings.Builder{}
			g.output[key] = b
		}
		if b.Len() < detailBytes {
			b.WriteString(e.Output)
		}
	case end && e.Test != "":
		delete(g.open, key)
		if state == Failed {
			g.failed[e.Package] = true
		}
		g.add(e, state, "")
	case end:
		g.ended = true
		if state == Failed && !g.failed[e.Package] {
			g.add(e, Errored, "the package failed")
		}
	}
}

func (g *goTest) add(e event, state State, message string) {
	c := Case{Class: cut(e.Package, nameBytes), Name: cut(e.Test, nameBytes), State: state, Seconds: e.Elapsed}
	if c.Red() || state == Skipped {
		b := g.output[e.Package+"\x00"+e.Test]
		if build := g.output["build\x00"+e.FailedBuild]; e.FailedBuild != "" && build != nil {
			b, message = build, "the package does not build"
		}
		if b != nil {
			c.Detail = cut(b.String(), detailBytes)
		}
		c.Message = cut(first(message, says(c.Detail)), messageBytes)
	}
	delete(g.output, e.Package+"\x00"+e.Test)
	g.cases = append(g.cases, c)
}

// says is the first line of a test's output that is not the runner's own.
func says(output string) string {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			return line
		}
	}
	return ""
}
