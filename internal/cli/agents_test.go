package cli_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// agents are programs that speak the process protocol, or fail to. All of them
// answer with the last word of the input, so "say yes" expects "yes".
var agents = map[string]func(args []string) error{
	"agent-echo":       echo,
	"agent-crash":      crash,
	"agent-poison":     poison,
	"agent-hang":       hang,
	"agent-flood":      flood,
	"agent-garbage":    garbage,
	"agent-twice":      twice,
	"agent-unknown-id": unknownID,
	"agent-flaky":      flaky,
	"agent-family":     family,
	"agent-child":      child,
}

type question struct {
	ID    string `json:"id"`
	Input string `json:"input"`
}

func (q question) lastWord() string {
	words := strings.Fields(q.Input)
	return words[len(words)-1]
}

// questions calls answer for every request, until the input ends.
func questions(answer func(question) error) error {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				return fmt.Errorf("not a request: %s", line)
			}
			if err := answer(q); err != nil {
				return err
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

var stdout sync.Mutex

func say(v any) {
	line, _ := json.Marshal(v)
	stdout.Lock()
	defer stdout.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func output(id, text string) map[string]any { return map[string]any{"id": id, "output": text} }

// echo adds the id of every request it gets to the file that AGENT_LOG names
// (an argument that names a file would be part of the release), and answers
// after a delay, and when it is not held. An input that begins with "error" gets an error, one that
// begins with "hang" no answer. AGENT_ANSWER stands for any other answer.
func echo(args []string) error {
	f := flag.NewFlagSet("agent-echo", flag.ContinueOnError)
	delay := f.Duration("delay", 0, "of every answer")
	cost := f.Float64("cost", 0, "reported with every answer")
	reverse := f.Bool("reverse", false, "answer the oldest request last")
	if err := f.Parse(args); err != nil {
		return err
	}
	var wait sync.WaitGroup
	var kept []question
	err := questions(func(q question) error {
		if err := appendLine(os.Getenv("AGENT_LOG"), q.ID); err != nil {
			return err
		}
		if *reverse {
			if kept = append(kept, q); len(kept) == 2 {
				say(output(kept[1].ID, kept[1].lastWord()))
				say(output(kept[0].ID, kept[0].lastWord()))
				kept = nil
			}
			return nil
		}
		wait.Go(func() {
			time.Sleep(*delay)
			held(os.Getenv("AGENT_LOG"))
			switch {
			case strings.HasPrefix(q.Input, "error"):
				say(map[string]any{"id": q.ID, "error": "I refuse"})
			case !strings.HasPrefix(q.Input, "hang"):
				a := output(q.ID, cmp.Or(os.Getenv("AGENT_ANSWER"), q.lastWord()))
				a["usage"] = map[string]int{"input_tokens": 10, "output_tokens": 2}
				a["cost_usd"] = *cost
				a["extra"] = "ignored"
				say(a)
			}
		})
		return nil
	})
	wait.Wait()
	return err
}

func appendLine(path, line string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// crash ends after so many answers.
func crash(args []string) error {
	f := flag.NewFlagSet("agent-crash", flag.ContinueOnError)
	after := f.Int("after", 0, "answers")
	if err := f.Parse(args); err != nil {
		return err
	}
	n := 0
	return questions(func(q question) error {
		if n == *after {
			return errors.New("cannot load the model: no such file")
		}
		n++
		say(output(q.ID, q.lastWord()))
		return nil
	})
}

// poison dies of one input.
func poison([]string) error {
	return questions(func(q question) error {
		if strings.HasPrefix(q.Input, "poison") {
			return errors.New("poisoned by " + q.ID)
		}
		say(output(q.ID, q.lastWord()))
		return nil
	})
}

func hang([]string) error {
	return questions(func(question) error { return nil })
}

// flood writes megabytes to its log with every answer, or, without answers, to
// its stdout.
func flood(args []string) error {
	noise := []byte(strings.Repeat(strings.Repeat("noise ", 20)+"\n", 2000))
	return questions(func(q question) error {
		if len(args) > 0 {
			os.Stdout.Write(noise)
			return nil
		}
		os.Stderr.Write(noise)
		say(output(q.ID, q.lastWord()))
		return nil
	})
}

// garbage writes what is no answer; with an argument, beside its answers.
func garbage(args []string) error {
	n := 0
	return questions(func(q question) error {
		for _, line := range []string{"Loading model…", "[1,2]", "{\"id\":", "\x1b[31mred\x1b[0m", "null"} {
			fmt.Println(line)
		}
		if n++; len(args) > 0 {
			say(output(q.ID, q.lastWord()))
		}
		return nil
	})
}

func twice([]string) error {
	return questions(func(q question) error {
		say(output(q.ID, q.lastWord()))
		say(output(q.ID, "another answer"))
		return nil
	})
}

// unknownID answers what nobody asked; with an argument, nothing else.
func unknownID(args []string) error {
	return questions(func(q question) error {
		say(output("nobody-asked-"+q.ID, "me"))
		if len(args) == 0 {
			say(output(q.ID, q.lastWord()))
		}
		return nil
	})
}

// flaky answers inputs that begin with "flaky" right in the first draw only.
func flaky([]string) error {
	return questions(func(q question) error {
		text := q.lastWord()
		if strings.HasPrefix(q.Input, "flaky") && !strings.HasSuffix(q.ID, "#1") {
			text = "something else"
		}
		say(output(q.ID, text))
		return nil
	})
}

// family starts a child that outlives everything, and adds both their process
// ids to the file that is its argument.
func family(args []string) error {
	cmd := exec.Command("agent-child")
	if err := cmd.Start(); err != nil {
		return err
	}
	for _, pid := range []int{os.Getpid(), cmd.Process.Pid} {
		if err := appendLine(args[0], fmt.Sprint(pid)); err != nil {
			return err
		}
	}
	return questions(func(q question) error {
		if !strings.HasPrefix(q.Input, "hang") {
			say(output(q.ID, q.lastWord()))
		}
		return nil
	})
}

func child([]string) error {
	time.Sleep(10 * time.Minute)
	return nil
}
