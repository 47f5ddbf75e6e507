package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// cmdJudgeStub starts a model that judges with known faults and points the
// project's models at it. What it says depends on words in the answer: RIGHT is
// good, WRONG is bad; WAVER is good every other time; GARBLED gets no JSON,
// HICCUP none at first, SORRY a refusal; a WORDY bad answer becomes good when it
// is padded. Of two answers it likes the first, unless one is SURELY better. The
// model "plain" takes no form of replies.
func cmdJudgeStub(ts *testscript.TestScript, neg bool, args []string) {
	var mu sync.Mutex
	seen := map[string]int{}
	s, err := stubserver.New(stubserver.Options{Chat: func(_ context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
		text := string(c.Messages[len(c.Messages)-1].Content)
		if c.Model == "plain" && c.Format != nil {
			return stubserver.ChatReply{}, errors.New("this server knows no response_format")
		}
		mu.Lock()
		seen[text]++
		times := seen[text]
		mu.Unlock()
		if strings.Contains(string(c.Messages[0].Content), "opinions") {
			return stubserver.ChatReply{Text: `{"opinions":["it is so"],"verdicts":[{"verdict":"no","reason":"r"}]}`}, nil
		}
		return stubserver.ChatReply{Text: judgeReply(text, times)}, nil
	}})
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

func judgeReply(text string, times int) string {
	if _, second, pair := strings.Cut(text, "Second answer:"); pair {
		choice := "first"
		if strings.Contains(second, "SURELY") {
			choice = "second"
		}
		return fmt.Sprintf(`{"reason":"r","choice":%q}`, choice)
	}
	if strings.Contains(text, "Metrics:") {
		score := 3
		if strings.Contains(text, "RIGHT") {
			score = 8
		}
		return fmt.Sprintf(`{"scores":[{"metric":"coherence","reason":"r","score":%d},{"metric":"toxicity","reason":"r","score":10}]}`, score)
	}
	score := 2
	padded := strings.Contains(text, "nothing is added")
	switch {
	case strings.Contains(text, "GARBLED"), strings.Contains(text, "HICCUP") && times == 1:
		return "well, it depends"
	case strings.Contains(text, "SORRY"):
		return "I'm sorry, but I can't judge this."
	case strings.Contains(text, "RIGHT"), strings.Contains(text, "WORDY") && padded, strings.Contains(text, "WAVER") && times%2 == 1:
		score = 9
	}
	return fmt.Sprintf(`{"reason":"r","score":%d}`, score)
}
