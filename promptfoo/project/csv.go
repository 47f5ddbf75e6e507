package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// csvTests reads rows: a column is a variable, those that begin with __ are not.
func (l *loader) csvTests(path string, at Place, key string) []*tree {
	text, err := l.read(path)
	if err != nil {
		l.failErr(at, key, err)
		return nil
	}
	name := l.show(path)
	data, err := config.UTF8(name, []byte(text))
	if err != nil {
		l.failErr(at, key, err)
		return nil
	}
	records, lines, err := l.csvRecords(string(data))
	switch {
	case err != nil:
		l.fail(Place{name, 0}, key, "not valid CSV: %v", err)
		return nil
	case len(records) < 2:
		l.fail(Place{name, 1}, key, "the file holds no test: there is no row below the first one, which names the columns")
		return nil
	case len(records[0]) == 1 && strings.ContainsAny(records[0][0], ";\t"):
		l.fail(Place{name, 1}, key, "the only column is named %q: what stands between columns is a comma, or what PROMPTFOO_CSV_DELIMITER names", records[0][0])
		return nil
	}
	return l.rowTests(records, lines, name, key)
}

// rowTests makes tests of the rows below the first one, which names the columns.
func (l *loader) rowTests(records [][]string, lines []int, name, key string) (all []*tree) {
	for i := 1; i < len(records); i++ {
		here := Place{name, lines[i]}
		row := &tree{Place: here, fields: map[string]*tree{}}
		for j, column := range records[0] {
			row.set(column, &tree{Place: here, scalar: records[i][j]})
		}
		all = append(all, l.csvTest(row, key, i))
	}
	return all
}

// csvRecords reads a table with the delimiter that the environment names; where
// quotes stand in odd places, they are characters.
func (l *loader) csvRecords(text string) (records [][]string, lines []int, err error) {
	comma := byte(',')
	if d := l.env["PROMPTFOO_CSV_DELIMITER"]; d != "" {
		comma = d[0]
	}
	records, lines, err = csvRecords(text, comma, false, false)
	if err != nil && !TruthyEnv(l.env["PROMPTFOO_CSV_STRICT"]) {
		records, lines, err = csvRecords(text, comma, true, false)
	}
	return records, lines, err
}

// csvColumns are the columns that are no variables.
var csvColumns = [...]string{"__expected", "__prefix", "__suffix", "__description", "__providerOutput", "__metric", "__threshold", "__metadata:KEY", "__config:__expected:threshold"}

// csvTest makes a test of a row, of any file that holds rows.
func (l *loader) csvTest(row *tree, key string, number int) *tree {
	object := func() *tree { return &tree{Place: row.Place, fields: map[string]*tree{}} }
	text := func(s string) *tree { return &tree{Place: row.Place, scalar: s} }
	test, vars, options, metadata := object(), object(), object(), object()
	asserts := &tree{Place: row.Place, list: true}
	settings := map[int]float64{}
	metric := ""
	test.set("description", text(fmt.Sprintf("Row #%d", number)))
	for _, column := range row.keys {
		name := strings.TrimSpace(column)
		x := row.fields[column]
		value := ""
		if s, ok := x.text(); ok {
			value = s
		} else if !x.null() {
			value = jsvalue.ToString(x.value())
		}
		switch {
		case strings.HasPrefix(name, "__expected"):
			if v := jsvalue.Trim(value); v != "" {
				asserts.items = append(asserts.items, l.shortAssertion(v, row.Place, key))
			}
		case name == "__prefix", name == "__suffix":
			options.set(name[2:], text(value))
		case name == "__description":
			if value != "" {
				test.set("description", text(value))
			}
		case name == "__providerOutput":
			if value != "" {
				test.set("providerOutput", text(value))
			}
		case name == "__metric":
			metric = value
		case name == "__threshold":
			if f, ok := finite(value); ok {
				test.set("threshold", &tree{Place: row.Place, scalar: f})
			}
		case strings.HasPrefix(name, "__metadata:"):
			l.csvMetadata(metadata, strings.TrimPrefix(name, "__metadata:"), value)
		case name == "__metadata":
			l.note(Place{row.File, 1}, key, "the column __metadata needs a key, e.g. __metadata:category; it is left out")
		case strings.HasPrefix(name, "__config:"):
			l.csvConfig(settings, name, value, row.Place, key)
		default:
			if strings.HasPrefix(name, "__") {
				l.note(Place{row.File, 1}, key, "the column is a variable like any other: %s", unknown("column", name, csvColumns[:]))
			}
			vars.set(name, x)
		}
	}
	for i, a := range asserts.items {
		if metric != "" {
			a.set("metric", text(metric))
		}
		if f, ok := settings[i]; ok {
			a.set("threshold", &tree{Place: row.Place, scalar: f})
			metadata.set("threshold", &tree{Place: row.Place, scalar: f})
		}
	}
	test.set("vars", vars)
	test.set("assert", asserts)
	test.set("options", options)
	if len(metadata.keys) > 0 {
		test.set("metadata", metadata)
	}
	return test
}

