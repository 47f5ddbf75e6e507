package nunjucks

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// isEmpty reports what filters take for an empty text: null, undefined, false.
func isEmpty(v any) bool { return v == nil || v == false || jsvalue.IsUndefined(v) }

func wantText(v any) (string, error) {
	if isEmpty(v) {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", errorText("wants a text, found " + describe(v))
	}
	return s, nil
}

func textFilter(f func(string) string) builtin {
	return func(v any, _ []any) (any, error) {
		s, err := wantText(v)
		if err != nil {
			return nil, err
		}
		return f(s), nil
	}
}

// upper is JavaScript's toUpperCase where it gives more letters than one.
func upper(s string) string {
	if strings.ContainsAny(s, "ßŉǰﬀﬁﬂﬃﬄﬅﬆ") {
		s = strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ǰ", "J\u030c", "ﬀ", "FF", "ﬁ", "FI", "ﬂ", "FL", "ﬃ", "FFI", "ﬄ", "FFL", "ﬅ", "ST", "ﬆ", "ST").Replace(s)
	}
	return strings.ToUpper(s)
}

func capitalize(s string) string {
	s = strings.ToLower(s)
	_, n := utf8.DecodeRuneInString(s)
	if n > 3 { // two code units: charAt(0) is half a letter, which has no case
		return s
	}
	return upper(s[:n]) + s[n:]
}

func title(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		words[i] = capitalize(w)
	}
	return strings.Join(words, " ")
}

func nl2br(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br />\n")
}

func trimFilter(v any, _ []any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errorText("wants a text, found " + describe(v))
	}
	return jsvalue.Trim(s), nil
}

// width is an argument that is a number of blanks.
func width(args []any, i, absent, times int) (int, error) {
	v := argument(args, i)
	if !jsvalue.Truthy(v) {
		return absent, nil
	}
	f := jsvalue.ToNumber(v)
	switch {
	case math.IsNaN(f):
		return 0, nil
	case f*float64(max(1, times)) > maxOutput:
		return 0, fmt.Errorf("%v blanks are too many: %w", f, ErrLimit)
	}
	return max(0, int(math.Ceil(f))), nil
}

func centerFilter(v any, args []any) (any, error) {
	switch v.(type) {
	case nil, string, []any:
	default:
		if jsvalue.Truthy(v) || v == 0.0 {
			return jsvalue.ToString(v), nil // it has no length
		}
	}
	s, err := wantText(v)
	if err != nil {
		return nil, err
	}
	w, err := width(args, 0, 80, 1)
	if err != nil {
		return nil, err
	}
	n := jsvalue.Length(s)
	if n >= w {
		return s, nil
	}
	half := float64(w-n) / 2
	before := max(0, int(math.Ceil(half-float64((w-n)%2))))
	return strings.Repeat(" ", before) + s + strings.Repeat(" ", int(math.Ceil(half))), nil
}

func indentFilter(v any, args []any) (any, error) {
	s, err := wantText(v)
	if err != nil || s == "" {
		return s, err
	}
	lines := strings.Split(s, "\n")
	w, err := width(args, 0, 4, len(lines))
	if err != nil {
		return nil, err
	}
	blanks := strings.Repeat(" ", w)
	for i := range lines {
		if i > 0 || jsvalue.Truthy(argument(args, 1)) {
			lines[i] = blanks + lines[i]
		}
	}
	return strings.Join(lines, "\n"), nil
}

func escapeFilter(v any, _ []any) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return "", nil
	}
	if err := fits(v); err != nil {
		return nil, err
	}
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&#39;", "<", "&lt;", ">", "&gt;", `\`, "&#92;").Replace(jsvalue.ToString(v)), nil
}

func safeFilter(v any, _ []any) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return "", nil
	}
	if err := fits(v); err != nil {
		return nil, err
	}
	return jsvalue.ToString(v), nil
}

func stringFilter(v any, _ []any) (any, error) {
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, errorText("wants a value, found " + describe(v))
	}
	return safeFilter(v, nil)
}

func replaceFilter(v any, args []any) (any, error) {
	old, isText := argument(args, 0).(string)
	if f, ok := jsvalue.Number(argument(args, 0)); ok {
		old, isText = jsvalue.FormatNumber(f), true
	}
	if !isText {
		return v, nil
	}
	if f, ok := jsvalue.Number(v); ok {
		v = jsvalue.FormatNumber(f)
	}
	s, ok := v.(string)
	if !ok {
		return v, nil
	}
	with := jsvalue.ToString(argument(args, 1))
	if old == "" {
		units := jsvalue.Units(s)
		if (len(units)+2)*len(with)+len(s) > maxOutput {
			return nil, fmt.Errorf("the text grows too long: %w", ErrLimit)
		}
		return with + strings.Join(units, with) + with, nil
	}
	count := -1
	if m := argument(args, 2); !jsvalue.IsUndefined(m) {
		count = int(max(-1, min(1<<30, math.Ceil(jsvalue.ToNumber(m)))))
	}
	if n := strings.Count(s, old); (n+1)*len(with)+len(s) > maxOutput {
		return nil, fmt.Errorf("the text grows too long: %w", ErrLimit)
	}
	return strings.Replace(s, old, with, count), nil
}

