package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/GaboBase/arch-genops/generators/stubserver"
)

// cmdClerk starts a model that is a clerk with tools, and plays users as well;
// the project's agents and models are pointed at it:
//
//	clerk [LATENCY [FAULT EVERY]]
//
// Each call that is answered is a line of calls.log: who, and what was asked.
func cmdClerk(ts *testscript.TestScript, neg bool, args []string) {
	faults := map[string]stubserver.Fault{"429": stubserver.TooMany, "cut": stubserver.Cut}
	o := stubserver.Options{}
	var err error
	if len(args) > 0 {
		o.Latency, err = time.ParseDuration(args[0])
		ts.Check(err)
	}
	if len(args) > 2 {
		n, err := strconv.ParseInt(args[2], 10, 64)
		ts.Check(err)
		o.Fault = stubserver.Every(n, faults[args[1]])
	}
	log, err := os.OpenFile(ts.MkAbs("calls.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ts.Check(err)
	ts.Defer(func() { log.Close() })
	var mu sync.Mutex
	o.Chat = func(_ context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
		who, reply := "agent", stubserver.ChatReply{}
		switch first := c.Messages[0].Text(); {
		case strings.Contains(first, "You judge the work"):
			who, reply.Text = "judge", judgeTalk(first, c.Messages[len(c.Messages)-1].Text())
		case strings.Contains(first, "You play a user"):
			who, reply.Text = "user", playUser(c.Messages[len(c.Messages)-1].Text())
		default:
			reply = clerk(&c)
		}
		data, _ := json.Marshal(c.Messages)
		mu.Lock()
		fmt.Fprintf(log, "%s %s\n", who, data)
		mu.Unlock()
		held(log.Name())
		return reply, nil
	}
	s, err := stubserver.New(o)
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	for _, pattern := range []string{"agents/*.yaml", "models/*.yaml"} {
		files, err := filepath.Glob(ts.MkAbs(pattern))
		ts.Check(err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			ts.Check(err)
			data = regexp.MustCompile(`http://[0-9.:]+`).ReplaceAll(data, []byte(s.URL()))
			ts.Check(os.WriteFile(file, data, 0o644))
		}
	}
}

// clerk remembers names, cancels orders by its tools, and tries tools that it
// does not have when it is told to.
func clerk(c *stubserver.ChatCall) stubserver.ChatReply {
	last := c.Messages[len(c.Messages)-1]
	said, name, results := "", "", []string{}
	for _, m := range c.Messages {
		switch m.Role {
		case "user":
			said, results = m.Text(), nil
			if _, rest, ok := strings.Cut(said, "my name is "); ok {
				name = strings.TrimRight(rest, ".")
			}
		case "tool":
			results = append(results, m.Text())
		}
	}
	call := func(tool, args string) stubserver.ChatReply {
		one := stubserver.ToolCall{ID: fmt.Sprintf("call_%d", len(results)+1), Type: "function"}
		one.Function.Name, one.Function.Arguments = tool, args
		return stubserver.ChatReply{ToolCalls: []stubserver.ToolCall{one}}
	}
	order := regexp.MustCompile(`order (\d+)`).FindStringSubmatch(said)
	switch {
	case strings.Contains(said, "both") && len(results) == 0:
		two := call("get_order", `{"id":"7"}`)
		two.ToolCalls = append(two.ToolCalls, call("get_order", `{"id":"8"}`).ToolCalls...)
		two.ToolCalls[1].ID = "call_2"
		return two
	case strings.Contains(said, "both"):
		return stubserver.ChatReply{Text: strings.Join(results, " and ")}
	case strings.Contains(said, "loop"):
		return call("get_order", `{"id":"7"}`)
	case strings.Contains(said, "magic") && len(results) == 0:
		return call("magic", `{}`)
	case strings.Contains(said, "garbage") && len(results) == 0:
		return call("get_order", `[1]`)
	case strings.Contains(said, "cancel") && order != nil && len(results) == 0:
		return call("get_order", `{"id":"`+order[1]+`"}`)
	case strings.Contains(said, "cancel") && order != nil && len(results) == 1 && strings.Contains(last.Text(), `"open"`):
		return call("cancel_order", `{"id":"`+order[1]+`","reason":"asked"}`)
	case len(results) == 2:
		return stubserver.ChatReply{Text: "order " + order[1] + " is cancelled"}
	case len(results) == 1:
		return stubserver.ChatReply{Text: "I could not: " + last.Text()}
	case strings.Contains(said, "what is my name"):
		return stubserver.ChatReply{Text: "you are " + name}
	case strings.Contains(said, "how many messages"):
		return stubserver.ChatReply{Text: strconv.Itoa(len(c.Messages))}
	}
	return stubserver.ChatReply{Text: "hello " + name}
}

// playUser wants an order cancelled; the persona says how it goes.
func playUser(text string) string {
	switch {
	case strings.Contains(text, "GARBLED"):
		return "I would like to know more"
	case strings.Contains(text, "TOO EARLY"):
		return `{"goal_reached": true}`
	case strings.Contains(text, "is cancelled") && !strings.Contains(text, "NEVER"):
		return `{"goal_reached": true}`
	case !strings.Contains(text, `"assistant"`):
		return `{"goal_reached": false, "message": "hi, my name is Ada"}`
	case strings.Contains(text, "send: 0"):
		return `{"goal_reached": false}`
	}
	return `{"goal_reached": false, "message": "please cancel order 7"}`
}

// cmdAtMost checks that a file has no more lines: atmost 26 calls.log
func cmdAtMost(ts *testscript.TestScript, neg bool, args []string) {
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	if n := countLines(ts.MkAbs(args[1])); n > most {
		ts.Fatalf("%s has %d lines, and may have %d", args[1], n, most)
	}
}

// judgeTalk judges conversations: an answer that knows no name is bad.
func judgeTalk(task, text string) string {
	switch {
	case strings.Contains(task, `{"intentions"`):
		return `{"intentions": ["to be known by name"]}`
	case strings.Contains(task, `{"data"`):
		return `{"data": {"name": "Ada"}}`
	case strings.Contains(task, `{"verdicts"`):
		return `{"verdicts": []}`
	case strings.Contains(task, "that it forgot"):
		return `{"verdict": "no"}`
	case regexp.MustCompile(`(you are|hello) (Ada|Di)`).MatchString(text):
		return `{"verdict": "yes"}`
	}
	return `{"verdict": "no", "reason": "who?"}`
}
