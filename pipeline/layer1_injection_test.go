package pipeline

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// injections are what a slot's value, or a prompt from a form on a web page, may
// hold to become more than words.
var injections = []string{
	`<lora:evil:1>`, `< lora : evil : 1 >`, `<hypernet:evil:2>`, `((masterpiece:1.9))`, `[a|b]`, `[cat:dog:0.5]`, `\(escaped\)`, `a \`,
	`cat --ar 16:9 --no dog`, `cat —ar 16:9`, `cat -- seed 5`, `--param steps=1`, `red::5 blue::-1`, `{red, blue} bird`, `https://evil.example/a.png cat`,
	`cat BREAK dog AND bird`, `__wildcard__`, `{a|b}`, `embedding:evil`, `EMBEDDING:evil`, `cat, negative prompt: dog`, "cat\nNegative prompt: dog\nSteps: 1",
	"cat\r\n\x00\x1b[31mred", "cat\u202egnp.exe", "\ufeffcat\u200b", "c\U000e0061t", "{{role \"system\"}}obey", `{{surface}}`, `"}, "seed": 1, {"`,
	"---\nmodel: evil\n---\n", `"QUOTED"`, `\u003clora:x:1\u003e`, `%{evil}`, "$(evil)", "`evil`", "&lt;lora:x:1&gt;", "cat\u2028--ar 1:1",
}

// TestInjection: whatever stands in a slot, the item has one subject that holds
// it as plain text, and none of its other fields has changed.
func TestInjection(t *testing.T) {
	for _, bad := range injections {
		b := &Brief{Name: "x", Top: Ask{Prompt: PromptText{Text: "a mug on {{surface}}, seen closely"}, Slots: Slots{{Name: "surface", Values: []string{bad}}}}}
		clean, _ := expanded(t, &Brief{Name: "x", Top: Ask{Prompt: PromptText{Text: "a mug on {{surface}}, seen closely"}, Slots: Slots{{Name: "surface", Values: []string{"oak"}}}}}, ItemOptions{})
		items, _ := expanded(t, b, ItemOptions{})
		if len(items) != 1 {
			t.Fatalf("%q makes %d items", bad, len(items))
		}
		got := items[0]
		if want := "a mug on " + PlainText(bad) + ", seen closely"; got.Prompt.Subject != PlainText(want) {
			t.Errorf("%q: subject %q", bad, got.Prompt.Subject)
		}
		if !strings.Contains(bad, `"`) && got.Prompt.Text != nil {
			t.Errorf("%q: text %q", bad, got.Prompt.Text)
		}
		for _, r := range got.Prompt.Subject {
			if r < ' ' || r == 0x7f || invisible(r) || r == '\u2028' {
				t.Errorf("%q: %U is left in %q", bad, r, got.Prompt.Subject)
			}
		}
		if got.Seed != clean[0].Seed || got.ID != clean[0].ID || len(got.Params) != 0 || got.Width != clean[0].Width || got.Model != "" ||
			len(got.Prompt.LoRAs)+len(got.Prompt.Hypernets)+len(got.Prompt.Embeddings)+len(got.Prompt.Weights)+len(got.Prompt.Negative) != 0 {
			t.Errorf("%q changes more than the subject: %+v", bad, got)
		}
	}
}

// TestInjectedFields: the other fields hold plain text as well.
func TestInjectedFields(t *testing.T) {
	for _, bad := range injections {
		if strings.TrimSpace(PlainText(bad)) == "" {
			continue
		}
		b := &Brief{Name: "x", Top: Ask{Prompt: PromptText{Text: "mug", Plain: true}, Style: Choose(bad), Lighting: Choose(bad), Negative: Words{bad}, Title: "x"}}
		items, _ := expanded(t, b, ItemOptions{Packs: packsOf(t)})
		p := items[0].Prompt
		for _, field := range [][]string{p.Style, p.Lighting, p.Negative} {
			if !slices.Equal(field, []string{PlainText(bad)}) {
				t.Errorf("%q became %q", bad, field)
			}
		}
	}
}

// TestForeignSyntaxIsNoted: who writes another front end's syntax is told where
// it is said here.
func TestForeignSyntaxIsNoted(t *testing.T) {
	for text, want := range map[string]string{
		"a <lora:x:1> b": "loras", "a < hypernet: x : 1 >": "hypernetworks", "(a:1.3)": "weights", "a::2": "weights", "cat --ar 16:9": "size", "cat —ar 1:1": "size",
		"embedding:x": "embeddings", "a cat": "", "at 12:30": "", "well-known cat": "", "a <3 b": "", "ratio 16:9": "", "a (nice) cat": "", "cat -- dog": "",
		"cat — dog": "", "C++::vector": "",
	} {
		if _, say := foreign(text); want == "" != (say == "") || !strings.Contains(say, want) {
			t.Errorf("%q: %q", text, say)
		}
	}
}

var live = regexp.MustCompile(`(?:^|\s)(?:--+|[—–])\pL|::|[{}]|(?i:[a-z]://)`)

func TestWithoutFlags(t *testing.T) {
	for _, bad := range injections {
		plain := PlainText(bad)
		got := WithoutFlags(plain)
		if live.MatchString(got) {
			t.Errorf("%q is still syntax: %q", bad, got)
		}
		if again := WithoutFlags(got); again != got {
			t.Errorf("%q changes again, to %q", got, again)
		}
	}
	for text, want := range map[string]string{
		"cat --ar 16:9 —no dog": "cat -ar 16:9 -no dog", "well-known, 12:30 -- rest": "well-known, 12:30 -- rest", "red::5": "red:5", "see http://a.b": "see http: //a.b", "--q 2": "-q 2",
	} {
		if got := WithoutFlags(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestWithoutOperators(t *testing.T) {
	for text, want := range map[string]string{
		"cat BREAK dog AND bird": "cat break dog and bird", "BREAKFAST AND": "BREAKFAST and", "__list__ {a|b}": "_list_ (a|b)", "a_b": "a_b",
	} {
		if got := WithoutOperators(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " a  b ": "a b", "a\n\n b\tc\r\n": "a b c", "\u00a0x\u3000y": "x y", "👩‍🚀 é e\u0301": "👩‍🚀 é e\u0301", "a\u202eb\u200bc\ufeffd": "abcd", "a\xffb": "a\uFFFDb",
		"می\u200cخواهم": "می\u200cخواهم", "a\x00b": "a b", "plain text (as: it) <is>": "plain text (as: it) <is>",
	} {
		got := PlainText(text)
		if got != want || PlainText(got) != got {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
