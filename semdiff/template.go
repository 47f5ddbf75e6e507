package semdiff

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// scanTemplate reads a text of any template syntax into a document whose text
// has marks: Handlebars, Mustache, Jinja, Go templates, f-strings, ${x}, $x,
// %(x)s, <x>, [X]; and whole JSON values. What does not parse stays text. Lines
// stay where they are.
func scanTemplate(file, text string) (*document, string) {
	d := &document{file: file}
	text = strings.NewReplacer(string(markOpen), "", string(markClose), "", "\r\n", "\n").Replace(text)
	var b strings.Builder
	for i := 0; i < len(text); {
		if !strings.ContainsRune("{$<[%", rune(text[i])) {
			b.WriteByte(text[i])
			i++
			continue
		}
		m, n := d.scanMark(text, i)
		if n == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		if m.key != "" {
			d.mark(&b, m)
		}
		b.WriteString(strings.Repeat("\n", strings.Count(text[i:i+n], "\n")))
		i += n
	}
	return d, b.String()
}

var (
	nameInBraces = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\{\s?([A-Za-z_][\w.\-]*)\s?(?:[:!][^{}\n"]{0,30})?\}`)
	})
	nameInDollar  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$\{?([A-Za-z_][\w.]*)\}?`) })
	nameInPercent = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^%\(([A-Za-z_]\w*)\)[sdrf]`) })
	nameInAngle   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^<([A-Za-z][\w\- ]{0,30})>`) })
	nameInSquare  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\[([A-Z][A-Z0-9_\- ]+)\]`) })
)

// scanMark reads what stands at text[i:]; its length is 0 if it is only text.
func (d *document) scanMark(text string, i int) (mark, int) {
	s := text[i:]
	escaped := i > 0 && text[i-1] == '\\'
	named := func(re *regexp.Regexp) (mark, int) {
		f := re.FindStringSubmatch(s)
		if f == nil || escaped {
			return mark{}, 0
		}
		name, n := f[1], len(f[0])
		if s[0] == '$' && strings.HasSuffix(f[0], ".") { // the end of a sentence
			name, n = strings.TrimRight(name, "."), n-len(name)+len(strings.TrimRight(name, "."))
		}
		return d.variable(name, s[:n]), n
	}
	switch s[0] {
	case '{':
		if m, n := d.scanBraces(s); n > 0 {
			return m, n
		}
		if m, n := jsonAt(s); n > 0 {
			return m, n
		}
		return named(nameInBraces())
	case '$':
		return named(nameInDollar())
	case '%':
		return named(nameInPercent())
	case '<':
		if end := strings.Index(s, "%>"); strings.HasPrefix(s, "<%=") && end > 0 && end < 200 {
			return d.expression(strings.Join(strings.Fields(s[3:end]), " "), s[:end+2]), end + 2
		}
		f := nameInAngle().FindStringSubmatch(s)
		if f == nil || isTag(text, f[1]) {
			return mark{}, 0
		}
		return named(nameInAngle())
	default:
		if m, n := jsonAt(s); n > 0 {
			return m, n
		}
		return named(nameInSquare())
	}
}

var htmlTags = strings.Fields("b i u p br hr li ul ol em strong code pre div span h1 h2 h3 h4 table tr td th a img html head body")

// isTag tells an XML or HTML tag from a placeholder in angle brackets: it is
// closed somewhere.
func isTag(text, name string) bool {
	return slices.Contains(htmlTags, strings.ToLower(name)) || strings.Contains(text, "</"+name+">")
}

// variable is the mark of a placeholder. Names in a loop lose the name of its
// item: {{this.a}} of {{#each}} is {{ t.a }} of {% for t in … %}.
func (d *document) variable(name, raw string) mark {
	name = strings.ReplaceAll(strings.TrimSpace(name), " ", "_")
	if strings.ToUpper(name) == name {
		name = strings.ToLower(name)
	}
	if name = strings.TrimPrefix(name, "."); name == "" || name == "this" {
		name = "this" // Mustache's and Go's {{.}}
	}
	for _, item := range d.loops {
		if rest, ok := strings.CutPrefix(name, item+"."); ok && item != "" {
			name = "this." + rest
		} else if name == item && item != "" {
			name = "this"
		}
	}
	return mark{key: "$" + name, raw: raw, name: name}
}

