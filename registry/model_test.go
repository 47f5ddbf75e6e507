package registry

import (
	"errors"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
)

const modelAgent = `id: A
runtime:
  model:
    prompt: support
    model: openai:gpt-x
    base_url: https://models.example/v1
    api_key_env: MY_KEY
    headers: {Authorization: one, X-Api-Key: two, X-Variant: a}
    config: {temperature: 0, maxOutputTokens: 300, stop: [a, b]}
files: [data.json]
`

func modelFiles() map[string]string {
	return map[string]string{"data.json": "1", "prompts/support.prompt": "---\nmodel: openai/gpt-x\n---\n{{>tone}} Answer {{question}}", "prompts/_tone.prompt": "Be kind. {{> deep}}",
		"prompts/_deep.prompt": "Deep.", "prompts/_other.prompt": "unused", "prompts/billing/refund.prompt": "---\nmodel: openai/gpt-x\n---\nRefund {{amount}}"}
}

func TestModelRelease(t *testing.T) {
	first := must(t, project(t, modelFiles()), modelAgent)
	if names(first) != "agents/A.yaml data.json prompt support" {
		t.Errorf("parts %s", names(first))
	}
	if ok, why := first.Cacheable(); !ok || first.Untraceable != "" {
		t.Errorf("a model can't be cached: %s", why)
	}
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(modelAgent) }
	for what, c := range map[string]struct {
		agent string
		file  string // to change
		same  bool
	}{
		"as it was":            {modelAgent, "", true},
		"a comment":            {modelAgent + "# x\n", "", true},
		"rules":                {modelAgent + "evals: [{test_set: x}]\ntests: [x]\ndescription: y\n", "", true},
		"0.0":                  {edit("temperature: 0", "temperature: 0.0", "300", "3.0e2"), "", true},
		"order":                {edit("{temperature: 0, maxOutputTokens: 300", "{maxOutputTokens: 300, temperature: 0"), "", true},
		"provider form":        {edit("openai:gpt-x", "openai/gpt-x"), "", true},
		"key":                  {edit("MY_KEY", "OTHER_KEY", "Authorization: one", "authorization: three", "X-Api-Key: two, ", ""), "", true},
		"slash":                {edit("/v1", "/v1/"), "", true},
		"unused partial":       {modelAgent, "prompts/_other.prompt", true},
		"other prompt":         {modelAgent, "prompts/billing/refund.prompt", true},
		"temperature":          {edit("temperature: 0", "temperature: 0.1"), "", false},
		"order of stops":       {edit("[a, b]", "[b, a]"), "", false},
		"model":                {edit("gpt-x", "gpt-y"), "", false},
		"no model":             {edit("    model: openai:gpt-x\n", ""), "", false},
		"base_url":             {edit("models.example", "elsewhere.example"), "", false},
		"header":               {edit("X-Variant: a", "X-Variant: b"), "", false},
		"stream":               {edit("    config", "    stream: true\n    config"), "", false},
		"declared version":     {modelAgent + "version: '2'\n", "", false},
		"prompt":               {modelAgent, "prompts/support.prompt", false},
		"partial":              {modelAgent, "prompts/_tone.prompt", false},
		"partial of a partial": {modelAgent, "prompts/_deep.prompt", false},
		"declared file":        {modelAgent, "data.json", false},
		"another prompt":       {edit("support", "billing/refund"), "", false},
	} {
		f := modelFiles()
		if c.file != "" {
			f[c.file] += " changed"
		}
		if got := must(t, project(t, f), c.agent); (got.Digest == first.Digest) != c.same {
			t.Errorf("%s: is it the same release? want %v", what, c.same)
		}
	}
}

func TestModelPromptErrors(t *testing.T) {
	for prompt, want := range map[string][]string{
		"suport":                 {"agents/A.yaml:4: ", `"suport"`, "did you mean", "support", "billing/refund"},
		"../x":                   {"agents/A.yaml:4: ", "../x"},
		"prompts/absent.prompt":  {"agents/A.yaml:4: ", "absent"},
		"../other/absent.prompt": {"agents/A.yaml:4: ", "outside of the project"},
	} {
		f := modelFiles()
		_, err := release(t, project(t, f), strings.Replace(modelAgent, "prompt: support", "prompt: "+prompt, 1), Self{})
		var at *config.Error
		if !errors.As(err, &at) {
			t.Errorf("%s: %v", prompt, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q lacks %q", prompt, err, w)
			}
		}
	}
	if _, err := release(t, project(t, map[string]string{"data.json": ""}), modelAgent, Self{}); err == nil || !strings.HasPrefix(err.Error(), "agents/A.yaml:4: ") {
		t.Errorf("no prompts at all: %v", err)
	}
	f := modelFiles()
	f["prompts/support.prompt"] = "Hello"
	if _, err := release(t, project(t, f), strings.Replace(modelAgent, "    model: openai:gpt-x\n", "", 1), Self{}); err == nil || !strings.Contains(err.Error(), "names no model") {
		t.Errorf("nobody names a model: %v", err)
	}
	f["prompts/support.prompt"] = "{{> absent}}"
	if _, err := release(t, project(t, f), modelAgent, Self{}); err == nil || !strings.Contains(err.Error(), "absent") || !strings.HasPrefix(err.Error(), "agents/A.yaml:4: ") {
		t.Errorf("a partial is missing: %v", err)
	}
}

