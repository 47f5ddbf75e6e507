package assertions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildXML(whole bool) func(*spec, any) (judgeFunc, error) {
	return func(s *spec, value any) (judgeFunc, error) {
		paths, err := elementPaths(value)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, c *call) (grade, error) {
			var problem string
			if whole {
				problem = xmlProblem(c.text, paths, s.mode)
			} else {
				problem = noXMLIn(c.text, paths, s.mode)
			}
			return verdict(problem == "", s.inverse, func() string {
				if problem == "" {
					return "expected no such XML, got " + quote(c.text)
				}
				return problem + "; got " + quote(c.text)
			}), nil
		}, nil
	}
}

// elementPaths are the elements that must be there, such as root.item.
func elementPaths(value any) ([]string, error) {
	list, isList := value.([]any)
	if keys, ok := jsvalue.KeysOf(value); ok && len(keys) > 0 {
		if list, isList = field(value, "requiredElements").([]any); !isList {
			return nil, errors.New("value: allowed are a text with commas, a list, and {requiredElements}")
		}
	}
	if isList {
		var out []string
		for _, x := range list {
			if x == nil || jsvalue.IsUndefined(x) {
				return nil, errors.New("value: an element is null")
			}
			out = append(out, jsvalue.ToString(x))
		}
		return out, nil
	}
	if text, ok := value.(string); ok {
		out := strings.Split(text, ",")
		for i := range out {
			out[i] = jsvalue.Trim(out[i])
		}
		return out, nil
	}
	return nil, nil
}

func xmlProblem(text string, paths []string, mode Mode) string {
	if err := wellFormed(text); err != nil {
		return "not XML: " + err.Error()
	}
	return missingElements(text, paths, mode)
}

// missingElements says which elements are not there. The text is well-formed as
// far as its tags go.
func missingElements(text string, paths []string, mode Mode) string {
	tree, err := xmlTree(text)
	if err != nil {
		return "not XML: " + err.Error()
	}
	var missing []string
	for _, p := range paths {
		if !hasPath(tree, strings.Split(p, "."), mode) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		return "elements are missing: " + strings.Join(missing, ", ")
	}
	return ""
}

// hasPath follows names through objects, and numbers through lists.
func hasPath(v any, path []string, mode Mode) bool {
	for i, key := range path {
		if list, ok := v.([]any); ok {
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(list) || strconv.Itoa(i) != key {
				return false
			}
			v = list[i]
			continue
		}
		x, ok := jsvalue.Field(v, key)
		if !ok {
			_, object := jsvalue.KeysOf(v)
			return mode == Exact && object && isInherited(key) && i == len(path)-1
		}
		v = x
	}
	return true
}

// xmlTree is a document as an object: an element with nothing but text is that
// text, several elements of one name are a list, attributes have "@_" before
// their names. Elements are not checked: end tags close what is open.
func xmlTree(text string) (any, error) {
	root := jsvalue.NewObject()
	stack := []*xmlNode{{value: root}}
	rest := text
	for rest != "" {
		lt := strings.IndexByte(rest, '<')
		if lt < 0 {
			stack[len(stack)-1].text(rest)
			break
		}
		stack[len(stack)-1].text(rest[:lt])
		rest = rest[lt:]
		top := stack[len(stack)-1]
		var err error
		switch {
		case strings.HasPrefix(rest, "<!--"):
			rest, err = after(rest[4:], "-->")
		case strings.HasPrefix(rest, "<![CDATA["):
			body := rest[9:]
			if rest, err = after(body, "]]>"); err == nil {
				top.data.WriteString(body[:len(body)-len(rest)-3])
				top.hasText = true
			}
		case strings.HasPrefix(rest, "<?"):
			if name := xmlName(rest[2:]); name != "" {
				top.value.Set("?"+name, "")
			}
			rest, err = after(rest[2:], "?>")
		case strings.HasPrefix(rest, "<!"):
			rest, err = after(rest[2:], ">")
		case strings.HasPrefix(rest, "</"):
			if rest, err = after(rest, ">"); len(stack) > 1 {
				stack = stack[:len(stack)-1]
				top.closeInto(stack[len(stack)-1])
			}
		default:
			var tag xmlTag
			if tag, rest, err = cutTag(rest); err != nil {
				return nil, err
			}
			if slices.Contains([]string{"constructor", "prototype", protoName}, tag.name) {
				return nil, fmt.Errorf("an element may not be called %s", tag.name)
			}
			n := &xmlNode{name: tag.name, value: jsvalue.NewObject()}
			for _, a := range tag.attributes {
				n.value.Set("@_"+a.name, a.value)
			}
			if tag.closed {
				n.closeInto(top)
			} else {
				stack = append(stack, n)
			}
		}
		if err != nil {
			return nil, err
		}
		if len(stack) > maxSchemaDepth {
			return nil, errors.New("too deep")
		}
	}
	for len(stack) > 1 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n.closeInto(stack[len(stack)-1])
	}
	return root, nil
}

