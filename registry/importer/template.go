package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var (
	// variable is a name, or a path of names: order.items.
	variable = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$`)
	})
	forLoop = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^for\s+([A-Za-z_]\w*)\s+in\s+([A-Za-z_][\w.]*)$`) })
	ifTest  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(if|elif|elseif)\s+(not\s+)?([A-Za-z_][\w.]*)$`) })
)

// reserved are names that a template means as something else than a variable.
var reserved = []string{"if", "unless", "each", "with", "lookup", "log", "else", "this", "role", "history", "media", "section", "json", "ifEquals", "unlessEquals", "true", "false", "null", "undefined"}

// reference is how a template names a variable.
func reference(name string) string {
	first, _, _ := strings.Cut(name, ".")
	if slices.Contains(reserved, first) {
		return "{{@root." + name + "}}"
	}
	return "{{" + name + "}}"
}

// literal is text that must not be read as a template.
func literal(text string) string {
	text = strings.ReplaceAll(text, `\{{`, `\\{{`)
	var b strings.Builder
	for {
		i := strings.Index(text, "{{")
		if i < 0 {
			return b.String() + text
		}
		b.WriteString(text[:i] + `\{{`)
		text = text[i+2:]
	}
}

// mustache turns a template in which {{name}} is all there is into one of
// prompts: everything else between braces stays text.
func mustache(text string, special func(tag string) (string, bool)) string {
	var b strings.Builder
	for {
		i := opening(text, strings.Index(text, "{{"))
		end := strings.Index(text[max(i, 0):], "}}")
		if i < 0 || end < 0 {
			return b.String() + literal(text)
		}
		b.WriteString(beforeTag(text[:i]))
		tag := text[i+2 : i+end]
		if out, ok := special(tag); ok {
			putTag(&b, out+afterTag(text[i+end+2:]))
		} else if name := strings.TrimSpace(tag); variable().MatchString(name) && !strings.Contains(name, ".") {
			putTag(&b, reference(name)+afterTag(text[i+end+2:]))
		} else {
			b.WriteString(`\{{` + tag + "}}")
		}
		text = text[i+end+2:]
	}
}

// beforeTag is text before braces that mean something: a backslash at its end is
// one.
func beforeTag(text string) string {
	if strings.HasSuffix(text, `\`) {
		return text + `\`
	}
	return text
}

// putTag writes a tag. Behind a brace it stands behind a blank, which it eats:
// three braces would be another tag.
func putTag(out *strings.Builder, tag string) {
	if strings.HasSuffix(out.String(), "{") {
		out.WriteByte(' ')
		tag = "{{~" + strings.TrimPrefix(tag, "{{")
	}
	out.WriteString(tag)
}

// afterTag keeps a brace behind a tag apart from it.
func afterTag(rest string) string {
	if strings.HasPrefix(rest, "}") {
		return "{{!}}"
	}
	return ""
}

// opening is where braces open: of three, the first is text.
func opening(text string, i int) int {
	for i >= 0 && strings.HasPrefix(text[i:], "{{{") {
		i++
	}
	return i
}

// nunjucks turns a template of Nunjucks into one of prompts. What has no
// counterpart is an error that says its line, from 0.
func nunjucks(text string) (out string, line int, err error) {
	t := &translation{}
	rest := text
	for {
		i := nextTag(rest)
		if i < 0 {
			t.out.WriteString(rest)
			break
		}
		t.out.WriteString(beforeTag(rest[:i]))
		line += strings.Count(rest[:i], "\n")
		kind := rest[i : i+2]
		closing := map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[kind]
		end := strings.Index(rest[i+2:], closing)
		if end < 0 {
			return "", line, fmt.Errorf("%s is never closed", kind)
		}
		inner := rest[i+2 : i+2+end]
		rest = rest[i+2+end+2:]
		word := strings.Trim(inner, "- \t\r\n")
		switch {
		case kind == "{#":
		case kind == "{{":
			err = t.value(word)
		case word == "raw":
			var raw string
			if raw, rest, err = rawText(rest); err == nil {
				t.out.WriteString(literal(raw))
			}
		default:
			err = t.tag(word)
		}
		if err != nil {
			return "", line, err
		}
		if kind != "{#" {
			t.out.WriteString(afterTag(rest))
		}
		line += strings.Count(inner, "\n")
	}
	if n := len(t.open); n > 0 {
		return "", line, fmt.Errorf("{%% end%s %%} is missing", t.open[n-1].tag)
	}
	return t.out.String(), 0, nil
}

func nextTag(text string) int {
	first := -1
	for _, kind := range []string{"{{", "{%", "{#"} {
		if i := strings.Index(text, kind); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return opening(text, first)
}

var endRaw = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%-?\s*endraw\s*-?%\}`) })

func rawText(rest string) (raw, after string, err error) {
	at := endRaw().FindStringIndex(rest)
	if at == nil {
		return "", "", fmt.Errorf("{%% endraw %%} is missing")
	}
	return rest[:at[0]], rest[at[1]:], nil
}

// translation is a template under way.
type translation struct {
	out  strings.Builder
	open []block
}

// block is an open {% if %} or {% for %}.
type block struct {
	tag     string // if or for
	helper  string // that closes it here
	element string // name of a loop's element
}

// path is how a name of Nunjucks is written at this place: inside of a loop,
// names stand for what the element has, and all others begin at the root.
func (t *translation) path(name string) (string, error) {
	first, rest, _ := strings.Cut(name, ".")
	inLoop := false
	for _, b := range slices.Backward(t.open) {
		inLoop = inLoop || b.tag == "for"
		if b.element == first {
			return name, nil
		}
	}
	if at := map[string]string{"index0": "@index", "first": "@first", "last": "@last", "key": "@key"}[rest]; inLoop && first == "loop" && at != "" {
		return at, nil
	}
	if inLoop && first == "loop" {
		return "", fmt.Errorf("%s has no counterpart in templates here", name)
	}
	if inLoop || slices.Contains(reserved, first) {
		return "@root." + name, nil
	}
	return name, nil
}

func (t *translation) value(value string) error {
	name, filter, filtered := strings.Cut(value, "|")
	name, filter = strings.TrimSpace(name), strings.TrimSpace(filter)
	switch {
	case strings.HasPrefix(name, "env."):
		return fmt.Errorf("{{ %s }} takes a value from the environment, which prompts here do not; give it as a variable", value)
	case filtered && filter != "safe" && filter != "dump":
		return fmt.Errorf("{{ %s }} uses a filter, which templates here do not have", value)
	case !variable().MatchString(name):
		return fmt.Errorf("{{ %s }} is an expression, which templates here do not have", value)
	}
	at, err := t.path(name)
	if filter == "dump" {
		at = "json " + at
	}
	putTag(&t.out, "{{"+at+"}}")
	return err
}

func (t *translation) tag(tag string) error {
	if m := forLoop().FindStringSubmatch(tag); m != nil {
		at, err := t.path(m[2])
		putTag(&t.out, "{{#each "+at+" as |"+m[1]+"|}}")
		t.open = append(t.open, block{"for", "each", m[1]})
		return err
	}
	if m := ifTest().FindStringSubmatch(tag); m != nil {
		return t.test(m[1], m[2] != "", m[3])
	}
	var last block
	if len(t.open) > 0 {
		last = t.open[len(t.open)-1]
	}
	switch {
	case tag == "else" && last.tag != "":
		putTag(&t.out, "{{else}}")
	case tag == "end"+last.tag && last.tag != "":
		putTag(&t.out, "{{/"+last.helper+"}}")
		t.open = t.open[:len(t.open)-1]
	default:
		return fmt.Errorf("{%% %s %%} has no counterpart in templates here", tag)
	}
	return nil
}

func (t *translation) test(word string, not bool, name string) error {
	at, err := t.path(name)
	switch {
	case word == "if" && not:
		putTag(&t.out, "{{#unless "+at+"}}")
		t.open = append(t.open, block{"if", "unless", ""})
	case word == "if":
		putTag(&t.out, "{{#if "+at+"}}")
		t.open = append(t.open, block{"if", "if", ""})
	case not || len(t.open) == 0 || t.open[len(t.open)-1].helper != "if":
		return fmt.Errorf("{%% %s %s %%} has no counterpart in templates here", word, name)
	default:
		putTag(&t.out, "{{else if "+at+"}}")
	}
	return err
}
