package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// agent is the other side of a run; it outlives the kills.
type agent interface {
	name() string
	runtime() string // for the agent file
	reset() error
	counts() map[string]int // how often each input arrived
}

// answerTo is the word before the last.
func answerTo(input string) string {
	words := strings.Fields(input)
	return words[max(len(words)-2, 0)]
}

// webAgent is a server in this process.
type webAgent struct {
	server *stubserver.Server
	mu     sync.Mutex
	seen   map[string]int
}

func newWebAgent(latency time.Duration) (*webAgent, error) {
	a := &webAgent{seen: map[string]int{}}
	var err error
	a.server, err = stubserver.New(stubserver.Options{Latency: latency, Answer: func(_ context.Context, input string) (string, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.seen[input]++
		return answerTo(input), nil
	}})
	return a, err
}

func (a *webAgent) close()       { a.server.Close() }
func (a *webAgent) name() string { return "http" }

func (a *webAgent) runtime() string {
	return fmt.Sprintf("{http: {url: %q, request: '{\"text\": {{json input}}}', response: result.label}}", a.server.URL()+"/classify")
}

func (a *webAgent) reset() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.seen)
	return nil
}

func (a *webAgent) counts() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := make(map[string]int, len(a.seen))
	for input, n := range a.seen {
		seen[input] = n
	}
	return seen
}

// stdioAgent is this program as a child of genops; it counts in a file, a line
// for each input.
type stdioAgent struct {
	self, tally string
	latency     time.Duration
}

func newStdioAgent(dir string, latency time.Duration) (*stdioAgent, error) {
	self, err := os.Executable()
	return &stdioAgent{self, filepath.Join(dir, "tally"), latency}, err
}

func (a *stdioAgent) name() string { return "process" }

func (a *stdioAgent) runtime() string {
	// Not an argument: a file named by one belongs to the agent's identity.
	return fmt.Sprintf("{process: {command: [%q, --role, agent, --latency, %q], env: {%s: %q}}}", a.self, a.latency, tallyEnv, a.tally)
}

func (a *stdioAgent) reset() error {
	err := os.Remove(a.tally)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (a *stdioAgent) counts() map[string]int {
	data, _ := os.ReadFile(a.tally) // none = nothing arrived
	seen := map[string]int{}
	for line := range strings.Lines(string(data)) {
		seen[line]++
	}
	return seen
}

// tallyEnv names the file in which the agent on stdio counts.
const tallyEnv = "GENOPS_BENCH_TALLY"

// callCost is what the agent on stdio says that each call cost.
const callCost = 0.0001

// serveStdio answers on stdio until stdin ends, many calls at once.
func serveStdio(tally string, latency time.Duration) error {
	file, err := os.OpenFile(tally, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	out := json.NewEncoder(os.Stdout)
	var mu sync.Mutex
	var wait sync.WaitGroup
	defer wait.Wait()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var call struct{ ID, Input string }
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(file, call.Input); err != nil {
			return err
		}
		wait.Go(func() {
			time.Sleep(latency)
			mu.Lock()
			defer mu.Unlock()
			// Nobody may be there any more; then stdin ends too.
			out.Encode(map[string]any{"id": call.ID, "output": answerTo(call.Input), "cost_usd": callCost})
		})
	}
	return lines.Err()
}
