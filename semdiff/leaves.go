package semdiff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// leaf is one value of a tree of JSON or YAML values.
type leaf struct {
	path  string // a.b, items of lists as a.b[]
	text  string
	value any
}

// leaves lists the scalars of a tree, keys sorted. Empty maps and lists are
// leaves, too.
func leaves(v any) []leaf {
	return appendLeaves(nil, "", v)
}

func appendLeaves(out []leaf, path string, v any) []leaf {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			to := k
			if path != "" {
				to = path + "." + k
			}
			out = appendLeaves(out, to, v[k])
		}
		if len(v) > 0 {
			return out
		}
	case []any:
		for _, x := range v {
			out = appendLeaves(out, path+"[]", x)
		}
		if len(v) > 0 {
			return out
		}
	}
	return append(out, leaf{path, scalarText(v), v})
}

// scalarText is a scalar as it is compared: a number without its spelling.
func scalarText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case float64:
		return formatNumber(v)
	case int, int64, uint64, bool:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
