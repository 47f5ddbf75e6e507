package promptfoo

import (
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// spoken reads a text prompt as promptfoo does for Anthropic: line by line, without
// blank ones and indentation; a line that begins with system:, user: or assistant:
// begins a message. Models see the same text from both tools this way.
func spoken(prompt string) (all []pipeline.Message) {
	var system *pipeline.Message
	role, lines := "", []string(nil)
	push := func() {
		if role != "" && len(lines) > 0 {
			all = append(all, pipeline.Message{Role: role, Content: strings.Join(lines, "\n")})
			lines = nil
		}
	}
	for line := range strings.SplitSeq(prompt, "\n") {
		line = strings.TrimSpace(line)
		who, rest, marked := strings.Cut(line, ":")
		switch {
		case line == "" || marked && who == "thinking":
		case marked && who == "system":
			system = &pipeline.Message{Role: "system", Content: strings.TrimSpace(rest)}
		case marked && (who == "user" || who == "assistant"):
			push()
			role, lines = who, append(lines, strings.TrimSpace(rest))
		default:
			if role == "" {
				role = "user"
			}
			lines = append(lines, line)
		}
	}
	push()
	if len(all) == 0 && system == nil {
		all = append(all, pipeline.Message{Role: "user", Content: strings.TrimSpace(prompt)})
	}
	if system != nil {
		all = append([]pipeline.Message{*system}, all...)
	}
	return all
}
