package assertions

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// formatTests are the formats of texts that a regular expression decides, by the
// grammars of their RFCs.
var formatTests = sync.OnceValue(func() map[string]*regexp.Regexp {
	label := `[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?`
	atom := "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
	out := map[string]*regexp.Regexp{}
	for name, p := range map[string]string{
		"email":                     `(?i)^` + atom + `(?:\.` + atom + `)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`,
		"hostname":                  `(?i)^` + label + `(?:\.` + label + `)*\.?$`,
		"uuid":                      `(?i)^(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$`,
		"uri-template":              `(?i)^(?:[^\x00-\x20"'<>%\\^` + "`" + `{|}]|%[0-9a-f]{2}|\{[+#./;?&=,!@|]?(?:[a-z0-9_]|%[0-9a-f]{2})+(?::[1-9][0-9]{0,3}|\*)?(?:,(?:[a-z0-9_]|%[0-9a-f]{2})+(?::[1-9][0-9]{0,3}|\*)?)*\})*$`,
		"json-pointer":              `^(?:/(?:[^~/]|~0|~1)*)*$`,
		"json-pointer-uri-fragment": `(?i)^#(?:/(?:[a-z0-9_\-.!$&'()*+,;:=@]|%[0-9a-f]{2}|~0|~1)*)*$`,
		"relative-json-pointer":     `^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$`,
		"byte":                      `(?m)^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`,
		"duration":                  `^P(?:(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?|(?:\d+W)?)$`,
		"time":                      `(?i)^(\d\d):(\d\d):(\d\d(?:\.\d+)?)(z|([+-])(\d\d)(?::?(\d\d))?)?$`,
	} {
		out[name] = regexp.MustCompile(p)
	}
	return out
})

var otherFormats = []string{"date", "date-time", "iso-time", "iso-date-time", "ipv4", "ipv6", "regex", "int32", "int64", "float", "double", "password", "binary", "uri", "uri-reference", "url"}

func knownFormat(name string) bool {
	return slices.Contains(otherFormats, name) || formatTests()[name] != nil
}

// fitsFormat checks a text, or a number, against a known format. Other values
// fit every format.
func fitsFormat(name string, v any) bool {
	if f, ok := jsvalue.Number(v); ok {
		switch name {
		case "int32":
			return f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32
		case "int64":
			return f == math.Trunc(f)
		}
		return true
	}
	s, ok := v.(string)
	if !ok {
		return true
	}
	switch name {
	case "date":
		return isDate(s)
	case "time":
		return isTime(s, true)
	case "iso-time":
		return isTime(s, false)
	case "date-time":
		return isDateTime(s, true)
	case "iso-date-time":
		return isDateTime(s, false)
	case "ipv4", "ipv6":
		a, err := netip.ParseAddr(s)
		return err == nil && a.Zone() == "" && a.Is4() == (name == "ipv4")
	case "hostname":
		return len(strings.TrimSuffix(s, ".")) <= 253 && formatTests()[name].MatchString(s)
	case "uri", "uri-reference":
		return isURI(s, name == "uri-reference")
	case "url":
		return isURL(s)
	case "duration":
		return s != "P" && !strings.HasSuffix(s, "T") && formatTests()[name].MatchString(s)
	}
	re := formatTests()[name]
	return re == nil || re.MatchString(s)
}

func isDate(s string) bool {
	_, err := time.Parse("2006-01-02", s)
	return err == nil && len(s) == len("2006-01-02")
}

func isDateTime(s string, zone bool) bool {
	i := strings.IndexFunc(s, func(r rune) bool { return r == 't' || r == 'T' || jsvalue.IsSpace(r) })
	if i < 0 {
		return false
	}
	return isDate(s[:i]) && isTime(strings.TrimPrefix(s[i+1:], ""), zone)
}

func isTime(s string, zone bool) bool {
	m := formatTests()["time"].FindStringSubmatch(s)
	if m == nil || zone && m[4] == "" {
		return false
	}
	h, _ := strconv.Atoi(m[1])
	min, _ := strconv.Atoi(m[2])
	sec, _ := strconv.ParseFloat(m[3], 64)
	zh, _ := strconv.Atoi(m[6])
	zm, _ := strconv.Atoi(m[7])
	if zh > 23 || zm > 59 {
		return false
	}
	if h <= 23 && min <= 59 && sec < 60 {
		return true
	}
	sign := 1
	if m[5] == "-" {
		sign = -1
	}
	utcMin := min - zm*sign
	utcHour := h - zh*sign
	if utcMin < 0 {
		utcHour--
	}
	return (utcHour == 23 || utcHour == -1) && (utcMin == 59 || utcMin == -1) && sec < 61
}
