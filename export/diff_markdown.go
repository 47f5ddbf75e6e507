package export

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

// MarkdownLimit is how many characters GitHub takes in a comment, less a
// reserve for what stands around the diffs. A byte is at least one of them.
const MarkdownLimit = 60_000

// Markdown writes diffs for a pull request, at most limit bytes: each with its
// verdict, the changes in words, and the texts to fold out. Where that is too
// long, the least important ones lose their texts first, then their lists, and
// at last they are counted only. Whatever comes from outside stands in code,
// where neither markup, HTML nor mentions have an effect.
func (d *Diffs) Markdown(w io.Writer, limit int) error {
	text := d.fitted(limit)
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing Markdown diff: %w", err)
	}
	return nil
}

// Levels of detail.
const (
	inFull = iota
	listOnly
	lineOnly
	countOnly
)

// fitted is the diffs in as much detail as fits.
func (d *Diffs) fitted(limit int) string {
	const reserve = 200 // for the line that counts
	levels := make([]int, len(d.Diffs))
	parts := make([]string, len(d.Diffs))
	total := 0
	for i := range d.Diffs {
		parts[i] = d.Diffs[i].markdown(inFull)
		total += len(parts[i])
	}
	for level := listOnly; level <= countOnly && total > limit-reserve; level++ {
		for _, i := range d.leastFirst() {
			if total <= limit-reserve {
				break
			}
			levels[i] = level
			part := d.Diffs[i].markdown(level)
			total += len(part) - len(parts[i])
			parts[i] = part
		}
	}
	hidden := 0
	for _, l := range levels {
		if l == countOnly {
			hidden++
		}
	}
	out := strings.Join(parts, "")
	if hidden > 0 {
		out += fmt.Sprintf("\n%s not shown here; `genops ci plan` lists them.\n", plural(hidden, "further object is", "further objects are"))
	}
	return out
}

// leastFirst orders the diffs: the least severe first, and of those the longest.
func (d *Diffs) leastFirst() []int {
	order := make([]int, len(d.Diffs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &d.Diffs[a], &d.Diffs[b]
		if x.Verdict != y.Verdict {
			return int(x.Verdict - y.Verdict)
		}
		return len(y.Units) - len(x.Units)
	})
	return order
}

func verdictEmoji(v semdiff.Verdict) string {
	switch v {
	case semdiff.Breaking:
		return "🔴"
	case semdiff.Changed:
		return "🟠"
	case semdiff.Reworded:
		return "🔵"
	}
	return "⚪"
}

