package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/internal/cli"
)

// TestStimulusIsBooked: what the chat model of layer 1 costs is layer 1's spend, and
// part of the run's and of its budget; a plan asks nobody, and a run that goes on
// does not ask again.
func TestStimulusIsBooked(t *testing.T) {
	t.Parallel()
	stub, err := stubserver.New(stubserver.Options{Chat: func(context.Context, stubserver.ChatCall) (stubserver.ChatReply, error) {
		return stubserver.ChatReply{Text: `{"keywords": ["soft light", "fine grain"]}`}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stub.Close() })
	dir := project(t, map[string]string{"genops.yaml": "", "config/pipeline.yaml": "pipeline:\n  optimize: {stimulus: 'openai:gpt-5.4-mini'}\n",
		"prices.yaml": "models:\n  openai:\n    gpt-5.4-mini: {input: 1000, output: 1000}\n"})
	with := func(args ...string) called {
		return call(t, dir, func(s *cli.State) {
			s.Getenv = func(name string) string {
				return map[string]string{"OPENAI_BASE_URL": stub.URL() + "/v1", "OPENAI_API_KEY": "sk-test"}[name]
			}
		}, args...)
	}
	what := []string{"--prompt", "a forest", "--style", "watercolor", "--count", "2", "--size", "64x64"}
	with(append([]string{"plan"}, what...)...).want(t, 0, "plan does not ask openai:gpt-5.4-mini for keywords")
	if n := stub.Received(); n != 0 {
		t.Fatalf("plan asked the chat model %d times", n)
	}
	// Interrupted by a gate that is undecided at the end: the same command goes on.
	c := with(append([]string{"generate", "--budget", "100", "--json"}, what...)...)
	c.want(t, 0, "optimize: the keywords of openai:gpt-5.4-mini cost $")
	if n := stub.Received(); n != 1 {
		t.Errorf("the chat model was asked %d times about one prompt", n)
	}
	var r struct {
		Folder string
		Spent  float64 `json:"spent_usd"`
		Layers map[string]struct {
			Cost float64 `json:"cost_usd"`
		}
	}
	if err := json.Unmarshal([]byte(c.stdout), &r); err != nil {
		t.Fatal(err)
	}
	if r.Spent <= 0 || r.Layers["optimize"].Cost != r.Spent {
		t.Errorf("spent $%g, of that layer 1 $%g", r.Spent, r.Layers["optimize"].Cost)
	}
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(r.Folder), "result.json")); err != nil { // as if it was killed at the end
		t.Fatal(err)
	}
	with(append([]string{"generate", "--budget", "100", "--json"}, what...)...).want(t, 0, "going on with run ", `"spent_usd": `)
	if n := stub.Received(); n != 1 {
		t.Errorf("going on, the chat model was asked again: %d times", n)
	}
	// A budget that is smaller than one call: nothing is asked, packs stand in.
	with(append([]string{"generate", "--budget", "0.5", "--json", "--fresh"}, what...)...).want(t, 0, "the budget of $0.5 does not allow a call", "packs are used instead")
	if n := stub.Received(); n != 1 {
		t.Errorf("the chat model was asked against the budget")
	}
	if err := os.Remove(filepath.Join(dir, "prices.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config/pipeline.yaml"), []byte("pipeline:\n  optimize: {stimulus: 'openai:nobody-knows-me'}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	with(append([]string{"generate", "--budget", "1"}, what...)...).want(t, 2, "no price of openai:nobody-knows-me is known")
}
