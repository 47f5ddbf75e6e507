package semdiff

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/embedding"
)

// Text compares two versions of any text, e.g. of a prompt in any syntax of
// templates: Handlebars, Mustache, Jinja, f-strings, ${x}, <x>, [X]. It never
// fails: what can't be read as front matter, template or JSON is plain text.
//
// A variable that has another name everywhere, in the same places and with
// the same meaning ({question} → {user_question}), is at most reworded here,
// as nothing says who fills it in; Compare takes it for breaking in a prompt
// that callers know by its variables.
func Text(before, after string) *Report {
	b := newBuilder("text", "", "", "")
	c := newComparer(nil)
	b.texts(c, "", before, "", after, true)
	return b.done()
}

func newComparer(v *vectors) *comparer {
	if v == nil {
		v = newVectors()
	}
	return &comparer{vectors: v, a: &document{}, b: &document{}, pairs: map[[2]string]outcome{}}
}

func newVectors() *vectors {
	model, err := embedding.Default()
	if err != nil {
		model = nil // without embeddings there are fewer rewordings and more changes
	}
	return &vectors{model: model, known: map[string][]float32{}}
}

// texts compares two whole files. rename says whether variables may have
// other names.
func (b *builder) texts(c *comparer, fileA, textA, fileB, textB string, rename bool) {
	changes := len(b.report.Changes)
	frontA, bodyA, lineA := cutFrontMatter(textA)
	frontB, bodyB, lineB := cutFrontMatter(textB)
	treeA, okA := parseFront(frontA)
	treeB, okB := parseFront(frontB)
	if !okA || !okB {
		treeA, treeB = nil, nil
		bodyA, lineA, bodyB, lineB = textA, 1, textB, 1
	}
	if frontA != frontB && okA && okB {
		c.frontLines(0, fileA, frontA, lineA)
		c.frontLines(1, fileB, frontB, lineB)
	}
	c.load(fileA, bodyA, lineA, fileB, bodyB, lineB)
	if rename {
		b.renames(c, treeB)
	}
	b.front(c, fileA, treeA, fileB, treeB)
	from := len(b.report.Units)
	b.bodies(c)
	if rename {
		b.variables(c)
	}
	if textA != textB && len(b.report.Changes) == changes {
		b.onlyWriting(from)
	}
}

// frontLines notes the lines of front matter; body is the line behind it.
func (c *comparer) frontLines(side int, file, front string, body int) {
	var n yaml.Node
	if front != "" && yaml.Unmarshal([]byte(front), &n) == nil {
		c.noteLines(side, file, "", &n, body-strings.Count(front, "\n")-2)
	}
}

// onlyWriting says that texts differ in what is in no unit: white space, list
// markers, comments. It stands at the first unit of the text.
func (b *builder) onlyWriting(unit int) {
	f := finding{KindCosmetic, Formatting, .01, "white space or markup", "", ""}
	if unit >= len(b.report.Units) {
		b.unit(Unit{What: "text"}, []finding{f})
		return
	}
	u := &b.report.Units[unit]
	u.Verdict, u.Score = max(u.Verdict, f.verdict), max(u.Score, f.score)
	b.change(f, Place{Unit: unit, Before: u.BeforeSpan, After: u.AfterSpan})
}

// load reads both texts into documents.
func (c *comparer) load(fileA, textA string, lineA int, fileB, textB string, lineB int) {
	c.pairs = map[[2]string]outcome{}
	c.a, textA = scanTemplate(fileA, textA)
	c.b, textB = scanTemplate(fileB, textB)
	c.a.pieces = split(c.a, textA, lineA)
	c.b.pieces = split(c.b, textB, lineB)
}

// cutFrontMatter cuts a file into its front matter, "" without, and the rest,
// which begins at line.
func cutFrontMatter(text string) (front, body string, line int) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\uFEFF"), "\r\n", "\n")
	rest := strings.TrimLeft(text, "\n \t")
	skipped := strings.Count(text[:len(text)-len(rest)], "\n")
	if !strings.HasPrefix(rest, "---\n") {
		return "", text, 1
	}
	for from := 3; ; {
		i := strings.Index(rest[from:], "\n---")
		if i < 0 {
			return "", text, 1
		}
		end := from + i + 4
		if end == len(rest) || rest[end] == '\n' || strings.TrimSpace(firstLine(rest[end:])) == "" {
			tail := rest[end:]
			if nl := strings.IndexByte(tail, '\n'); nl >= 0 {
				tail = tail[nl+1:]
			} else {
				tail = ""
			}
			return rest[4 : from+i+1], tail, skipped + strings.Count(rest[:len(rest)-len(tail)], "\n") + 1
		}
		from = end
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// parseFront reads front matter as a tree; false if it is no map.
func parseFront(text string) (map[string]any, bool) {
	if text == "" {
		return nil, true
	}
	var tree map[string]any
	if yaml.Unmarshal([]byte(text), &tree) != nil {
		return nil, false
	}
	return tree, true
}