var (
	markup = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)</?([a-z][a-z0-9]*)\b[^>]*>|<!--[\s\S]*?-->`) })
	edges  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^ +| +$`) })
	blanks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(` +`) })
	breaks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\n\n\n+`) })
)

func striptagsFilter(v any, args []any) (any, error) {
	s, err := wantText(v)
	if err != nil {
		return nil, err
	}
	s = jsvalue.Trim(markup().ReplaceAllString(s, ""))
	if jsvalue.Truthy(argument(args, 0)) {
		s = blanks().ReplaceAllString(edges().ReplaceAllString(s, ""), " ")
		return breaks().ReplaceAllString(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n"), nil
	}
	return strings.Join(strings.FieldsFunc(s, jsvalue.IsSpace), " "), nil
}

func truncateFilter(v any, args []any) (any, error) {
	s, err := wantText(v)
	if err != nil {
		return nil, err
	}
	n := 255
	if a := argument(args, 0); jsvalue.Truthy(a) {
		n = integer(args, 0, 255)
	}
	if jsvalue.Length(s) <= n {
		return s, nil
	}
	cut := jsvalue.Substring(s, 0, n)
	if !jsvalue.Truthy(argument(args, 1)) {
		if i := strings.LastIndexByte(jsvalue.Substring(s, 0, n+1), ' '); i >= 0 {
			cut = s[:i]
		}
	}
	if end := argument(args, 2); end != nil && !jsvalue.IsUndefined(end) {
		return cut + jsvalue.ToString(end), nil
	}
	return cut + "...", nil
}

// urlencodeFilter is encodeURIComponent of a text, or of the pairs of an object.
func urlencodeFilter(v any, _ []any) (any, error) {
	if s, ok := v.(string); ok {
		return encodeURI(s), nil
	}
	var parts []string
	switch list := v.(type) {
	case []any:
		for _, item := range list {
			if item == nil || jsvalue.IsUndefined(item) {
				return nil, errorText("wants a list of pairs")
			}
			parts = append(parts, encodeURI(jsvalue.ToString(member(item, 0.0)))+"="+encodeURI(jsvalue.ToString(member(item, 1.0))))
		}
	default:
		keys, _ := jsvalue.KeysOf(v)
		if v == nil || jsvalue.IsUndefined(v) {
			return nil, errorText("wants a text or an object, found " + describe(v))
		}
		for _, k := range keys {
			x, _ := jsvalue.Field(v, k)
			parts = append(parts, encodeURI(k)+"="+encodeURI(jsvalue.ToString(x)))
		}
	}
	return strings.Join(parts, "&"), nil
}

func encodeURI(s string) string {
	return strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(url.QueryEscape(s))
}

func wordcountFilter(v any, _ []any) (any, error) {
	s, err := wantText(v)
	if err != nil {
		return nil, err
	}
	words, within := 0.0, false
	for _, c := range []byte(s) {
		letter := c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if letter && !within {
			words++
		}
		within = letter
	}
	if words == 0 {
		return nil, nil
	}
	return words, nil
}

func floatFilter(v any, args []any) (any, error) {
	if f := jsvalue.ParseFloat(jsvalue.ToString(v)); !math.IsNaN(f) {
		return f, nil
	}
	return argument(args, 0), nil
}

func intFilter(v any, args []any) (any, error) {
	base := integer(args, 1, 10)
	if f := jsvalue.ParseInt(jsvalue.ToString(v), base); !math.IsNaN(f) {
		return f, nil
	}
	return argument(args, 0), nil
}

func absFilter(v any, _ []any) (any, error) { return math.Abs(jsvalue.ToNumber(v)), nil }

func roundFilter(v any, args []any) (any, error) {
	precision := 0.0
	if a := argument(args, 0); jsvalue.Truthy(a) {
		precision = jsvalue.ToNumber(a)
	}
	factor := math.Pow(10, precision)
	x := jsvalue.ToNumber(v) * factor
	switch argument(args, 1) {
	case "ceil":
		x = math.Ceil(x)
	case "floor":
		x = math.Floor(x)
	default:
		x = math.Floor(x + 0.5) // half goes up, also below zero
	}
	return x / factor, nil
}
