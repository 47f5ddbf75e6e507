package generators

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
	"unicode/utf8"
)

// This file walks through JSON that is known to be valid, and decodes of it what
// is wanted alone: encoding/json takes several times as long for a reply, which is
// most of what a run does with a call. Names are told apart by case.

// members yields the members of an object with their quoted keys, or the items of
// an array with keys that are nil; nothing of all else.
func members(value json.RawMessage) iter.Seq2[json.RawMessage, json.RawMessage] {
	return func(yield func(key, member json.RawMessage) bool) {
		if len(value) == 0 || value[0] != '{' && value[0] != '[' {
			return
		}
		for i := space(value, 1); value[i] != '}' && value[i] != ']'; {
			var key json.RawMessage
			if value[0] == '{' {
				end := skip(value, i)
				key = value[i:end]
				i = space(value, space(value, end)+1) // the colon
			}
			end := skip(value, i)
			if !yield(key, value[i:end]) {
				return
			}
			if i = space(value, end); value[i] == ',' {
				i = space(value, i+1)
			}
		}
	}
}

// child finds a member of an object, or of an array by its index. The last of
// several equal keys counts, as in encoding/json.
func child(value json.RawMessage, step string) (found json.RawMessage, ok bool) {
	index := -1
	if value[0] == '[' {
		n, err := strconv.Atoi(step)
		if err != nil {
			return nil, false
		}
		index = n
	}
	n := 0
	for key, member := range members(value) {
		if n == index || key != nil && string(nameOf(key)) == step {
			found, ok = member, true
		}
		n++
	}
	return found, ok
}

// nameOf is what a quoted key says.
func nameOf(key json.RawMessage) []byte {
	if bytes.IndexByte(key, '\\') < 0 {
		return key[1 : len(key)-1]
	}
	var name string
	json.Unmarshal(key, &name)
	return []byte(name)
}

// plainText is a JSON string that is written as what it says; ok is false for all
// other values.
func plainText(value json.RawMessage) (text string, ok bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 || !utf8.Valid(value) {
		return "", false
	}
	return string(value[1 : len(value)-1]), true
}

// readObject calls member for each member of an object, and never for null; other
// values are an error.
func readObject(value json.RawMessage, member func(name []byte, value json.RawMessage) error) error {
	if value[0] != '{' {
		return json.Unmarshal(value, &struct{}{})
	}
	for key, v := range members(value) {
		if err := member(nameOf(key), v); err != nil {
			return err
		}
	}
	return nil
}

// readText is json.Unmarshal into a string.
func readText(value json.RawMessage, into *string) error {
	if text, ok := plainText(value); ok {
		*into = text
		return nil
	}
	return json.Unmarshal(value, into)
}

// readInt is json.Unmarshal into an int.
func readInt(value json.RawMessage, into *int) error {
	if n, err := strconv.Atoi(string(value)); err == nil {
		*into = n
		return nil
	}
	return json.Unmarshal(value, into)
}

// space returns the index of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skip returns the end of the value that begins at i.
func skip(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 {
				continue
			}
			for i < len(b) && bytes.IndexByte([]byte(",]} \t\r\n"), b[i]) < 0 {
				i++
			}
			return i
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}
