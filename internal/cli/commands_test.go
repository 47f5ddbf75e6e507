package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// patience bounds every wait for something that must happen.
const patience = 2 * time.Minute

// cmdExits runs a program and checks its exit code: exits 3 genops run-eval …
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	checkExit(ts, want, ts.Exec(args[1], args[2:]...))
}

func checkExit(ts *testscript.TestScript, want int, err error) {
	got := 0
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		got = ended.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cmdInterrupt starts a program, sends it a signal once a file has so many
// more lines, and checks its exit code: interrupt INT 5 calls.log 1 genops …
// TWICE is a second Ctrl-C after the first. Who heeds FILE.hold (see held) answers
// none of the calls from the fifth on before the signal was heard, TWICE none at
// all, so that the program can't end before.
func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill, "TWICE": os.Interrupt}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	want, err := strconv.Atoi(args[3])
	ts.Check(err)
	log := ts.MkAbs(args[2])
	before := countLines(log)
	path := program(ts, args[4])
	cmd := exec.Command(path, args[5:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "TMPDIR", "WORK", "GORACE"} {
		cmd.Env = append(cmd.Env, key+"="+ts.Getenv(key))
	}
	last := before + n
	if args[0] == "TWICE" {
		last = before + 1
	}
	ts.Check(os.WriteFile(log+".hold", []byte(strconv.Itoa(last)), 0o644))
	defer os.Remove(log + ".hold")
	said := &tail{}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), io.MultiWriter(ts.Stderr(), said)
	cmd.WaitDelay = 3 * time.Second
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	deadline := time.After(patience)
	for countLines(log) < before+n {
		select {
		case err := <-ended:
			ts.Fatalf("ended before it was interrupted: %v", err)
		case <-deadline:
			cmd.Process.Kill()
			ts.Fatalf("no %d lines in %s", n, args[2])
		case <-time.After(5 * time.Millisecond):
		}
	}
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	for args[0] != "KILL" && len(ended) == 0 && !strings.Contains(said.String(), "stopping: no new calls") {
		select {
		case <-deadline:
			cmd.Process.Kill()
			ts.Fatalf("it did not say that it stops")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if args[0] == "TWICE" { // two signals at once are one
		ts.Check(cmd.Process.Signal(os.Interrupt))
	} else {
		ts.Check(os.Remove(log + ".hold"))
	}
	select {
	case err := <-ended:
		checkExit(ts, want, err)
	case <-deadline:
		cmd.Process.Kill()
		ts.Fatalf("did not end")
	}
}

// cmdAwait waits until a file has so many lines: await 3 calls.log
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(patience); countLines(ts.MkAbs(args[1])) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("no %d lines in %s", n, args[1])
		}
	}
}

func program(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name+ts.Getenv("exe"))
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	ts.Fatalf("no program %s", name)
	return ""
}

// held waits while there is a file LOG.hold with the number of lines that LOG has,
// or with less.
func held(log string) {
	for ; ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(log + ".hold")
		if err != nil {
			return
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && countLines(log) < n {
			return
		}
	}
}

func countLines(path string) int {
	data, _ := os.ReadFile(path)
	return bytes.Count(data, []byte("\n"))
}

// cmdLines checks how many lines a file has, all of them different when
// "distinct" is added: lines 40 calls.log distinct
func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	all := strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n")
	if len(args) > 2 {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	if len(all) != want {
		ts.Fatalf("%s has %d lines, want %d", args[1], len(all), want)
	}
}

// cmdJSON checks that a file is exactly one JSON object, and values in it:
// json stdout verdict=pass rules.0.n=40 rules=len:1. A value is compared as it is
// shown; len:N is a list's length, * any value but null.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("%s holds more than one object", args[0])
	}
	for _, arg := range args[1:] {
		path, want, _ := strings.Cut(arg, "=")
		v, ok := lookup(root, strings.Split(path, "."))
		if !ok {
			ts.Fatalf("%s: no %s", args[0], path)
		}
		if got := shown(v, want); got != want {
			ts.Fatalf("%s: %s is %s, want %s", args[0], path, got, want)
		}
	}
}

