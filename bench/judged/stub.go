package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// server is a model that answers as an agent, or judges.
type server struct {
	*stubserver.Server
	calls, now, top atomic.Int64
	first, last     atomic.Int64 // Unix time of a call and of an answer, in ns
	delay           time.Duration
}

func serve(delay time.Duration) (*server, error) {
	s := &server{delay: delay}
	var err error
	s.Server, err = stubserver.New(stubserver.Options{Chat: s.chat})
	return s, err
}

func (s *server) reset()        { s.calls.Store(0); s.top.Store(0); s.first.Store(0) }
func (s *server) answered() int { return int(s.calls.Load()) }
func (s *server) most() int64   { return s.top.Load() }

func (s *server) chat(ctx context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
	n := s.now.Add(1)
	s.first.CompareAndSwap(0, time.Now().UnixNano())
	defer s.now.Add(-1)
	for old := s.top.Load(); n > old && !s.top.CompareAndSwap(old, n); old = s.top.Load() {
	}
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return stubserver.ChatReply{}, ctx.Err()
	}
	s.calls.Add(1)
	s.last.Store(time.Now().UnixNano())
	var text [2]string
	for i, m := range c.Messages {
		json.Unmarshal(m.Content, &text[min(i, 1)])
	}
	return stubserver.ChatReply{Text: reply(text[0], text[1]), Logprobs: []stubserver.Token{{Token: "x"}}}, nil
}

// reply answers a step of the judge, told by the words of its prompt, or by a
// mark that the script for DeepEval sets. Each case has replies of its own: equal
// questions would be asked once.
func reply(system, user string) string {
	order := orderIn(user)
	switch {
	case strings.HasPrefix(system, "agent"):
		return "Order " + order + " arrives by Thursday."
	case strings.Contains(system, "gave a score"), strings.HasPrefix(system, "step:reason"):
		return `{"reason":"all verdicts agree"}`
	case strings.Contains(system, `{"truths"`), strings.HasPrefix(system, "step:truths"):
		return `{"truths":["Order ` + order + ` was sent on Monday.","Order ` + order + ` takes three days."]}`
	case strings.Contains(system, `{"claims"`), strings.HasPrefix(system, "step:claims"):
		return `{"claims":["Order ` + order + ` arrives by Thursday."]}`
	case strings.Contains(system, `"score": 0`), strings.HasPrefix(system, "step:score"):
		return `{"reason":"clear","score":9}`
	}
	return `{"verdicts":[{"verdict":"yes","reason":"both speak of order ` + order + ` alike"}]}`
}

// orderIn is the number of the order that a prompt is about.
func orderIn(s string) string {
	for {
		i := strings.Index(strings.ToLower(s), "order ")
		if i < 0 || len(s) < i+11 {
			return "?"
		}
		if s = s[i+6:]; s[0] >= '0' && s[0] <= '9' {
			return s[:5]
		}
	}
}

// golden is a case as DeepEval writes it.
type golden struct {
	Input     string   `json:"input"`
	Output    string   `json:"actual_output"`
	Context   []string `json:"context"`
	Retrieval []string `json:"retrieval_context"`
}

// write makes the project.
func (b *bench) write() error {
	cases := make([]golden, b.cases)
	for i := range cases {
		fact := fmt.Sprintf("Order %05d was sent on Monday and arrives within three days.", i)
		cases[i] = golden{Input: fmt.Sprintf("When does order %05d arrive?", i), Output: fmt.Sprintf("Order %05d arrives by Thursday.", i), Context: []string{fact}, Retrieval: []string{fact}}
	}
	data, err := json.Marshal(cases)
	if err != nil {
		return err
	}
	files := map[string]string{
		"genops.yaml":           "genops: {evals: {threshold: 0.5}}\n",
		"testsets/goldens.json": string(data),
		"agents/A.yaml":         fmt.Sprintf("id: A\nruntime: {model: {prompt: a, model: \"openai_compatible:a\", base_url: %q}}\n", b.agent.URL()+"/v1"),
		"prompts/a.prompt":      "{{role \"system\"}}agent\n{{role \"user\"}}{{input}}\n",
		"models/grader.yaml":    fmt.Sprintf("provider: openai_compatible\nmodel: grader\nbase_url: %s\n", b.judge.URL()+"/v1"),
	}
	for name, text := range files {
		path := filepath.Join(b.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
