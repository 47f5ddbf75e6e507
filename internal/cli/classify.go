package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/embedding"
)

func newClassify(s *State) *cobra.Command {
	var file, text, expect string
	var threshold float64
	c := &cobra.Command{
		Use:   "classify --examples FILE --threshold T",
		Short: "An agent that answers with the label of the nearest example",
		Long: `Classify is the simple agent that any intent agent should beat: it embeds the
input with the built-in table and answers with the label of the nearest example,
or with the out-of-scope label when none is near enough.

It speaks the process protocol: one JSON object a line on stdin, one on stdout.
With --text it classifies one text and ends.`,
		Example: `  genops classify --examples router_examples.json --threshold 0.55 --text "where is my parcel"
  echo '{"id":"1","input":"where is my parcel"}' | genops classify --examples router_examples.json --threshold 0.55`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" {
				return usage(errors.New("classify: --examples is missing"))
			}
			if !(threshold >= 0 && threshold <= 1) {
				return usage(fmt.Errorf("--threshold %g: must be between 0 and 1", threshold))
			}
			classifier, err := loadClassifier(s.path(file), file, threshold)
			if err != nil {
				return err
			}
			if c.Flags().Changed("text") {
				return classifyOne(s, classifier, text, expect)
			}
			return classifyLines(s.Stdin, s.Stdout, classifier)
		},
	}
	f := c.Flags()
	f.StringVar(&file, "examples", "", "JSON `FILE` of labels and their example texts")
	f.Float64Var(&threshold, "threshold", 0.5, "least cosine similarity of an example; below it the input is out of scope")
	f.StringVar(&text, "text", "", "classify this `TEXT` and end")
	f.StringVar(&expect, "expect", "", "with --text: exit 1 unless the answer is this `LABEL`")
	c.MarkFlagFilename("examples", "json")
	return c
}

func loadClassifier(path, name string, threshold float64) (*embedding.Classifier, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	examples, outOfScope, err := embedding.ReadExamples(name, data)
	if err != nil {
		return nil, err
	}
	if outOfScope == "" {
		outOfScope = "out_of_scope"
	}
	m, err := embedding.Default()
	if err != nil {
		return nil, err
	}
	return embedding.NewClassifier(m, examples, threshold, outOfScope)
}

func classifyOne(s *State, c *embedding.Classifier, text, expect string) error {
	label, score := c.Classify(text)
	fmt.Fprintf(s.Stdout, "%s\n", label)
	if expect != "" && expect != label {
		return fmt.Errorf("classify: %q is %s (similarity %.3f), expected %s", text, label, score, expect)
	}
	return nil
}

// maxLine bounds one request.
const maxLine = 16 << 20

// classifyLines answers requests until the input ends. A line that is no
// request gets an error where it has an id, and a word on nothing otherwise.
func classifyLines(in io.Reader, out io.Writer, c *embedding.Classifier) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > maxLine {
			return fmt.Errorf("classify: a request of %d bytes is over the limit of %d", len(line), maxLine)
		}
		if len(line) > 1 {
			reply, encodeErr := json.Marshal(answerLine(line, c))
			if encodeErr != nil {
				return encodeErr
			}
			w.Write(append(reply, '\n'))
		}
		if lines.Buffered() == 0 || err != nil {
			if err := w.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type classifyReply struct {
	ID     string `json:"id"`
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

func answerLine(line []byte, c *embedding.Classifier) classifyReply {
	var request struct {
		ID    string `json:"id"`
		Input any    `json:"input"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return classifyReply{ID: request.ID, Error: "not a request: " + err.Error()}
	}
	text, ok := request.Input.(string)
	if !ok {
		return classifyReply{ID: request.ID, Error: "input must be a text"}
	}
	label, _ := c.Classify(text)
	return classifyReply{ID: request.ID, Output: label}
}
