// Package jsvalue holds values as JavaScript has them: objects that keep the
// order of their keys, and the texts that JavaScript prints for a value.
//
// A value is nil (null), [Undefined], bool, float64 (or any Go integer), string,
// []any, *Object or map[string]any (an object whose keys are in sorted order), or a
// function: [Function] or [*Foreign].
package jsvalue

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
)

// undefined is the type of [Undefined].
type undefined struct{}

// Undefined is JavaScript's undefined: what a missing variable is.
var Undefined any = undefined{}

// IsUndefined reports whether v is undefined.
func IsUndefined(v any) bool { _, ok := v.(undefined); return ok }

// MarshalJSON writes null, since JSON has no undefined.
func (undefined) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Object is an object in the order in which its keys were set. The zero value is
// empty. It is not safe for concurrent writes; readers may share it.
type Object struct {
	keys   []string
	values []any
	at     map[string]int // position of each key; nil while there are few
}

// few is how many keys are faster to look through than to look up.
const few = 24

// NewObject returns an object of alternating keys and values, for tests and
// small literals; it panics when they are not.
func NewObject(pairs ...any) *Object {
	o := Sized(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Sized is an empty object with room for so many keys.
func Sized(n int) *Object {
	return &Object{keys: make([]string, 0, n), values: make([]any, 0, n)}
}

// Len is the number of keys; 0 for nil.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// Get returns the value of a key.
func (o *Object) Get(key string) (v any, ok bool) {
	if i := o.find(key); i >= 0 {
		return o.values[i], true
	}
	return nil, false
}

// find is the position of a key; -1 = it is absent.
func (o *Object) find(key string) int {
	switch {
	case o == nil:
		return -1
	case o.at == nil:
		return slices.Index(o.keys, key)
	}
	if i, ok := o.at[key]; ok {
		return i
	}
	return -1
}

// Set gives a key its value; a new key comes last.
func (o *Object) Set(key string, v any) {
	if i := o.find(key); i >= 0 {
		o.values[i] = v
		return
	}
	if o.keys == nil {
		o.keys, o.values = make([]string, 0, 4), make([]any, 0, 4)
	}
	o.keys, o.values = append(o.keys, key), append(o.values, v)
	switch {
	case o.at != nil:
		o.at[key] = len(o.keys) - 1
	case len(o.keys) > few:
		o.number()
	}
}

// number notes where each key is.
func (o *Object) number() {
	o.at = make(map[string]int, len(o.keys))
	for i, k := range o.keys {
		o.at[k] = i
	}
}

// Delete removes a key; an absent one is no error.
func (o *Object) Delete(key string) {
	i := o.find(key)
	if i < 0 {
		return
	}
	o.keys, o.values = slices.Delete(o.keys, i, i+1), slices.Delete(o.values, i, i+1)
	if o.at != nil {
		o.number()
	}
}

// Keys lists the keys in JavaScript's order: those that are array indices first,
// in increasing order, then the others as they were set. The caller must not
// change the list.
func (o *Object) Keys() []string {
	if o == nil {
		return nil
	}
	if !slices.ContainsFunc(o.keys, isIndex) {
		return o.keys
	}
	all := slices.Clone(o.keys)
	slices.SortStableFunc(all, func(a, b string) int {
		switch ia, ib := isIndex(a), isIndex(b); {
		case ia && ib && len(a) != len(b):
			return len(a) - len(b)
		case ia && ib:
			return bytes.Compare([]byte(a), []byte(b))
		case ia:
			return -1
		case ib:
			return 1
		}
		return 0
	})
	return all
}

// isIndex reports whether JavaScript takes a key for an array index.
func isIndex(key string) bool {
	if key == "" || len(key) > 10 || key[0] == '0' && len(key) > 1 {
		return false
	}
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return false
		}
	}
	n, err := strconv.ParseUint(key, 10, 64)
	return err == nil && n < 1<<32-1
}

// Map is the object as a map of its own, with the same values.
func (o *Object) Map() map[string]any {
	m := make(map[string]any, o.Len())
	for _, k := range o.Keys() {
		m[k], _ = o.Get(k)
	}
	return m
}

// Clone copies the object, not the values in it. A nil object gives an empty one.
func (o *Object) Clone() *Object {
	if o == nil {
		return &Object{}
	}
	if !slices.ContainsFunc(o.keys, isIndex) {
		return &Object{slices.Clone(o.keys), slices.Clone(o.values), maps.Clone(o.at)}
	}
	return (&Object{}).Merge(o)
}

// Merge sets every key of the other objects, later ones over earlier ones, and
// returns o. It is JavaScript's {...o, ...a, ...b}.
func (o *Object) Merge(others ...*Object) *Object {
	for _, other := range others {
		for _, k := range other.Keys() {
			v, _ := other.Get(k)
			o.Set(k, v)
		}
	}
	return o
}

// MarshalJSON writes the keys in order, without escaping <, > and &.
func (o *Object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	return AppendJSON(nil, o, "", ""), nil
}

// Plain turns objects into map[string]any, all the way down. Undefined becomes
// nil. Lists and maps are copied.
func Plain(v any) any {
	switch v := v.(type) {
	case undefined:
		return nil
	case *Object:
		if v == nil {
			return nil
		}
		m := make(map[string]any, v.Len())
		for i, k := range v.keys {
			m[k] = Plain(v.values[i])
		}
		return m
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = Plain(x)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = Plain(x)
		}
		return list
	}
	return v
}
