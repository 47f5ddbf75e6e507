package promptfoo

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// compacted writes texts that are JSON objects or lists without blanks, in a value
// of any depth: so they stand in promptfoo's results files, answers left out.
func compacted(v any) any {
	switch v := v.(type) {
	case string:
		if t := strings.TrimLeft(v, " \t\r\n"); t == "" || t[0] != '{' && t[0] != '[' {
			return v
		}
		x, err := jsvalue.Parse(v)
		if err != nil {
			return v
		}
		text, _ := jsvalue.Stringify(x, "")
		return text
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = compacted(x)
		}
		return out
	case *jsvalue.Object:
		out := jsvalue.Sized(v.Len())
		for _, k := range v.Keys() {
			x, _ := v.Get(k)
			out.Set(k, compacted(x))
		}
		return out
	}
	return v
}
