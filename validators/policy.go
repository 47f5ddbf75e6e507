package validators

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

//go:embed policy.yaml
var builtInPolicy []byte

// Policy says which words a prompt may not hold. It is read-only, and safe for
// concurrent use.
type Policy struct {
	File   string
	Deny   []PolicyRule `yaml:"deny"`
	Allow  []string     `yaml:"allow"`  // phrases that no rule looks at: "minor key", "naked eye"
	Ignore []string     `yaml:"ignore"` // categories of rules that do not hold here
	Extend *bool        `yaml:"extend"` // also what is built in; nil = yes
	allow  []*regexp.Regexp
}

// PolicyRule is one rule: it meets a prompt that one of Any matches and, where
// there are All, each of those too. Patterns are RE2, matched against whole
// words of the folded text: small letters, without accents and tricks of
// spelling.
type PolicyRule struct {
	Category string   `yaml:"category"`
	Any      []string `yaml:"any"`
	All      []string `yaml:"all"`
	Line     int      `yaml:"-"`
	any, all []*regexp.Regexp
}

// DefaultPolicy is the built-in policy.
func DefaultPolicy() *Policy {
	p, err := parsePolicy("validators/policy.yaml", builtInPolicy)
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// ParsePolicy reads a project's policy; the built-in rules hold beside it
// unless it says extend: false. Errors name file and line.
func ParsePolicy(file string, data []byte) (*Policy, error) {
	p, err := parsePolicy(file, data)
	if err == nil && (p.Extend == nil || *p.Extend) {
		p.Deny = append(p.Deny, DefaultPolicy().Deny...)
	}
	return p, err
}

func parsePolicy(file string, data []byte) (*Policy, error) {
	var document struct {
		Policy Policy `yaml:"policy"`
	}
	if err := config.Decode(file, data, &document); err != nil {
		return nil, err
	}
	p := &document.Policy
	p.File = file
	var errs []*config.Error
	for i := range p.Deny {
		errs = append(errs, p.Deny[i].compile(file)...)
	}
	for _, phrase := range p.Allow {
		p.allow = append(p.allow, regexp.MustCompile(`\b`+regexp.QuoteMeta(plainWords(phrase))+`\b`))
	}
	return p, config.Join(errs)
}

func (r *PolicyRule) compile(file string) (errs []*config.Error) {
	fail := func(format string, args ...any) {
		errs = append(errs, &config.Error{File: file, Line: r.Line, Msg: fmt.Sprintf(format, args...)})
	}
	if r.Category == "" {
		fail("category is missing: it is what people are told")
	}
	if len(r.Any) == 0 {
		fail("any is missing: the patterns of which one must match")
	}
	for _, list := range []struct {
		from []string
		to   *[]*regexp.Regexp
	}{{r.Any, &r.any}, {r.All, &r.all}} {
		for _, pattern := range list.from {
			re, err := regexp.Compile(`\b(?:` + pattern + `)\b`)
			if err != nil {
				fail("pattern %q: %v", pattern, err)
				continue
			}
			*list.to = append(*list.to, re)
		}
	}
	return errs
}

// Check says which rules a prompt breaks: "CATEGORY: what matched". What the
// prompt wants left out is not looked at.
func (p *Policy) Check(m pipeline.MediaPrompt) (broken []string) {
	var all []string
	all = append(all, m.Subject)
	for _, list := range [][]string{m.Style, m.Mood, m.Lighting, m.Camera, m.Stimulus, m.Text} {
		all = append(all, list...)
	}
	text := plainWords(strings.Join(all, " . "))
	for _, re := range p.allow {
		text = re.ReplaceAllString(text, " ")
	}
	for _, r := range p.Deny {
		if p.ignores(r.Category) {
			continue
		}
		if hit := r.hit(text); hit != "" {
			broken = append(broken, fmt.Sprintf("%s: %q", r.Category, hit))
		}
	}
	return broken
}

func (p *Policy) ignores(category string) bool {
	for _, c := range p.Ignore {
		if strings.EqualFold(c, category) {
			return true
		}
	}
	return false
}

// hit is what of a text the rule matches; "" = nothing.
func (r *PolicyRule) hit(text string) string {
	found := first(r.any, text)
	if found == "" {
		return ""
	}
	for _, re := range r.all {
		more := re.FindString(text)
		if more == "" {
			return ""
		}
		found += " + " + more
	}
	return found
}

func first(all []*regexp.Regexp, text string) string {
	for _, re := range all {
		if s := re.FindString(text); s != "" {
			return s
		}
	}
	return ""
}

// plainWords writes a text in small letters without accents, digits that stand for
// letters within words, look-alikes of other alphabets, and signs within words.
func plainWords(s string) string {
	var b strings.Builder
	runes := []rune(norm.NFKD.String(strings.ToLower(s)))
	letter := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsLetter(runes[i]) }
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\u200b', r == '\u200c', r == '\u200d', r == '\u00ad', r == '\ufeff':
			continue
		case lookAlikes[r] != 0:
			r = lookAlikes[r]
		case leet[r] != 0 && (letter(i-1) || letter(i+1)):
			r = leet[r]
		case (r == '.' || r == '*' || r == '_' || r == '-') && letter(i-1) && letter(i+1) && single(runes, i):
			continue // n.a.k.e.d
		}
		b.WriteRune(r)
	}
	return b.String()
}

// single says whether a sign stands between letters that stand alone.
func single(runes []rune, i int) bool {
	alone := func(j int) bool {
		before, after := j-1, j+1
		return (before < 0 || !unicode.IsLetter(runes[before])) && (after >= len(runes) || !unicode.IsLetter(runes[after]))
	}
	return alone(i-1) && alone(i+1)
}

var (
	leet       = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's'}
	lookAlikes = map[rune]rune{'а': 'a', 'е': 'e', 'о': 'o', 'р': 'p', 'с': 'c', 'х': 'x', 'у': 'y', 'і': 'i', 'ѕ': 's', 'α': 'a', 'ο': 'o', 'ν': 'v', 'ı': 'i'}
)
