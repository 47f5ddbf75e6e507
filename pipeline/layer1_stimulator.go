package pipeline

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

//go:embed packs/stimulus.prompt
var stimulusPrompt []byte

// ChatStimulator asks a chat model for keywords. release goes into the requests:
// the digest of what answers, or the model's name. answered, if not nil, is told
// of each answer, so that it can be booked; it may be called by several
// goroutines at a time.
func ChatStimulator(g Generator, release string, answered func(Request, Asset)) (Stimulator, error) {
	p, err := dotprompt.Parse("packs/stimulus.prompt", stimulusPrompt, nil)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, m MediaPrompt, packs []*Pack, most int) ([]string, error) {
		chat, err := stimulusChat(p, m, packs, most)
		if err != nil {
			return nil, err
		}
		r := Request{ID: "stimulus-" + tail(hash64(adviceKey(&m))), Release: release, Draw: 1, Chat: chat}
		a, err := g.Generate(ctx, r)
		if answered != nil && (err == nil || a.Sends > 0) {
			answered(r, a)
		}
		switch {
		case err != nil:
			return nil, err
		case a.Err != "":
			return nil, errors.New(a.Err)
		}
		return readKeywords(a)
	}, nil
}

// stimulusChat renders the question about one prompt.
func stimulusChat(p *dotprompt.Prompt, m MediaPrompt, packs []*Pack, most int) (*Chat, error) {
	vars := map[string]any{"subject": m.Subject, "most": most}
	var hints []any
	for _, pack := range packs {
		for _, k := range pack.Keywords {
			hints = append(hints, k)
		}
	}
	for name, list := range map[string][]any{"styles": anys(m.Style), "moods": anys(m.Mood), "hints": hints} {
		if len(list) > 0 {
			vars[name] = list
		}
	}
	r, err := p.Render(dotprompt.Input{Vars: vars})
	if err != nil {
		return nil, err
	}
	chat := &Chat{Schema: r.Schema, JSON: true}
	for _, message := range r.Messages {
		var text strings.Builder
		for _, part := range message.Parts {
			text.WriteString(part.Text)
		}
		chat.Messages = append(chat.Messages, Message{Role: message.Role, Content: strings.TrimSpace(text.String())})
	}
	return chat, nil
}

func anys(texts []string) (out []any) {
	for _, t := range texts {
		out = append(out, t)
	}
	return out
}

// readKeywords reads a reply strictly: one JSON object with the one key.
func readKeywords(a Asset) ([]string, error) {
	data := []byte(a.JSON)
	if len(data) == 0 {
		data = unfenced(a.Text)
	}
	var reply struct {
		Keywords *[]string `json:"keywords"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&reply); err != nil || reply.Keywords == nil || d.More() {
		return nil, fmt.Errorf("its reply is no JSON object with keywords: %s", config.Shorten(string(data)))
	}
	return *reply.Keywords, nil
}

// unfenced takes a reply out of the Markdown fence that some models put it in.
func unfenced(text string) []byte {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "```json"); ok {
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(inner), "```"))
	}
	return []byte(text)
}
