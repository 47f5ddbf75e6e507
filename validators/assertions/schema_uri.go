package assertions

import (
	"net/netip"
	"regexp"
	"sync"
)

// uriForms are the texts of RFC 3986, with the place of an address in brackets as
// their first group: a URI has a scheme and something after it, a reference need
// not. An authority may stand after a single slash.
var uriForms = sync.OnceValue(func() (f struct{ uri, reference, url *regexp.Regexp }) {
	compile := func(more, scheme, end string) *regexp.Regexp {
		one := func(more string) string { return `(?:[a-z0-9._~!$&'()*+,;=` + more + `-]|%[0-9a-f]{2})` }
		plain, path, tail := one(""), one(":@"+more), one(":@/?"+more)+"*"
		authority := `//?(?:(?:` + plain + `|:)*@)?(?:\[([^\[\]]*)\]|` + plain + `*)(?::[0-9]*)?(?:/` + path + `*)*`
		return regexp.MustCompile(`(?i)^` + scheme + `(?:` + authority + `|/?` + path + `+(?:/` + path + `*)*)` + end + `(?:\?` + tail + `)?(?:#` + tail + `)?$`)
	}
	const scheme = `[a-z][a-z0-9+.-]*:`
	f.uri = compile("", scheme, "")
	f.reference = compile(`"`, `(?:`+scheme+`)?`, "?")
	word := `[a-z0-9\x{00a1}-\x{ffff}]`
	names := `(?:` + word + `+-)*` + word + `+`
	f.url = regexp.MustCompile(`(?i)^(?:https?|ftp)://(?:\S+(?::\S*)?@)?(?:(\d+\.\d+\.\d+\.\d+)|` + names + `(?:\.` + names + `)*\.[a-z\x{00a1}-\x{ffff}]{2,})(?::\d{2,5})?(?:/[^\s]*)?$`)
	return f
})

var futureAddress = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^v[0-9a-f]+\.[a-z0-9._~!$&'()*+,;=:-]+$`) })

// isURI checks a URI, or a reference to one.
func isURI(s string, reference bool) bool {
	form := uriForms().uri
	if reference {
		form = uriForms().reference
	}
	m := form.FindStringSubmatchIndex(s)
	if m == nil || m[2] < 0 {
		return m != nil
	}
	literal := s[m[2]:m[3]]
	a, err := netip.ParseAddr(literal)
	return err == nil && a.Is6() && a.Zone() == "" || futureAddress().MatchString(literal)
}

// isURL checks an address in the public web: none of a private network.
func isURL(s string) bool {
	m := uriForms().url.FindStringSubmatch(s)
	if m == nil || m[1] == "" {
		return m != nil
	}
	a, err := netip.ParseAddr(m[1])
	if err != nil {
		return false
	}
	b := a.As4()
	return b[0] > 0 && b[0] < 224 && b[3] > 0 && b[3] < 255 && !a.IsLoopback() && !a.IsPrivate() && !a.IsLinkLocalUnicast()
}
