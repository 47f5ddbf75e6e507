package project

import (
	"path/filepath"
	"testing"
)

// What the environment says counts where the configuration says nothing.
func TestSettingsOfTheEnvironment(t *testing.T) {
	env := map[string]string{"PROMPTFOO_DELAY_MS": "7", "PROMPTFOO_EVAL_TIMEOUT_MS": "900", "PROMPTFOO_MAX_EVAL_TIME_MS": "5000", "PROMPTFOO_PROMPT_SEPARATOR": "===", "PROMPTFOO_DISABLE_CONVERSATION_VAR": "true"}
	files := map[string]string{
		"promptfooconfig.yaml": "prompts: [file://p.txt]\nproviders: [echo]\nevaluateOptions: {timeoutMs: 100}\ntests: [{vars: {q: a}}]\n",
		"p.txt":                "one\n---\nstill one\n===\ntwo\n",
	}
	file := write(t, files)
	p, problems := Load(t.Context(), file, Options{Environ: env})
	if e := p.Evaluate; len(problems) > 0 || e.DelayMS != 7 || e.TimeoutMS != 100 || e.MaxEvalTimeMS != 5000 || len(p.Prompts) != 2 || !p.Tests[0].Options.DisableConversation {
		t.Errorf("%+v, %d prompts, %v", e, len(p.Prompts), problems)
	}
	_, problems = Load(t.Context(), file, Options{Environ: map[string]string{"PROMPTFOO_DELAY_MS": "soon", "PROMPTFOO_SHORT_CIRCUIT_TEST_FAILURES": "1"}})
	if len(problems) != 2 || problems[0].Fatal == problems[1].Fatal || filepath.Base(problems[0].File) != "promptfooconfig.yaml" {
		t.Errorf("%+v", problems)
	}
}
