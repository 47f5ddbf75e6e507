package promptfoo

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// unable is why a provider can't judge by a type of assertion that wants a judge
// with tools, or one that searches; "" = it can, or is the user's own program, of
// which nobody knows. To the letter such a program can't either.
func unable(p *project.Provider, kind string, exact bool) string {
	kind = strings.TrimPrefix(kind, "not-")
	if kind != "agent-rubric" && kind != "search-rubric" {
		return ""
	}
	own := p.Call.Kind != project.CallChat && !exact
	switch {
	case own:
		return ""
	case kind == "agent-rubric":
		return fmt.Sprintf("%s needs an agent as judge, and %q is none", kind, p.ID)
	case !searches(p):
		return fmt.Sprintf("%s needs a judge that searches the web, and %q does not: give it a search tool", kind, p.ID)
	}
	return ""
}

// searches says that a model looks things up, by its name or its tools.
func searches(p *project.Provider) bool {
	for _, name := range []string{"perplexity", "gpt-5-search-api", "gpt-4o-search-preview", "gpt-4o-mini-search-preview"} {
		if strings.Contains(p.ID, name) {
			return true
		}
	}
	parameters, _ := p.Config.Get("search_parameters")
	if textAt(parameters, "mode") == "on" {
		return true
	}
	tools, _ := p.Config.Get("tools")
	list, _ := tools.([]any)
	for _, t := range list {
		_, google := jsvalue.Field(t, "googleSearch")
		if google || strings.HasPrefix(textAt(t, "type"), "web_search") {
			return true
		}
	}
	return false
}
