package testsets

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestForeignErrors: what stands in want is what a user reads.
func TestForeignErrors(t *testing.T) {
	for _, c := range []struct {
		path, in string
		opt      Options
		want     string
	}{
		// Forced formats.
		{"a.json", `[]`, Options{Format: "deepevl"}, `a.json: unknown format of test set "deepevl"; did you mean "deepeval"? known: native, clinc150, rasa, rows-json, rows-jsonl, rows-csv, rows-yaml, rows-parquet, openai-evals, langsmith, mlflow, langfuse, inspect, deepeval, ragas, openai-chat, rows`},
		{"a.json", `[{"input": "x"}]`, Options{Format: "native"}, `a.json: the file was to be read as native, but it is rows-json`},
		{"a.json", `[["a","b"]]`, Options{Format: "inspect"}, `a.json:1: a row of format inspect must be an object, found a list`},
		{"a.csv", "a", Options{Format: "rows-parquet"}, `a.csv: not a valid Parquet file: it does not begin with PAR1`},

		// DeepEval.
		{"a.json", `[{"input": 5, "retrieval_context": []}]`, Options{}, `a.json:1: "input": expected text, found 5`},
		{"a.json", `[{"input": "x", "retrieval_context": [5]}]`, Options{}, `a.json:1: "retrieval_context": expected a list of texts, found 5`},
		{"a.json", `[{"input": "x", "retrieval_context": [],
"expected_ouput": "y"}]`, Options{}, `a.json:2: unknown key "expected_ouput" in a row without an expected value; did you mean "expected_output"? (else leave it out, or name the key with --expected-key)`},
		{"a.json", `[{"actual_output": "x", "additional_metadata": {}}]`, Options{}, `a.json:1: no input: one of the keys "input", "text", "utterance", "query" is needed, found "actual_output", "additional_metadata"; --input-key names another`},
		{"a.json", `[{"scenario": "s", "turns": [{"role": "usr", "content": "x"}]}]`, Options{}, `a.json:1: "turns": unknown role "usr"; known: ai, assistant, developer, function, human, model, system, tool, user`},
		{"a.json", `[{"input": "x", "additional_metadata": 5}]`, Options{}, `a.json:1: "additional_metadata": expected an object, found 5`},
		{"a.json", `[{"scenario": "s", "turns": [{"content": "x"}]}]`, Options{}, `a.json:1: "turns": a message needs a role`},
		{"a.json", `[{"scenario": "s", "turns": "[{"}]`, Options{}, `a.json:1: "turns": invalid JSON at column 3: expected a key in double quotes, found the end`},
		{"a.json", `[{"scenario": "s", "turns": [{"role": "user", "content": " "}]}]`, Options{}, `a.json:1: "turns": the last turn of the user is empty`},
		{"a.csv", "input,tools_called\nx,[{]\n", Options{}, `a.csv:2: "tools_called": invalid JSON at column 3: expected a key in double quotes, found ']'`},

		// Rasa.
		{"a.yml", "nlu:\n- intent: x\n", Options{}, `a.yml:2: "nlu": the intent "x" has no examples`},
		{"a.yml", "nlu:\n- intent: x\n  examples: |\n    - a\n    b\n", Options{}, `a.yml:5: "examples": an example begins with -, found "b"`},
		{"a.yml", "nlu:\n- intent: x\n  examples: |\n    - [a]{\"role\": \"b\"}\n", Options{}, `a.yml:4: "examples": the markup of "a": an object with "entity" is needed
a.yml:4: "examples": the input is empty`},
		{"a.yml", "nlu:\n- itent: x\n", Options{}, `a.yml:2: "nlu": an entry needs an intent (or one of synonym, regex, lookup); found "itent"`},
		{"a.yml", "nlu:\n- synonym: x\n", Options{}, `a.yml: the test set is empty: it needs at least one case (1 synonym entries were left out)`},
		{"a.json", `{"rasa_nlu_data": {"common_examples": [{"intent": "x"}, 5]}}`, Options{}, `a.json:1: no input: the key "text" is needed, found "intent"
a.json:1: expected an object with text and intent, found 5`},
		{"a.yml", "nlu:\n- intent: x\n  examples: '- a'\n", Options{Input: "q"}, `a.yml: keys can be renamed for plain rows only; this file is rasa`},

		// OpenAI evals.
		{"a.jsonl", `{"input": [{"role": "assistant", "content": "x"}], "ideal": "y"}`, Options{}, `a.jsonl:1: "input": the last message is of role "assistant", not user: there is nothing to answer`},
		{"a.jsonl", `{"input": [{"role": "user", "content": "x"}, {"role": "system", "content": "y"}], "ideal": "y"}`, Options{}, `a.jsonl:1: "input": the last message is of role system: a system message comes first, the user's last`},
		{"a.jsonl", `{"input": [{"role": "user", "content": [{"type": "image_url"}]}], "ideal": "y"}`, Options{}, `a.jsonl:1: "content": only parts with a text can be read, found one of type "image_url"
a.jsonl:1: "input": the input is empty`},
		{"a.jsonl", `{"input": "x", "ideal": []}`, Options{}, `a.jsonl:1: "ideal": the list of right answers is empty`},
		{"a.jsonl", `{"input": "x", "ideal": ["a", {}]}`, Options{}, `a.jsonl:1: "ideal": a right answer must be text or a number, found an object`},
		{"a.jsonl", `{"input": "x", "ideal": "y"}
{"input": "x", "idael": "y"}`, Options{}, `a.jsonl:2: unknown key "idael" in a row without an expected value; did you mean "ideal"? (else leave it out, or name the key with --expected-key)`},

		// MLflow.
		{"a.json", `[{"inputs": {"q": "x"}, "expectations": {"expected_respnse": "y"}}]`, Options{}, `a.json:1: unknown key "expected_respnse" in expectations; did you mean "expected_response"? known: expected_response, expected_facts, expected_retrieved_context, guidelines`},
		{"a.json", `[{"inputs": {"q": "x"}}, {"input": "y"}]`, Options{}, `a.json:1: no input: the key "inputs" is needed, found "input"; did you mean "inputs" by "input"?`},
		{"a.json", `[{"inputs": {"q": "x"}}]`, Options{Input: "question"}, `a.json:1: no input: the key "question" is needed, found "q"`},
		{"a.json", `[{"inputs": {}}]`, Options{}, `a.json:1: "inputs": the input is empty`},

		// Langfuse.
		{"a.json", `[{"input": "x", "expectedOutput": "y", "status": "DELETED"}]`, Options{}, `a.json:1: "status": unknown status "DELETED"; known: ACTIVE, ARCHIVED`},
		{"a.json", `[{"input": "x", "expectedOutput": "y", "status": "ARCHIVED"}]`, Options{}, `a.json: the test set is empty: it needs at least one case (1 archived item(s) were left out)`},
		{"a.json", `[{"input": null, "expectedOutput": "y"}]`, Options{}, `a.json:1: "input": the input is empty`},
		{"a.json", `[{"input": "x", "expectedOutput": {"a": 1}}]`, Options{Expected: "b"}, `a.json:1: "expectedOutput": unknown key "b" in the expected value; known: a`},

		// Inspect.
		{"a.jsonl", `{"input": "x", "choices": ["a", "b"], "target": "C"}`, Options{}, `a.jsonl:1: "target": the target of a sample with 2 choices is a letter from A to B, found the text "C"`},
		{"a.jsonl", `{"input": "x", "choices": ["a", "b"], "target": 1}`, Options{}, `a.jsonl:1: "target": the target of a sample with 2 choices is a letter from A to B, found 1`},
		{"a.jsonl", `{"input": "x", "choices": ["a", "b"], "target": []}`, Options{}, `a.jsonl:1: "target": the list of right answers is empty`},
		{"a.jsonl", `{"input": "x", "choices": "ab", "target": "A"}`, Options{}, `a.jsonl:1: "choices": expected a list of texts, found the text "ab"`},

		// Depth.
		{"a.jsonl", `{"input": "x", "deep": ` + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + "}", Options{}, `a.jsonl:1: invalid JSON at column 1023: nested deeper than 1000 levels`},
	} {
		s, err := Read(c.path, []byte(c.in), c.opt)
		if s != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s %q: got\n%v\nwant\n%s", c.path, c.in, err, c.want)
		}
	}
}

