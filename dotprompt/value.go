package dotprompt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
)

// undefined is the value of what is not there, beside null.
type undefined struct{}

// odd is a value that JSON can't hold.
type odd struct{ err error }

// plain brings a value into one of the forms that the engine knows: nil, bool,
// a number, string, []any, map[string]any, undefined. Others go through JSON.
func plain(v any) any {
	switch v.(type) {
	case nil, undefined, odd, bool, string, []any, map[string]any, json.Number,
		int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return v
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			break // JSON has it as text
		}
		list := make([]any, r.Len())
		for i := range list {
			list[i] = r.Index(i).Interface()
		}
		return list
	case reflect.Map:
		if r.Type().Key().Kind() == reflect.String {
			m := make(map[string]any, r.Len())
			for it := r.MapRange(); it.Next(); {
				m[it.Key().String()] = it.Value().Interface()
			}
			return m
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return odd{err}
	}
	var x any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&x); err != nil {
		return odd{err}
	}
	return x
}

// number returns the value of any kind of number.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case bool, string, nil:
		return 0, false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(r.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(r.Uint()), true
	case reflect.Float32:
		return r.Float(), true
	}
	return 0, false
}

// truthy is what {{#if}} goes by: false, null, what is not there, "", 0, NaN
// and an empty list are false.
func truthy(v any) bool {
	switch v := plain(v).(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	default:
		f, isNumber := number(v)
		return !isNumber || f != 0 && !math.IsNaN(f)
	}
}

// isZero reports a number 0, which {{#with}} and includeZero take for a value.
func isZero(v any) bool {
	f, ok := number(plain(v))
	return ok && f == 0
}

// index reads a place in a list of n items, -1 for anything else.
func index(key string, n int) int {
	if i, err := strconv.Atoi(key); err == nil && 0 <= i && i < n && strconv.Itoa(i) == key {
		return i
	}
	return -1
}

// get returns a member of a value: a map's entry, a list's item or length, a
// text's UTF-16 unit or their number, as in JavaScript.
func get(v any, key string) any {
	switch v := plain(v).(type) {
	case map[string]any:
		if x, ok := v[key]; ok {
			return x
		}
	case []any:
		if key == "length" {
			return len(v)
		}
		if i := index(key, len(v)); i >= 0 {
			return v[i]
		}
	case string:
		units := utf16.Encode([]rune(v))
		if key == "length" {
			return len(units)
		}
		if i := index(key, len(units)); i >= 0 {
			return string(utf16.Decode(units[i : i+1]))
		}
	}
	return undefined{}
}

// same is JavaScript's ===: no value equals one of another type; lists and
// objects are equal when they are one and the same.
func same(a, b any) bool {
	a, b = plain(a), plain(b)
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
	case odd:
		return false
	}
	if _, ok := b.(odd); ok {
		return false
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

// maxJoin bounds lists in lists, which could contain themselves.
const maxJoin = 100

// appendText appends a value as {{x}} puts it out: lists joined by commas,
// nothing for null and for what is not there. An object has no text.
func appendText(b []byte, v any) ([]byte, error) { return joinText(b, v, maxJoin) }

func joinText(b []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return append(b, v...), nil
	case nil, undefined:
		return b, nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		return appendNumber(b, v), nil
	case json.Number:
		return append(b, v...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	}
	switch v := plain(v).(type) {
	case map[string]any:
		return b, fmt.Errorf("an object, which has no text")
	case odd:
		return b, fmt.Errorf("a value that has no text: %w", v.err)
	case []any:
		if depth == 0 {
			return b, fmt.Errorf("a list nested deeper than %d levels", maxJoin)
		}
		var err error
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = joinText(b, x, depth-1); err != nil && depth == maxJoin {
				return b, fmt.Errorf("a list that holds %w", err)
			}
			if err != nil {
				return b, err
			}
			if len(b) > maxOutput {
				return b, fmt.Errorf("a list of more than %d bytes", maxOutput)
			}
		}
		return b, nil
	case uint64:
		return strconv.AppendUint(b, v, 10), nil
	case float32:
		n, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		return appendNumber(b, n), nil
	case string, bool, nil, json.Number:
		return joinText(b, v, depth)
	default:
		f, _ := number(v)
		return appendNumber(b, f), nil
	}
}

// appendNumber writes a number as JavaScript does.
func appendNumber(b []byte, f float64) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	case f == 0:
		return append(b, '0')
	case abs >= 1e-6 && abs < 1e21:
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	s = strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e+", 1)
	return append(b, s...)
}
