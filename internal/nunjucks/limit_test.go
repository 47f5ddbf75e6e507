package nunjucks

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A template that some other person wrote ends with an error: a stack that runs
// over, or memory that runs out, would end the program.
func TestHostileTemplates(t *testing.T) {
	deep := strings.Repeat("[", 900) + strings.Repeat("1,", 100_000) + "1" + strings.Repeat("]", 900)
	long := strings.Repeat("ab", 4_000_000)
	for name, template := range map[string]string{
		"a chain of additions":    "{{ 1" + strings.Repeat("+1", 6_000_000) + " }}",
		"a chain of filters":      "{{ 1" + strings.Repeat("|e", 6_000_000) + " }}",
		"a chain of alternatives": "{% if a" + strings.Repeat(" or a", 6_000_000) + " %}{% endif %}",
		"deep and indented":       "{{ deep|load|dump(10) }}",
		"letters of a long text":  "{{ long.split('').length }}",
		"parts of a long text":    "{{ long.split('b').length }}",
		"a list of letters":       "{{ long|list|length }}",
		"rounds over letters":     "{% for c in long %}{% endfor %}",
	} {
		if out, err := Render(template, map[string]any{"deep": deep, "long": long + long}, Options{}); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}

// What is long but does no harm stays.
func TestLongTemplates(t *testing.T) {
	for template, want := range map[string]string{
		"{{ [" + strings.Repeat("1,", 50_000) + "1]|length }}":    "50001",
		strings.Repeat("{{ 'a' }}", 100_000):                      strings.Repeat("a", 100_000),
		"{{ {a: [1]}|dump('→') }}":                                "{\n→\"a\": [\n→→1\n→]\n}",
		"{{ 'one, two_2 - three'|wordcount }}":                    "3",
		"{{ ' - '|wordcount }}":                                   "",
		"{{ 'héé'|wordcount }}":                                   "1",
		"{{ '--Infinity' - 0 }}{{ '-Infinity' - 0 }}":             "NaN-Infinity",
		"{{ 'a😀b'.split('').length }}{{ 'a,b,c'.split(',', 2) }}": "4a,b",
	} {
		if got, err := Render(template, nil, Options{}); err != nil || got != want {
			t.Errorf("%.60s: %.60s, %v; want %.60s", template, got, err, want)
		}
	}
}

// A rendering that only goes through large lists ends with its context, too.
func TestEndOfLargeLists(t *testing.T) {
	template, err := Compile("{% if list == list %}{% endif %}", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := template.RenderContext(ctx, map[string]any{"list": []any{1.0, 2.0}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
