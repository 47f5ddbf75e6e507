package generators

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
)

func labelServer(t *testing.T, o stubserver.Options) *stubserver.Server {
	t.Helper()
	s, err := stubserver.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func askLabels(m *Model, text string) (map[string]float64, string, error) {
	a, err := m.Generate(context.Background(), pipeline.Request{Input: text})
	if err != nil {
		return nil, "", err
	}
	l, err := pipeline.ReadLabels(a.Text)
	out := map[string]float64{}
	for _, x := range l.List {
		out[x.Name] = x.Score
	}
	return out, l.Silent, err
}

func newLabels(t *testing.T, s *stubserver.Server, classifier bool) *Model {
	t.Helper()
	env := map[string]string{"OPENAI_API_KEY": "sk-secret-1", "OPENAI_BASE_URL": s.URL() + "/v1", "HF_INFERENCE_ENDPOINT": s.URL(), "HF_TOKEN": "hf-secret-1"}
	cfg := ModelConfig{Ref: "openai:omni-moderation-latest", Getenv: func(k string) string { return env[k] }, Timeout: 5 * time.Second}
	make := NewModerator
	if classifier {
		cfg.Ref, make = "huggingface:org/sentiment", NewClassifier
	}
	m, err := make(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestModeration(t *testing.T) {
	s := labelServer(t, stubserver.Options{Key: "sk-secret-1", Scores: func(text string) map[string]float64 {
		if strings.Contains(text, "kill") {
			return map[string]float64{"violence": 0.9, "harassment/threatening": 0.75, "hate": 0.2}
		}
		return nil
	}})
	m := newLabels(t, s, false)
	got, silent, err := askLabels(m, "I will kill you, \"Bob\" ü")
	if want := map[string]float64{"violence": 0.9, "harassment/threatening": 0.75}; err != nil || silent != "" || !maps.Equal(got, want) {
		t.Errorf("%v %q %v", got, silent, err)
	}
	if got, silent, err = askLabels(m, "hello"); err != nil || silent != "" || len(got) != 0 {
		t.Errorf("%v %q %v", got, silent, err)
	}
}

func TestClassification(t *testing.T) {
	s := labelServer(t, stubserver.Options{Key: "hf-secret-1", Scores: func(text string) map[string]float64 {
		return map[string]float64{"positive": 0.25, "negative": 0.75}
	}})
	m := newLabels(t, s, true)
	got, _, err := askLabels(m, "bad")
	if want := map[string]float64{"positive": 0.25, "negative": 0.75}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
}

// TestLabelFailures: what goes wrong with a call is told apart as it is of chats.
func TestLabelFailures(t *testing.T) {
	for _, classifier := range []bool{false, true} {
		for fault, want := range map[stubserver.Fault]string{
			stubserver.TooMany: "transient", stubserver.Internal: "transient", stubserver.Unavailable: "transient", stubserver.BadGateway: "transient", stubserver.Cut: "transient", stubserver.CutBody: "transient",
			stubserver.Denied: "unusable", stubserver.NoQuota: "unusable", stubserver.BadRequest: "error", stubserver.WrongType: "error", stubserver.Empty: "error",
		} {
			s := labelServer(t, stubserver.Options{Fault: stubserver.Every(1, fault)})
			_, _, err := askLabels(newLabels(t, s, classifier), "a")
			var transient *pipeline.Transient
			var unusable *pipeline.Unusable
			got := "error"
			switch {
			case err == nil:
				got = "an answer"
			case errors.As(err, &transient):
				got = "transient"
			case errors.As(err, &unusable):
				got = "unusable"
			}
			if got != want || err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("classifier %v, fault %d: %s, want %s: %v", classifier, fault, got, want, err)
			}
		}
	}
	s := labelServer(t, stubserver.Options{Fault: stubserver.Every(1, stubserver.NullContent)})
	if got, silent, err := askLabels(newLabels(t, s, false), "a"); err != nil || silent == "" || len(got) > 0 {
		t.Errorf("a moderation without results: %v %q %v", got, silent, err)
	}
	if _, _, err := askLabels(newLabels(t, s, true), "a"); err == nil {
		t.Error("a classification without classes is no answer")
	}
}

func TestLabelReplies(t *testing.T) {
	const flagged = `"flagged":true,"categories":{"hate":true,"violence":false},"category_scores":{"hate":0.9,"violence":0}`
	for body, want := range map[string]string{
		`{"results":[{` + flagged + `}]}`:                                     "hate",
		`{"results":[{` + flagged + `},{"flagged":false,"categories":{}}]}`:   "hate",
		`{"results":[{"flagged":false,"categories":{"hate":false}}]}`:         "",
		`{"results":[{"flagged":false,"categories":{"hate":true}}]}`:          "silent",
		`{"results":[{"flagged":true,"categories":{},"category_scores":{}}]}`: "silent",
		`{"results":[{}]}`:                   "silent",
		`{"results":[]}`:                     "silent",
		`{"error":{"message":"overloaded"}}`: "silent",
		`{"results":"flagged"}`:              "silent",
		`[]`:                                 "silent",
		`{"results":[null]}`:                 "error",
		`{"results":{"flagged":false}}`:      "error",
		`{"results":[{"flagged":true}]}`:     "error",
		`{"results":[{"flagged":true,"categories":{"hate":true}}]}`: "error",
		`null`:                    "error",
		`<html>`:                  "error",
		`{"results":[{` + flagged: "error",
	} {
		a, err := moderationWire{}.decode([]byte(body), "application/json")
		got := "error"
		if err == nil {
			l, err := pipeline.ReadLabels(a.Text)
			switch {
			case err != nil:
				t.Fatal(err)
			case len(l.List) > 0:
				got = l.List[0].Name
			case l.Silent != "":
				got = "silent"
			default:
				got = ""
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s (%v)", body, got, want, err)
		}
	}
}
