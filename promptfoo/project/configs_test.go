package project

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

const configs = "../../bench/promptfoo/configs"

// TestConfigs compares every row of bench/promptfoo/configs/c-* with what
// promptfoo 0.121.20 asked: order, provider, label, variables, text, assertions.
func TestConfigs(t *testing.T) {
	found, err := filepath.Glob("testdata/rows/c-*.json")
	if err != nil || len(found) < 25 {
		t.Fatalf("%d recorded configurations, %v", len(found), err)
	}
	for _, file := range found {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareRows(t, name, file)
		})
	}
}

func compareRows(t *testing.T, name, file string) {
	paths, _ := filepath.Glob(filepath.Join(configs, name, "promptfooconfig.*"))
	if len(paths) != 1 {
		t.Fatalf("no configuration %s", name)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	all := string(text)
	if strings.Contains(all, ".js") || strings.Contains(all, "transformVars") {
		needs(t, "node")
	}
	if strings.Contains(all, ".py") {
		needs(t, "python3")
	}
	p, problems := Load(t.Context(), paths[0], options())
	for _, problem := range problems {
		t.Logf("%s:%d: %s: %s (fatal %v)", problem.File, problem.Line, problem.Key, problem.Message, problem.Fatal)
		if problem.Fatal {
			t.Error("fatal problem")
		}
	}
	want := recorded(t, file)
	i := 0
	for row := range p.Rows(p.Evaluate.Repeat) {
		if i >= len(want) {
			t.Fatalf("more rows than %d", len(want))
		}
		compareRow(t, p, &row, want[i])
		i++
	}
	if i != len(want) {
		t.Errorf("%d rows, want %d", i, len(want))
	}
}

func recorded(t *testing.T, file string) []any {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsvalue.Parse(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v.([]any)
}

func compareRow(t *testing.T, p *Project, row *Row, want any) {
	t.Helper()
	test, _ := jsvalue.Field(want, "test")
	prompt, _ := jsvalue.Field(want, "prompt")
	same := func(what string, got, want any) {
		t.Helper()
		a, _ := jsvalue.Stringify(got, "")
		b, _ := jsvalue.Stringify(want, "")
		if a != b {
			t.Errorf("row %v.%v: %s:\n got %s\nwant %s", test, prompt, what, a, b)
		}
	}
	wanted := func(key string) any { v, _ := jsvalue.Field(want, key); return v }
	same("test", row.TestIndex, test)
	same("prompt", row.PromptIndex, prompt)
	same("provider", row.Provider.Name(), wanted("provider"))
	label, _ := wanted("label").(string)
	label, _ = compact(label).(string)
	if got, _ := compact(strings.ReplaceAll(row.Prompt.Label, configs+"/"+filepath.Base(p.Dir)+"/", "")).(string); got != label && !strings.HasSuffix(label, "/"+got) {
		same("label", got, label)
	}
	same("vars", compact(row.Test.Vars), compact(wanted("vars")))
	same("description", row.Test.Description, cmp.Or(str(wanted("description")), ""))
	types := []any{}
	for _, a := range row.Test.Assert {
		types = append(types, a.Type)
	}
	same("asserts", types, wanted("asserts"))
	if th := wanted("threshold"); th != nil {
		same("threshold", *row.Test.Threshold, th)
	} else if row.Test.Threshold != nil {
		t.Errorf("row %v.%v: threshold %v, want none", test, prompt, *row.Test.Threshold)
	}
	if m := wanted("metadata"); m != nil {
		same("metadata", row.Test.Metadata, m)
	} else if row.Test.Metadata.Len() > 0 {
		same("metadata", row.Test.Metadata, nil)
	}
	got, err := p.Render(context.Background(), row, row.Test.Vars, ports())
	if wanted("error") != nil {
		if err == nil {
			t.Errorf("row %v.%v: no error, want %s", test, prompt, wanted("error"))
		}
		return
	}
	if err != nil {
		t.Errorf("row %v.%v: %v", test, prompt, err)
	}
	same("text", got.Text, wanted("text"))
}

// compact writes texts that are JSON without blanks, as promptfoo does in its
// results.
func compact(v any) any {
	switch x := v.(type) {
	case string:
		if parsed, err := jsvalue.Parse(x); err == nil && jsvalue.TypeOf(parsed) == "object" {
			x, _ = jsvalue.Stringify(parsed, "")
		}
		return x
	case *jsvalue.Object:
		o := &jsvalue.Object{}
		for _, k := range x.Keys() {
			o.Set(k, compact(field(x, k)))
		}
		return o
	}
	return v
}

func str(v any) string { s, _ := v.(string); return s }
