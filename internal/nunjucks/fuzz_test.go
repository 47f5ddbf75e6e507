package nunjucks

import (
	"context"
	"errors"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// FuzzRender wants no panic, no endless run, and a place in each error.
func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"{{ x }}", "{% for i in list %}{{ i|upper }}{% else %}-{% endfor %}", "{% if a and not b %}1{% elif c is defined %}2{% endif %}",
		"{% set a = [1,{b:2}] %}{{ a|dump(2) }}", "{% macro m(a,b=1) %}{{ a ~ b }}{% endmacro %}{{ m(1) }}", "{# c -#} {{- 'a' -}}",
		"{% raw %}{{{% endraw %}", "{{ x.split('')|join('-')|truncate(3) }}", "{% switch x %}{% case 1 %}a{% default %}b{% endswitch %}",
		"{{ 1 // 0 ** -2 in [3] if not x else 'y'|replace('','z') }}", "{% call(x) m() %}{% endcall %}", "{% filter upper %}a{% endfilter %}",
	} {
		f.Add(s)
	}
	vars := map[string]any{"x": "World", "n": 3.0, "list": []any{"a", 1.0, nil}, "o": jsvalue.NewObject("k", []any{true})}
	f.Fuzz(func(t *testing.T, text string) {
		out, err := Render(text, vars, Options{})
		if len(out) > maxOutput {
			t.Fatalf("%d bytes of output", len(out))
		}
		var placed *Error
		if err != nil && (!errors.As(err, &placed) || placed.Line < 1 || placed.Column < 1) {
			t.Fatalf("error without a place: %#v", err)
		}
	})
}

func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"loops":    "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
		"range":    "{{ range(9999999) }}",
		"doubling": "{% set x = 'xxxxxxxxxx' %}{% for i in range(40) %}{% set x = x ~ x %}{% endfor %}{{ x }}",
		"lists":    "{% set x = [1,2] %}{% for i in range(60) %}{% set x = [x,x] %}{% endfor %}{{ x }}",
		"dump":     "{% set x = [1,2] %}{% for i in range(60) %}{% set x = {a:x,b:x} %}{% endfor %}{{ x|dump }}",
		"equal":    "{% set x = [1,2] %}{% for i in range(60) %}{% set x = [x,x] %}{% endfor %}{{ x == 'a' }}",
		"macro":    "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
		"indent":   "{{ 'a\nb'|indent(1e9) }}{{ 'a'|center(999999999) }}",
		"repeat":   "{{ 'ab'.repeat(99999999) }}",
		"replace":  "{% set x = 'xxxxxxxxxx' %}{% for i in range(18) %}{% set x = x ~ x %}{% endfor %}{{ x|replace('', x) }}",
	} {
		if out, err := Render(text, nil, Options{}); err == nil {
			t.Errorf("%s: no error, %d bytes", name, len(out))
		}
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		"a\n  {{ x | uper }}":                    `line 2, column 10: unknown filter "uper"; did you mean "upper"?`,
		"{% include 'a' %}":                      `line 1, column 4: the tag "include" is not supported here`,
		"{{ a }}\n{% if x %}":                    `line 2, column 4: the tag "if" that begins here has no "endif"`,
		"é{{ 'x }}":                              `line 1, column 5: the text that begins here has no closing quote`,
		"{{ x.nope() }}":                         `line 1, column 10: what is undefined has no function "nope" that can be called in a template`,
		"{% for a, b in [1,null] %}{% endfor %}": `line 1, column 4: an item of the list is null and can't be taken apart into 2 variables`,
	} {
		_, err := Render(text, nil, Options{})
		if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestOwnFilters(t *testing.T) {
	o := Options{Filters: map[string]Filter{"shout": func(_ context.Context, a []any) (any, error) {
		if len(a) > 1 {
			return jsvalue.ToString(a[0]) + jsvalue.ToString(a[1]), nil
		}
		return nil, errors.New("too quiet")
	}}}
	if got, err := Render("{{ x|shout('!') }}", map[string]any{"x": "a"}, o); got != "a!" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Render("{{ x|shout }}", nil, o); err == nil || err.Error() != "line 1, column 6: filter shout: too quiet" {
		t.Errorf("got %v", err)
	}
}

func BenchmarkVariable(b *testing.B) {
	t, err := Compile("{{x}}", Options{})
	if err != nil {
		b.Fatal(err)
	}
	vars := map[string]any{"x": "World"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Render(vars); err != nil {
			b.Fatal(err)
		}
	}
}
