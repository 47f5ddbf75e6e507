package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

func schemaMutators() []mutator {
	return []mutator{
		{"key renamed", "schema", renameKey},
		{"key dropped", "schema", always(dropKey)},
		{"key added", "schema", addKey},
		{"type changed", "schema", always(changeType)},
		{"required changed", "schema", always(changeRequired)},
		{"format", "format", always(formats.edits)},
		{"language", "language", always(languages.edits)},
	}
}

var (
	jsonKey   = regexp.MustCompile(`"([a-z_]+)": ?`)
	yamlKey   = regexp.MustCompile(`(?m)^( +)([a-z_]+)(\??)((?:\([^)\n]*\))?): (string|number|integer|boolean)\b.*$`)
	blockKey  = regexp.MustCompile(`(?m)^      ([a-z]+):\n        type: ([a-z]+)$`)
	keyList   = regexp.MustCompile("(?:keys?|columns?|fields?) (`[a-z_]+`(?:, `[a-z_]+`)*(?: and `[a-z_]+`)|[a-z_]+(?:, [a-z_]+)+(?:,? and [a-z_]+)?|\"[a-z]+\"(?:, \"[a-z]+\")*(?: and \"[a-z]+\"))|columns: ([a-z]+(?:,[a-z]+)+)")
	newKeys   = []string{"remarks", "source_id", "checked_by", "origin", "batch", "revision"}
	otherType = map[string]string{"string": "number", "number": "string", "integer": "string", "boolean": "string", "array": "string"}
)

// keys are all places where a key of a schema is named.
func (d *document) keys() []span {
	var all []span
	for _, l := range d.lines {
		text := d.text[l.start:l.end]
		if l.kind == code || l.rule() && strings.Contains(text, `{"`) {
			for _, m := range jsonKey.FindAllStringSubmatchIndex(text, -1) {
				all = append(all, span{l.start + m[2], l.start + m[3]})
			}
		}
		if l.rule() {
			for _, m := range keyList.FindAllStringSubmatchIndex(text, -1) {
				group := 2
				if m[2] < 0 {
					group = 4
				}
				for _, w := range d.wordsIn(l.start+m[group], l.start+m[group+1]) {
					if d.text[w.start:w.end] != "and" {
						all = append(all, w)
					}
				}
			}
		}
	}
	for _, m := range yamlKey.FindAllStringSubmatchIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind == front && d.text[m[4]:m[5]] != "type" {
			all = append(all, span{m[4], m[5]})
		}
	}
	for _, m := range blockKey.FindAllStringSubmatchIndex(d.text, -1) {
		all = append(all, span{m[2], m[3]})
	}
	return all
}

func renameKey(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, k := range d.keys() {
		all = append(all, one(k.start, k.end, newKeys[r.IntN(len(newKeys))]))
	}
	return all
}

var (
	jsonMember = regexp.MustCompile(`"[a-z_]+": (?:"[^"]*"|[0-9.]+|true|false|\[[^\]]*\]|\{[^}]*\}), ?`)
	jsonLine   = regexp.MustCompile(`(?m)^  "[a-z_]+": .*,\n`)
)

// dropKey removes a member from a JSON object or a line from a schema.
func dropKey(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		if l.kind == code || l.rule() {
			for _, m := range jsonMember.FindAllStringIndex(d.text[l.start:l.end], -1) {
				all = append(all, one(l.start+m[0], l.start+m[1], ""))
			}
		}
	}
	for _, m := range jsonLine.FindAllStringIndex(d.text, -1) {
		all = slices.DeleteFunc(all, func(e edit) bool { return e.splices[0].start >= m[0] && e.splices[0].end <= m[1] })
		all = append(all, one(m[0], m[1], ""))
	}
	for _, m := range yamlKey.FindAllStringIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind == front && strings.HasPrefix(d.text[m[0]:], "    ") && strings.Contains(d.text[:m[0]], "output:") && !strings.Contains(d.text[m[0]:m[1]], " type:") {
			all = append(all, one(m[0], m[1]+1, ""))
		}
	}
	return all
}