// finite reads a whole cell as a number.
func finite(s string) (float64, bool) {
	s = jsvalue.Trim(s)
	if s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// csvMetadata sets one key; KEY[] is a list, with "\," for a comma in an item.
func (l *loader) csvMetadata(metadata *tree, key, value string) {
	if jsvalue.Trim(value) == "" {
		return
	}
	name, isList := strings.CutSuffix(key, "[]")
	x := &tree{Place: metadata.Place, scalar: value}
	if isList {
		x = &tree{Place: metadata.Place, list: true}
		item := ""
		parts := strings.Split(value, ",")
		for i, p := range parts {
			item += p
			if before, escaped := strings.CutSuffix(item, `\`); escaped && i < len(parts)-1 {
				item = before + ","
				continue
			}
			x.items = append(x.items, &tree{Place: metadata.Place, scalar: jsvalue.Trim(item)})
			item = ""
		}
	}
	metadata.set(name, x)
}

// csvConfig reads a column __config:__expected2:threshold.
func (l *loader) csvConfig(settings map[int]float64, name, value string, at Place, key string) {
	parts := strings.Split(strings.TrimPrefix(name, "__config:"), ":")
	which, isExpected := "", false
	if len(parts) == 2 {
		which, isExpected = strings.CutPrefix(parts[0], "__expected")
	}
	n, err := 1, error(nil)
	if which != "" {
		n, err = strconv.Atoi(which)
	}
	f, isNumber := finite(value)
	switch {
	case len(parts) != 2:
		l.note(Place{at.File, 1}, key, "the column %q is left out: the form is __config:__expected:threshold", name)
	case !isExpected || err != nil || n < 1:
		l.fail(Place{at.File, 1}, key, "the column %q names no column __expected or __expectedN", name)
	case parts[1] != "threshold":
		l.fail(Place{at.File, 1}, key, "the column %q: only threshold can be set so", name)
	case !isNumber:
		l.fail(at, key, "%s in the column %q is no number", config.Shorten(value), name)
	default:
		settings[n-1] = f
	}
}

// thresholds are the types whose cells may hold TYPE(THRESHOLD): with a default.
var thresholds = []string{"answer-relevance", "classifier", "context-faithfulness", "context-recall", "context-relevance", "cost", "latency", "levenshtein", "perplexity-score", "perplexity", "rouge-n", "similar", "starts-with"}

// shortAssertion reads a cell: TYPE(THRESHOLD): VALUE, code, a rubric, or the text
// that the output has to be.
func (l *loader) shortAssertion(cell string, at Place, key string) *tree {
	a := &tree{Place: at, fields: map[string]*tree{}}
	set := func(typ, value string) *tree {
		a.set("type", &tree{Place: at, scalar: typ})
		a.set("value", &tree{Place: at, scalar: value})
		return a
	}
	for _, prefix := range []string{"javascript:", "fn:", "eval:"} {
		if code, ok := strings.CutPrefix(cell, prefix); ok {
			return set("javascript", jsvalue.Trim(code))
		}
	}
	for _, prefix := range []string{"grade:", "llm-rubric:"} {
		if rubric, ok := strings.CutPrefix(cell, prefix); ok {
			return set("llm-rubric", rubric)
		}
	}
	if name, ok := strings.CutPrefix(cell, "file://"); ok && isScript(name) {
		return set("javascript", cell)
	} else if ok && (strings.HasSuffix(name, ".py") || strings.Contains(name, ".py:")) {
		return set("python", cell)
	}
	if code, ok := strings.CutPrefix(cell, "python:"); ok {
		return set("python", jsvalue.Trim(code))
	}
	typ, threshold, value, hasValue := cutAssertion(cell)
	bare := strings.TrimPrefix(typ, "not-")
	switch {
	case typ == "":
		l.almostAssertion(cell, at, key)
		return set("equals", cell)
	case slices.Contains([]string{"contains-all", "contains-any", "icontains-all", "icontains-any"}, bare):
		set(typ, "")
		a.set("value", l.commaList(value, at, key))
	case bare == "contains-json" || bare == "is-json":
		set(typ, value)
	case slices.Contains(thresholds, bare):
		set(typ, jsvalue.Trim(value))
		t := 0.75
		if bare == "similar" {
			t = 0.8
		}
		if threshold != nil {
			t = *threshold
		}
		a.set("threshold", &tree{Place: at, scalar: t})
	default:
		set(typ, jsvalue.Trim(value))
	}
	if !hasValue {
		a.set("value", &tree{Place: at})
	}
	return a
}

// almostAssertion notes a cell that is compared as a text although it begins like
// an assertion.
func (l *loader) almostAssertion(cell string, at Place, key string) {
	end := strings.IndexAny(cell, ":(")
	if end <= 0 {
		return
	}
	word := strings.TrimPrefix(cell[:end], "not-")
	switch near := config.Nearest(word, AssertionTypes()); {
	case slices.Contains(AssertionTypes(), word):
		l.note(at, key, "%s is compared as a text: an assertion is written TYPE: VALUE or TYPE(THRESHOLD): VALUE", config.Shorten(cell))
	case near != "":
		l.note(at, key, "%s is compared as a text: there is no assertion %q; did you mean %q?", config.Shorten(cell), word, near)
	}
}

// cutAssertion takes TYPE(THRESHOLD):VALUE apart; typ is "" for any other text.
func cutAssertion(cell string) (typ string, threshold *float64, value string, hasValue bool) {
	for _, t := range AssertionTypes() {
		for _, name := range []string{t, "not-" + t} {
			rest, ok := strings.CutPrefix(cell, name)
			if !ok || t == "assert-set" || t == "select-best" || t == "human" || t == "max-score" {
				continue
			}
			var found *float64
			if strings.HasPrefix(rest, "(") {
				number, after, closed := strings.Cut(rest[1:], ")")
				f, err := strconv.ParseFloat(number, 64)
				if !closed || err != nil || strings.Trim(number, "0123456789.") != "" {
					continue
				}
				found, rest = &f, after
			}
			if rest == "" {
				return name, found, "", false
			}
			if rest[0] == ':' { // "similar:cosine:x" is similar to "cosine:x"
				return name, found, rest[1:], true
			}
		}
	}
	return "", nil, "", false
}

// commaList reads a list of a cell: items may stand in double quotes.
func (l *loader) commaList(s string, at Place, key string) *tree {
	out := &tree{Place: at, list: true}
	for s = strings.TrimLeftFunc(s, separator); s != ""; s = strings.TrimLeftFunc(s, separator) {
		item, rest := "", ""
		if s[0] == '"' {
			var ok bool
			if item, rest, ok = quoted(s[1:]); !ok {
				l.fail(at, key, "the list %s has a quote without an end, or text after one", config.Shorten(s))
				return out
			}
		} else {
			item, rest, _ = strings.Cut(s, ",")
			item = jsvalue.Trim(item)
		}
		out.items = append(out.items, &tree{Place: at, scalar: item})
		s = rest
	}
	return out
}

func separator(r rune) bool { return r == ',' || jsvalue.IsSpace(r) }

// quoted reads up to the closing quote; "" and \" stand for one quote.
func quoted(s string) (item, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'), s[i] == '"' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			rest = strings.TrimLeftFunc(s[i+1:], jsvalue.IsSpace)
			return b.String(), rest, rest == "" || rest[0] == ','
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
