package assertions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// badKeys is the doubt of a value with a key that its type doesn't know, or that
// holds what the type would pass over; nil = none.
func (s *spec) badKeys() error {
	keys, ok := jsvalue.KeysOf(s.Value)
	if !ok || s.entry.keys == "" {
		return nil
	}
	known := strings.Fields(s.entry.keys)
	for _, k := range keys {
		problem := ""
		if !slices.Contains(known, k) {
			problem = fmt.Sprintf("unknown key %s; known: %s", quote(k), strings.Join(known, ", "))
			if near := config.Nearest(k, known); near != "" {
				problem = fmt.Sprintf("unknown key %s; did you mean %s? known: %s", quote(k), near, strings.Join(known, ", "))
			}
		} else if want := s.wantOf(k, field(s.Value, k)); want != "" {
			problem = fmt.Sprintf("%s %s: allowed is %s", k, shown(field(s.Value, k)), want)
		}
		if problem != "" {
			return &Doubt{UnknownKey, s.Type, problem}
		}
	}
	return nil
}

// wantOf says what a key must hold that holds something else; "" = it is right.
func (s *spec) wantOf(key string, v any) string {
	switch key {
	case "mode":
		word, _ := v.(string)
		if s.base == "trajectory:tool-sequence" && !slices.Contains(sequenceModes, word) {
			return strings.Join(sequenceModes, ", ")
		}
	case "min", "max", "max_count", "max_percentage", "percentile":
		if n := jsvalue.ToNumber(v); v == nil || v == "" || isContainer(v) || n != n {
			return "a number"
		}
	case "allowedTables", "allowedColumns":
		if !isList(v) {
			return "a list"
		}
	}
	return ""
}
