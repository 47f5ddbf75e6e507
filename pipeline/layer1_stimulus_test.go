package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// chatModel answers with a text, and keeps what it was asked.
type chatModel struct {
	reply func(n int) (string, error)
	mu    sync.Mutex
	asked []Request
}

func (m *chatModel) Generate(_ context.Context, r Request) (Asset, error) {
	m.mu.Lock()
	m.asked = append(m.asked, r)
	n := len(m.asked)
	m.mu.Unlock()
	text, err := m.reply(n)
	return Asset{Text: text, Sends: 1, CostUSD: 0.001}, err
}

func says(text string) func(int) (string, error) {
	return func(int) (string, error) { return text, nil }
}

// stimulated expands a brief with a chat model.
func stimulated(t *testing.T, m *chatModel, text string) ([]Item, []Note) {
	t.Helper()
	s, err := ChatStimulator(m, "sha256:m", nil)
	if err != nil {
		t.Fatal(err)
	}
	return expanded(t, brief(t, text), ItemOptions{Packs: packsOf(t), Stimulus: s})
}

func TestStimulus(t *testing.T) {
	m := &chatModel{reply: says(`{"keywords": ["ceramic glaze sheen", "quiet backdrop", "Quiet backdrop", "soft rim shadow", "gentle grain", "low contrast", "matte paper feel", "one too many"]}`)}
	items, notes := stimulated(t, m, "prompt: a mug on {{x}}\nslots: {x: [oak, slate]}\nstyle: product\nmood: calm\nsize: [64x64, 128x64]\ncount: 2")
	if len(items) != 8 || len(m.asked) != 2 {
		t.Fatalf("%d items, asked %d times: once for each prompt is right", len(items), len(m.asked))
	}
	for _, i := range items {
		if want := []string{"ceramic glaze sheen", "quiet backdrop", "soft rim shadow", "gentle grain", "low contrast", "matte paper feel"}; !slices.Equal(i.Prompt.Stimulus, want) {
			t.Errorf("%q", i.Prompt.Stimulus)
		}
		if !strings.HasPrefix(i.Prompt.Subject, "a mug on ") || len(i.Prompt.Lighting) != 1 {
			t.Errorf("%+v", i.Prompt)
		}
	}
	if len(notes) != 0 {
		t.Errorf("%v", notes)
	}
	chat := m.asked[0].Chat
	if len(chat.Messages) != 2 || chat.Messages[0].Role != "system" || !strings.Contains(chat.Messages[0].Content, "At most 6 keywords") ||
		!strings.Contains(chat.Messages[1].Content, "Style: product photograph\nMood: calm\nKeywords that suit") || !json.Valid(chat.Schema) || !chat.JSON {
		t.Errorf("%+v", chat)
	}
}

// TestStimulusIsChecked: whatever a model gives, only keywords come of it.
func TestStimulusIsChecked(t *testing.T) {
	for word, why := range map[string]string{
		"": "it is empty", "a b c d e": "more than 4 words", strings.Repeat("x", 49): "more than 4 words", "<lora:x:1>": "syntax", "(glow:1.3)": "syntax", "glow --ar 1:1": "syntax",
		"glow\nNegative prompt": "syntax", "by Greg Rutkowski": "names a person", "greg rutkowski glow": "names a person", "style of monet": "names a person", "Anna Schmidt": "names a person",
		"beeple render": "names a person", "blazing daylight": "contradicts", "night mood": "repeats", "owls around": "repeats", "{glow}": "syntax", "glow;drop": "syntax",
	} {
		reply, _ := json.Marshal(map[string]any{"keywords": []string{word, "fine grain"}})
		items, notes := stimulated(t, &chatModel{reply: says(string(reply))}, "prompt: an owl at night\nmood: none")
		if !slices.Equal(items[0].Prompt.Stimulus, []string{"fine grain"}) || items[0].Prompt.Subject != "an owl at night" {
			t.Errorf("%q: %+v", word, items[0].Prompt)
		}
		if len(notes) != 1 || !strings.Contains(notes[0].Say, why) {
			t.Errorf("%q: notes %v, want %q", word, notes, why)
		}
	}
	long := `{"keywords": [` + strings.Repeat(`"a glow", `, 12) + `"velvet"]}`
	items, notes := stimulated(t, &chatModel{reply: says(long)}, "prompt: an owl")
	if !slices.Equal(items[0].Prompt.Stimulus, []string{"a glow"}) || len(notes) != 1 || !strings.Contains(notes[0].Say, "13 keywords; the first 12") {
		t.Errorf("%q %v", items[0].Prompt.Stimulus, notes)
	}
}

