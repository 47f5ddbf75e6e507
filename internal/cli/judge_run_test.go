package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// cmdGradingModel starts a server that judges, and points the project's models at
// it: what holds "wrong" gets bad verdicts, "nonsense" no JSON.
func cmdGradingModel(ts *testscript.TestScript, neg bool, args []string) {
	s, err := stubserver.New(stubserver.Options{Chat: gradingChat})
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	files, err := filepath.Glob(ts.MkAbs("models/*.yaml"))
	ts.Check(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		ts.Check(err)
		data = regexp.MustCompile(`http://[0-9.:]+`).ReplaceAll(data, []byte(s.URL()))
		ts.Check(os.WriteFile(file, data, 0o644))
	}
}

func gradedReply(system, user string) string {
	word, score := "yes", 9
	switch {
	case strings.Contains(user, "nonsense"):
		return "I can't say."
	case strings.Contains(user, "wrong"):
		word, score = "no", 1
	}
	verdict := map[string]any{"verdict": word, "reason": "because of " + word, "statement": "it is so"}
	var reply any
	switch {
	case strings.Contains(user, "Metrics:"):
		list := []any{}
		for _, m := range []string{"coherence", "hallucination", "faithfulness"} {
			if strings.Contains(user, `"metric":"`+m+`"`) || strings.Contains(user, `"`+m+`"`) {
				list = append(list, map[string]any{"metric": m, "reason": "read", "score": score})
			}
		}
		reply = map[string]any{"scores": list}
	case strings.Contains(system, "gave a score"):
		reply = map[string]any{"reason": "the verdicts say so"}
	case strings.Contains(system, `{"truths"`):
		reply = map[string]any{"truths": []string{"a fact"}}
	case strings.Contains(system, `{"claims"`):
		reply = map[string]any{"claims": []string{user}}
	case strings.Contains(system, `"unfaithful"`):
		reply = map[string]any{"verdict": map[string]string{"yes": "faithful", "no": "unfaithful"}[word], "reasoning": "read"}
	case strings.Contains(system, `{"task"`):
		reply = map[string]any{"task": user}
	case strings.Contains(system, `{"plan"`):
		reply = map[string]any{"plan": []string{"look", "book"}}
	case strings.Contains(system, `{"qa_pairs"`):
		reply = map[string]any{"qa_pairs": []any{map[string]any{"question": user, "response": user}}}
	case strings.Contains(system, `"FN"`):
		reply = map[string]any{"verdict": map[string]string{"yes": "TP", "no": "FN"}[word], "reason": "read"}
	case strings.Contains(system, `"score": 0.0`):
		reply = map[string]any{"reason": "read", "score": float64(score) / 10}
	case strings.Contains(system, `"score": 0`):
		reply = map[string]any{"reason": "read", "score": score}
	default:
		n := 1
		if _, rest, ok := strings.Cut(system, "Give exactly "); ok && rest[0] == '2' {
			n = 2
		}
		list := make([]any, n)
		for i := range list {
			list[i] = verdict
		}
		reply = map[string]any{"verdicts": list}
	}
	data, _ := json.Marshal(reply)
	return string(data)
}

func gradingChat(_ context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
	var text [2]string
	for i, m := range c.Messages {
		if err := json.Unmarshal(m.Content, &text[min(i, 1)]); err != nil {
			return stubserver.ChatReply{}, err
		}
	}
	return stubserver.ChatReply{Text: gradedReply(text[0], text[1]), Logprobs: []stubserver.Token{{Token: "x"}}}, nil
}
