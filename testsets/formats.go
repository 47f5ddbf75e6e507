package testsets

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// plainRows is the shape of rows that no other program's is.
const plainRows = "rows"

// shape is what the rows of a file look like.
type shape struct {
	name string
	is   func(r *reader, row *value) bool // recognises an object
	read func(r *reader, c *Case, row *value)
}

// shapes lists the rows that are recognised, in the order in which they are
// tried. The last one takes what is left.
func shapes() []*shape {
	return []*shape{
		{"openai-evals", isOpenAIEval, (*reader).openAIEval},
		{"langsmith", isLangSmith, (*reader).langsmith},
		{"mlflow", isMLflow, (*reader).mlflow},
		{"langfuse", isLangfuse, (*reader).langfuse},
		{"inspect", isInspect, (*reader).inspect},
		{"deepeval", isGolden, (*reader).golden},
		{"ragas", isRagas, (*reader).ragas},
		{"openai-chat", isTranscript, (*reader).transcript},
		{plainRows, nil, func(r *reader, c *Case, v *value) { r.object(c, v, r.rows, false) }},
	}
}

// syntaxes are the plain rows of each syntax.
var syntaxes = []string{"rows-json", "rows-jsonl", "rows-csv", "rows-yaml", "rows-parquet"}

// Formats lists what [Options].Format may be: the formats of [Read], and "rows"
// for plain rows in whatever syntax the file has.
func Formats() []string {
	all := append([]string{"native", "clinc150", "rasa"}, syntaxes...)
	for _, s := range shapes() {
		all = append(all, s.name)
	}
	return all
}

// force obeys Options.Format.
func (r *reader) force() error {
	f := r.opt.Format
	if f == "" {
		return nil
	}
	if !slices.Contains(Formats(), f) {
		return r.errorf(0, "", "%s", strings.Replace(config.UnknownKey(f, "", Formats()), "key", "format of test set", 1))
	}
	if slices.Contains(syntaxes, f) {
		f = plainRows
	}
	r.shape = shapeOf(f)
	return nil
}

// shapeOf is nil for a format that is no shape of rows.
func shapeOf(name string) *shape {
	for _, s := range shapes() {
		if s.name == name {
			return s
		}
	}
	return nil
}

// begin names the format of rows in a syntax.
func (r *reader) begin(syntax string) {
	r.set.Format = syntax
	if r.shape != nil {
		r.take(r.shape)
	}
}

func (r *reader) take(s *shape) {
	r.shape = s
	if s.name != plainRows {
		r.piped = s.name == "deepeval" && r.set.Format == "rows-jsonl"
		r.set.Format = s.name
	}
}

// recognise settles the shape of all rows by the first.
func (r *reader) recognise(v *value) {
	all := shapes()
	for _, s := range all {
		if v.kind == object && (s.is == nil || s.is(r, v)) {
			r.take(s)
			return
		}
	}
	if v.kind == list {
		r.take(all[len(all)-1])
	}
}

// syntax is that of the format that is forced, else of the file's extension,
// else of its first character.
func (r *reader) syntax(data []byte) string {
	if slices.Contains(syntaxes, r.opt.Format) {
		return r.opt.Format
	}
	if bytes.HasPrefix(data, []byte("PAR1")) {
		return "rows-parquet"
	}
	switch strings.ToLower(filepath.Ext(r.set.Path)) {
	case ".parquet":
		return "rows-parquet"
	case ".yaml", ".yml":
		return "rows-yaml"
	case ".csv", ".tsv":
		return "rows-csv"
	case ".jsonl", ".ndjson":
		return "rows-jsonl"
	}
	return "rows-json"
}

// read reads the whole file.
func (r *reader) read(data []byte) error {
	syntax := r.syntax(data)
	if syntax == "rows-parquet" {
		return r.parquet(data)
	}
	data, err := config.UTF8(r.set.Path, data)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return r.errorf(0, "", "the file is empty: a test set needs at least one case")
	}
	switch syntax {
	case "rows-yaml":
		err = r.yaml(data)
	case "rows-csv":
		err = r.csv(data)
	case "rows-jsonl":
		err = r.lines(string(data))
	default:
		err = r.json(string(data))
	}
	if f := r.opt.Format; err == nil && f != "" && f != plainRows && f != r.set.Format {
		err = r.errorf(0, "", "the file was to be read as %s, but it is %s", f, r.set.Format)
	}
	return err
}

func (r *reader) json(src string) error {
	switch p := newParser(r.set.Path, src); p.space() {
	case '[':
		return r.array(p)
	case '{':
		return r.objects(p)
	}
	return r.unknown(1, "the file is neither JSON (it begins with neither { nor [) nor named .jsonl, .csv, .yaml or .parquet")
}

// tree reads a whole document that is in memory as one value.
func (r *reader) tree(root *value, syntax string) error {
	switch root.kind {
	case list:
		r.begin(syntax)
		for i := 0; i < len(root.items) && !r.full(); i++ {
			r.row(&root.items[i])
		}
		return nil
	case object:
		return r.document(root, syntax)
	}
	return r.unknown(int(root.line), "it holds %s", root.describe())
}

// document reads an object that is the whole file.
func (r *reader) document(root *value, syntax string) error {
	if r.shape == nil || r.shape.name == "langfuse" {
		if items := langfusePage(r, root); items != nil {
			return r.tree(items, syntax)
		}
	}
	if r.shape == nil || r.shape.name == "deepeval" {
		if items := goldensOf(root); items != nil {
			r.shape = shapeOf("deepeval")
			return r.tree(items, syntax)
		}
	}
	switch {
	case r.shape != nil:
	case root.get("cases") != nil:
		return r.native(root)
	case isRasa(root):
		return r.rasa(root)
	case isCLINC(root):
		return r.clinc(root)
	}
	r.begin(syntax)
	if r.shape == nil {
		r.recognise(root)
	}
	if r.shape.name != plainRows || pick(root, r.rows.input) != nil { // a list of one row
		r.row(root)
		return nil
	}
	keys := root.keys()
	if near := config.Nearest("cases", keys); near != "" {
		return r.unknown(int(root.get(near).line), "the top-level key %q is not \"cases\"", near)
	}
	if root.get("prompts") != nil && (root.get("providers") != nil || root.get("tests") != nil) {
		return r.errorf(int(root.line), "prompts", "this is a configuration of promptfoo, not a test set: run it with run-eval --config, or turn it into a project with import promptfoo")
	}
	return r.unknown(int(root.line), "its top-level keys are %s", quoteAll(keys))
}

func (r *reader) unknown(line int, format string, args ...any) error {
	return r.errorf(line, "", "unknown format of test set: %s; known: "+
		`native (an object with "cases"; JSON or YAML), plain rows (objects with an input and an expected value; a JSON or YAML list, JSON Lines, CSV or Parquet), CLINC150 (an object with "test" and "oos_test"), Rasa NLU ("nlu" or "rasa_nlu_data"), and the rows of DeepEval, OpenAI (evals, chats), MLflow, LangSmith, Langfuse, Ragas and Inspect`,
		fmt.Sprintf(format, args...))
}
