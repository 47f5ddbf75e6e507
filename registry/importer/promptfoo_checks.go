package importer

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// check is one assertion of a file that has a counterpart here.
type check struct {
	file string
	line int
	testsets.Assertion
	value any // with {{names}} in its texts
}

// checks reads assertions; those without a counterpart are listed.
func (f *promptfoo) checks(file string, n *yaml.Node) (all []check) {
	for _, item := range items(n) {
		if c, why := f.check(file, item); why != "" {
			what := "assertion " + word(item, "type")
			f.left(file, item.Line, strings.TrimSpace(what), "%s", why)
		} else {
			all = append(all, c)
		}
	}
	return all
}

func (f *promptfoo) check(file string, n *yaml.Node) (c check, why string) {
	if n.Kind != yaml.MappingNode {
		return c, "is no object"
	}
	c = check{file: file, line: n.Line}
	for _, p := range pairs(n) {
		v, err := value(p[1])
		number, isNumber := v.(float64)
		switch key := p[0].Value; {
		case err != nil:
			return c, err.Error()
		case key == "type":
			c.Type = word(n, "type")
		case key == "value":
			c.value = v
		case (key == "threshold" || key == "weight") && !isNumber:
			return c, key + " is no number"
		case key == "threshold":
			c.Threshold = &number
		case key == "weight":
			c.Weight = &number
		case key == "metric":
			c.Metric, _ = v.(string)
		case v == nil:
		default:
			return c, key + " of an assertion has no counterpart, and without it the assertion would mean something else"
		}
	}
	return c, f.known(&c)
}

// assertionNames are promptfoo's names of what has another name here.
var assertionNames = map[string]string{"similar:cosine": "similar"}

// known compares an assertion with those that there are here.
func (f *promptfoo) known(c *check) (why string) {
	if text, ok := c.value.(string); ok && strings.HasPrefix(text, "file://") {
		return "its value is a file; write it in place"
	}
	if name := assertionNames[c.Type]; name != "" {
		c.Type = name
	}
	if _, err := validators.Lookup(c.Type); err != nil {
		return "there is no such assertion here"
	}
	c.Value = jsonOf(c.value)
	if strings.Contains(string(c.Value), "{{") {
		return "" // checked with its variables
	}
	_, err := validators.New(c.Assertion, f.deps)
	if err != nil && !errors.Is(err, validators.ErrNoJudge) {
		return err.Error()
	}
	if err != nil {
		f.note("%s: %s is judged by a model, and not before one is configured", place(c.file, c.line), c.Type)
	}
	return ""
}

func jsonOf(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	return json.RawMessage(toJSON(v))
}

// assertion fills the variables in.
func (f *promptfoo) assertion(c check, vars map[string]any) (testsets.Assertion, bool) {
	a := c.Assertion
	if !strings.Contains(string(a.Value), "{{") {
		return a, true
	}
	filled, err := fill(c.value, vars)
	if err == nil {
		a.Value = jsonOf(filled)
		if _, err = validators.New(a, f.deps); errors.Is(err, validators.ErrNoJudge) {
			err = nil
		}
	}
	if err != nil {
		one := Left{c.file, c.line, "assertion " + a.Type, err.Error()}
		if !slices.Contains(f.Left, one) {
			f.Left = append(f.Left, one)
		}
		return a, false
	}
	return a, true
}

