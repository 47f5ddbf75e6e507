package semdiff

import "strings"

// callArguments are what stands between the brackets right behind names, by
// name: of "call set_light(room, level)" it is set_light → "room, level". A
// name with several lists has them all.
func callArguments(text string) map[string]string {
	var out map[string]string
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '(')
		if i < 0 {
			return out
		}
		open := from + i
		start := open
		for start > 0 && nameByte(text[start-1]) {
			start--
		}
		from = open + 1
		n := strings.IndexAny(text[from:], ")(\n")
		if start == open || n < 0 || text[from+n] != ')' {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		name := text[start:open]
		out[name] = strings.TrimSpace(out[name] + " " + strings.ReplaceAll(strings.Join(strings.Fields(strings.ReplaceAll(text[from:from+n], ",", " , ")), " "), " ,", ","))
	}
}

func nameByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// calls finds a call of the same name with other arguments.
func (o *outcome) calls(a, b string) {
	before := callArguments(a)
	if before == nil {
		return
	}
	after := callArguments(b)
	for name, x := range before {
		if y, ok := after[name]; ok && x != y && strings.TrimLeft(name, ".") != "" {
			o.hard(KindTool, .94, name+"("+x+") → "+name+"("+y+")", x, y)
		}
	}
}