// scanBraces reads {{…}}, {{{…}}}, {%…%} and {#…#}.
func (d *document) scanBraces(s string) (mark, int) {
	for _, p := range [][2]string{{"{{{", "}}}"}, {"{{!--", "--}}"}, {"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}} {
		if !strings.HasPrefix(s, p[0]) {
			continue
		}
		end := strings.Index(s[len(p[0]):], p[1])
		if end < 0 || end > 2000 {
			continue
		}
		end += len(p[0])
		n := end + len(p[1])
		inner := strings.Trim(s[len(p[0]):end], "~-+ \t\n")
		if p[0] == "{{!--" || p[0] == "{#" || strings.HasPrefix(inner, "!") || strings.HasPrefix(inner, "/*") {
			return mark{}, n // a comment
		}
		if inner == "" || strings.ContainsAny(inner, "{}") && p[0] != "{{{" {
			return mark{}, 0
		}
		return d.expression(strings.Join(strings.Fields(inner), " "), s[:n]), n
	}
	return mark{}, 0
}

// expression reads the inside of braces.
func (d *document) expression(inner, raw string) mark {
	logic := func(key string) mark { return mark{key: key, raw: raw, logic: true} }
	word, rest, _ := strings.Cut(strings.TrimPrefix(inner, "#"), " ")
	rest = strings.TrimSpace(rest)
	block := strings.HasPrefix(inner, "#")
	arg := func() string { return strings.TrimPrefix(d.variable(rest, "").key, "$") }
	switch {
	case strings.HasPrefix(inner, "/"), word == "end" && rest == "", strings.HasPrefix(word, "end") && rest == "" && len(word) > 3 && endings[word]:
		d.pop()
		return logic("#end")
	case strings.HasPrefix(inner, ">"):
		return logic("#> " + strings.Trim(strings.TrimSpace(inner[1:]), `"'`))
	case word == "include" && !block:
		return logic("#> " + strings.Trim(rest, `"'`))
	case strings.HasPrefix(inner, "^"):
		d.loops = append(d.loops, "")
		rest = strings.TrimSpace(inner[1:])
		return logic("#unless " + arg())
	case word == "if":
		d.loops = append(d.loops, "")
		if negated, ok := strings.CutPrefix(rest, "not "); ok {
			rest = negated
			return logic("#unless " + arg())
		}
		return logic("#if " + arg())
	case word == "unless":
		d.loops = append(d.loops, "")
		return logic("#unless " + arg())
	case word == "else", word == "elif", word == "elsif":
		if rest == "" || inner == "else" {
			return logic("#else")
		}
		rest = strings.TrimPrefix(rest, "if ")
		return logic("#else if " + arg())
	case word == "each" || word == "range":
		item := ""
		if list, name, ok := strings.Cut(rest, " as |"); ok {
			rest, item = list, strings.Trim(name, "| ")
		}
		key := logic("#each " + arg())
		d.loops = append(d.loops, item)
		return key
	case word == "for":
		item, list, _ := strings.Cut(rest, " in ")
		rest = list
		key := logic("#each " + arg())
		d.loops = append(d.loops, strings.TrimSpace(item))
		return key
	case word == "role":
		return logic("#role " + strings.Trim(rest, `"'`))
	case block && rest == "": // a section of Mustache
		key := logic("#each " + strings.TrimPrefix(d.variable(word, "").key, "$"))
		d.loops = append(d.loops, "")
		return key
	case block:
		d.loops = append(d.loops, "")
		return logic("#" + strings.TrimSpace(word+" "+rest))
	}
	name, filter, filtered := strings.Cut(inner, "|")
	m := d.variable(strings.TrimSpace(name), raw)
	if strings.ContainsAny(strings.TrimSpace(name), " (\"'") { // a helper, or a computed value
		m.name = ""
		m.key = "$" + strings.TrimSpace(name)
	}
	if filtered {
		m.key += " | " + strings.TrimSpace(filter)
	}
	return m
}

var endings = map[string]bool{"endif": true, "endfor": true, "endblock": true, "endwith": true, "endraw": true, "endmacro": true, "endcall": true}

func (d *document) pop() {
	if len(d.loops) > 0 {
		d.loops = d.loops[:len(d.loops)-1]
	}
}

// jsonAt reads a JSON object, or a list with something quoted, that stands in
// a text. Its key is the same for any white space.
func jsonAt(s string) (mark, int) {
	next := strings.TrimLeft(s[1:min(len(s), 200)], " \t\r\n")
	if next == "" || next[0] != '"' && !(s[0] == '[' && next[0] == '{') {
		return mark{}, 0
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return mark{}, 0
	}
	n := int(dec.InputOffset())
	if !utf8.ValidString(s[:n]) {
		return mark{}, 0
	}
	flat, err := json.Marshal(v)
	if err != nil {
		return mark{}, 0
	}
	return mark{key: "json " + string(flat), raw: s[:n]}, n
}