// addKey adds a member to a JSON object or a field to a schema.
func addKey(d *document, r *rand.Rand) []edit {
	var all []edit
	key := newKeys[r.IntN(len(newKeys))]
	for _, l := range d.lines {
		if l.kind == code || l.rule() {
			for _, m := range jsonMember.FindAllStringIndex(d.text[l.start:l.end], -1) {
				all = append(all, one(l.start+m[0], l.start+m[0], `"`+key+`": "string", `))
			}
		}
	}
	for _, m := range yamlKey.FindAllStringSubmatchIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind == front && d.text[m[4]:m[5]] != "type" && d.text[m[4]:m[5]] != "description" && m[3]-m[2] < 8 {
			all = append(all, one(m[0], m[0], d.text[m[2]:m[3]]+key+": string\n"))
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`: ("string"|0\.0|0|true)([,}\n]|$)`)

// changeType gives a field another type.
func changeType(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		if l.kind == code {
			for _, m := range placeholder.FindAllStringSubmatchIndex(d.str(l), -1) {
				to := map[string]string{`"string"`: "0", "0.0": `"string"`, "0": `"string"`, "true": `"string"`}[d.str(l)[m[2]:m[3]]]
				all = append(all, one(l.body+m[2], l.body+m[3], to))
			}
		}
	}
	for _, m := range yamlKey.FindAllStringSubmatchIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind == front && d.text[m[4]:m[5]] != "description" {
			all = append(all, one(m[10], m[11], otherType[d.text[m[10]:m[11]]]))
		}
	}
	return all
}

var (
	requiredList = regexp.MustCompile(`required: \[([a-z_]+), ([^\]]+)\]`)
	closedObject = regexp.MustCompile(`additionalProperties: false`)
)

// changeRequired makes a field optional, or required.
func changeRequired(d *document) []edit {
	var all []edit
	for _, m := range yamlKey.FindAllStringSubmatchIndex(d.text, -1) {
		if d.lines[d.lineAt(m[0])].kind != front || strings.Contains(d.text, "type: object") {
			continue
		}
		if m[6] < m[7] {
			all = append(all, one(m[6], m[7], ""))
		} else {
			all = append(all, one(m[6], m[7], "?"))
		}
	}
	for _, m := range requiredList.FindAllStringSubmatchIndex(d.text, -1) {
		all = append(all, one(m[2], m[4], ""))
	}
	for _, m := range closedObject.FindAllStringIndex(d.text, -1) {
		all = append(all, one(m[0], m[1], "additionalProperties: true"))
	}
	return all
}

var formats = phrases{
	"return JSON only > return YAML only", "a JSON object > an XML document", "return JSON > return XML", "answer with JSON > answer with XML",
	"return YAML > return JSON", "a YAML list > a JSON array", "a CSV > a JSON array", "line of CSV > line of JSON", "Markdown > HTML",
	"a table > a bulleted list", "plain text > Markdown", "in lower case > in upper case", "bulleted lists for output, not numbered lists > numbered lists for output, not bulleted lists",
	"one bullet per story > one paragraph per story", "continuous prose without bullet points > bullet points", "three paragraphs > a bulleted list",
	"YYYY-MM-DD > DD.MM.YYYY", "in a code block > as plain text", "in square brackets > in curly brackets", "in brackets > in a footnote", "in asterisks > in capitals",
	"comma-separated phrases, not sentences > sentences, not comma-separated phrases", "a reply > a list of keywords", "one line per image > one paragraph per image",
	"one line per string > a JSON array of strings", "ISO format > American format", "as an ISO 3166 code with two letters > in full", "in quotes > in italics", "in short sentences > in verse",
	"a single sentence > a list", "as Python code > as a diff", "ASCII art > SVG", "three versions > a single version", "one word > a full sentence",
}

var languages = phrases{
	"in English > in French", "into English > into Italian", "in German > in Dutch", "British spelling > American spelling", "from Danish > from Swedish",
	"from French > from Spanish", "in the language of the traveller > in English", "plain English > plain German", "English and German > English and Polish",
	"stay in French > stay in Latin", "from English > from Portuguese", "names are English > names are German",
}
