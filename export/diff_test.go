package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/semdiff"
)

// written renders diffs with one of the writers.
func written(t testing.TB, write func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDiffText compares with what people were shown before, in
// testdata/diff.txt.
func TestDiffText(t *testing.T) {
	d, many := oneDiff(), sampleDiffs()
	got := written(t, func(b *bytes.Buffer) error {
		for _, width := range []int{140, 80} {
			fmt.Fprintf(b, "=== %d columns\n", width)
			if err := d.Text(b, Terminal{Width: width}); err != nil {
				return err
			}
		}
		b.WriteString("=== several\n")
		return many.Text(b, Terminal{Width: 120})
	})
	golden := filepath.Join("testdata", "diff.txt")
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		if os.Getenv("GENOPS_UPDATE") == "1" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("%s differs (GENOPS_UPDATE=1 writes it anew): %v\n%s", golden, err, got)
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestDiffColor: colour changes nothing but colour, every line ends without it,
// and no line is wider than the terminal.
func TestDiffColor(t *testing.T) {
	d := oneDiff()
	got := written(t, func(b *bytes.Buffer) error { return d.Text(b, Terminal{Width: 120, Color: true}) })
	for line := range strings.Lines(got) {
		codes := ansi.FindAllString(line, -1)
		if len(codes) > 0 && codes[len(codes)-1] != ansiReset {
			t.Errorf("%q leaves a colour on", line)
		}
	}
	if !strings.Contains(got, ansiOld+"3"+ansiReset) || !strings.Contains(got, ansiNew+"5"+ansiReset) {
		t.Error("changed words have no colour")
	}
	wide := oneDiff()
	wide.Diffs[0].Behaviour = nil
	for _, width := range []int{40, 80, 100, 101, 120, 200} {
		for _, unit := range []string{strings.Repeat("漢字かな", 40), strings.Repeat("e\u0301", 300), strings.Repeat("word ", 100), strings.Repeat("x", 500)} {
			wide.Diffs[0].Units = []semdiff.Unit{{Verdict: semdiff.Changed, Before: unit, After: "z" + unit, BeforeSpan: semdiff.Span{Line: 9999}}}
			wide.Diffs[0].Changes = nil
			for line := range strings.Lines(written(t, func(b *bytes.Buffer) error { return wide.Text(b, Terminal{Width: width}) })) {
				if n := widthOfText(strings.TrimSuffix(line, "\n")); n > max(width, 76) {
					t.Fatalf("%d columns of %d: %q", n, width, line)
				}
			}
		}
	}
}

// hostileDiff is a diff all of whose texts try to break out.
func hostileDiff(evil string) Diffs {
	d := sampleDiff()
	d.Name, d.Path, d.From, d.To, d.Problem = evil, evil, evil, evil, evil
	for i := range d.Changes {
		d.Changes[i].Say = evil
		for j := range d.Changes[i].Places {
			d.Changes[i].Places[j].After.File = evil
		}
	}
	for i := range d.Units {
		d.Units[i].Section, d.Units[i].Before, d.Units[i].After = evil, evil+"\n"+evil, evil+" x\n"+evil
	}
	for i := range d.Behaviour.Flips {
		f := &d.Behaviour.Flips[i]
		f.ID, f.Input, f.Before, f.After = evil, evil, evil, evil
	}
	d.Behaviour.TestSet = evil
	return Diffs{Title: evil, Base: evil, Head: evil, Verdict: d.Verdict, Gate: d.Gate, Diffs: []Diff{d, d}, Notes: []string{evil}}
}

// What prompts say is shown, and never obeyed.
func TestDiffHostile(t *testing.T) {
	const rlo = "\u202e"
	evil := "```\n</details><img src=x onerror=alert(1)> @octocat |x| [a](http://evil) <!-- genops --> ~~~ ````` ![](x) " + rlo + "abc\x1b[31m"
	d := hostileDiff(evil)
	md := written(t, func(b *bytes.Buffer) error { return d.Markdown(b, MarkdownLimit) })
	outside := outsideCode(md)
	for _, bad := range []string{"@octocat", "<img", "](http", "<!--", rlo, "\x1b", "![]"} {
		if strings.Contains(outside, bad) {
			t.Errorf("%q stands outside of code:\n%s", bad, outside)
		}
	}
	if strings.Contains(md, rlo) || strings.Contains(md, "\x1b") {
		t.Error("control characters were written")
	}
	if n, m := strings.Count(outside, "<details>"), strings.Count(outside, "</details>"); n != 2 || m != 2 {
		t.Errorf("%d details open, %d close", n, m)
	}
	for _, text := range []string{
		written(t, func(b *bytes.Buffer) error { return d.Text(b, Terminal{Width: 120}) }),
		ansi.ReplaceAllString(written(t, func(b *bytes.Buffer) error { return d.Text(b, Terminal{Width: 80, Color: true}) }), ""),
	} {
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Error("a terminal would be steered")
		}
	}
	page := written(t, func(b *bytes.Buffer) error { return d.HTML(b) })
	if strings.Contains(page, "<img") || strings.Contains(page, rlo) || strings.Count(page, "<script") != 1 {
		t.Error("the page holds what was injected")
	}
}

// outsideCode is Markdown without fenced blocks and code spans, as CommonMark
// finds them.
func outsideCode(md string) string {
	var out strings.Builder
	fence := ""
	for line := range strings.Lines(md) {
		ticks := len(line) - len(strings.TrimLeft(line, "`"))
		switch {
		case fence != "" && ticks >= len(fence) && strings.Trim(strings.TrimSpace(line), "`") == "":
			fence = ""
		case fence != "":
		case ticks >= 3 && !strings.Contains(line[ticks:], "`"):
			fence = line[:ticks]
		default:
			out.WriteString(withoutSpans(line))
		}
	}
	return out.String() + fence
}

var ticks = regexp.MustCompile("`+")

func withoutSpans(line string) string {
	var out strings.Builder
	for {
		open := ticks.FindStringIndex(line)
		if open == nil {
			return out.String() + line
		}
		out.WriteString(line[:open[0]])
		run, rest := line[open[0]:open[1]], line[open[1]:]
		closed := false
		for _, at := range ticks.FindAllStringIndex(rest, -1) {
			if at[1]-at[0] == len(run) {
				line, closed = rest[at[1]:], true
				break
			}
		}
		if !closed {
			return out.String() + run + rest
		}
	}
}

// TestDiffMarkdownLimit: a comment is never too long, and the most severe change
// keeps its detail the longest.
func TestDiffMarkdownLimit(t *testing.T) {
	d := sampleDiffs()
	for i := range 400 {
		x := sampleDiff()
		x.Name = fmt.Sprintf("p%03d", i)
		d.Diffs = append(d.Diffs, x)
	}
	for _, limit := range []int{1000, 5000, MarkdownLimit} {
		md := written(t, func(b *bytes.Buffer) error { return d.Markdown(b, limit) })
		if len(md) > limit {
			t.Errorf("%d bytes, the limit is %d", len(md), limit)
		}
		if !strings.Contains(md, "agent `ASM-001`") || strings.Contains(md, "further objects are not shown") != (limit < MarkdownLimit) {
			t.Errorf("limit %d:\n%.600s", limit, md)
		}
	}
}

func TestDiffJSON(t *testing.T) {
	d := sampleDiffs()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	first := back["diffs"].([]any)[0].(map[string]any)
	if back["verdict"] != "breaking" || back["gate"] != "block" || first["kind"] != "agent" || first["gate"] != "block" || first["verdict"] != "breaking" || first["status"] != "modified" {
		t.Errorf("%s", data)
	}
}

// TestBrowserDiff opens the page in a real browser: nothing is blocked, nothing
// breaks out, and unchanged units fold out.
func TestBrowserDiff(t *testing.T) {
	d := hostileDiff(`"><img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`)
	page := written(t, func(b *bytes.Buffer) error { return d.HTML(b) })
	b := openTab(t, []byte(page), "", 1280, 900, "dark")
	b.want(`document.querySelectorAll("img, main script").length`, 0.0)
	b.want(`document.title.includes("pwned'\"") && document.title.startsWith("changed")`, true)
	b.quiet()
	one := oneDiff()
	b = openTab(t, []byte(written(t, func(b *bytes.Buffer) error { return one.HTML(b) })), "", 400, 800, "light")
	b.want(`document.querySelectorAll(".unit").length`, 16.0)
	b.want(`document.documentElement.scrollWidth <= innerWidth`, true)
	b.want(`document.querySelector(".sbs ins").textContent`, "0.7")
	b.quiet()
}

// FuzzDiff: no text breaks out of a form.
func FuzzDiff(f *testing.F) {
	f.Add("``` <img> @x | \n", "````")
	f.Add("a\r\nb\t\x00", "\u202e")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := hostileDiff(a)
		for i := range d.Diffs[0].Units {
			d.Diffs[0].Units[i].After = b
		}
		md := written(t, func(w *bytes.Buffer) error { return d.Markdown(w, MarkdownLimit) })
		if outside := outsideCode(md); strings.Count(outside, "<") != strings.Count(outside, "<details>")+strings.Count(outside, "</details>")+strings.Count(outside, "<summary>")+strings.Count(outside, "</summary>") {
			t.Errorf("HTML outside of code:\n%s", outside)
		}
		for _, width := range []int{40, 120} {
			written(t, func(w *bytes.Buffer) error { return d.Text(w, Terminal{Width: width}) })
		}
		written(t, func(w *bytes.Buffer) error { return d.HTML(w) })
	})
}
