package dotprompt

import (
	"encoding/json"
	"slices"
)

// Message is one turn of a chat. Parts is never empty in what Render returns,
// except for messages of Input.History, which pass as they are.
type Message struct {
	Role  string `json:"role"` // system, user, model or tool
	Parts []Part `json:"parts"`
	// Keep is the caller's: it passes with a message of Input.History, unread.
	Keep any `json:"-"`
}

// Part is one piece of a message; exactly one field is set.
type Part struct {
	Text       string      `json:"text,omitempty"`
	Media      *Media      `json:"media,omitempty"`
	ToolCall   *ToolCall   `json:"tool_call,omitempty"`
	ToolResult *ToolResult `json:"tool_result,omitempty"`
	Section    string      `json:"section,omitempty"` // {{section "name"}}: a place that the caller fills in; has nothing to send
}

// Media is an image, sound or document.
type Media struct {
	URL  string `json:"url"`            // http, https or data
	Type string `json:"type,omitempty"` // MIME type; "" = as the URL says
}

// ToolCall is a call that a model asked for. It occurs in Input.History only.
type ToolCall struct {
	ID   string          `json:"id,omitempty"` // pairs it with its result
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"` // an object
}

// ToolResult is what a called tool gave back. It occurs in Input.History only.
type ToolResult struct {
	ID     string          `json:"id,omitempty"`
	Name   string          `json:"name"`
	Output json.RawMessage `json:"output"`
	Failed bool            `json:"failed,omitempty"` // the tool says what went wrong
}

type markKind int

const (
	markRole markKind = iota
	markHistory
	markMedia
	markSection
)

// mark is something between two bytes of the rendered text.
type mark struct {
	kind        markKind
	at          int
	text        string // role, URL or section
	contentType string
}

// messages cuts the rendered text at its marks, as the reference implementation
// does: text before any role is the user's, what follows the history is the
// model's, and white space alone between two marks is nothing.
func (r *run) messages() []Message {
	var (
		out   []Message
		parts []Part
		role  = "user"
		text  = string(r.buf)
		at    = 0
		done  = false // the history has found its place
	)
	add := func(end int) {
		if piece := text[at:end]; !isBlank(piece) {
			parts = append(parts, Part{Text: piece})
		}
		at = end
	}
	flush := func() {
		if len(parts) > 0 {
			out = append(out, Message{Role: role, Parts: parts})
		}
		parts = nil
	}
	for _, m := range r.marks {
		add(m.at)
		switch m.kind {
		case markRole:
			flush()
			role = m.text
		case markHistory:
			flush()
			out = append(out, r.in.History...)
			role, done = "model", true
		case markMedia:
			parts = append(parts, Part{Media: &Media{URL: m.text, Type: m.contentType}})
		case markSection:
			parts = append(parts, Part{Section: m.text})
		}
	}
	add(len(text))
	flush()
	if done {
		return out
	}
	return withHistory(out, r.in.History)
}

// withHistory puts the history before a last message of the user, else at the end.
func withHistory(messages, history []Message) []Message {
	last := len(messages)
	if last > 0 && messages[last-1].Role == "user" {
		last--
	}
	return slices.Insert(messages, last, history...)
}

func isBlank(s string) bool { return trimLeft(s) == "" }