func lookup(v any, path []string) (any, bool) {
	for _, key := range path {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[key]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func shown(v any, want string) string {
	list, isList := v.([]any)
	switch {
	case want == "*" && v != nil:
		return want
	case isList && strings.HasPrefix(want, "len:"):
		return "len:" + strconv.Itoa(len(list))
	}
	return fmt.Sprint(v)
}

// cmdRun sets RUN to the name of the newest run and RUNDIR to its folder; with
// a number it checks how many runs there are: run 2
func cmdRun(ts *testscript.TestScript, neg bool, args []string) {
	dirs, err := filepath.Glob(ts.MkAbs(".genops/runs/*"))
	ts.Check(err)
	if len(args) > 0 && args[0] != strconv.Itoa(len(dirs)) {
		ts.Fatalf("%d runs, want %s", len(dirs), args[0])
	}
	if len(dirs) == 0 {
		return
	}
	newest := slices.MaxFunc(dirs, func(a, b string) int {
		x, errX := os.Stat(a)
		y, errY := os.Stat(b)
		ts.Check(errors.Join(errX, errY))
		return x.ModTime().Compare(y.ModTime())
	})
	ts.Setenv("RUN", filepath.Base(newest))
	ts.Setenv("RUNDIR", newest)
}

// cmdEdit replaces a text that must be there: edit FILE OLD NEW
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

// cmdAppended adds a line to a file: appended FILE LINE
func cmdAppended(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(appendLine(ts.MkAbs(args[0]), args[1]))
}

// cmdEditLines replaces a text in every line that holds a word and the text:
// editlines FILE WORD OLD NEW
func cmdEditLines(ts *testscript.TestScript, neg bool, args []string) {
	var out strings.Builder
	changed := false
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if strings.Contains(line, args[1]) && strings.Contains(line, args[2]) {
			line, changed = strings.Replace(line, args[2], args[3], 1), true
		}
		out.WriteString(line)
	}
	if !changed {
		ts.Fatalf("no line of %s with %q holds %q", args[0], args[1], args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o644))
}

// cmdRows writes a test set of N rows, of which the first FAILED fail:
// rows N FAILED FILE
func cmdRows(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	failed, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	for i := range n {
		word := "yes"
		if i < failed {
			word = "no"
		}
		fmt.Fprintf(&b, "{\"id\":\"r%03d\",\"input\":\"%d: say %s\",\"expected\":\"yes\"}\n", i+1, i+1, word)
	}
	path := ts.MkAbs(args[2])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, b.Bytes(), 0o644))
}

// cmdAlone checks that none of the processes listed in a file is left.
func cmdAlone(ts *testscript.TestScript, neg bool, args []string) {
	pids := strings.Fields(ts.ReadFile(args[0]))
	if len(pids) == 0 {
		ts.Fatalf("%s lists no process", args[0])
	}
	deadline := time.Now().Add(patience)
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		ts.Check(err)
		for running(pid) {
			if time.Now().After(deadline) {
				ts.Fatalf("process %d is still there", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// running is false for a process that has ended, also when nobody has waited
// for it yet.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil || p.Signal(syscall.Signal(0)) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(stat, []byte(") Z "))
}

// cmdLabelStub starts a server that moderates and classifies, where the
// environment says that OpenAI and Hugging Face are: texts with "kill" are
// violent, those with "bad" negative. labelstub FAULT [N] is as of stub.
func cmdLabelStub(ts *testscript.TestScript, neg bool, args []string) {
	faults := map[string]stubserver.Fault{"none": stubserver.None, "429": stubserver.TooMany, "500": stubserver.Internal, "401": stubserver.Denied, "malformed": stubserver.NullContent}
	n := int64(1 << 60)
	if len(args) > 1 {
		var err error
		n, err = strconv.ParseInt(args[1], 10, 64)
		ts.Check(err)
	}
	s, err := stubserver.New(stubserver.Options{Fault: stubserver.First(n, faults[args[0]]), Scores: func(text string) map[string]float64 {
		if strings.Contains(text, "bad") {
			return map[string]float64{"negative": 0.75, "positive": 0.25}
		}
		scores := map[string]float64{"negative": 0.125, "positive": 0.875}
		if strings.Contains(text, "kill") {
			scores["violence"], scores["harassment/threatening"] = 0.9, 0.75
		}
		return scores
	}})
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	ts.Setenv("OPENAI_BASE_URL", s.URL()+"/v1")
	ts.Setenv("HF_INFERENCE_ENDPOINT", s.URL())
}

// cmdStub starts an HTTP server and points the agents of the project at it:
// stub FAULT [N] makes the first N calls, or all, fail; stub nobody
// points them at no server.
func cmdStub(ts *testscript.TestScript, neg bool, args []string) {
	faults := map[string]stubserver.Fault{"none": stubserver.None, "429": stubserver.TooMany, "500": stubserver.Internal, "401": stubserver.Denied}
	fault, n := faults[args[0]], int64(1<<60)
	if len(args) > 1 {
		var err error
		n, err = strconv.ParseInt(args[1], 10, 64)
		ts.Check(err)
	}
	s, err := stubserver.New(stubserver.Options{Fault: stubserver.First(n, fault)})
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	url := s.URL()
	if args[0] == "nobody" {
		url = "http://127.0.0.1:1" // a port that was let go of, another test's server may get
	}
	files, err := filepath.Glob(ts.MkAbs("agents/*.yaml"))
	ts.Check(err)
	models, err := filepath.Glob(ts.MkAbs("models/*.yaml"))
	ts.Check(err)
	for _, file := range append(files, models...) {
		data, err := os.ReadFile(file)
		ts.Check(err)
		data = regexp.MustCompile(`http://[0-9.:]+`).ReplaceAll(data, []byte(url))
		ts.Check(os.WriteFile(file, data, 0o644))
	}
}