// FuzzForeign: no file in any format that is forced or recognised panics, and
// what is read is sound.
func FuzzForeign(f *testing.F) {
	for path, text := range map[string]string{"a.json": goldensJSON, "a.csv": goldensCSV, "b.json": conversationsJSON, "a.yml": rasaYAML} {
		f.Add(path, []byte(text), "")
	}
	data, err := os.ReadFile("parquet/testdata/labels.parquet")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.parquet", data, "")
	f.Fuzz(func(t *testing.T, path string, data []byte, format string) {
		sound(t, path, data, Options{Format: format, LabelNames: []string{"a", "b"}})
		sound(t, path, data, Options{Format: format})
	})
}

// FuzzMarkup: the plain text holds what the entities say.
func FuzzMarkup(f *testing.F) {
	f.Add(`fly from [Berlin](city) to [São Paulo]{"entity": "city", "value": "GRU"}`)
	f.Add(`[a][{"entity":"b"},{"entity":"c"}] [](x) [[y](z)`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) { // files are
			return
		}
		plain, entities, err := unmark(s)
		if err != nil {
			return
		}
		chars := []rune(plain)
		for _, x := range entities {
			e := x.(map[string]any)
			start, end := int(e["start"].(float64)), int(e["end"].(float64))
			if start < 0 || start >= end || end > len(chars) {
				t.Fatalf("%q: %q, %v", s, plain, e)
			}
		}
	})
}
