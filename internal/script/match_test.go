package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

func TestMatch(t *testing.T) {
	e := newEngine(t, Config{Workers: 1})
	ctx := context.Background()
	for _, c := range []struct {
		pattern, flags, text string
		want                 bool
	}{
		{`^\d{3}-\d+$`, "", "123-4", true}, {`(?=.*\d)(?=.*[a-z]).{4,}`, "", "abc1", true}, {`(\w)\1`, "", "abcd", false},
		{`^.$`, "", "😀", false}, {`^.$`, "u", "😀", true}, {`\p{Lu}`, "u", "É", true}, {`^[\p{L}\s]+$`, "v", "é x", true}, {`a.c`, "s", "a\nc", true},
		{`hello`, "i", "HELLO", true}, {`^b`, "m", "a\nb", true}, {`x`, "d", "x", true}, {`x`, "g", "ax", true}, {`x`, "y", "ax", false},
		{``, "", "", true}, {`(?<!a)b`, "", "ab", false}, {`(?=a)?a{`, "", "a{", true}, {`^[\w\-.]+\/(a)\1$`, "u", "b-/aa", true}, {`(?<n>x)\k<n>`, "u", "xx", true}, {strings.Repeat("(?=a)", 3) + "a", "", strings.Repeat("a", 200_000), true},
		{`(?=x)[^]*?y`, "", "x" + strings.Repeat("a", 300_000) + "y", true},
		{`(?<=x)(?i:ab)c`, "", "xABc", true}, {`(?<=x)(?i:ab)c`, "", "xABC", false}, {`(?<=x)(?i:[b-d]+)`, "", "xBD", true}, {`(?<=x)(?i:[^b-d])`, "", "xB", false},
		{`(?=a).(?s:.)b`, "", "a\nb", true}, {`(?=a)(?s:.).b`, "", "a\n\nb", false}, {`(?=)(?m:^b$)`, "", "a\nb\r", true}, {`(?=)(?-m:^b)`, "m", "a\nb", false},
		{`(?=)(?-s:a.)`, "s", "a\n", false}, {`(?=)(?i:é)`, "", "É", true}, {`(?=)(?i:a(?-i:b))`, "", "AB", false}, {`(?=)(?i:a(?-i:b))`, "", "Ab", true},
		{`(?=)(?i:[A-z])`, "", "a", true}, {`(?=)(?i:[_-b])`, "", "B", true}, {`\c?`, "", "a", false}, {`\c`, "", `\c`, true}, {`[\c]`, "", `\`, true},
	} {
		got, err := e.Match(ctx, c.pattern, c.flags, c.text)
		if err != nil || got != c.want {
			t.Errorf("/%.40s/%s on %.20q: %v, %v", c.pattern, c.flags, c.text, got, err)
		}
	}
	for _, bad := range [][2]string{{"(", ""}, {"[b-a]", ""}, {"a**", ""}, {"(?i)a", ""}, {"a", "z"}, {"a", "gg"}, {`\p{Nothing}`, "u"}, {`{1}`, ""}, {`a{2,1}`, ""},
		{`^*`, ""}, {`\b+`, ""}, {`a$?`, ""}, {`(?<=a)?`, ""}, {`(?=a)?`, "u"}, {`\-`, "u"}, {`[\w-a]`, "u"}, {`]`, "u"}, {`a{`, "u"}, {`\1`, "u"}, {`\k<n>`, "u"}, {`[\@]`, "u"},
		{`(?<n>a)(?<n>b)`, ""}, {`(?<n>a|(?<n>b))`, ""}, {`(?<n>a)(?:(?<n>b)|c)`, ""}, {`(?ii:a)`, ""}, {`(?i-i:a)`, ""}, {`(?-:a)`, ""}, {`(?x:a)`, ""}} {
		var thrown *Thrown
		if got, err := e.Match(ctx, bad[0], bad[1], "a"); !errors.As(err, &thrown) || thrown.Name != "SyntaxError" {
			t.Errorf("/%s/%s is bad, but gave %v, %v", bad[0], bad[1], got, err)
		}
	}
	for _, odd := range [][3]string{{"k", "i", "\u212a"}, {`[\p{L}--[a-z]]`, "v", "a"}, {`(?=)(?-i:a)`, "i", "A"}, {`(a)(?i:\1)`, "", "aA"}} {
		if got, err := e.Match(ctx, odd[0], odd[1], odd[2]); !errors.Is(err, ErrUnavailable) {
			t.Errorf("/%s/%s gave %v, %v", odd[0], odd[1], got, err)
		}
	}
}

func TestCatastrophicPattern(t *testing.T) {
	e := newEngine(t, Config{Workers: 1, Deadline: 3e9})
	got, err := e.Match(context.Background(), `(?=a)^(a+)+\1$`, "", strings.Repeat("a", 60)+"b")
	if !errors.Is(err, ErrLimit) {
		t.Errorf("gave %v, %v", got, err)
	}
	if got, err := e.Match(context.Background(), `(?=a)a`, "", "a"); err != nil || !got {
		t.Errorf("the next pattern gave %v, %v", got, err)
	}
}

// FuzzMatch holds what runs here against the JavaScript engine.
func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{{`^a+$`, "aa"}, {`[a-z]+\s?\d*`, "ab 1"}, {`(a|b)*c`, "abc"}, {`\bx\b`, "a x b"}, {`[^a\s]{2,}?`, "bb"}, {`.`, "\u2028"}, {`\W\S\D`, "é-x"}, {`(|a)+`, "aa"}, {`[-a]|[a-]`, "-"}} {
		f.Add(s[0], "", s[1])
		f.Add(s[0], "i", s[1])
		f.Add(s[0], "s", s[1])
	}
	const test = "(function (p, f, t) { return new RegExp(p, f).test(t) })"
	f.Fuzz(func(t *testing.T, pattern, flags, text string) {
		m := newMatcher(pattern, flags)
		if m == nil || !plainText(text) || m.ascii && !isASCII(text) {
			return
		}
		vm := goja.New()
		v, err := vm.RunString(test)
		if err != nil {
			t.Fatal(err)
		}
		fn, _ := goja.AssertFunction(v)
		want, err := fn(nil, vm.ToValue(pattern), vm.ToValue(flags), vm.ToValue(text))
		if err != nil {
			t.Fatalf("/%s/%s runs here, but in JavaScript it is %v", pattern, flags, err)
		}
		if got := m.re.MatchString(text); got != want.ToBoolean() {
			t.Fatalf("/%s/%s on %q: %v here as %s, %v in JavaScript", pattern, flags, text, got, m.re, want)
		}
	})
}

type matchCase struct {
	P, F, T string
	Got     bool
}

// TestMatchersAgainstNode holds random patterns that run here against node.
func TestMatchersAgainstNode(t *testing.T) {
	node := nodeOrSkip(t)
	r := rand.New(rand.NewPCG(7, 7))
	var cases []matchCase
	for len(cases) < 20_000 {
		c := matchCase{P: randomPattern(r, 3), F: []string{"", "", "i", "s", "is", "u"}[r.IntN(6)], T: randomText(r)}
		m := newMatcher(c.P, c.F)
		if m == nil || m.ascii && !isASCII(c.T) {
			continue
		}
		c.Got = m.re.MatchString(c.T)
		cases = append(cases, c)
	}
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", `const out = [];
for (const c of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
	let want; try { want = new RegExp(c.P, c.F).test(c.T) } catch (e) { want = e.message }
	if (want !== c.Got) out.push(JSON.stringify(c) + ' in node ' + want);
}
process.stdout.write(out.slice(0, 20).join('\n'))`)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	matched := 0
	for _, c := range cases {
		if c.Got {
			matched++
		}
	}
	if matched < len(cases)/10 || matched > len(cases)*9/10 {
		t.Errorf("%d of %d match: the cases tell little", matched, len(cases))
	}
}

func randomPattern(r *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "k", "S", "é", " ", "-", "1", `\d`, `\w`, `\s`, `\S`, `\W`, `\D`, ".", "^", "$", `\b`, `\B`, "[a-c]", "[^a]", `[\s\d-]`, "[-ab]", `[^\w\s]`, `\.`, `\n`, "_", "\u2028", ",", "x{", "&&", "[a&&b]", "[[:alpha:]]", `\Q`, `\z`, "(?i)", `\x41`}
	var b strings.Builder
	for range 1 + r.IntN(4) {
		switch k := r.IntN(12); {
		case k == 0 && depth > 0:
			b.WriteString("(" + randomPattern(r, depth-1) + ")")
		case k == 1 && depth > 0:
			b.WriteString("(?:" + randomPattern(r, depth-1) + "|" + randomPattern(r, depth-1) + ")")
		case k == 2:
			b.WriteString("|")
		default:
			b.WriteString(atoms[r.IntN(len(atoms))])
		}
		if r.IntN(3) == 0 {
			b.WriteString([]string{"*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?", "??"}[r.IntN(9)])
		}
	}
	return b.String()
}

func randomText(r *rand.Rand) string {
	letters := []string{"a", "b", "c", "k", "K", "s", "S", "é", " ", "-", "1", "\n", "\r", "\u2028", "\ufeff", "\u00a0", ".", "_", "\u212a", "ſ", "A", "x", ",", "\v"}
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(letters[r.IntN(len(letters))])
	}
	return b.String()
}

// TestEngineAgainstNode holds random patterns of every kind, as the engine gets
// them, against node. The engine's own errors that are known are few: with this
// seed, none tells match from no match.
func TestEngineAgainstNode(t *testing.T) {
	node := nodeOrSkip(t)
	r := rand.New(rand.NewPCG(3, 9))
	more := []string{"(?=a)", "(?!b)", "(?<=a)", "(?<!a)", `\1`, "(?<n>a|b)", `\k<n>`, "[^]", `\u0061`, `\x41`, `\cA`, `[\b]`, `[\w-]`, `\u{61}`, `\-`, `\a`, `\0`, "a{,2}", `[\d-x]`, "(?:)", "😀", "[😀]", "[^😀]", `\ud83d`}
	flags := []string{"", "", "i", "s", "m", "u", "g", "y", "im", "iu", "gm"}
	vm := goja.New()
	vm.Set("rewrite", func(p, f string) []string {
		p, f, err := rewritePattern(p, f)
		if err != nil {
			panic(vm.NewGoError(err)) // a SyntaxError in JavaScript
		}
		return []string{p, f}
	})
	v, err := vm.RunString("(function (p, f, t) { try { return new RegExp(...rewrite(p, f)).test(t) } catch (e) { return 'bad' } })")
	if err != nil {
		t.Fatal(err)
	}
	fn, _ := goja.AssertFunction(v)
	type tried struct {
		P, F, T string
		Got     any
	}
	var cases []tried
	for range 1000 {
		c := tried{F: flags[r.IntN(len(flags))], T: strings.NewReplacer("ſ", "s", "\u212a", "k").Replace(randomText(r)) + []string{"", "😀", "aab"}[r.IntN(3)]}
		for range 1 + r.IntN(3) {
			if r.IntN(2) == 0 {
				c.P += more[r.IntN(len(more))]
			} else {
				c.P += randomPattern(r, 2)
			}
		}
		got, err := fn(nil, vm.ToValue(c.P), vm.ToValue(c.F), vm.ToValue(c.T))
		if err != nil {
			t.Fatal(err)
		}
		c.Got = got.Export()
		cases = append(cases, c)
	}
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", `for (const c of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
	let want; try { want = new RegExp(c.P, c.F).test(c.T) } catch { continue }
	if (want !== c.Got) console.log(JSON.stringify(c), 'in node', want);
}`)
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.Output(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
