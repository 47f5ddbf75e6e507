package validators

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// Check looks through the user's files: each must be the wording of a question
// that there is, and show the judge something of what the question is about.
// Without it a misspelt name would leave the built-in words in force, and a
// misspelt variable would have the judge judge nothing.
func (p *Prompts) Check() error {
	steps := questionSteps()
	for _, name := range p.Replaced() {
		if strings.HasPrefix(name, "_") {
			continue // a partial, which may be of any name
		}
		step, ok := steps[name]
		if !ok {
			hint := ""
			if near := config.Nearest(name, slices.Sorted(maps.Keys(steps))); near != "" {
				hint = "; did you mean " + near + promptEnding + "?"
			}
			return fmt.Errorf("%s/%s%s words no question of a judge%s (`genops metrics show NAME` names those of a metric)", JudgePromptsDir, name, promptEnding, hint)
		}
		if err := p.checkVariables(name, step); err != nil {
			return err
		}
	}
	return nil
}

// questionSteps are the questions of the judged metrics by the names of their
// prompts, and promptfoo's with the step "".
func questionSteps() map[string]string {
	out := map[string]string{judged.TogetherPrompt: ""}
	files, _ := judgePrompts.ReadDir("prompts")
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), promptEnding); strings.HasPrefix(name, "promptfoo-") {
			out[name] = ""
		}
	}
	for _, m := range judged.Known() {
		for _, name := range m.Prompts() {
			step := stepOf(m.Steps, name)
			out[name], out[strings.ReplaceAll(step, "_", "-")] = step, step
		}
	}
	return out
}

// furtherVariables are those that the built-in wording of a step, or of a
// question, makes no use of.
var furtherVariables = map[string][]string{
	"reason":                  {"about"},
	"summarization-reason":    {"alignment", "coverage"},
	"role-adherence-reason":   {"chatbot_role"},
	"json-correctness-reason": {"actual_output", "fields"},
}

// checkVariables compares the variables of a user's file with those of the
// question.
func (p *Prompts) checkVariables(name, step string) error {
	mine, err := p.parse(name, false)
	if err != nil || step == "" {
		return err
	}
	known, uses := knownVariables(name, step), false
	for _, v := range mine.Variables() {
		if !slices.Contains(known, v.Name) {
			hint := ""
			if near := config.Nearest(v.Name, known); near != "" {
				hint = "; did you mean " + near + "?"
			}
			return fmt.Errorf("%s:%d: unknown variable %s%s (known: %s)", v.File, v.Line, quote(v.Name), hint, strings.Join(known, ", "))
		}
		uses = uses || v.Name != "count" && v.Name != "about"
	}
	if !uses {
		return fmt.Errorf("%s/%s%s shows the judge nothing of what it is asked about (known: %s)", JudgePromptsDir, name, promptEnding, strings.Join(known, ", "))
	}
	return nil
}

// knownVariables are those that a question is rendered with, sorted.
func knownVariables(name, step string) []string {
	known := slices.Concat([]string{"count"}, furtherVariables[name], furtherVariables[step])
	shared := strings.ReplaceAll(step, "_", "-")
	for n, more := range furtherVariables {
		if name == shared && strings.HasSuffix(n, "-"+shared) { // it serves several metrics
			known = append(known, more...)
		}
	}
	for _, n := range []string{name, shared} {
		if built, err := (&Prompts{}).parse(n, true); err == nil {
			for _, v := range built.Variables() {
				known = append(known, v.Name)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(known)))
}

func (p *Prompts) parse(name string, builtIn bool) (*dotprompt.Prompt, error) {
	file, data, err := p.read(name, builtIn)
	if err != nil {
		return nil, err
	}
	return dotprompt.Parse(file, data, p.partial)
}
