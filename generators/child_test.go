package generators

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

// TestMain is also the agent under test: the test binary runs itself with
// GENOPS_TEST_CHILD naming the behaviour.
func TestMain(m *testing.M) {
	if mode := os.Getenv("GENOPS_TEST_CHILD"); mode != "" {
		runChild(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type asked struct {
	ID    string         `json:"id"`
	Input string         `json:"input"`
	Vars  map[string]any `json:"vars"`
}

func say(id, output string) {
	b, _ := json.Marshal(map[string]any{"id": id, "output": output})
	os.Stdout.Write(append(b, '\n'))
}

// eachLine calls f for every request.
func eachLine(f func(asked)) {
	eachLineOf(func(line string) {
		var a asked
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			fmt.Fprintln(os.Stderr, "bad request:", err)
			os.Exit(9)
		}
		f(a)
	})
}

func eachLineOf(f func(line string)) {
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		f(line)
	}
}

func runChild(mode string) {
	if log := os.Getenv("GENOPS_TEST_STARTS"); log != "" {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			f.WriteString("start\n")
			f.Close()
		}
	}
	mode, arg, _ := strings.Cut(mode, ":")
	switch mode {
	case "conform":
		var mu sync.Mutex
		eachLine(func(a asked) {
			go func() {
				text, err := pipelinetest.Answer(context.Background(), a.Input)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					fmt.Printf("{\"id\":%q,\"error\":%q}\n", a.ID, err)
					return
				}
				say(a.ID, text)
			}()
		})
	case "echo": // fast, trusts its input
		in, out := bufio.NewReaderSize(os.Stdin, 1<<16), bufio.NewWriterSize(os.Stdout, 1<<16)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			out.WriteString(strings.Replace(line, `"input"`, `"output"`, 1))
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
	case "poison": // dies at once when it sees the input arg; answers in order
		eachLine(func(a asked) {
			if a.Input == arg {
				fmt.Fprintln(os.Stderr, "boom")
				os.Exit(7)
			}
			say(a.ID, a.Input)
		})
	case "poison-parallel": // answers late, so that all are in flight when it dies
		eachLine(func(a asked) {
			go func() {
				time.Sleep(5 * time.Millisecond)
				if a.Input == arg {
					os.Exit(7)
				}
				time.Sleep(5 * time.Millisecond)
				say(a.ID, a.Input)
			}()
		})
	case "crash":
		fmt.Fprintln(os.Stderr, "Traceback: no module named x")
		os.Exit(3)
	case "once": // one answer per process
		eachLine(func(a asked) { say(a.ID, a.Input); os.Exit(0) })
	case "garbage":
		for i := range 1000 {
			fmt.Println("Loading model part", i)
		}
		eachLine(func(asked) {})
	case "wrong-id":
		eachLine(func(a asked) { say("x"+a.ID, a.Input) })
	case "noisy": // garbage, unknown ids and duplicates between the answers
		for range 10 {
			fmt.Println("banner")
		}
		eachLine(func(a asked) {
			say("zzz", "?")
			say(a.ID, a.Input)
			say(a.ID, "again")
			fmt.Println("log line")
		})
	case "hang-on": // works on one at a time and hangs at the input arg
		eachLine(func(a asked) {
			if a.Input == arg {
				time.Sleep(time.Hour)
			}
			say(a.ID, a.Input)
		})
	case "hang-parallel":
		eachLine(func(a asked) {
			go func() {
				if strings.HasPrefix(a.Input, arg) {
					return
				}
				time.Sleep(time.Millisecond)
				say(a.ID, a.Input)
			}()
		})
	case "raw": // answers with its input as the rest of the line after the id
		eachLine(func(a asked) { fmt.Printf("{\"id\":%q%s}\n", a.ID, a.Input) })
	case "huge":
		eachLine(func(a asked) {
			n, _ := strconv.Atoi(a.Input)
			say(a.ID, strings.Repeat("y", n))
		})
	case "endless":
		chunk := []byte(strings.Repeat("z", 1<<16))
		for {
			if _, err := os.Stdout.Write(chunk); err != nil {
				return
			}
		}
	case "model": // answers with its arguments and the request, as a model that calls a tool
		eachLineOf(func(line string) {
			var seen map[string]any
			json.Unmarshal([]byte(line), &seen)
			seen["args"] = os.Args[1:]
			b, _ := json.Marshal(map[string]any{"id": seen["id"], "output": seen, "model": "tiny-1", "finish_reason": "tool_calls",
				"tool_calls": []any{map[string]any{"name": "now", "args": map[string]any{"x": 1}}}})
			os.Stdout.Write(append(b, '\n'))
		})
	case "media":
		makeMediaOnce(arg)
	case "media-sleeper":
		runMediaSleeper(arg)
	case "media-lines":
		makeMediaLines(arg)
	case "vars":
		eachLine(func(a asked) { b, _ := json.Marshal(a.Vars); say(a.ID, string(b)) })
	}
}