type xmlNode struct {
	name    string
	value   *jsvalue.Object
	data    strings.Builder
	hasText bool
}

func (n *xmlNode) text(s string) {
	if s = jsvalue.Trim(s); s != "" {
		n.data.WriteString(s)
		n.hasText = true
	}
}

// closeInto puts an element into its parent.
func (n *xmlNode) closeInto(parent *xmlNode) {
	var v any = n.value
	switch {
	case n.value.Len() == 0:
		v = n.data.String()
	case n.hasText:
		n.value.Set("#text", n.data.String())
	}
	old, ok := parent.value.Get(n.name)
	if !ok {
		parent.value.Set(n.name, v)
		return
	}
	list, isList := old.([]any)
	if !isList {
		list = []any{old}
	}
	parent.value.Set(n.name, append(list, v))
}

func after(s, mark string) (string, error) {
	i := strings.Index(s, mark)
	if i < 0 {
		return "", fmt.Errorf("%s is missing", mark)
	}
	return s[i+len(mark):], nil
}

type xmlTag struct {
	name       string
	attributes []xmlAttribute
	closed     bool
}

type xmlAttribute struct{ name, value string }

// cutTag reads an opening tag, with little regard to its attributes.
func cutTag(s string) (tag xmlTag, rest string, err error) {
	end := tagEnd(s, 0, false)
	if end < 0 {
		return tag, "", errors.New("a tag has no end")
	}
	body := s[1:end]
	if b, ok := strings.CutSuffix(strings.TrimRight(body, " \t\r\n"), "/"); ok {
		tag.closed, body = true, b
	}
	name := body
	if i := strings.IndexAny(body, " \t\r\n"); i >= 0 {
		name, body = body[:i], body[i:]
	} else {
		body = ""
	}
	tag.name = name
	for {
		body = strings.TrimLeft(body, " \t\r\n")
		if body == "" {
			return tag, s[end+1:], nil
		}
		i := strings.IndexAny(body, "= \t\r\n")
		if i < 0 {
			i = len(body)
		}
		a := xmlAttribute{name: body[:i]}
		body = strings.TrimLeft(body[i:], " \t\r\n")
		if v, ok := strings.CutPrefix(body, "="); ok {
			v = strings.TrimLeft(v, " \t\r\n")
			if v != "" && (v[0] == '"' || v[0] == '\'') {
				if j := strings.IndexByte(v[1:], v[0]); j >= 0 {
					a.value, body = v[1:j+1], v[j+2:]
				} else {
					body = ""
				}
			} else {
				body = v
				if i == 0 {
					body = ""
				}
			}
		}
		if a.name != "" {
			tag.attributes = append(tag.attributes, a)
		}
	}
}

// tagEnd is the place of the > that ends the tag at i, or -1. Quotes are
// respected; strict refuses a < before it.
func tagEnd(s string, i int, strict bool) int {
	var quote byte
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<' && strict:
			return -1
		case c == '>':
			return j
		}
	}
	return -1
}
