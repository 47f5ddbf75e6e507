package semdiff

import (
	"strings"
	"testing"
)

func TestPlaces(t *testing.T) {
	before := "---\nmodel: a/b\nconfig:\n  temperature: 0.2\n  maxOutputTokens: 500\ninput:\n  schema:\n    text: string\noutput:\n  schema:\n    labels:\n      - spam\n      - ham\n---\nRead {{text}}.\n\n```json\n{\n  \"id\": 1,\n  \"name\": \"x\"\n}\n```\n"
	for _, c := range []struct {
		old, now     string
		line, onLine int // where the most severe change stands before and after; 0 = not at all
	}{
		{"temperature: 0.2", "temperature: 0.9", 4, 4},
		{"maxOutputTokens: 500", "maxOutputTokens: 50", 5, 5},
		{"text: string\n", "text: number\n", 8, 8},
		{"      - ham\n", "      - eggs\n", 13, 13},
		{"      - spam\n", "", 12, 0},
		{"\"id\": 1", "\"ID\": 1", 19, 19},
		{"\"name\": \"x\"", "\"name\": \"y\"", 20, 20},
	} {
		r := Text(before, strings.Replace(before, c.old, c.now, 1))
		if len(r.Changes) == 0 || r.Verdict < Changed {
			t.Errorf("%q → %q: %v %v", c.old, c.now, r.Verdict, r.Changes)
			continue
		}
		found := false
		for _, ch := range r.Changes {
			for _, p := range ch.Places {
				found = found || ch.Verdict >= Changed && p.Before.Line == c.line && (c.onLine == 0 || p.After.Line == c.onLine)
			}
		}
		if !found {
			t.Errorf("%q → %q is not placed at %d→%d: %+v", c.old, c.now, c.line, c.onLine, r.Changes)
		}
	}
}

func TestVariablesHavePlaces(t *testing.T) {
	r := Text("Hello.\n\nRead {{report}} now.", "Hello.\n\nRead it now.")
	if c := r.Changes[0]; c.Kind != KindVariable || c.Verdict != Breaking || c.Places[0].Before.Line != 3 {
		t.Errorf("%+v", r.Changes)
	}
}

// A name that the front matter still declares has not been renamed.
func TestDeclaredVariable(t *testing.T) {
	front := "---\ninput:\n  schema:\n    letter: string\n---\n"
	if r := Text(front+"Read {{letter}}.", front+"Read {{user_letter}}."); r.Verdict != Breaking {
		t.Errorf("%v %+v", r.Verdict, r.Changes)
	}
	if r := Text("Read {{letter}}.", "Read {{user_letter}}."); r.Verdict != Reworded {
		t.Errorf("%v %+v", r.Verdict, r.Changes)
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct{ before, after, say string }{
		{"Call set_light(room, level) first.", "Call set_light(level) first.", "set_light(room, level) → set_light(level)"},
		{"Return CSV with the columns id, code and name.", "Return CSV with the columns id, Code and name.", "case of a name: code → Code"},
		{"Greet the guest.", "On weekends, greet the guest.", "condition added: “on weekends”"},
		{"Check every line.", "Check nearly every line.", "every became nearly every"},
		{"Every draft needs a title.", "At least one draft needs a title.", "“Every” became “At least one”"},
		{"Show the quickest route.", "Show the slowest route.", "quickest became slowest"},
		{"Write at most 40 words.", "Write at most 40 characters.", "unit words → characters"},
		{"The mentor pays the pupil.", "The pupil pays the mentor.", "“mentor” and “pupil” swapped"},
		{"Cite sources.", "Always cite sources.", "“Always” added"},
		{"Ask exactly 6 questions.", "Ask about 6 questions.", "exactly 6 became about 6"},
	} {
		r := Text(c.before, c.after)
		if len(r.Changes) == 0 || r.Changes[0].Say != c.say {
			t.Errorf("%q → %q: %+v, want %q", c.before, c.after, r.Changes, c.say)
		}
	}
}

// The same edit in many places is one change, and stands before what is only
// likely.
func TestOneChange(t *testing.T) {
	var before strings.Builder
	for _, s := range []string{"titles", "summaries", "replies", "captions"} {
		before.WriteString("- Write " + s + " of at most 30 words.\n")
	}
	r := Text(before.String(), strings.ReplaceAll(before.String(), "30", "50"))
	if len(r.Changes) != 1 || len(r.Changes[0].Places) != 4 || r.Changes[0].Kind != KindNumber {
		t.Errorf("%+v", r.Changes)
	}
}
