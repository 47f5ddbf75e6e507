package registry

import (
	"strings"
	"testing"
)

const toolAgent = "id: T\nruntime: {model: {prompt: p, model: \"openai:m\"}}\n"

func TestTools(t *testing.T) {
	root := project(t, map[string]string{
		"agents/T.yaml":     toolAgent,
		"prompts/p.prompt":  "---\ntools: [lookup, refund]\n---\nhi",
		"tools/lookup.yaml": "description: finds an order\ninputSchema: {order: \"string, its number\"}\n",
		"tools/refund.json": `{"name": "refund_order", "inputSchema": {"type": "object", "properties": {"order": {"type": "string"}}}}`,
	})
	a, err := LoadAgent(root, root, "T")
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Prompt()
	if err != nil {
		t.Fatal(err)
	}
	tools, err := a.Tools(p)
	if err != nil || len(tools) != 2 || tools[0].Name != "lookup" || tools[0].Description != "finds an order" ||
		!strings.Contains(string(tools[0].InputSchema), `"its number"`) || tools[1].Name != "refund_order" {
		t.Fatalf("%+v, %v", tools, err)
	}
	before, err := a.Release(root, Self{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, root, "tools/lookup.yaml", "description: finds any order\n")
	if after, err := a.Release(root, Self{}); err != nil || after.Digest == before.Digest {
		t.Errorf("another tool is the same release (%v)", err)
	}
}

func TestToolsErrors(t *testing.T) {
	for tools, want := range map[string]string{
		"lokup":   `prompts/p.prompt: the tool "lokup" is named but not defined: did you mean "lookup"? known: lookup`,
		"../evil": `the tool "../evil" is named but not defined`,
	} {
		root := project(t, map[string]string{"agents/T.yaml": toolAgent, "prompts/p.prompt": "---\ntools: [\"" + tools + "\"]\n---\nhi",
			"tools/lookup.yaml": "description: x\n", "evil.yaml": "description: outside of tools\n"})
		a, err := LoadAgent(root, root, "T")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Release(root, Self{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", tools, err)
		}
	}
	root := project(t, map[string]string{"agents/T.yaml": toolAgent, "prompts/p.prompt": "---\ntools: [x]\n---\nhi", "tools/x.yaml": "descripton: y\n"})
	a, _ := LoadAgent(root, root, "T")
	p, err := a.Prompt()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Tools(p); err == nil || !strings.Contains(err.Error(), `tools/x.yaml:1: unknown key "descripton"`) {
		t.Errorf("%v", err)
	}
}
