package testsets

import (
	"fmt"
	"strings"
	"testing"
)

const formats = `; known: native (an object with "cases"; JSON or YAML), plain rows (objects with an input and an expected value; a JSON or YAML list, JSON Lines, CSV or Parquet), CLINC150 (an object with "test" and "oos_test"), Rasa NLU ("nlu" or "rasa_nlu_data"), and the rows of DeepEval, OpenAI (evals, chats), MLflow, LangSmith, Langfuse, Ragas and Inspect`

// TestErrors: what stands in want is what a user reads.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ path, in, want string }{
		// Nothing there.
		{"a.json", "", `a.json: the file is empty: a test set needs at least one case`},
		{"a.jsonl", " \n\n", `a.jsonl: the file is empty: a test set needs at least one case`},
		{"a.yaml", "# nothing\n", `a.yaml: the file is empty: a test set needs at least one case`},
		{"a.json", "[]", `a.json: the test set is empty: it needs at least one case`},
		{"a.json", `{"cases": []}`, `a.json: the test set is empty: it needs at least one case`},
		{"a.csv", "input,expected\n", `a.csv: the test set is empty: it needs at least one case`},
		{"a.json", `{"test": []}`, `a.json: the test set is empty: it needs at least one case`},

		// Encodings.
		{"a.json", "\xff\xfe[\x00", `a.json:1: the file is in UTF-16; save it as UTF-8`},
		{"a.csv", "input\nab\ncaf\xe9\n", `a.csv:3: not valid UTF-8: byte 0xe9`},

		// Unknown formats.
		{"a.txt", "hello", `a.txt:1: unknown format of test set: the file is neither JSON (it begins with neither { nor [) nor named .jsonl, .csv, .yaml or .parquet` + formats},
		{"a.json", "\n" + `{"prompts": [], "tests": {}}`, `a.json:2: "prompts": this is a configuration of promptfoo, not a test set: run it with run-eval --config, or turn it into a project with import promptfoo`},
		{"a.json", "\n" + `{"prompt": [], "test": {}}`, `a.json:2: unknown format of test set: its top-level keys are "prompt", "test"` + formats},
		{"a.yaml", "- vars: {q: hi}\n  assert: []", `a.yaml:1: no input: one of the keys "input", "text", "utterance", "query" is needed, found "vars", "assert"; this is a test of promptfoo: name the file in the tests of a promptfooconfig.yaml and run that with run-eval --config, or turn it into a test set with import promptfoo`},
		{"a.json", `{"case": []}`, `a.json:1: unknown format of test set: the top-level key "case" is not "cases"` + formats},
		{"a.json", `{}`, `a.json:1: unknown format of test set: its top-level keys are none` + formats},
		{"a.yaml", "hello", `a.yaml:1: unknown format of test set: it holds the text "hello"` + formats},

		// Malformed JSON.
		{"a.json", "[\n{\"input\": \"a\"}\n{\"input\": \"b\"}]", `a.json:3: invalid JSON at column 1: expected "," or "]", found '{'`},
		{"a.json", "[{\"input\": \"a\"},]", `a.json:1: invalid JSON at column 17: expected a value, found ']'`},
		{"a.json", "[{\"input\": \"a\"}] x", `a.json:1: invalid JSON at column 18: expected the end of the file after the list, found 'x'`},
		{"a.json", "[{\"input\": \"é\nb\"}]", `a.json:1: invalid JSON at column 14: a line break within a text; write \n, or close the quote`},
		{"a.json", "[{\"input\": \"a\\x\"}]", `a.json:1: invalid JSON at column 14: bad escape in a text`},
		{"a.json", "[{\"input\": 01}]", `a.json:1: invalid JSON at column 13: expected "," or "}", found '1'`},
		{"a.json", "[{\"input\": NaN}]", `a.json:1: invalid JSON at column 12: expected a value; NaN is not JSON`},
		{"a.json", "[{\"input\": -Infinity}]", `a.json:1: invalid JSON at column 12: expected a digit; -Infinity is not JSON`},
		{"a.json", "[{'input': 1}]", `a.json:1: invalid JSON at column 3: expected a key in double quotes; ' is not JSON`},
		{"a.json", "[{\"input\": \"a\", // b\n}]", `a.json:1: invalid JSON at column 17: expected a key in double quotes; // is not JSON`},
		{"a.json", "[{\"input\": \"a\"", `a.json:1: invalid JSON at column 15: expected "," or "}", found the end`},
		{"a.json", "[{\"input\": \"a", `a.json:1: invalid JSON at column 12: the text that begins here has no closing quote`},
		{"a.json", "[{\"input\": \"a\",\n \"input\": \"b\"}]", `a.json:2: invalid JSON at column 2: duplicate key "input": it is already on line 1`},
		{"a.json", strings.Repeat("[", 1500), `a.json:1: invalid JSON at column 1002: nested deeper than 1000 levels`},
		{"a.jsonl", "{\"input\": \"a\"}\n{\"input\": b}\n{\"input\": \"\"}\n{\"input\": \"d\"} 5\n", `a.jsonl:2: invalid JSON at column 11: expected a value, found 'b'
a.jsonl:3: "input": the input is empty
a.jsonl:4: invalid JSON at column 16: expected the end of the line, found '5'`},
		{"a.jsonl", "[\n{\"input\": \"a\"}\n]", `a.jsonl:1: the row is not complete: in JSON Lines one line is one row (one JSON document goes into a file named .json)`},
		{"a.jsonl", "{\"input\": \"a\"}\n{\"inp", `a.jsonl:2: invalid JSON at column 2: the text that begins here has no closing quote`},

		// Malformed YAML.
		{"a.yaml", "cases:\n- input: a\n\texpected: b\n", `a.yaml:3: invalid YAML: found a tab character that violates indentation (the line is indented with a tab; use spaces)`},
		{"a.yaml", "- input: a\n  input: b\n", `a.yaml:2: duplicate key "input": it is already on line 1`},
		{"a.yaml", "- input: a\n  weight: .nan\n", `a.yaml:2: "weight": .nan is not a finite number`},

		// Malformed CSV.
		{"a.csv", "input,expected\na,b\nc\nd,e,f\n", `a.csv:3: the header names 2 columns, the row has 1
a.csv:4: the header names 2 columns, the row has 3`},
		{"a.csv", "input,expected,input\na,b,c\n", `a.csv:1: "input": the header names this column twice`},
		{"a.csv", "input,expected\na,b\"c\n", `a.csv:2: the row that begins here is not valid CSV: line 2, column 4: bare " in non-quoted-field`},
		{"a.csv", "input,expected\na,\"b\nc\n", `a.csv:2: the row that begins here is not valid CSV: line 3, column 3: extraneous or missing " in quoted-field`},
		{"a.csv", "input,vars\na,{]\n", `a.csv:2: "vars": invalid JSON at column 2: expected a key in double quotes, found ']'`},
		{"a.csv", "input,vars\na,x\n", `a.csv:2: "vars": expected an object, found the text "x"`},
		{"a.csv", "input,weight\na,x\nb,NaN\nc,0\n", `a.csv:2: "weight": expected a number, found the text "x"
a.csv:3: "weight": NaN is not a finite number
a.csv:4: "weight": 0: a weight must be more than 0`},

		// Rows.
		{"a.json", `[{"input": "a"}, 5, null, ["a"], ["a", 5]]`, `a.json:1: a row must be an object or a pair of texts [input, expected], found 5
a.json:1: a row must be an object or a pair of texts [input, expected], found null
a.json:1: a row must be an object or a pair of texts [input, expected], found a list
a.json:1: a row must be an object or a pair of texts [input, expected], found a list`},
		{"a.jsonl", `{"expected": "x"}`, `a.jsonl:1: no input: one of the keys "input", "text", "utterance", "query" is needed, found "expected"; --input-key names another`},
		{"a.jsonl", `{"Text": "x"}`, `a.jsonl:1: no input: one of the keys "input", "text", "utterance", "query" is needed, found "Text"; did you mean "text" by "Text"?`},
		{"a.jsonl", `{"input": null}`, `a.jsonl:1: "input": the input is empty`},
		{"a.jsonl", `{"input": " "}`, `a.jsonl:1: "input": the input is empty`},
		{"a.json", `[["", "x"]]`, `a.json:1: "input": the input is empty`},
		{"a.csv", "text,label\n,x\n", `a.csv:2: "text": the input is empty`},
		{"a.jsonl", "{\"id\":\"a\",\"input\":\"x\"}\n\n{\"id\":\"b\",\"input\":\"x\"}\n{\"id\":\"a\",\"input\":\"y\"}", `a.jsonl:4: "id": the id "a" is already that of the case on line 1`},
		{"a.jsonl", `{"id": "", "input": "x"}`, `a.jsonl:1: "id": the id is empty`},
		{"a.jsonl", `{"id": {}, "input": "x"}`, `a.jsonl:1: "id": expected text, found an object
a.jsonl:1: "id": the id is empty`},
		{"a.jsonl", `{"input": "x", "weight": -1}
{"input": "x", "weight": 1e999}
{"input": "x", "weight": "1"}
{"input": "x", "cluster": []}
{"input": "x", "slice": []}
{"input": "x", "slice": {"a": {}}}
{"input": "x", "context": {}}
{"input": "x", "context": [1]}
{"input": "x", "vars": []}
{"input": "x", "messages": {}}
{"input": "x", "messages": ["a"]}
{"input": "x", "messages": [{"content": "a", "rol": "b"}]}
{"input": "x", "assert": "equals"}
{"input": "x", "assert": [{"typ": "a", "weight": -1, "threshold": "b"}]}`, `a.jsonl:1: "weight": -1: a weight must be more than 0
a.jsonl:2: "weight": 1e999 is not a finite number
a.jsonl:3: "weight": expected a number, found the text "1"
a.jsonl:4: "cluster": expected text, found a list
a.jsonl:5: "slice": expected text, found a list
a.jsonl:6: "a": expected text, found an object
a.jsonl:7: "context": expected a list of texts, found an object
a.jsonl:8: "context": expected a list of texts, found 1
a.jsonl:9: "vars": expected an object, found a list
a.jsonl:10: "messages": expected a list of messages, found an object
a.jsonl:11: "messages": expected an object with role and content, found the text "a"
a.jsonl:12: unknown key "rol" in a message; did you mean "role"? known: role, content
a.jsonl:12: "messages": a message needs a role
a.jsonl:13: "assert": expected a list of assertions, found the text "equals"
a.jsonl:14: unknown key "typ" in an assertion; did you mean "type"? known: type, value, threshold, weight, metric, turn, transform, config, assert
a.jsonl:14: "weight": -1: must be at least 0
a.jsonl:14: "threshold": expected a number, found the text "b"
a.jsonl:14: "assert": an assertion needs a type`},

		// Native.
		{"a.json", `{"cases": [{"input": "x",
"expcted": "y"}],
"nme": 5}`, `a.json:2: unknown key "expcted" in a case; did you mean "expected"? known: id, input, expected, slice, cluster, context, assert, weight, vars, messages, turns, replay, simulate, tools, state, max_rounds, unknown_tools, metadata
a.json:3: unknown key "nme" in the test set; did you mean "name"? known: name, version, labels, gate, tools, state, max_rounds, unknown_tools, simulate, cases`},
		{"a.yaml", "cases:\n- text: x\n", `a.yaml:2: no input: the key "input" is needed, found "text"
a.yaml:2: unknown key "text" in a case; did you mean "input"? known: id, input, expected, slice, cluster, context, assert, weight, vars, messages, turns, replay, simulate, tools, state, max_rounds, unknown_tools, metadata`},
		{"a.yaml", "cases:\n- input: x\n  intent: y\n", `a.yaml:3: unknown key "intent" in a case; did you mean "expected"? known: id, input, expected, slice, cluster, context, assert, weight, vars, messages, turns, replay, simulate, tools, state, max_rounds, unknown_tools, metadata`},
		{"a.yaml", "cases:\n- input: x\n  metadata: y\n", `a.yaml:3: "metadata": expected an object, found the text "y"`},
		{"a.yaml", "cases: x", `a.yaml:1: "cases": expected a list of cases, found the text "x"`},
		{"a.yaml", "cases: [x]", `a.yaml:1: "cases": a case must be an object, found the text "x"`},
		{"a.yaml", "name: [x]\nversion: {}\nlabels: [1, '', a, a]\ngate: x\ncases: [{input: x}]", `a.yaml:1: "name": expected text, found a list
a.yaml:2: "version": expected text, found an object
a.yaml:3: "labels": expected a list of texts, found 1
a.yaml:3: "labels": a label is empty
a.yaml:3: "labels": the label "a" is named twice
a.yaml:4: "gate": expected a rule with a metric, or a list of rules, found the text "x"`},
		{"a.yaml", "labels: [track_order, oos]\ncases:\n- {input: x, expected: oos}\n- {input: y, expected: trackorder}\n- {input: z, expected: zebra}", `a.yaml:4: "expected": "trackorder" is not among the declared labels; did you mean "track_order"?
a.yaml:5: "expected": "zebra" is not among the declared labels`},
		{"a.yaml", `cases: [{input: x}]
gate:
- {metric: f1, at_least: 90}
- {metric: f1, not_worse: 1}
- {metric: f1, better: 1, alpha: 0}
- {metric: f1, at_least: 1, at_most: 2s}
- {metric: 1, at_lest: 0.5}
- f1`, `a.yaml:3: "at_least": 90: must be in 0..1
a.yaml:4: "not_worse": 1: must be at least 0 and less than 1
a.yaml:5: "better": expected true, found 1
a.yaml:5: "alpha": 0: must be more than 0 and at most 0.5
a.yaml:6: "gate": the rule needs one of at_least, at_most, not_worse, better; it has 2
a.yaml:7: "metric": expected text, found 1
a.yaml:7: unknown key "at_lest" in gate; did you mean "at_least"? known: metric, at_least, at_most, not_worse, better, alpha
a.yaml:7: "gate": the rule needs a metric
a.yaml:7: "gate": the rule needs one of at_least, at_most, not_worse, better; it has 0
a.yaml:8: "gate": expected a rule with a metric, found the text "f1"`},

		// CLINC150.
		{"a.json", `{"test": [["a","b"],
["a"], ["", "b"]], "oos_test": [["a", "b"]]}`, `a.json:2: "test": expected a pair of texts [text, intent], found a list
a.json:2: "test": the input is empty
a.json:2: "oos_test": expected the intent "oos", found "b"`},
	} {
		s, err := Read(c.path, []byte(c.in), Options{})
		if s != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s %q: got\n%v\nwant\n%s", c.path, c.in, err, c.want)
		}
	}
}

func TestRemapErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`[{"input": "x"}]`, `a.json:1: no input: the key "question" is needed, found "input"`},
		{`{"cases": []}`, `a.json: keys can be renamed for plain rows only; this file is native`},
		{`{"test": []}`, `a.json: keys can be renamed for plain rows only; this file is clinc150`},
	} {
		if _, err := Read("a.json", []byte(c.in), Options{Input: "question"}); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.in, err, c.want)
		}
	}
}

// TestErrorsAreLimited: a file that is wrong throughout is not reported line by line.
func TestErrorsAreLimited(t *testing.T) {
	for path, in := range map[string]string{
		"a.json":  "[" + strings.Repeat("5,", 1000) + "5]",
		"a.jsonl": strings.Repeat("5\n", 1000),
		"a.csv":   "a,b\n" + strings.Repeat("c,d\n", 1000),
		"b.json":  `{"labels": ["x"], "cases": [` + strings.Repeat(`{"input":"a","expected":"b"},`, 1000) + `{"input":"a","id":"c"}]}`,
	} {
		_, err := Read(path, []byte(in), Options{})
		if n := strings.Count(err.Error(), "\n") + 1; n != 20 {
			t.Errorf("%s: %d lines of errors", path, n)
		}
	}
}

// Reading ends in time however wide a table is and however many brackets a text has.
func TestWideAndBracketed(t *testing.T) {
	var header strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&header, "%d,", i)
	}
	if _, err := Read("wide.csv", []byte(header.String()+"input\n"), Options{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("%.300v", err)
	}
	if _, err := Read("same.csv", []byte(strings.Repeat("a,", 100_000)+"input\n"), Options{}); err == nil || len(err.Error()) > 10_000 {
		t.Errorf("%.300v", err)
	}
	text := strings.Repeat("[", 2_000_000) + "] [Bonn](city)"
	set, err := Read("nlu.yaml", []byte("nlu:\n- intent: go\n  examples: |\n    - "+text+"\n"), Options{})
	if err != nil || len(set.Cases) != 1 || set.Cases[0].Input != strings.TrimSuffix(text, "[Bonn](city)")+"Bonn" {
		t.Errorf("%v", err)
	}
}
