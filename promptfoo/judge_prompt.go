package promptfoo

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// promptName names the judge prompt of a step, among those of package validators:
// what judges are asked where a configuration brings no rubricPrompt of its own.
// The form of each reply is what package assertions reads.
func promptName(step string) string { return "promptfoo-" + strings.ReplaceAll(step, ":", "-") }

// judgePrompt words a judge's question as a chat. The data is written as JSON, so
// that nothing in it can pass for an instruction.
func (r *Runner) judgePrompt(step string, data map[string]any) (string, error) {
	name := promptName(step)
	p, err := r.Prompts.Find(name, name)
	if err != nil {
		return "", err
	}
	vars := make(map[string]any, len(data))
	for k, v := range data {
		vars[k] = jsvalue.Plain(v)
	}
	out, err := p.Render(dotprompt.Input{Vars: vars})
	if err != nil {
		return "", fmt.Errorf("judge prompt %s: %w", name, err)
	}
	var chat []any
	for _, m := range out.Messages {
		var text strings.Builder
		for _, part := range m.Parts {
			text.WriteString(part.Text)
		}
		chat = append(chat, jsvalue.NewObject("role", m.Role, "content", strings.TrimSpace(text.String())))
	}
	prompt, _ := jsvalue.Stringify(chat, "")
	return prompt, nil
}

// stepsOf are the questions that an assertion's judge is asked.
func stepsOf(kind string) []string {
	switch kind = strings.TrimPrefix(kind, "not-"); kind {
	case "model-graded-factuality":
		return []string{"factuality"}
	case "g-eval":
		return []string{"g-eval-steps", "g-eval"}
	case "context-faithfulness":
		return []string{"context-faithfulness-longform", "context-faithfulness-nli"}
	}
	return []string{kind}
}

// isGoogle says whether a provider's tool calls look like Google's.
func isGoogle(p *project.Provider) bool {
	return strings.HasPrefix(p.ID, "google:") || strings.HasPrefix(p.ID, "vertex:")
}
