package testsets

import "strings"

// isTranscript recognises a chat as it is kept for training a model: messages
// that end with the answer, and no input beside them.
func isTranscript(r *reader, v *value) bool {
	m := v.get("messages")
	return m != nil && (m.kind == list || r.flat) && pick(v, inputKeys) == nil && pick(v, expectedKeys) == nil
}

// transcript reads {"messages": […]}: the assistant's last message is the expected
// value, or names the expected tools, and what is before it the input. Messages
// that end with the user's expect nothing.
func (r *reader) transcript(c *Case, v *value) {
	for i := range v.items {
		m := &v.items[i]
		switch {
		case m.kind == null:
		case m.key == "messages":
			if m = r.cell(m); r.is(m, list, "a list of messages") {
				r.answered(c, m)
			}
		case m.key == "tools", m.key == "functions":
			c.keep(m.key, m.any()) // what the model may call; no stubs
		default:
			r.field(c, m)
		}
	}
	if v.get("messages") == nil {
		r.noInput(v, []string{"messages"})
	}
}

func (r *reader) answered(c *Case, v *value) {
	last := len(v.items) - 1
	if last < 0 {
		r.chat(c, v)
		return
	}
	answer := &v.items[last]
	if role := answer.get("role"); role == nil || !IsAssistant(roles[strings.ToLower(role.text)]) {
		r.chat(c, v)
		return
	}
	before := *v
	before.items = v.items[:last]
	r.chat(c, &before)
	if content := answer.get("content"); content != nil && content.kind != null {
		if text, _ := r.content(answer, content); text != "" {
			c.Expected = text
		}
	}
	if calls := answer.get("tool_calls"); calls != nil && calls.kind == list && len(calls.items) > 0 {
		c.keep("expected_tools", r.expectedTools(calls))
	}
}

// expectedTools are calls as OpenAI's API has them, in the form of goldens.
func (r *reader) expectedTools(calls *value) (all []any) {
	for i := range calls.items {
		f := calls.items[i].get("function")
		if f == nil || f.get("name") == nil {
			r.fail(int(calls.items[i].line), "tool_calls", "a call needs a function with a name, found %s", quoteAll(calls.items[i].keys()))
			continue
		}
		tool := map[string]any{"name": f.get("name").text}
		if args := f.get("arguments"); args != nil && args.kind == text && args.text != "" {
			tool["input_parameters"] = r.parsed(args, args.text).any()
		}
		all = append(all, tool)
	}
	return all
}
