package registry

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// version is a semantic version, or the beginning of one: "2" and "2.1" stand
// for the latest that begins so.
type version struct {
	numbers []string // one to three, without leading zeros
	pre     string   // "rc.1"; only behind three numbers
	build   string   // "+linux": orders nothing
}

// versionForm is semver 2.0.0, with an optional "v" and with missing numbers.
var versionForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^v?(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?)?)?$`)
})

// parseVersion reads "2.1.0", "v2.1.0-rc.1", "2.1" or "2".
func parseVersion(s string) (version, bool) {
	m := versionForm().FindStringSubmatch(s)
	if m == nil || len(s) > 200 || !identifiers(m[4], true) || !identifiers(m[5], false) {
		return version{}, false
	}
	v := version{numbers: []string{m[1]}, pre: m[4], build: m[5]}
	for _, n := range m[2:4] {
		if n != "" {
			v.numbers = append(v.numbers, n)
		}
	}
	return v, true
}

// identifiers says whether s is empty or dot-separated words, of which numbers
// have no leading zeros.
func identifiers(s string, numbersPlain bool) bool {
	if s == "" {
		return true
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || numbersPlain && len(word) > 1 && word[0] == '0' && isNumber(word) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

func (v version) whole() bool { return len(v.numbers) == 3 }

// String is the version as tags write it behind their "v".
func (v version) String() string {
	s := strings.Join(v.numbers, ".")
	if v.pre != "" {
		s += "-" + v.pre
	}
	if v.build != "" {
		s += "+" + v.build
	}
	return s
}

// matches says whether the whole version other is meant: v itself, or a release
// that begins with v's numbers. A pre-release is meant by its full name only.
func (v version) matches(other version) bool {
	if v.whole() {
		return v.String() == other.String()
	}
	return other.pre == "" && slices.Equal(v.numbers, other.numbers[:len(v.numbers)])
}

// compare orders whole versions as semver 2.0.0 does (section 11); equal ones
// are put in order by what else they say, so that the order is always the same.
func (v version) compare(other version) int {
	for i := range v.numbers {
		if c := compareNumbers(v.numbers[i], other.numbers[i]); c != 0 {
			return c
		}
	}
	if c := comparePre(v.pre, other.pre); c != 0 {
		return c
	}
	return cmp.Compare(v.build, other.build)
}

// compareNumbers compares digits of any length.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func comparePre(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a)) // none is the release itself, which comes last
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		switch xn, yn := isNumber(x), isNumber(y); {
		case xn && yn:
			return compareNumbers(x, y)
		case xn:
			return -1
		case yn:
			return 1
		}
		return cmp.Compare(x, y)
	})
}
