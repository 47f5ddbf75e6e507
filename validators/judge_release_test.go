package validators

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
)

// Each part that can change what a judge says changes its release.
func TestJudgingRelease(t *testing.T) {
	dir := t.TempDir()
	make := func(change func(*Judging, *JudgeConfig)) string {
		c := JudgeConfig{Release: "sha256:model", Prompts: &Prompts{}}
		j := &Judging{Name: "openai:gpt-5.4"}
		change(j, &c)
		j.Judge = NewJudge(c)
		r, err := j.Release("faithfulness")
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Prompts) != 3 || r.Definition == "" || r.Metric != "faithfulness" {
			t.Errorf("%+v", r)
		}
		return r.Digest()
	}
	base := make(func(*Judging, *JudgeConfig) {})
	if base != make(func(j *Judging, _ *JudgeConfig) { j.NoReasons = true }) {
		t.Error("reasons do not change the score")
	}
	if err := os.WriteFile(filepath.Join(dir, "claims.prompt"), []byte("---\noutput: {format: json}\n---\nother words"), 0o644); err != nil {
		t.Fatal(err)
	}
	hot := 0.7
	for what, change := range map[string]func(*Judging, *JudgeConfig){
		"name":  func(j *Judging, _ *JudgeConfig) { j.Name = "x" },
		"model": func(_ *Judging, c *JudgeConfig) { c.Release = "sha256:other" },
		"mode":  func(j *Judging, _ *JudgeConfig) { j.Mode = judged.Old },
		"parameters": func(j *Judging, _ *JudgeConfig) {
			j.Params = map[string]json.RawMessage{"faithfulness": []byte(`{"threshold":0.7}`)}
		},
		"temperature": func(_ *Judging, c *JudgeConfig) { c.Config.Temperature = &hot },
		"a prompt":    func(_ *Judging, c *JudgeConfig) { c.Prompts = &Prompts{Dir: dir} },
	} {
		if make(change) == base {
			t.Errorf("%s makes no other release", what)
		}
	}
	// Every judged metric has a release.
	j := &Judging{Name: "x", Judge: NewJudge(JudgeConfig{})}
	for _, m := range Known() {
		if m.Kind != KindJudged {
			continue
		}
		if r, err := j.Release(m.Name); err != nil || r.Metric != m.Name {
			t.Errorf("%s: %+v, %v", m.Name, r, err)
		}
	}
}
