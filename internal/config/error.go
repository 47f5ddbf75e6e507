// Package config reads YAML strictly, with file, line and key in every error,
// and holds the project file genops.yaml.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is one thing wrong in one file that a user writes.
type Error struct {
	File string // as given to the reader
	Line int    // from 1; 0 when unknown
	Key  string // dotted path of the value, e.g. "evals.threshold"; "" when it is not about one value
	Msg  string // what is wrong and what is allowed
}

// Error returns `FILE:LINE: "KEY": MSG`, without the parts that are unknown.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		b.WriteString(":" + strconv.Itoa(e.Line))
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(strconv.Quote(e.Key) + ": ")
	}
	b.WriteString(e.Msg)
	return b.String()
}

// maxErrors is how many errors one file is reported with.
const maxErrors = 20

// Join reports errors of one file together, in line order: nil for none, the
// error itself for one, else errors.Join of at most 20 and a count of the rest.
func Join(errs []*Error) error {
	errs = slices.Clone(errs)
	slices.SortStableFunc(errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	var all []error
	for i, e := range errs {
		if i == maxErrors {
			all = append(all, &Error{File: e.File, Msg: fmt.Sprintf("and %d more errors", len(errs)-i)})
			break
		}
		all = append(all, e)
	}
	return errors.Join(all...)
}

// Shorten quotes a piece of a user's file for an error message, cut after
// about 60 bytes.
func Shorten(s string) string {
	const limit = 60
	if len(s) <= limit {
		return strconv.Quote(s)
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}

// UnknownKey is the message for a key that nobody reads: where it stands, the
// nearest known one, and all of them. where may be "".
func UnknownKey(key, where string, known []string) string {
	msg := "unknown key " + Shorten(key)
	if where != "" {
		msg += " in " + where
	}
	return msg + cmp.Or(Hint(key, known), ";") + " known: " + strings.Join(known, ", ")
}

// Hint is `; did you mean "NEAR"?` for the nearest of the known words, "" where
// none is near.
func Hint(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}
