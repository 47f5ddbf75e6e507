package judged_test

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
)

// TestPatterns holds what Python 3.11's re.fullmatch makes of them.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`(?P<a>x)(y)\1`, "xyx", true}, {`(?P<a>x)(y)\2`, "xyx", false}, {`(?P<a>x)y(?P=a)`, "xyx", true},
		{`(a)?b(?(1)c|d)`, "abc", true}, {`(a)?b(?(1)c|d)`, "bd", true}, {`(?P<q>a)?b(?(q)c|d)`, "abd", false},
		{`a++b`, "aab", true}, {`a++ab`, "aab", false}, {`(?:ab)*+c`, "ababc", true}, {`\x61{1,2}+b`, "aab", true},
		{`a{,2}`, "aa", true}, {`a{,2}`, "aaa", false}, {`a{}`, "a{}", true}, {`x{`, "x{", true},
		{`[a-z-[b]]`, "b]", true}, {`[a-z-[b]]`, "a", false}, {`[]a]+`, "]a", true}, {`[[a]`, "[", true}, {`[^]]`, "a", true},
		{`ab\Z`, "ab", true}, {`\B`, "", false}, {`a\Bb`, "ab", true}, {`^a$`, "a", true},
		{`(?i)(?s)A.b`, "a\nB", true}, {`(?x) a b # (c`, "ab", true}, {`(?i:A)b`, "ab", true}, {`(?i:A)b`, "aB", false},
		{`a(?#it is )+`, "aa", true}, {`a|ab`, "ab", true}, {`\w+`, "é1", true}, {`(?<!x)a`, "a", true},
	} {
		p := judged.Params{Pattern: &c.pattern}
		m, err := judged.Lookup("pattern_match")
		if err != nil {
			t.Fatal(err)
		}
		set, err := judged.New(m, judged.Config{Params: p})
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if c.text == "" {
			c.text = "\u00a0" // blank, but not missing in the mode that computes as DeepEval
			set.Mode = judged.Exact
		}
		r, err := set.Judge(t.Context(), &says{}, &judged.Case{Output: &c.text})
		if err != nil || r.Pass != c.want {
			t.Errorf("%q on %q: %v %v", c.pattern, c.text, r.Pass, err)
		}
	}
	for _, pattern := range []string{`[a`, `(a`, `a)(b`, `a**`, `^*`, `(?<n>a)`, `\k`, `\1(a)`, `a(?i)b`, `(?P=n)`, `(?P<n>a)(?P<n>b)`, `(?(2)a)`, `\p{L}`, `\N{BULLET}`, `(?a)b`, `a\`} {
		m, _ := judged.Lookup("pattern_match")
		if _, err := judged.New(m, judged.Config{Params: judged.Params{Pattern: &pattern}}); err == nil || !strings.Contains(err.Error(), "pattern") {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	endless, long := `(a|aa)+b`, strings.Repeat("a", 300)
	m, _ := judged.Lookup("pattern_match")
	set, err := judged.New(m, judged.Config{Params: judged.Params{Pattern: &endless}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := set.Judge(t.Context(), &says{}, &judged.Case{Output: &long}); err == nil {
		t.Errorf("a pattern without end: %+v", r)
	}
}
