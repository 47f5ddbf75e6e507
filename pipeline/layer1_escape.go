package pipeline

import (
	"regexp"
	"strings"
	"sync"
)

// The escapes for weights, brackets and tags stand with the generators whose
// syntax they are. These are for the syntaxes that no backslash escapes: a
// Lowerer that writes such a syntax applies them to every text of a prompt.

var (
	flagForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[\s,;(])(?:-{2,}|[‐‑‒–—―]+)(\pL)`) })
	urlForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*):(//)`) })
	manyCols = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:{2,}`) })
	operator = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?:BREAK|AND|OR|NOT)\b`) })
	wildcard = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`__+`) })
)

// WithoutFlags takes the meaning away from what would be parameters behind a
// prompt (--ar 16:9, and —ar, which keyboards make of it), weights between its
// parts (a::2 b), permutations ({a, b}) and images to start from (a URL), as
// Midjourney and its kin read them. Words stay words.
func WithoutFlags(s string) string {
	s = flagForm().ReplaceAllString(s, "$1-$2")
	s = manyCols().ReplaceAllString(s, ":")
	s = urlForm().ReplaceAllString(s, "$1: $2")
	return strings.NewReplacer("{", "(", "}", ")").Replace(s)
}

// WithoutOperators takes the meaning away from words and marks that Stable
// Diffusion's front ends read besides brackets: BREAK and AND in capitals, and
// the alternatives {a|b} and __lists__ of dynamic prompts. To the models
// themselves capitals are small letters.
func WithoutOperators(s string) string {
	s = operator().ReplaceAllStringFunc(s, strings.ToLower)
	s = wildcard().ReplaceAllString(s, "_")
	return strings.NewReplacer("{", "(", "}", ")").Replace(s)
}
