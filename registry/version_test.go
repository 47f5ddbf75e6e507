package registry

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]string{
		"2": "2", "2.1": "2.1", "2.1.0": "2.1.0", "v2.1.0": "2.1.0", "v2": "2", "0.0.0": "0.0.0",
		"1.0.0-rc.1": "1.0.0-rc.1", "1.0.0-0a.--": "1.0.0-0a.--", "1.0.0+01": "1.0.0+01", "1.0.0-a+b.c": "1.0.0-a+b.c",
		"99999999999999999999.0.0": "99999999999999999999.0.0",
		"":                         "", "v": "", "V1": "", "1.": "", "1.2.3.4": "", "01": "", "1.02": "", "1.0.0-": "", "1.0.0-01": "", "1.0.0-a..b": "", "1.0-rc": "", "1.0.0+": "",
		"1.0.0 ": "", "-1": "", "1.0.0\n": "", "main": "", "1" + strings.Repeat("0", 300): "",
	} {
		v, ok := parseVersion(s)
		if ok != (want != "") || ok && v.String() != want {
			t.Errorf("%q: %v, %v, want %q", s, v, ok, want)
		}
	}
}

// The order is that of semver 2.0.0, section 11, whatever it starts from.
func TestVersionOrder(t *testing.T) {
	want := strings.Fields("0.9.9 1.0.0-0 1.0.0-9 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.0+a 1.0.1 1.2.0 1.10.0 2.0.0 10.0.0 99999999999999999999.0.0")
	got := slices.Clone(want)
	for range 20 {
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, func(a, b string) int {
			x, _ := parseVersion(a)
			y, _ := parseVersion(b)
			return x.compare(y)
		})
		if !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"A", "A@2.1.0", "A@v2", "A@sha256:0123456789ab", "A@main", "A@HEAD@{1}", "agents/A.yaml", "agents/A.yaml@1", "A@", "@", "A@-x", "A@1.0.0-rc.1+b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok, err := parseRef(KindAgent, s)
		switch {
		case err != nil:
			if ok || !strings.Contains(err.Error(), "agent ") {
				t.Errorf("%q: %v, %v", s, ok, err)
			}
		case !ok:
			if r.name != "" || r.at != "" {
				t.Errorf("%q: %+v is no reference and not empty", s, r)
			}
		case r.String() != s || !agentID().MatchString(r.name) || r.at == "" || strings.HasPrefix(r.at, "-"):
			t.Errorf("%q: %+v", s, r)
		case r.digest != "" && r.version.numbers != nil:
			t.Errorf("%q is a digest and a version", s)
		case r.version.numbers != nil:
			again, ok := parseVersion(r.version.String())
			if !ok || again.String() != r.version.String() || strings.TrimPrefix(r.at, "v") != r.version.String() {
				t.Errorf("%q: version %s is read as %s", s, r.version, again)
			}
			if again.whole() && (!r.version.matches(again) || r.version.compare(again) != 0) {
				t.Errorf("%q: version %s is not itself", s, r.version)
			}
		}
	})
}
