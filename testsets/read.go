package testsets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Options says what a file can't say itself. Empty means: recognise it.
type Options struct {
	// Input and Expected name the keys that hold a case's input and expected
	// value, where they have names of their own: in plain rows, and in goldens,
	// samples and items. In MLflow and Langfuse rows they also name members of
	// an input or expected value that is an object.
	Input    string
	Expected string

	// Format forces one of [Formats] instead of recognising it.
	Format string

	// LabelNames are the names of the labels 0, 1, 2, …, where the file holds
	// numbers. The number -1, a hidden label, is no expected value.
	LabelNames []string
}

// ReadFile reads the test set in the file at path; see Read.
func ReadFile(path string, opt Options) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the test set: %w", err)
	}
	return Read(path, data, opt)
}

// Read reads a test set from the bytes of a file and recognises its format:
//
//	native        an object with "cases"; JSON or YAML; unknown keys are errors
//	rows-json     a list of objects, or of pairs [input, expected]
//	rows-jsonl    one such object or pair a line
//	rows-csv      a header and one row a case, separated by commas, semicolons or tabs
//	rows-yaml     a list of objects, or of pairs
//	rows-parquet  flat columns of an Apache Parquet file
//	clinc150      an object of splits ("test", "oos_test", …) of pairs
//	rasa          training examples of Rasa NLU: "rasa_nlu_data" or "nlu"
//
// and, in JSON, JSON Lines, CSV, YAML or Parquet, rows of other programs, which
// the first row tells apart:
//
//	deepeval      goldens, single-turn or conversational
//	openai-evals  {"input": messages or text, "ideal": text or list}
//	mlflow        {"inputs": {…}, "expectations": {…}}
//	langfuse      dataset items {"input", "expectedOutput", "metadata"}
//	inspect       samples {"input", "target", "choices"}
//	langsmith     examples {"inputs": {…}, "outputs": {…}}, with keys of a data set
//	ragas         samples {"user_input", "reference", "retrieved_contexts"}, and the older {"question", "ground_truth", "contexts"}
//	openai-chat   {"messages": […]}, of which an assistant's last message is what is expected
//
// A plain row has its input below "input", "text", "utterance" or "query" and
// its expected value below "expected", "intent", "label", "answer" or
// "expected_output", of which the first present counts; the keys of a native
// case mean the same in it, and all others are metadata. A null counts as
// absent. An input that is not text is its compact JSON. Cases without an id
// are named by their position, "c0001".
//
// The result is complete or there is an error: of content, one or more
// *config.Error with file, line and key. What a format leaves out on purpose,
// like archived items, stands in Notes. Data must be UTF-8, with or without a
// byte order mark. Values of Expected, Vars and Metadata are as encoding/json
// decodes them into an any, but whole numbers beyond 15 digits that a float64
// can't hold are a json.Number. Cases may share maps and slices.
func Read(path string, data []byte, opt Options) (*Set, error) {
	sum := sha256.Sum256(data)
	base := filepath.Base(path)
	r := &reader{
		set:  &Set{Name: strings.TrimSuffix(base, filepath.Ext(base)), Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])},
		rows: keysOf(opt),
		opt:  opt,
	}
	if err := r.force(); err != nil {
		return nil, err
	}
	if err := r.read(data); err != nil {
		return nil, errors.Join(config.Join(r.errs), err)
	}
	r.finish()
	if err := config.Join(r.errs); err != nil {
		return nil, err
	}
	return r.set, nil
}

// reader builds one set.
type reader struct {
	set      *Set
	opt      Options
	rows     rowKeys
	shape    *shape            // of the rows; nil until the first one is seen
	flat     bool              // every value is text, as in CSV: numbers and JSON are found in it
	piped    bool              // a context is one text, its items separated by "|"
	declared map[string]bool   // labels that the file declares; nil without
	names    map[int]string    // names of cases that become ids where they are unique
	near     map[string]string // the key of a golden that another one nearly is; "" = none
	left     map[string]int    // how many rows were left out, and why
	tools    *Tools            // that the set declares for all cases; nil = none
	errs     []*config.Error
}

// full says that there are errors enough to stop reading.
func (r *reader) full() bool { return len(r.errs) >= 20 }

func (r *reader) fail(line int, key, format string, args ...any) {
	r.errs = append(r.errs, r.errorf(line, key, format, args...))
}

func (r *reader) errorf(line int, key, format string, args ...any) *config.Error {
	return &config.Error{File: r.set.Path, Line: line, Key: key, Msg: fmt.Sprintf(format, args...)}
}

// quoteAll lists keys for an error message, at most ten of them.
func quoteAll(keys []string) string {
	const most = 10
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&b, "and %d more", len(keys)-i)
			break
		}
		b.WriteString(config.Shorten(k))
	}
	if len(keys) == 0 {
		return "none"
	}
	return b.String()
}
