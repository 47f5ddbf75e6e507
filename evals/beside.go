package evals

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// BesideNames are the names of what a person may need to judge an answer beside
// input and output, in the order in which it is read.
func BesideNames() []string {
	return []string{"asked", "role", "conversation", "expected", "context", "retrieval_context"}
}

// beside is that of one answer, by name: what the metric needs of a case, or all
// where its question is the user's own.
func (j *Judgement) beside(c *testsets.Case, metric, asked string) map[string]string {
	m, err := validators.Lookup(metric)
	own := err != nil || slices.Contains(m.Needs, "criteria") || slices.Contains(m.Needs, "dag")
	needs := func(name string) bool { return own || slices.Contains(m.Needs, name) }
	out := map[string]string{}
	set := func(name, text string) {
		if text != "" {
			out[name] = text
		}
	}
	if own {
		kept, _ := c.Metadata["asked"].(map[string]any) // of a promptfoo project
		words, _ := kept[metric].(string)
		set("asked", cmp.Or(asked, words))
	}
	if needs("chatbot_role") {
		role, _ := c.Metadata["chatbot_role"].(string)
		set("role", role)
	}
	set("conversation", j.before(c))
	if needs("expected") && c.Expected != nil {
		set("expected", textOf(c.Expected))
	}
	retrieved := textsOf(c.Metadata["retrieval_context"])
	if needs("retrieval_context") {
		set("retrieval_context", retrieved)
	}
	if needs("context") || needs("retrieval_context") && retrieved == "" { // stands in for it
		set("context", strings.Join(c.Context, "\n\n"))
	}
	return out
}

// before is what was said and done before the answer, a line each; "" = nothing but
// the input.
func (j *Judgement) before(c *testsets.Case) string {
	var lines []string
	say := func(who, what string) { lines = append(lines, who+": "+what) }
	if j.Talk == nil {
		for _, m := range c.Messages {
			say(m.Role, m.Content)
		}
		say("user", c.Input)
	} else {
		for i, t := range j.Talk.Turns {
			for _, use := range t.Tools {
				say("tool", fmt.Sprintf("%s %s → %s", use.Name, use.Args, cmp.Or(use.Error, string(use.Output))))
			}
			if i < len(j.Talk.Turns)-1 || t.Role != "assistant" {
				say(t.Role, t.Content)
			}
		}
	}
	if len(lines) < 2 {
		return ""
	}
	return strings.Join(lines, "\n")
}

// textOf is a value as a person reads it.
func textOf(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	data, _ := json.Marshal(v)
	return string(data)
}

func textsOf(v any) string {
	list, _ := v.([]any)
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = textOf(x)
	}
	return strings.Join(texts, "\n\n")
}
