package assertions

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// TestValuesThatShowNothing: what would pass over the value that was written, or
// has none, could not be judged; promptfoo passes.
func TestValuesThatShowNothing(t *testing.T) {
	object := jsvalue.NewObject
	trace := &Trace{Spans: []Span{{Name: "a"}}}
	for _, c := range []struct {
		typ    string
		value  any
		output any
		want   Deviation
	}{
		{"is-sql", object("databaseType", "MySQL", "allowedTable", []any{"select::null::a"}), "SELECT * FROM b", UnknownKey},
		{"is-sql", object("allowedTables", "select::null::a"), "SELECT * FROM b", UnknownKey},
		{"is-sql", object("allowedTables", []any{"select::null::b"}), "SELECT * FROM b", ""},
		{"word-count", object("min", 1.0, "mx", 1.0), "two words", UnknownKey},
		{"word-count", object("min", "1"), "two words", ""},
		{"not-word-count", object("min", "one"), "two words", UnknownKey},
		{"not-word-count", object("min", nil, "max", 1.0), "two words", UnknownKey},
		{"trace-span-count", object("pattern", "a", "mni", 2.0), "", UnknownKey},
		{"trace-span-count", object("pattern", "a", "min", "two"), "", UnknownKey},
		{"trace-error-spans", object("max_counts", 0.0), "", UnknownKey},
		{"contains-all", []any{"", ""}, "x", EmptyList},
		{"contains-all", []any{"", "x"}, "x", ""},
		{"not-equals", jsvalue.Undefined, "x", NoReference},
		{"equals", jsvalue.Undefined, "undefined", NoReference},
		{"not-equals", "", "x", ""},
		{"not-bleu", "", "x", NoReference}, {"not-gleu", []any{" "}, "x", NoReference}, {"not-rouge-n", "", "x", NoReference},
		{"not-bleu", "the cat sat on it", "x", ""},
	} {
		of := &Case{Output: c.output, Trace: trace}
		list := []Assertion{{Type: c.typ, Value: c.value}}
		if r, err := New(list, nil, Deps{}, Exact).Judge(context.Background(), of); err != nil || !r.Pass {
			t.Errorf("exact: %s %s: %+v, %v", c.typ, shown(c.value), r, err)
		}
		r, err := New(list, nil, Deps{}, Strict).Judge(context.Background(), of)
		var doubt *Doubt
		switch errors.As(err, &doubt); {
		case c.want == "" && (err != nil || !r.Pass):
			t.Errorf("%s %s: %+v, %v", c.typ, shown(c.value), r, err)
		case c.want != "" && (doubt == nil || doubt.ID != c.want || r.Pass):
			t.Errorf("%s %s: want %s, got %+v, %v", c.typ, shown(c.value), c.want, r, err)
		}
	}
}

// TestWrongSchemaUnderNot: a schema that is wrong judges nothing, also where the
// output is no JSON.
func TestWrongSchemaUnderNot(t *testing.T) {
	for _, typ := range []string{"not-is-json", "not-contains-json"} {
		for _, value := range []any{jsvalue.NewObject("type", "objekt"), true, []any{""}} {
			list := []Assertion{{Type: typ, Value: value}}
			if r, err := New(list, nil, Deps{}, Strict).Judge(context.Background(), &Case{Output: "no JSON"}); err == nil {
				t.Errorf("%s %s: %+v", typ, shown(value), r)
			}
			if r, err := New(list, nil, Deps{}, Exact).Judge(context.Background(), &Case{Output: "no JSON"}); err != nil || !r.Pass {
				t.Errorf("exact: %s %s: %+v, %v", typ, shown(value), r, err)
			}
		}
	}
}

// Of several mistakes the same one is told each time.
func TestFirstMistake(t *testing.T) {
	for range 50 {
		err := checkShape(jsvalue.NewObject("type", "equals", "config", 1.0, "threshold", "x", "metric", 2.0))
		if err == nil || !strings.HasPrefix(err.Error(), "threshold:") {
			t.Fatal(err)
		}
		_, err = readGrade(jsvalue.NewObject("pass", true, "score", 1.0, "reason", "", "comment", 1.0, "componentResults", 1.0))
		if err == nil || !strings.Contains(err.Error(), "componentResults") {
			t.Fatal(err)
		}
		_, err = (&spec{}).skillCount(jsvalue.NewObject("name", "x", "max", -1.0, "min", -1.0))
		if err == nil || !strings.HasPrefix(err.Error(), "min:") {
			t.Fatal(err)
		}
	}
}
