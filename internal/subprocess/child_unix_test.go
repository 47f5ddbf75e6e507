//go:build unix

package subprocess

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain is also the child under test: the test binary runs itself with
// SUBPROCESS_TEST_CHILD naming the behaviour.
func TestMain(m *testing.M) {
	if mode := os.Getenv("SUBPROCESS_TEST_CHILD"); mode != "" {
		runChild(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(mode string) {
	switch mode {
	case "cat":
		io.Copy(os.Stdout, os.Stdin)
	case "fail":
		for i := range 30 {
			fmt.Fprintln(os.Stderr, "line", i)
		}
		fmt.Println("last words")
		os.Exit(3)
	case "stubborn": // hears nothing
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "polite": // ends when asked, not when stdin ends
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		<-c
		fmt.Println("bye")
	case "parent", "leaver": // starts a child that would outlive it
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SUBPROCESS_TEST_CHILD=stubborn")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr // holds our pipes
		if err := cmd.Start(); err != nil {
			os.Exit(9)
		}
		fmt.Println(cmd.Process.Pid)
		if mode == "parent" {
			io.Copy(io.Discard, os.Stdin)
		}
	case "deaf": // never reads
		fmt.Println("ready")
		time.Sleep(time.Minute)
	}
}

func start(t *testing.T, mode string, change ...func(*Config)) *Child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Path: self, Env: append(os.Environ(), "SUBPROCESS_TEST_CHILD="+mode, "GORACE=atexit_sleep_ms=0"), Grace: time.Minute}
	for _, f := range change {
		f(&cfg)
	}
	c, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Kill(); <-c.Done() })
	return c
}

func read(t *testing.T, c *Child) string {
	t.Helper()
	line, err := c.ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

func TestLines(t *testing.T) {
	c := start(t, "cat")
	const n = 5000
	go func() {
		for i := range n {
			if err := c.Write([]byte(strings.Repeat("x", i%300) + strconv.Itoa(i))); err != nil {
				t.Error(err)
			}
		}
	}()
	for i := range n {
		if got := read(t, c); !strings.HasSuffix(got, strconv.Itoa(i)) {
			t.Fatalf("line %d is %q", i, got)
		}
	}
	at := time.Now()
	c.Stop()
	if took := time.Since(at); took > time.Minute {
		t.Errorf("a program that ends with its stdin took %v to stop, all of the time that it is given", took)
	}
	if _, err := c.ReadLine(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	if c.Status() != "exit status 0" {
		t.Errorf("status %q", c.Status())
	}
	if err := c.Write(nil); !errors.Is(err, ErrStopped) {
		t.Errorf("write after the end: %v", err)
	}
}

func TestStopSendsWhatWasQueued(t *testing.T) {
	c := start(t, "cat")
	for i := range 100 {
		c.Write([]byte(strconv.Itoa(i)))
	}
	got := make(chan int)
	go func() {
		n := 0
		for {
			if _, err := c.ReadLine(); err != nil {
				got <- n
				return
			}
			n++
		}
	}()
	c.Stop()
	if n := <-got; n != 100 {
		t.Errorf("%d of 100 lines came back", n)
	}
}

func TestFailingProgram(t *testing.T) {
	var log bytes.Buffer
	c := start(t, "fail", func(cfg *Config) { cfg.Stderr = &log })
	if got := read(t, c); got != "last words" {
		t.Errorf("got %q", got)
	}
	<-c.Done()
	if c.Status() != "exit status 3" {
		t.Errorf("status %q", c.Status())
	}
	last := c.LastStderr()
	if len(last) != tailLines || last[0] != "line 10" || last[tailLines-1] != "line 29" {
		t.Errorf("last lines %q", last)
	}
	if !strings.HasPrefix(log.String(), "line 0\n") {
		t.Errorf("log %q", log.String())
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestLogThatCannotBeWritten(t *testing.T) {
	c := start(t, "fail", func(cfg *Config) { cfg.Stderr = failingWriter{} })
	<-c.Done()
	if len(c.LastStderr()) != tailLines {
		t.Errorf("last lines %q", c.LastStderr())
	}
}

func TestStopSteps(t *testing.T) {
	short := func(cfg *Config) { cfg.Grace = 150 * time.Millisecond }
	c := start(t, "polite", func(cfg *Config) { cfg.Grace = 5 * time.Second })
	read(t, c)
	c.Stop()
	if got := read(t, c); got != "bye" || c.Status() != "exit status 0" {
		t.Errorf("asked to end: %q, %q", got, c.Status())
	}
	c = start(t, "stubborn", short)
	read(t, c)
	at := time.Now()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(c.Stop)
	}
	wg.Wait()
	if took := time.Since(at); took < 300*time.Millisecond {
		t.Errorf("a stubborn program was stopped after %v", took)
	}
	if c.Status() != "signal: killed" {
		t.Errorf("status %q", c.Status())
	}
}

func TestFullPipeDoesNotBlock(t *testing.T) {
	c := start(t, "deaf", func(cfg *Config) { cfg.Grace = 50 * time.Millisecond })
	read(t, c)
	for range 100 {
		if err := c.Write(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
	c.Stop()
}

// alive reports whether the process exists and is no zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(b), ") Z ")
}

func TestGrandchildrenEnd(t *testing.T) {
	for _, mode := range []string{"parent", "leaver"} {
		c := start(t, mode)
		pid := 0
		for range 2 { // the pid, and "ready" of the grandchild, in any order
			if n, err := strconv.Atoi(read(t, c)); err == nil {
				pid = n
			}
			if mode == "leaver" {
				break // its child may be killed before it is ready
			}
		}
		if mode == "parent" {
			c.Stop()
		} else {
			<-c.Done()
		}
		for range 3000 {
			if pid == 0 || !alive(pid) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if pid != 0 && alive(pid) {
			t.Errorf("%s: the grandchild %d lives on", mode, pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
		for {
			if _, err := c.ReadLine(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		c := start(t, "cat")
		c.Write([]byte("x"))
		c.Stop()
		start(t, "fail").Kill()
	}
	for range 3000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}

func TestStartErrors(t *testing.T) {
	if _, err := Start(Config{Path: t.TempDir() + "/missing"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing program: %v", err)
	}
}

func TestLineLimit(t *testing.T) {
	long := strings.Repeat("a", 1000)
	r := newLineReader(strings.NewReader("one\r\n"+long+"b\n"+long+"\ntwo\n\nthree"), 1000)
	r.r = bufio.NewReaderSize(r.r, 16)
	want := []struct {
		line string
		err  error
	}{{"one", nil}, {long + "b\n", ErrLineTooLong}, {long, nil}, {"two", nil}, {"", nil}, {"three", nil}, {"", io.EOF}}
	for _, w := range want {
		line, err := r.next()
		if err != w.err || w.err != ErrLineTooLong && string(line) != w.line || !strings.HasPrefix(w.line, string(line)) {
			t.Errorf("got %.20q, %v, want %.20q, %v", line, err, w.line, w.err)
		}
	}
	r = newLineReader(io.LimitReader(zeros{}, 1<<30), 1000)
	if _, err := r.next(); err != ErrLineTooLong {
		t.Errorf("endless line: %v", err)
	}
	if _, err := r.next(); err != ErrEndlessLine {
		t.Errorf("endless line, again: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