var inBraces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{\s*(.*?)\s*\}\}`) })

// fill puts variables into the texts of a value.
func fill(v any, vars map[string]any) (any, error) {
	switch v := v.(type) {
	case string:
		var bad error
		out := inBraces().ReplaceAllStringFunc(v, func(tag string) string {
			name := inBraces().FindStringSubmatch(tag)[1]
			known, ok := vars[name]
			if !ok {
				bad = fmt.Errorf("its value has {{ %s }}, which is no variable of the test", name)
				return tag
			}
			if text, isText := known.(string); isText {
				return text
			}
			return toJSON(known)
		})
		if bad == nil && strings.Contains(out, "{%") {
			bad = errors.New("its value is a template with logic")
		}
		return out, bad
	case []any:
		all := make([]any, len(v))
		for i, x := range v {
			var err error
			if all[i], err = fill(x, vars); err != nil {
				return nil, err
			}
		}
		return all, nil
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, x := range v {
			var err error
			if all[key], err = fill(x, vars); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return v, nil
}

// csvTests reads rows: a column is a variable, and __expected an assertion.
func (f *promptfoo) csvTests(file string, data []byte) (all []test) {
	clean, err := config.UTF8(file, data)
	if err != nil {
		f.left(file, 0, "tests", "%v", err)
		return nil
	}
	r := csv.NewReader(strings.NewReader(string(clean)))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		f.left(file, 1, "tests", "no header: %v", err)
		return nil
	}
	for {
		row, err := r.Read()
		if row == nil {
			return all
		}
		if err != nil {
			f.left(file, 0, "tests", "%v", err)
			return all
		}
		line, _ := r.FieldPos(0)
		t := test{file: file, line: line, vars: map[string]any{}, fixed: true}
		for i, name := range head {
			if name = strings.TrimSpace(name); i < len(row) {
				f.cell(&t, name, row[i])
			}
		}
		all = append(all, t)
	}
}

func (f *promptfoo) cell(t *test, name, text string) {
	special, ok := strings.CutPrefix(name, "__")
	switch {
	case !ok:
		t.vars[name] = text
	case strings.TrimSpace(text) == "":
	case strings.HasPrefix(special, "expected"):
		c, err := shortCheck(text)
		c.file, c.line = t.file, t.line
		why := ""
		if err == nil {
			why = f.known(&c)
		} else {
			why = err.Error()
		}
		if why != "" {
			f.left(t.file, t.line, "assertion "+config.Shorten(text), "%s", why)
			return
		}
		t.asserts = append(t.asserts, c)
	case special == "description":
		t.about = text
	case strings.HasPrefix(special, "metadata:"):
		if t.meta == nil {
			t.meta = map[string]any{}
		}
		t.meta[strings.TrimPrefix(special, "metadata:")] = text
	default:
		f.left(t.file, t.line, "column "+name, "has no counterpart in a case")
	}
}

// shortForm is an assertion in a cell: TYPE(THRESHOLD): VALUE.
var shortForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^((?:not-)?[a-z][a-z-]*)(?:\(([0-9.]+)\))?:\s?(.*)$`)
})

// shortCheck reads a cell; a text of no such form is what the output has to be.
func shortCheck(text string) (check, error) {
	m := shortForm().FindStringSubmatch(text)
	if m == nil {
		if _, err := validators.Lookup(strings.TrimSpace(text)); err == nil && strings.Contains(text, "-") { // is-json
			return check{Assertion: testsets.Assertion{Type: strings.TrimSpace(text)}}, nil
		}
		return check{Assertion: testsets.Assertion{Type: "equals"}, value: text}, nil
	}
	c := check{Assertion: testsets.Assertion{Type: m[1]}, value: m[3]}
	bare := strings.TrimPrefix(m[1], "not-")
	switch {
	case bare == "fn" || bare == "eval":
		return c, errors.New("is code")
	case bare == "grade":
		c.Type = "llm-rubric"
	case strings.HasSuffix(bare, "-any") || strings.HasSuffix(bare, "-all"):
		var list []any
		for part := range strings.SplitSeq(m[3], ",") {
			list = append(list, strings.TrimSpace(part))
		}
		c.value = list
	case bare == "latency" || bare == "cost" || bare == "levenshtein":
		if x, err := strconv.ParseFloat(strings.TrimSpace(m[3]), 64); err == nil {
			c.value, c.Threshold = nil, &x
		}
	}
	if m[3] == "" {
		c.value = nil
	}
	if m[2] != "" {
		x, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return c, fmt.Errorf("%q is no threshold", m[2])
		}
		c.Threshold = &x
	}
	return c, nil
}
