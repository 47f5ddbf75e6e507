package project

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func compactText(v any) (string, bool) { return jsvalue.Stringify(v, "") }

// FuzzLoad wants no panic, and a project that can be gone through.
func FuzzLoad(f *testing.F) {
	seeds, _ := filepath.Glob(configs + "/c-*/promptfooconfig.*")
	for _, s := range append(seeds, "testdata/problems/promptfooconfig.yaml") {
		if data, err := os.ReadFile(s); err == nil {
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "promptfooconfig.yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Skip()
		}
		p, problems := Load(t.Context(), file, Options{})
		for _, x := range problems {
			if x.Message == "" {
				t.Errorf("a problem without a message: %+v", x)
			}
		}
		if p == nil {
			return
		}
		n := 0
		for row := range p.Rows(1) {
			if n++; n > 20 {
				break
			}
			_, _ = p.Render(t.Context(), &row, row.Test.Vars, Ports{})
		}
	})
}

// FuzzCell wants no panic of the short form of assertions, and a type that is known.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"contains: a", "not-similar(0.8): x", `contains-any: "a""b", c`, "fn: x", "file://a.py:f", "is-json", "levenshtein(3):", "grade: ok"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		l := &loader{}
		a := l.shortAssertion(cell, Place{"f", 1}, "tests")
		if !l.assertionType(a, a.word("type"), "x") {
			t.Errorf("%q became the type %q", cell, a.word("type"))
		}
	})
}

// FuzzCSV compares with encoding/csv where that reads a table, and wants no panic.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a\n\"x\"\"y\"\n", "a,b\r\n\"1\r\n2\",3\r\n", "a,b\n\"open", "a\n\n b \n", "a,b\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, lines, err := csvRecords(text, ',', false, false)
		if len(got) != len(lines) {
			t.Fatalf("%d records, %d lines", len(got), len(lines))
		}
		csvRecords(text, ',', true, true)
		want, wantErr := csv.NewReader(strings.NewReader(text)).ReadAll()
		want = slices.DeleteFunc(want, func(r []string) bool { return len(r) == 1 && strings.TrimSpace(r[0]) == "" })
		if wantErr != nil || strings.ContainsAny(text, "\r\ufeff") || err != nil && strings.Contains(text, `"`) {
			return
		}
		if err != nil && len(want) > 0 || !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%q: %q %v, want %q", text, got, err, want)
		}
	})
}
