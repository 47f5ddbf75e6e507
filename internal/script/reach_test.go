package script

import (
	"fmt"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// What inline code can't reach of its arguments is not passed; whatever might reach
// more gets all.
func TestReached(t *testing.T) {
	context := map[string]any{"vars": 1, "prompt": 2, "test": 3}
	object := jsvalue.NewObject("vars", 1, "prompt", 2)
	const all = "map[prompt:2 test:3 vars:1]"
	for source, want := range map[string]string{
		"output === 'x'":                           "map[]",
		"output === context.vars.x":                "map[vars:1]",
		"context.vars.x && context?.prompt":        "map[prompt:2 vars:1]",
		"context.nothing === undefined":            "map[]",
		"mycontext.vars":                           "map[vars:1]",
		"JSON.stringify(context)":                  all,
		"context['vars']":                          all,
		"context?.['vars']":                        all,
		"context .vars":                            all,
		"context.vars\u00a0.x":                     all,
		"const {vars} = context; vars.x":           all,
		"context.vars.x && Object.keys(context)":   all,
		"context.hasOwnProperty('vars')":           all,
		"context.__proto__":                        all,
		"'vars' in context":                        all,
		"arguments[1].vars":                        all,
		"eval('con' + 'text').vars":                all,
		`con\u0074ext.vars`:                        all,
		"context.context.vars":                     "map[vars:1]", // it has no field context
		"with (context) { vars }":                  all,
		"[...output].length > context.vars.length": "map[vars:1]",
	} {
		c := Code{Kind: KindExpression, Source: source}
		if got := fmt.Sprint(c.reached("context", context)); got != want {
			t.Errorf("%s: passes %s, not %s", source, got, want)
		}
	}
	expression := Code{Kind: KindExpression, Source: "context.vars + output.length"}
	if got, _ := jsvalue.Stringify(expression.reached("context", object), ""); got != `{"vars":1}` {
		t.Error(got)
	}
	if got := expression.reached("output", "text"); got != "text" {
		t.Error(got)
	}
	if got := expression.reached("prompt", "text"); got != nil {
		t.Error(got)
	}
	if got := (Code{Kind: KindFile, Source: ""}).reached("context", context); fmt.Sprint(got) != all {
		t.Error(got)
	}
}
