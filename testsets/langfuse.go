package testsets

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// itemKeys are those of a Langfuse dataset item that other rows don't have.
var itemKeys = []string{"expectedOutput", "datasetId", "datasetName", "sourceTraceId", "dataset_id", "dataset_name", "source_trace_id"}

// isLangfuse recognises a dataset item. A golden may have an expectedOutput, too,
// beside keys of its own.
func isLangfuse(r *reader, v *value) bool {
	golden := slices.ContainsFunc(v.items, func(m value) bool {
		return m.key != "expectedOutput" && (camelKeys[m.key] != "" || slices.Contains(goldenKeys, m.key) || m.key == "context")
	})
	return v.get("input") != nil && !golden && slices.ContainsFunc(itemKeys, func(k string) bool { return v.get(k) != nil })
}

// langfusePage finds the items in an answer of the API, or in a whole data set.
func langfusePage(r *reader, root *value) *value {
	for _, key := range []string{"data", "items"} {
		items := root.get(key)
		if items != nil && items.kind == list && len(items.items) > 0 && items.items[0].kind == object && isLangfuse(r, &items.items[0]) {
			return items
		}
	}
	return nil
}

// langfuse reads a dataset item, as the API gives it or as it is exported.
// Archived items are left out.
func (r *reader) langfuse(c *Case, v *value) {
	if status := v.get("status"); status != nil && status.kind != null {
		switch strings.ToUpper(status.text) {
		case "ACTIVE":
		case "ARCHIVED":
			r.set.Cases = r.set.Cases[:len(r.set.Cases)-1]
			r.leave("%d archived item(s) were left out")
			return
		default:
			r.fail(int(status.line), "status", "unknown status %s; known: ACTIVE, ARCHIVED", config.Shorten(status.text))
		}
	}
	keys := []string{"expectedOutput", "expected_output"}
	if pick(v, []string{"input"}) == nil {
		r.noInput(v, []string{"input"})
	}
	want := pick(v, keys)
	if want == nil {
		r.misspeltExpected(v, rowKeys{[]string{"input"}, keys})
	}
	for i := range v.items {
		m := &v.items[i]
		switch {
		case m.kind == null || m.key == "status":
		case m.key == "input":
			r.inputs(c, r.quotedCell(m))
		case m == want:
			r.expectedOutput(c, r.quotedCell(m))
		default:
			r.field(c, m)
		}
	}
}

// expectedOutput reads the expected value, or the member of it that the user
// names.
func (r *reader) expectedOutput(c *Case, v *value) {
	if v.kind == object && r.opt.Expected != "" {
		m := v.get(r.opt.Expected)
		if m == nil {
			r.fail(int(v.line), v.key, "%s", config.UnknownKey(r.opt.Expected, "the expected value", v.keys()))
			return
		}
		c.keep("expected_output", v.any())
		v = m
	}
	if v.kind != null {
		c.Expected = r.labelled(v)
	}
}

// quotedCell is cell, but an export in CSV writes texts as JSON too.
func (r *reader) quotedCell(v *value) *value {
	s := strings.TrimSpace(v.text)
	if r.flat && v.kind == text && len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return r.parsed(v, s)
	}
	return r.cell(v)
}
