package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/script"
)

func newStub(s *State) *cobra.Command {
	var text, expect string
	c := &cobra.Command{
		Use:   "stub FILE",
		Short: "An agent or a model whose answers a JavaScript function gives",
		Long: `Stub answers requests of the process protocol with the function that a JavaScript
file exports: it stands for an agent or a model in examples and tests. The function
gets the request ({id, input, vars, messages, schema, …}) and returns the output, or
an object with output and whatever else the protocol has; what it throws is the
answer's error. It runs in the sandbox, without files, network and processes.

With --text it answers one input and ends.`,
		Example: `  echo '{"id":"1","input":"hello"}' | genops stub answer.js
  genops stub answer.js --text hello`,
		Args: exactly(1, "the FILE that answers"),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := os.Stat(s.path(args[0])); errors.Is(err, fs.ErrNotExist) {
				return usage(fmt.Errorf("stub %s: no such file", args[0]))
			}
			engine, err := script.New(script.Config{Log: s.Stderr})
			if err != nil {
				return err
			}
			path := s.path(args[0])
			a := &stub{engine: engine, code: script.Code{Kind: script.KindFile, Dir: filepath.Dir(path), File: filepath.Base(path)}, out: bufio.NewWriter(s.Stdout)}
			if c.Flags().Changed("text") {
				return errors.Join(a.one(c.Context(), text, expect), engine.Close())
			}
			return errors.Join(a.run(c.Context(), s.Stdin), engine.Close())
		},
	}
	c.Flags().StringVar(&text, "text", "", "answer this `TEXT` and end")
	c.Flags().StringVar(&expect, "expect", "", "with --text: exit 1 unless the answer is this `OUTPUT`")
	return c
}

// stubWidth is how many requests wait for the sandbox at a time.
const stubWidth = 16

// stub answers requests, several at a time.
type stub struct {
	engine *script.Engine
	code   script.Code

	mu  sync.Mutex
	out *bufio.Writer
	err error // of writing
}

// one answers a single input.
func (a *stub) one(ctx context.Context, text, expect string) error {
	line, err := json.Marshal(map[string]string{"id": "1", "input": text})
	if err != nil {
		return err
	}
	reply := a.answer(ctx, line)
	if why, ok := reply["error"].(string); ok {
		return fmt.Errorf("stub: %s", why)
	}
	output, ok := reply["output"].(string)
	if !ok {
		data, err := json.Marshal(reply["output"])
		if err != nil {
			return err
		}
		output = string(data)
	}
	fmt.Fprintln(a.out, output)
	if expect != "" && expect != output {
		err = fmt.Errorf("stub: the answer is %q, expected %q", output, expect)
	}
	return errors.Join(err, a.out.Flush())
}

// run answers every line until the input ends.
func (a *stub) run(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	slots := make(chan struct{}, stubWidth)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > maxLine {
			return fmt.Errorf("stub: a request of %d bytes is over the limit of %d", len(line), maxLine)
		}
		if len(line) > 1 {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				a.write(a.answer(ctx, line))
			})
		}
		switch {
		case errors.Is(err, io.EOF):
			all.Wait()
			return a.err
		case err != nil:
			return err
		}
	}
}

// answer is the line that answers a request.
func (a *stub) answer(ctx context.Context, line []byte) map[string]any {
	var request map[string]any
	if err := json.Unmarshal(line, &request); err != nil {
		return map[string]any{"error": "not a request: " + err.Error()}
	}
	reply := map[string]any{"id": request["id"]}
	value, err := a.engine.Call(ctx, a.code, map[string]any{"request": request})
	if err != nil {
		reply["error"] = err.Error()
		return reply
	}
	fields, ok := value.(map[string]any)
	if _, has := fields["output"]; ok && has {
		for name, v := range fields {
			if name != "id" {
				reply[name] = v
			}
		}
		return reply
	}
	reply["output"] = value
	return reply
}

// write writes one answer at once: who asked may wait for it before the next
// question.
func (a *stub) write(reply map[string]any) {
	data, err := json.Marshal(reply)
	if err != nil { // NaN and the infinities
		data, err = json.Marshal(map[string]any{"id": reply["id"], "error": "the answer is no JSON: " + err.Error()})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		_, err = a.out.Write(append(data, '\n'))
	}
	a.err = errors.Join(a.err, err, a.out.Flush())
}
