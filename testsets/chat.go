package testsets

import (
	"maps"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// isChat says that a value is a list of messages.
func isChat(v *value) bool {
	if v == nil || v.kind != list || len(v.items) == 0 {
		return false
	}
	return !slices.ContainsFunc(v.items, func(m value) bool {
		return m.kind != object || m.get("role") == nil || m.get("content") == nil
	})
}

// chat reads a list of messages: the last one is the input, those before it are
// the history. It must be the user's, or there would be nothing to answer; a
// lone system message counts as one. What a Message can't hold is kept whole as
// metadata.
func (r *reader) chat(c *Case, v *value) {
	all, whole := r.turns(v)
	if len(all) == 0 {
		r.fail(int(v.line), v.key, "the input is empty")
		return
	}
	last := all[len(all)-1]
	switch role := strings.ToLower(last.Role); role {
	case "user":
	case "system":
		if len(all) > 1 {
			r.fail(int(v.items[len(v.items)-1].line), v.key, "the last message is of role %s: a %s message comes first, the user's last", role, role)
		}
	default:
		r.fail(int(v.items[len(v.items)-1].line), v.key, "the last message is of role %s, not user: there is nothing to answer", config.Shorten(last.Role))
	}
	if strings.TrimSpace(last.Content) == "" {
		r.fail(int(v.line), v.key, "the input is empty")
	}
	c.Input = last.Content
	if c.Messages = all[: len(all)-1 : len(all)-1]; len(c.Messages) == 0 {
		c.Messages = nil
	}
	if !whole {
		c.keep("messages", v.any())
	}
}

// turns reads messages; whole is false where one has more than role and text.
func (r *reader) turns(v *value) (all []Message, whole bool) {
	if !r.is(v, list, "a list of messages") {
		return nil, true
	}
	whole = true
	for i := range v.items {
		m := &v.items[i]
		if m.kind != object {
			r.fail(int(m.line), v.key, "expected an object with role and content, found %s", m.describe())
			continue
		}
		role, content := m.get("role"), m.get("content")
		if role == nil || role.kind != text || role.text == "" {
			r.fail(int(m.line), v.key, "a message needs a role")
			continue
		}
		name, known := roles[strings.ToLower(role.text)]
		if !known {
			r.fail(int(role.line), v.key, "unknown role %s; known: %s", config.Shorten(role.text), strings.Join(slices.Sorted(maps.Keys(roles)), ", "))
			continue
		}
		text, ok := r.content(m, content)
		whole = whole && ok && len(m.items) == 2
		all = append(all, Message{Role: name, Content: text})
	}
	return all, whole
}

// content reads the text of a message: a text, null beside tool calls, or a
// list of text parts.
func (r *reader) content(m, v *value) (joined string, plain bool) {
	switch {
	case v == nil:
		r.fail(int(m.line), "", "a message needs content; found %s", quoteAll(m.keys()))
		return "", true
	case v.kind == text:
		return v.text, true
	case v.kind == null:
		return "", false
	case !r.is(v, list, "text or a list of parts"):
		return "", true
	}
	var parts []string
	for i := range v.items {
		part := &v.items[i]
		t := part.get("text")
		if part.kind != object || t == nil || t.kind != text {
			r.fail(int(part.line), "content", "only parts with a text can be read, found %s", describePart(part))
			continue
		}
		parts = append(parts, t.text)
	}
	return strings.Join(parts, "\n"), len(v.items) == 1
}

func describePart(part *value) string {
	if t := part.get("type"); t != nil && t.kind == text {
		return "one of type " + config.Shorten(t.text)
	}
	return part.describe()
}

// promptKeys are what named inputs call the one that is the prompt.
var promptKeys = append(slices.Clone(inputKeys), "question", "prompt", "message", "user_input")

// inputs reads an input that may be an object of named values: these become the
// variables, and the prompt among them the input.
func (r *reader) inputs(c *Case, v *value) {
	if isChat(v) {
		r.chat(c, v)
		return
	}
	if v.kind != object {
		r.input(c, v, v.key)
		return
	}
	keys := promptKeys
	if r.opt.Input != "" {
		keys = []string{r.opt.Input}
	}
	prompt := pick(v, keys)
	if chat := v.get("messages"); prompt == nil && isChat(chat) {
		prompt = chat
	}
	if prompt == nil && len(v.items) == 1 && v.items[0].kind == text && r.opt.Input == "" {
		prompt = &v.items[0]
	}
	switch {
	case prompt == nil && r.opt.Input != "":
		r.noInput(v, keys)
	case prompt == nil && len(v.items) == 0:
		r.fail(int(v.line), v.key, "the input is empty")
	case prompt == nil:
		r.input(c, v, v.key)
	case isChat(prompt):
		r.chat(c, prompt)
	default:
		r.input(c, prompt, prompt.key)
	}
	if prompt != nil && prompt.key == "messages" {
		rest := v.object()
		if delete(rest, "messages"); len(rest) > 0 {
			c.Vars = rest
		}
		return
	}
	c.Vars = v.object()
}

// ideal reads an answer that may be a list: then any one of its texts is right.
func (r *reader) ideal(c *Case, v *value) {
	if v = r.cell(v); v.kind != list {
		c.Expected = r.labelled(v)
		return
	}
	switch len(v.items) {
	case 0:
		r.fail(int(v.line), v.key, "the list of right answers is empty")
	case 1:
		c.Expected = v.items[0].any()
	default:
		for i := range v.items {
			if k := v.items[i].kind; k == null || k == object || k == list {
				r.fail(int(v.items[i].line), v.key, "a right answer must be text or a number, found %s", v.items[i].describe())
				return
			}
		}
		c.Assert = append(c.Assert, Assertion{Type: "one-of", Value: v.appendJSON(nil), Line: int(v.line)})
	}
}

// keep keeps a value as metadata under a key that is still free.
func (c *Case) keep(key string, v any) {
	if c.Metadata == nil {
		c.Metadata = map[string]any{}
	}
	for name := key; ; name += "_" {
		if _, taken := c.Metadata[name]; !taken {
			c.Metadata[name] = v
			return
		}
	}
}