func TestModelPromptByPath(t *testing.T) {
	f := modelFiles()
	f["elsewhere/mine.prompt"] = "---\nmodel: openai/gpt-x\n---\nHello {{> part}}"
	f["elsewhere/_part.prompt"] = "part"
	agent := strings.Replace(modelAgent, "prompt: support", "prompt: elsewhere/mine.prompt", 1)
	one := must(t, project(t, f), agent)
	f["elsewhere/_part.prompt"] = "other"
	if must(t, project(t, f), agent).Digest == one.Digest {
		t.Error("the release does not depend on a partial beside the prompt")
	}
}

func TestModelErrors(t *testing.T) {
	secret := "sk-123-secret"
	for text, want := range map[string]string{
		"{model: {}}": "agents/A.yaml:2: runtime.model.prompt is missing",
		"{model: {prompt: x}, process: {command: [x]}}":                    "runtime has both process and model; keep one",
		"{model: {prompt: x}, http: {}, process: {}}":                      "runtime has both process and http and model; keep one",
		"{model: {prompt: x, base_url: ftp://x}}":                          "runtime.model.base_url: must be a URL",
		"{model: {prompt: x, base_url: 'https://'}}":                       "runtime.model.base_url: must be a URL",
		"{model: {prompt: x, base_url: 'https://me:" + secret + "@x/v1'}}": "holds a user or password",
		"{model: {prompt: x, base_url: 'https://" + secret + "%zz'}}":      "must be a URL",
		"{model: {prompt: x, api_key_env: " + secret + "}}":                "must be the name of an environment variable",
		"{model: {prompt: x, temperature: 0}}":                             `unknown key "temperature" in runtime.model`,
		"{model: {prompt: x, config: [a]}}":                                `"runtime.model.config": expected a mapping`,
		"{model: {prompt: x, stream: often}}":                              "expected true or false",
	} {
		root := project(t, map[string]string{"agents/A.yaml": "id: A\nruntime: " + text + "\n"})
		_, err := LoadAgent(root, root, "A")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "agents/A.yaml:2") {
			t.Errorf("%s: %v, want %q", text, err, want)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

func TestCacheable(t *testing.T) {
	root := project(t, map[string]string{"x.py": "", "router": "#!/bin/sh\n"})
	for agent, want := range map[string]string{
		"runtime: {http: {url: 'http://x/v1', model: m}}":                   "declare version:",
		"runtime: {http: {url: 'http://x/v1', model: m}}\nfiles: [x.py]":    "declare version:",
		"runtime: {http: {url: 'http://x/v1', model: m}}\nversion: '1'":     "",
		"runtime: {process: {command: [./router]}}":                         "",
		"runtime: {process: {command: [python3, -m, x]}}":                   "runs code that no file",
		"runtime: {process: {command: [python3, -m, x]}}\nfiles: [x.py]":    "",
		"runtime: {process: {command: [docker, run, image]}}\nversion: '1'": "",
	} {
		ok, why := must(t, root, "id: A\n"+agent+"\n").Cacheable()
		if ok != (want == "") || !strings.Contains(why, want) {
			t.Errorf("%s: %v, %q", agent, ok, why)
		}
	}
	if ok, why := (Release{}).Cacheable(); ok || why == "" {
		t.Error("nothing can be cached")
	}
}

// TestProgramRelease: a model that is a program is another one when a file of its
// command changes.
func TestProgramRelease(t *testing.T) {
	agent := "id: A\nruntime: {model: {prompt: support, model: 'process:sh answer.sh'}}\n"
	f := modelFiles()
	f["answer.sh"] = "echo"
	first := must(t, project(t, f), agent)
	if again := must(t, project(t, f), agent); again.Digest != first.Digest {
		t.Error("the same files are another release")
	}
	f["answer.sh"] = "echo changed"
	if again := must(t, project(t, f), agent); again.Digest == first.Digest {
		t.Errorf("the program changed, the release did not: %s", names(again))
	}
}