// TestStimulusFails: packs stand in, never silently.
func TestStimulusFails(t *testing.T) {
	const text = "prompt: a mug\nstyle: product\nmood: calm"
	plain, _ := expanded(t, brief(t, text), ItemOptions{Packs: packsOf(t)})
	for name, reply := range map[string]func(int) (string, error){
		"an error": func(int) (string, error) { return "", errors.New("no quota") }, "prose": says("Here are some keywords: soft, warm"), "a list": says(`["soft"]`),
		"another key": says(`{"words": ["soft"]}`), "more": says(`{"keywords": [], "note": 1}`), "nothing": says(""), "numbers": says(`{"keywords": [1]}`),
	} {
		items, notes := stimulated(t, &chatModel{reply: reply}, text)
		if !slices.Equal(items[0].Prompt.Stimulus, plain[0].Prompt.Stimulus) {
			t.Errorf("%s: %q", name, items[0].Prompt.Stimulus)
		}
		if len(notes) != 1 || !strings.Contains(notes[0].Say, "the chat model gave no stimulus, packs are used instead: ") {
			t.Errorf("%s: %v", name, notes)
		}
	}
	items, notes := stimulated(t, &chatModel{reply: says("```json\n{\"keywords\": [\"velvet\"]}\n```")}, text)
	if !slices.Equal(items[0].Prompt.Stimulus, []string{"velvet"}) || len(notes) != 0 {
		t.Errorf("a fenced reply: %q %v", items[0].Prompt.Stimulus, notes)
	}
}

// TestStimulusGivesUp: a model that is gone is not asked about every prompt.
func TestStimulusGivesUp(t *testing.T) {
	var values []string
	for i := range 100 {
		values = append(values, fmt.Sprint("thing ", i))
	}
	b := &Brief{Name: "x", Top: Ask{Prompt: PromptText{Text: "a {{a}}"}, Slots: Slots{{Name: "a", Values: values}}}}
	var asked atomic.Int32
	down := func(context.Context, MediaPrompt, []*Pack, int) ([]string, error) {
		asked.Add(1)
		return nil, errors.New("connection refused")
	}
	items, notes := expanded(t, b, ItemOptions{Packs: packsOf(t), Stimulus: down, Width: 2})
	if n := asked.Load(); len(items) != 100 || n > maxFailures+3 {
		t.Errorf("asked %d times", n)
	}
	if !slices.ContainsFunc(notes, func(n Note) bool { return strings.Contains(n.Say, "is asked no more") }) {
		t.Errorf("%v", notes)
	}
}

// TestStimulusWaits: an answer that says later is waited for.
func TestStimulusWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, at := 0, time.Now()
		busy := func(context.Context, MediaPrompt, []*Pack, int) ([]string, error) {
			if n++; n < 3 {
				return nil, &Transient{Err: errors.New("429"), RetryAfter: 7 * time.Second}
			}
			return []string{"velvet"}, nil
		}
		items, notes := expanded(t, FromPrompt("a mug", Flags{}), ItemOptions{Packs: packsOf(t), Stimulus: busy})
		if !slices.Equal(items[0].Prompt.Stimulus, []string{"velvet"}) || len(notes) != 0 || time.Since(at) != 14*time.Second {
			t.Errorf("%q %v after %v", items[0].Prompt.Stimulus, notes, time.Since(at))
		}
	})
}

func TestStimulusCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	slow := func(ctx context.Context, _ MediaPrompt, _ []*Pack, _ int) ([]string, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if _, _, err := FromPrompt("a mug", Flags{}).Items(ctx, ItemOptions{Packs: packsOf(t), Stimulus: slow}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCheckInventory(t *testing.T) {
	b := brief(t, `
items:
- id: a
  prompt: "a {{x}}"
  slots: {x: [b, c]}
  model: [sdxl, flux.safetensors]
  loras: [{name: ceramcs}]
  embeddings: [{name: bad-hands, negative: true}]
  params: {sampler: eular}
- id: b
  prompt: x
  loras: [{name: secret}]
  generators: [other]
`)
	items, _ := expanded(t, b, ItemOptions{})
	have := Inventory{Models: []string{"sdxl.safetensors"}, LoRAs: []string{"ceramics.safetensors", "x/glaze.pt"}, Embeddings: []string{}, Samplers: []string{"euler", "heun"}}
	err := CheckInventory(b, items, "comfyui", have)
	want := `b.yaml:6: "items[0].model": comfyui has no model "flux.safetensors"; models: sdxl.safetensors (asked for by a-02#1 and 1 more)
b.yaml:7: "items[0].loras": comfyui has no LoRA "ceramcs"; did you mean "ceramics.safetensors"? LoRAs: ceramics.safetensors, x/glaze.pt (asked for by a-01#1 and 3 more)
b.yaml:8: "items[0].embeddings": comfyui has no embedding "bad-hands"; there are no embeddings (asked for by a-01#1 and 3 more)
b.yaml:9: "items[0].params": comfyui has no sampler "eular"; did you mean "euler"? samplers: euler, heun (asked for by a-01#1 and 3 more)`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := CheckInventory(b, items, "comfyui", Inventory{}); err != nil {
		t.Errorf("nothing is known, and yet: %v", err)
	}
	if err := CheckInventory(nil, items, "other", Inventory{LoRAs: []string{}}); err == nil || !strings.Contains(err.Error(), `other has no LoRA "secret"`) {
		t.Error(err)
	}
}
