package assertions

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// hostile are outputs that make careless readers slow, deep or large.
func hostile() map[string]string {
	const n = 1 << 17
	return map[string]string{
		"braces":        strings.Repeat("{", n),
		"brace lines":   strings.Repeat("{\n", n),
		"brackets":      strings.Repeat("[", n),
		"pairs":         strings.Repeat("{a:", n/4),
		"urls":          "{" + strings.Repeat("://", n/4) + "}",
		"open tags":     strings.Repeat("<a>", n/4),
		"tag starts":    strings.Repeat("<a ", n/4),
		"quotes":        "<a '" + strings.Repeat("<b \"", n/4),
		"empty tags":    strings.Repeat("<a/>", n/4),
		"prefixes":      "<x:a xmlns:x=\"u\">" + strings.Repeat("<x:b>", n/8),
		"declarations":  strings.Repeat("<!", n/4),
		"words":         strings.Repeat("the cat ", n/8),
		"sql brackets":  "SELECT " + strings.Repeat("(", n/4),
		"sql columns":   "SELECT " + strings.Repeat("a1,b2,", n/16) + "c FROM t",
		"sql nots":      "SELECT " + strings.Repeat("NOT ", n/8) + "1",
		"apostrophes":   strings.Repeat("'tis ", n/8),
		"double quotes": strings.Repeat("\"a\" ", n/8),
		"fences":        strings.Repeat("```\n", n/8),
		"dots":          strings.Repeat(".", n),
		"not text":      "\xff\xfe\x00",
		"":              "",
	}
}

// TestHostile: no output makes an assertion fail to end, or pass with an error.
func TestHostile(t *testing.T) {
	values := map[string]any{
		"levenshtein": "the cat", "word-count": 3.0, "equals": jsvalue.NewObject("a", 1.0), "contains-all": "a,b", "starts-with": "a", "bleu": "the cat sat",
		"gleu": []any{"the cat", "a dog"}, "rouge-n": "the cat sat", "is-xml": "a.b", "contains-xml": "a.b", "tool-call-f1": "w", "contains": "zz", "icontains": "zz",
		"contains-any": "a,b", "icontains-all": "a", "icontains-any": "a",
		"is-sql": jsvalue.NewObject("allowedColumns", []any{"select::null::.*"}), "contains-json": jsvalue.NewObject("type", "object"), "is-json": jsvalue.NewObject("type", "object"),
	}
	for name, output := range hostile() {
		for _, typ := range Types() {
			if typ.Slow || typ.Name == "regex" || typ.Name == typeSet {
				continue
			}
			v, ok := values[typ.Name]
			if !ok {
				v = jsvalue.Undefined
			}
			for _, not := range []string{"", "not-"} {
				s := New([]Assertion{{Type: not + typ.Name, Value: v}}, nil, Deps{}, Strict)
				r, err := s.Judge(context.Background(), &Case{Output: output})
				if err != nil && r.Pass || r.Score != r.Score {
					t.Errorf("%s%s on %s: %+v, %v", not, typ.Name, name, r, err)
				}
			}
		}
	}
}

// FuzzReaders: what reads outputs ends, and what it finds is a value.
func FuzzReaders(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{a: [b, 'c'], "d": "\u00e9", e: !!str 1, <<: {x: 1}, ? y : z} // c`, "{&a b: *a}", "<a b='c'><!-- d --><![CDATA[e]]>&amp;</a>",
		"<?xml version='1.0'?><!DOCTYPE a SYSTEM \"x\"><a xmlns:b='c'><b:d/></a>", "SELECT a, count(*) FROM t AS x JOIN u ON x.i = u.i WHERE NOT a IN (1, 'b') GROUP BY c",
		"WITH r AS (SELECT 1) SELECT CASE WHEN a THEN 1 END FROM r", "<p>x</p> y", "```sql\nSELECT 1\n```", "It's \"a\" cannot... U.S.", "[{\"name\":\"w\"}]\n{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range objectsIn(s) {
			if _, ok := jsvalue.Stringify(v, ""); !ok {
				t.Errorf("%q holds no value", s)
			}
		}
		if wellFormed(s) == nil {
			if _, err := xmlTree(s); err != nil {
				t.Errorf("%q is well-formed, and no tree: %v", s, err)
			}
		}
		noXMLIn(s, []string{"a.b"}, Exact)
		htmlProblem(s)
		signsOfHTML(s)
		refuses(s)
		calledTools(s)
		for _, w := range treebank(s) {
			if w == "" || strings.Contains(w, " ") {
				t.Errorf("%q has the word %q", s, w)
			}
		}
		for _, name := range []string{"MySQL", "PostgreSQL", "Sqlite", "TransactSQL"} {
			parseSQL(s, dialectOf(name))
		}
		for _, score := range []float64{bleu(s, []string{"the cat"}), gleu(s, []string{s}), rouge(treebank(s), treebank(s))} {
			if !(score >= 0 && score <= 1+1e-9) {
				t.Errorf("%q has the score %v", s, score)
			}
		}
	})
}

// TestFlowStaysSmall: a few lines of aliases name no more than memory holds, and
// the lines of a text are joined in time.
func TestFlowStaysSmall(t *testing.T) {
	laughs := "{a0: &a0 [x, x]"
	for i := range 60 {
		laughs += fmt.Sprintf(", a%d: &a%d [*a%d, *a%d]", i+1, i+1, i, i)
	}
	if _, _, err := readFlow(laughs + "}"); err == nil {
		t.Error("2^60 values are read")
	}
	v, _, err := readFlow("[&a {b: [1, 2]}, *a, *a]")
	if s, _ := jsvalue.Stringify(v, ""); err != nil || s != `[{"b":[1,2]},{"b":[1,2]},{"b":[1,2]}]` {
		t.Errorf("%s, %v", s, err)
	}
	for _, quote := range []string{`"`, "'"} {
		text := "[" + quote + strings.Repeat("word \n", 1<<15) + quote + "]"
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v, _, err := readFlow(text)
		runtime.ReadMemStats(&after)
		if list, _ := v.([]any); err != nil || len(list) != 1 || list[0] != strings.Repeat("word ", 1<<15) {
			t.Errorf("%v", err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64*uint64(len(text)) {
			t.Errorf("%d bytes of text took %d bytes of memory", len(text), used)
		}
	}
}
