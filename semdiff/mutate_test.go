package semdiff

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func prompts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/prompts/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatal("no prompts", err)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(text)
	}
	return out
}

func eachTextLine(s string, f func(string) string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = f(l)
	}
	return strings.Join(lines, "\n")
}

var (
	headingRE = regexp.MustCompile(`(?m)^#+ (.*)$`)
	bulletRE  = regexp.MustCompile(`(?m)^[-*] `)
	stepRE    = regexp.MustCompile(`(?m)^(\d)[.)] `)
)

// wrap breaks long lines, as an editor does.
func wrap(s string) string {
	return eachTextLine(s, func(l string) string {
		if len(l) < 60 || strings.HasPrefix(l, "#") {
			return l
		}
		cut := strings.LastIndexByte(l[:58], ' ')
		indent := "\n"
		if bulletRE.MatchString(l) || stepRE.MatchString(l) {
			indent = "\n  "
		}
		return l[:cut] + indent + l[cut+1:]
	})
}

// TestPreservingMutations: none may be called a change.
func TestPreservingMutations(t *testing.T) {
	mutations := map[string]func(string) string{
		"wrap":        wrap,
		"bullets":     func(s string) string { return bulletRE.ReplaceAllString(s, "• ") },
		"steps":       func(s string) string { return stepRE.ReplaceAllString(s, "${1}. ") },
		"bold":        func(s string) string { return headingRE.ReplaceAllString(s, "**$1**") },
		"underline":   func(s string) string { return headingRE.ReplaceAllString(s, "$1\n=====") },
		"heading":     func(s string) string { return headingRE.ReplaceAllStringFunc(s, strings.ToUpper) },
		"deeper":      func(s string) string { return headingRE.ReplaceAllString(s, "### $1") },
		"crlf":        func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"spaces":      func(s string) string { return strings.ReplaceAll(s, ". ", ".  ") },
		"blank lines": func(s string) string { return strings.ReplaceAll(s, "\n\n", "\n\n\n") },
		"trailing":    func(s string) string { return strings.ReplaceAll(s, "\n", "  \n") },
		"contraction": func(s string) string {
			return strings.NewReplacer("do not", "don't", "Do not", "Don't", "is not", "isn't").Replace(s)
		},
		"expansion": func(s string) string { return strings.NewReplacer("don't", "do not").Replace(s) },
		"words": func(s string) string {
			return strings.NewReplacer("at most 2", "at most two", "than 5", "than five").Replace(s)
		},
		"units": func(s string) string { return strings.NewReplacer("2 seconds", "2000 ms").Replace(s) },
		"comparators": func(s string) string {
			return strings.NewReplacer("at most 2", "no more than 2", "no more than 5", "at most 5", "under 80", "fewer than 80", "up to 10", "a maximum of 10", "at least one", "a minimum of one").Replace(s)
		},
		"synonyms": func(s string) string {
			return strings.NewReplacer("Check that", "Make sure", "Write", "Compose", "immediately", "at once", "propose", "suggest", "Return", "Output", "Never quote", "Do not quote", "if the", "when the").Replace(s)
		},
		"polite": func(s string) string {
			return strings.NewReplacer("Answer in", "Please answer in", "Extract the", "Please extract the", "You may", "You may also").Replace(s)
		},
		"braces": func(s string) string {
			return strings.NewReplacer("{{message}}", "${message}", "{diff}", "{{diff}}", "{{ invoice_text }}", "{invoice_text}").Replace(s)
		},
		"renamed": func(s string) string {
			return strings.NewReplacer("{{message}}", "{{guest_message}}", "{diff}", "{the_diff}").Replace(s)
		},
		"reversed": func(s string) string {
			lines := strings.Split(s, "\n")
			for i := 0; i < len(lines); i++ {
				k := i
				for k < len(lines) && bulletRE.MatchString(lines[k]) {
					k++
				}
				slices.Reverse(lines[i:k])
				i = k
			}
			return strings.Join(lines, "\n")
		},
	}
	for file, text := range prompts(t) {
		for name, mutate := range mutations {
			after := mutate(text)
			if r := Text(text, after); r.Verdict >= Changed {
				t.Errorf("%s, %s: %.2f\n%s", file, name, r.Score, says(r))
			} else if after != text && r.Verdict == Identical {
				t.Errorf("%s, %s: identical", file, name)
			}
		}
	}
}

// TestChangingMutations applies each edit at every place where it fits; all
// must be called a change.
func TestChangingMutations(t *testing.T) {
	mutations := []struct{ name, from, to string }{
		{"negation", "Never ", "Always "}, {"negation", "Do not ", "Do "}, {"negation", "do not ", "do "}, {"negation", "don't use", "use"}, {"negation", "is not available", "is available"},
		{"negation", "if the booking", "unless the booking"}, {"number", "2", "3"}, {"number", "80", "180"}, {"number", "5", "50"}, {"number", "10 lines", "20 lines"},
		{"unit", "seconds", "minutes"}, {"unit", "words", "characters"}, {"unit", "euros", "cents"}, {"comparator", "at most", "at least"}, {"comparator", "no more than", "no fewer than"},
		{"comparator", "under", "over"}, {"comparator", "above", "below"}, {"modality", "must", "should"}, {"modality", "should", "may"}, {"modality", "may", "must"},
		{"quantifier", "every", "some"}, {"quantifier", "All", "Some"}, {"exclusivity", "Only use", "Use"}, {"exclusivity", "only comment", "comment"},
		{"exclusivity", " unless the comment says it", ""}, {"label", ", refund", ""}, {"label", "USD, GBP", "USD, CHF"}, {"key", `"action"`, `"step"`}, {"key", "due_date", "deadline"},
		{"format", "JSON", "YAML"}, {"persona", "receptionist", "manager"}, {"persona", "bank", "hospital"}, {"variable", "{{message}}", ""}, {"variable", "{diff}", ""},
		{"example", "12.5}", "12.0}"}, {"example", `"78"`, `"79"`}, {"order", "before you", "after you"}, {"antonym", "positive", "negative"}, {"case", `"total"`, `"Total"`},
		{"sign", "-5", "5"}, {"condition", " when a room is not available", ""}, {"condition", ", if the intent is unclear", ""}, {"null", "null", "0"}, {"drop", "- Do not discuss other guests.\n", ""},
		{"drop", "3. Check that no index is created without CONCURRENTLY.\n", ""}, {"add", "- Do not discuss", "- Mention the breakfast.\n- Do not discuss"}, {"drop", " Be warm but never familiar.", ""},
	}
	applied := 0
	for file, text := range prompts(t) {
		for _, m := range mutations {
			for from := 0; ; {
				i := strings.Index(text[from:], m.from)
				if i < 0 {
					break
				}
				at := from + i
				from = at + len(m.from)
				if m.name == "number" && at > 0 && (text[at-1] == '#' || at+2 < len(text) && (text[at+1] == '.' && text[at+2] == ' ' || text[at+1] == ')')) {
					continue // the number of a step
				}
				if m.name == "number" && at > 0 && text[at-1] == '.' {
					continue // 12.5 is 12.50
				}
				applied++
				if r := Text(text, text[:at]+m.to+text[from:]); r.Verdict < Changed {
					t.Errorf("%s, %s: %q → %q: %v %.2f\n%s", file, m.name, m.from, m.to, r.Verdict, r.Score, says(r))
				}
			}
		}
	}
	if applied < 60 {
		t.Errorf("only %d edits applied", applied)
	}
}