func (d *Diff) markdown(level int) string {
	if level == countOnly {
		return ""
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s **%s** · %s %s", verdictEmoji(d.Verdict), d.Verdict, knownKind(d.Kind), span(d.Name, nameLimit))
	if d.From != "" || d.To != "" {
		fmt.Fprintf(&out, " · %s → %s", span(d.From, nameLimit), span(d.To, nameLimit))
	}
	fmt.Fprintf(&out, " · %s · %s\n\n", d.sentence(), gateWords(d.Gate))
	if level == lineOnly {
		return out.String()
	}
	if d.Lifted {
		out.WriteString("> " + liftedSentence + "\n\n")
	}
	if d.Problem != "" {
		fmt.Fprintf(&out, "> ⚠️ %s\n\n", span(d.Problem, reasonLimit))
	}
	for _, n := range d.Notes {
		fmt.Fprintf(&out, "%s\n\n", span(n, reasonLimit))
	}
	d.markdownChanges(&out)
	d.markdownBehaviour(&out)
	if level == inFull && d.Status != "added" && d.Status != "deleted" {
		d.markdownTexts(&out)
	}
	return out.String()
}

// knownKind is one of the words that kinds have; anything else is a text.
func knownKind(kind string) string {
	switch kind {
	case "prompt", "agent", "model", "testset", "file":
		return kind
	}
	return "text"
}

func (d *Diff) markdownChanges(out *bytes.Buffer) {
	const most = 25
	shown, left := d.shownChanges(most)
	if len(shown) == 0 {
		return
	}
	out.WriteString("| | | what changed | where |\n|---|---|---|---|\n")
	for i := range shown {
		c := &shown[i]
		fmt.Fprintf(out, "| %s %s | %s | %s | %s |\n", verdictEmoji(c.Verdict), c.Verdict, span(string(c.Kind), nameLimit), span(c.Say, 300), span(where(c, d.Path), nameLimit))
	}
	if left > 0 {
		fmt.Fprintf(out, "\nand %s.\n", plural(left, "further change"))
	}
	out.WriteString("\n")
}

func (d *Diff) markdownBehaviour(out *bytes.Buffer) {
	b := d.Behaviour
	if b == nil {
		return
	}
	shown := *b
	shown.TestSet = "the test set"
	fmt.Fprintf(out, "%s Test set: %s.\n\n", behaviourSentence(&shown), span(b.TestSet, nameLimit))
	if len(b.Flips) == 0 {
		return
	}
	out.WriteString("| | case | input | before | after | passed |\n|---|---|---|---|---|---|\n")
	for i, f := range b.Flips {
		if i == 10 {
			fmt.Fprintf(out, "\nand %s.\n", plural(len(b.Flips)-i, "further case"))
			break
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %d/%d → %d/%d |\n", flipWord(f.Verdict), span(f.ID, nameLimit), span(f.Input, 200), span(f.Before, 200), span(f.After, 200),
			f.PassedBy[0], b.Samples, f.PassedBy[1], b.Samples)
	}
	out.WriteString("\n")
}

func flipWord(verdict string) string {
	switch verdict {
	case "worse":
		return "❌ worse"
	case "better":
		return "✅ better"
	}
	return "changed"
}

// textBytes bounds the texts of one diff.
const textBytes = 16 << 10

// markdownTexts folds the texts away, as lines of a diff.
func (d *Diff) markdownTexts(out *bytes.Buffer) {
	var lines bytes.Buffer
	cut := false
	all, _ := hunks(d.Units)
	for i := range all {
		h := &all[i]
		if h.section != "" || i > 0 {
			diffLine(&lines, "@@ ", h.section)
		}
		for j := range h.units {
			if cut = cut || lines.Len() > textBytes; cut {
				break
			}
			diffUnit(&lines, &h.units[j])
		}
	}
	if lines.Len() == 0 {
		return
	}
	fence := fenceFor(lines.Bytes())
	fmt.Fprintf(out, "<details><summary>Texts</summary>\n\n%sdiff\n%s%s\n", fence, lines.Bytes(), fence)
	if cut {
		out.WriteString("\nThe texts are longer than can be shown here.\n")
	}
	out.WriteString("\n</details>\n\n")
}

func diffUnit(lines *bytes.Buffer, u *semdiff.Unit) {
	if u.Verdict == semdiff.Identical && u.Before != "" && u.After != "" {
		diffLines(lines, " ", u.After)
		return
	}
	diffLines(lines, "-", u.Before)
	diffLines(lines, "+", u.After)
}

func diffLines(lines *bytes.Buffer, sign, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		diffLine(lines, sign, line)
	}
}

// diffLine writes one line, visible and of bounded length.
func diffLine(lines *bytes.Buffer, sign, text string) {
	const most = 2000
	b, rest := appendEscaped(nil, strings.TrimSuffix(text, "\r"), terminalEscape, most)
	lines.WriteString(sign)
	lines.Write(b)
	if rest > 0 {
		lines.WriteString("…")
	}
	lines.WriteString("\n")
}

// fenceFor is a fence that no line within can end: longer than any run of
// backticks.
func fenceFor(text []byte) string {
	longest, run := 2, 0
	for _, c := range text {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return strings.Repeat("`", longest+1)
}
