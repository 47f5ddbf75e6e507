package nunjucks

import (
	"os"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// TestVectors compares with what the nunjucks package of npm (3.2.4, autoescape
// off, with promptfoo's filter load) made of the same templates.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	root, err := jsvalue.Parse(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	given, _ := jsvalue.Field(root, "vars")
	vars := map[string]any{}
	for _, k := range given.(*jsvalue.Object).Keys() {
		vars[k], _ = jsvalue.Field(given, k)
	}
	options := Options{Globals: map[string]any{"env": map[string]string{"HOME_X": "/h", "N": "1"}}}
	rows, _ := jsvalue.Field(root, "rows")
	rows = append(rows.([]any), chains(t)...)
	refused := map[string]bool{} // valid there, refused here
	for _, r := range rows.([]any) {
		text := str(r, "template")
		if _, ok := jsvalue.Field(r, "refused"); ok {
			refused[text] = true
		}
		got, err := Render(text, vars, options)
		_, wantErr := jsvalue.Field(r, "error")
		switch {
		case (wantErr || refused[text]) && err == nil:
			t.Errorf("%q: got %q, want an error (%s)", text, got, str(r, "note"))
		case wantErr || refused[text]:
		case err != nil:
			t.Errorf("%q: %v, want %q", text, err, str(r, "want"))
		case got != str(r, "want"):
			t.Errorf("%q:\n got %q\nwant %q", text, got, str(r, "want"))
		}
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%q: error without a place: %v", text, err)
		}
	}
	if n := len(rows.([]any)); n < 150 {
		t.Fatalf("only %d vectors", n)
	}
}

// chains are random chains of filters over the same variables.
func chains(t *testing.T) []any {
	raw, err := os.ReadFile("testdata/chains.json")
	if err != nil {
		t.Fatal(err)
	}
	root, err := jsvalue.Parse(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := jsvalue.Field(root, "rows")
	return rows.([]any)
}

func str(v any, key string) string {
	x, _ := jsvalue.Field(v, key)
	s, _ := x.(string)
	return s
}
