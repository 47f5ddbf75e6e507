package testsets

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// SameJSON compares two values as JSON.
func SameJSON(a, b any) bool {
	x, errX := plain(a)
	y, errY := plain(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

// plain is a value as encoding/json decodes it.
func plain(v any) (out any, err error) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	return out, err
}

// StateAt finds the value in a state at a path such as "order.status".
func StateAt(state map[string]any, path string) (v any, ok bool) {
	v = state
	for _, key := range strings.Split(path, ".") {
		m, isObject := v.(map[string]any)
		if !isObject {
			return nil, false
		}
		if v, ok = m[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// SetState puts a value at a path; objects on the way are made.
func SetState(state map[string]any, path string, v any) error {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := state[key]
		if !ok || next == nil {
			next = map[string]any{}
			state[key] = next
		}
		m, isObject := next.(map[string]any)
		if !isObject {
			return errors.New(key + " holds something that is no object")
		}
		state = m
	}
	copied, err := plain(v)
	state[keys[len(keys)-1]] = copied
	return err
}
