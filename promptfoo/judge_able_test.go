package promptfoo

import (
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

func TestUnable(t *testing.T) {
	chat := func(id, config string) *project.Provider {
		v, err := jsvalue.Parse(config)
		if err != nil {
			t.Fatal(err)
		}
		return &project.Provider{ID: id, Config: objectOf(v), Call: project.Call{Kind: project.CallChat}}
	}
	script := &project.Provider{ID: "file://judge.js", Call: project.Call{Kind: project.CallScript}}
	for _, c := range []struct {
		p     *project.Provider
		kind  string
		exact bool
		able  bool
	}{
		{chat("openai:chat:gpt-5.5", `{}`), "llm-rubric", false, true},
		{chat("openai:chat:gpt-5.5", `{}`), "search-rubric", false, false},
		{chat("openai:responses:gpt-5.5", `{"tools":[{"type":"web_search_preview"}]}`), "not-search-rubric", true, true},
		{chat("google:gemini-2.5-pro", `{"tools":[{"googleSearch":{}}]}`), "search-rubric", false, true},
		{chat("perplexity:sonar", `{}`), "search-rubric", true, true},
		{chat("openai:chat:gpt-5.5", `{}`), "agent-rubric", false, false},
		{script, "agent-rubric", false, true},
		{script, "agent-rubric", true, false},
		{script, "search-rubric", true, false},
	} {
		if why := unable(c.p, c.kind, c.exact); (why == "") != c.able {
			t.Errorf("%s by %s, exact %v: %q", c.kind, c.p.ID, c.exact, why)
		}
	}
}
