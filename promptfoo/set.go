package promptfoo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Set is the rows as a test set in the native format: what a run keeps of them,
// and what its digest is over.
func Set(rows []project.Row, name string) []byte {
	b := append(jsvalue.AppendQuoted([]byte(`{"name":`), name), `,"cases":[`...)
	var text []byte
	tests := map[*project.Test]string{}
	rubrics := map[*project.Test]*jsvalue.Object{}
	for i := range rows {
		row := &rows[i]
		if i > 0 {
			b = append(b, ',')
		}
		c := jsvalue.NewObject("id", CaseID(row), "input", input(row), "slice", slice(row))
		c.Set("assert", names(row.Test.Assert, nil))
		digest, ok := tests[row.Test]
		if !ok {
			text = jsvalue.AppendJSON(text[:0], TestObject(row.Test), "", "")
			sum := sha256.Sum256(text)
			digest = hex.EncodeToString(sum[:])
			tests[row.Test], rubrics[row.Test] = digest, rubricsOf(row.Test)
		}
		about := jsvalue.NewObject("test", digest, "testIdx", row.TestIndex, "promptIdx", row.PromptIndex, "repeat", row.Repeat)
		if words := rubrics[row.Test]; words != nil {
			about.Set("asked", words)
		}
		c.Set("metadata", about)
		b = jsvalue.AppendJSON(append(b, '\n'), c, "", "")
	}
	return append(b, "\n]}\n"...)
}

// askedBytes bounds what is kept of one rubric.
const askedBytes = 1000

// rubricsOf is what a test's judges are asked, in its own words and by the names that
// their scores have; nil where none is asked anything.
func rubricsOf(t *project.Test) (o *jsvalue.Object) {
	for _, a := range judgedAssertions(t.Assert) {
		words, _ := a.Value.(string)
		if words == "" && a.Value != nil {
			words, _ = jsvalue.Stringify(a.Value, "")
		}
		if words == "" {
			continue
		}
		if len(words) > askedBytes {
			words = strings.ToValidUTF8(words[:askedBytes], "") + "…"
		}
		if o == nil {
			o = &jsvalue.Object{}
		}
		for _, name := range []string{a.Type, a.Metric} {
			if before, ok := o.Get(name); ok && before != words {
				o.Set(name, jsvalue.ToString(before)+"\n"+words)
			} else if name != "" {
				o.Set(name, words)
			}
		}
	}
	return o
}

// input shows a row's test to people: its description, or its variables.
func input(row *project.Row) string {
	var lines []string
	if d := row.Test.Description; d != "" {
		lines = append(lines, d)
	}
	for _, k := range row.Test.Vars.Keys() {
		v, _ := row.Test.Vars.Get(k)
		lines = append(lines, k+": "+cell(v))
	}
	if len(lines) == 0 {
		lines = append(lines, row.Prompt.Label)
	}
	return strings.Join(lines, "\n")
}

// slice names the provider and the prompt, so that figures are shown for each.
func slice(row *project.Row) *jsvalue.Object {
	o := jsvalue.NewObject("provider", row.Provider.Name())
	label := strings.Join(strings.Fields(row.Prompt.Label), " ")
	if len(label) > 60 {
		label = strings.ToValidUTF8(label[:60], "") + "…"
	}
	if label != "" {
		o.Set("prompt", label)
	}
	return o
}

// names lists the types of a test's assertions and the names that they count
// under, those of sets too.
func names(all []project.Assertion, list []any) []any {
	for i := range all {
		a := &all[i]
		if len(a.Set) > 0 {
			list = names(a.Set, list)
			if a.Metric != "" {
				list = append(list, jsvalue.NewObject("type", "assert-set", "metric", a.Metric))
			}
			continue
		}
		o := jsvalue.NewObject("type", a.Type)
		if a.Metric != "" && !strings.Contains(a.Metric, "{{") {
			o.Set("metric", a.Metric)
		}
		list = append(list, o)
	}
	if list == nil {
		list = []any{}
	}
	return list
}

// Part is one piece of what a run depends on.
type Part struct{ Name, Digest string }

// Parts are the digests of every file that was read, of what addresses said, and of every script that
// runs, and of what was said beside them: the identity of what is evaluated.
func Parts(p *project.Project, more ...string) ([]Part, error) {
	var parts []Part
	files := slices.Clone(p.Files)
	for _, prog := range p.Programs {
		if prog.Kind == "exec" {
			continue
		}
		path := prog.What
		if !filepath.IsAbs(path) {
			path = filepath.Join(p.Dir, path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, path)
		}
	}
	slices.Sort(files)
	for _, path := range slices.Compact(files) {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("working out what is evaluated: %w", err)
		}
		name := path
		if rel, err := filepath.Rel(p.Dir, path); err == nil {
			name = filepath.ToSlash(rel)
		}
		sum := sha256.Sum256(data)
		parts = append(parts, Part{name, "sha256:" + hex.EncodeToString(sum[:])})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fetched)) {
		sum := sha256.Sum256([]byte(p.Fetched[name]))
		parts = append(parts, Part{name, "sha256:" + hex.EncodeToString(sum[:])})
	}
	for i, text := range more {
		sum := sha256.Sum256([]byte(text))
		parts = append(parts, Part{fmt.Sprintf("option %d", i+1), "sha256:" + hex.EncodeToString(sum[:])})
	}
	return parts, nil
}

// Digest is over the parts.
func Digest(parts []Part) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q %s\n", p.Name, p.Digest)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
