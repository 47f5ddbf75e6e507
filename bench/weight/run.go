package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// serveStub is the server's process: it prints its address and ends with stdin.
func serveStub() error {
	server, err := stubserver.New(stubserver.Options{
		Answer: func(context.Context, string) (string, error) { return "track_order", nil }})
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println(server.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// run weighs an evaluation of every case, 50 in flight, against a server that
// answers at once.
func (s *scale) run(cases int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	stub := exec.Command(self, "--role", "stub")
	stub.Stderr = os.Stderr
	stdin, err := stub.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := stub.StdoutPipe()
	if err != nil {
		return err
	}
	if err := stub.Start(); err != nil {
		return fmt.Errorf("starting the stub server: %w", err)
	}
	defer stub.Wait()
	defer stdin.Close()
	first := bufio.NewScanner(stdout)
	if !first.Scan() {
		return fmt.Errorf("the stub server did not start")
	}
	project := filepath.Join(s.dir, "run")
	if err := writeProject(project, first.Text(), cases); err != nil {
		return err
	}
	u, err := runProcess(project, s.genops, "run-eval", "--agent", "STUB", "--test-set", "cases.jsonl",
		"--rule", "intent_accuracy>=0.9", "--full", "--concurrency", "50", "--json")
	if err != nil {
		return err
	}
	var result struct{ Cases struct{ Total, Judged int } }
	if err := json.Unmarshal(u.Stdout, &result); err != nil {
		return err
	}
	if result.Cases.Total != cases || result.Cases.Judged != cases {
		return fmt.Errorf("the run judged %d of %d cases, not %d", result.Cases.Judged, result.Cases.Total, cases)
	}
	s.memory(fmt.Sprintf("genops run-eval, %d cases, peak RSS", cases), u.RSS, runBar)
	s.row(fmt.Sprintf("genops run-eval, %d cases, wall (CPU)", cases), fmt.Sprintf("%.2f (%.2f) s", u.Wall.Seconds(), u.CPU.Seconds()), "", true)
	return nil
}

// wrongEvery is how many cases have one whose expected label is not what the
// server answers.
const wrongEvery = 20

func writeProject(dir, url string, cases int) error {
	if err := os.MkdirAll(filepath.Join(dir, "agents"), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "testsets"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "genops.yaml"), []byte("genops: {}\n"), 0o644); err != nil {
		return err
	}
	agent := fmt.Sprintf("id: STUB\nruntime: {http: {url: %q, request: '{\"text\": {{json input}}}', response: result.label}}\n", url+"/classify")
	if err := os.WriteFile(filepath.Join(dir, "agents", "STUB.yaml"), []byte(agent), 0o644); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(dir, "testsets", "cases.jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file) // piece by piece: the bench has to stay small
	for i := range cases {
		expected := "track_order"
		if i%wrongEvery == wrongEvery-1 {
			expected = "cancel_order"
		}
		fmt.Fprintf(w, `{"id":"c%05d","input":"Hello, this is customer %05d: where is the parcel that I ordered last week?","expected":%q}`+"\n", i+1, i+1, expected)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the cases: %w", err)
	}
	return nil
}
