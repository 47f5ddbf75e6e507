package promptfoo

import (
	"errors"
	"net/url"
	"strings"
)

// webAddress reads a URL as fetch does (WHATWG URL, of http and https): blanks around
// it, tabs and line breaks are left out, and what may not stand in a path or a query
// is percent-encoded. So an address may hold the text of a variable.
func webAddress(text string) (*url.URL, error) {
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	text = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(text)
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, errors.New("it has no scheme")
	}
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	host, rest := rest[:end], rest[end:]
	rest, fragment, marked := strings.Cut(rest, "#")
	path, query, asks := strings.Cut(rest, "?")
	whole := scheme + "://" + host + encoded(strings.ReplaceAll(path, `\`, "/"), "\"<>`{}^%")
	if asks {
		whole += "?" + encoded(query, `"<>'`)
	}
	if marked {
		whole += "#" + encoded(fragment, "\"<>`")
	}
	u, err := url.Parse(whole)
	if err != nil || u.Host == "" {
		return nil, errors.New("it is no address")
	}
	return u, nil
}

// encoded percent-encodes blanks, control characters, what is not ASCII, and the
// characters of more: a % only where it begins no code.
func encoded(s, more string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		bare := strings.IndexByte(more, c) >= 0 && (c != '%' || i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]))
		if c <= ' ' || c >= 0x7f || bare {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
