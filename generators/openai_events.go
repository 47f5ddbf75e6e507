package generators

import (
	"encoding/json"
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
)

// openAIEvents puts a streamed chat completion together.
type openAIEvents struct {
	said answer
	text []byte
	args [][]byte // of each call
	done bool
}

func (openAIWire) events() eventReader { return &openAIEvents{} }

func (s *openAIEvents) event(name string, data []byte) (bool, error) {
	if string(data) == "[DONE]" {
		s.done = true
		return true, nil
	}
	var chunk completion
	if err := json.Unmarshal(data, &chunk); err != nil {
		return false, fmt.Errorf("an event of the stream is not the JSON that was expected (%v): %s", err, excerpt(data, 200))
	}
	if name == "error" || !isNull(chunk.Error) {
		e := errorOf(data)
		return true, &e
	}
	if chunk.Model != "" {
		s.said.model = chunk.Model
	}
	readCompletionUsage(&s.said.asset, chunk.Usage)
	for i := range chunk.Choices {
		if c := &chunk.Choices[i]; c.Index == 0 {
			if err := s.add(c); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

func (s *openAIEvents) add(c *completionChoice) error {
	text, ok, err := chatText(c.Delta.Content)
	if err != nil {
		return err
	}
	s.said.spoke = s.said.spoke || ok
	s.text = append(s.text, text...)
	s.said.refusal += c.Delta.Refusal
	s.said.thoughts.add(c.Delta.openAIThoughts)
	s.said.logprobs = append(s.said.logprobs, c.Logprobs.Content...)
	for i := range c.Delta.ToolCalls {
		if err := s.addCall(&c.Delta.ToolCalls[i]); err != nil {
			return err
		}
	}
	if c.FinishReason != "" {
		s.said.finish = c.FinishReason
	}
	return nil
}

// addCall adds a piece to the call with its index. Servers that give no index
// begin a call with its name.
func (s *openAIEvents) addCall(c *completionCall) error {
	i := len(s.said.calls)
	switch {
	case c.Index != nil:
		i = *c.Index
	case c.Function.Name == "" && i > 0:
		i--
	}
	if i < 0 || i > len(s.said.calls) {
		return fmt.Errorf("the stream continues tool call %d, which has not begun", i)
	}
	if i == len(s.said.calls) {
		s.said.calls = append(s.said.calls, spokenCall{})
		s.args = append(s.args, nil)
	}
	call := &s.said.calls[i]
	if c.ID != "" {
		call.id = c.ID
	}
	call.name += c.Function.Name
	if !isNull(c.Extra) {
		call.extra = c.Extra
	}
	s.args[i] = append(s.args[i], c.arguments()...)
	return nil
}

// asset is whole with the finish reason: not every server sends [DONE].
func (s *openAIEvents) asset() (pipeline.Asset, error) {
	if s.said.finish == "" && !s.done {
		return pipeline.Asset{}, errUnfinished
	}
	said := s.said
	said.text = string(s.text)
	for i, args := range s.args {
		said.calls[i].args = string(args)
	}
	return said.whole()
}

// add puts a piece of a stream behind what came before. Details are lists, which
// are joined.
func (t *openAIThoughts) add(piece openAIThoughts) {
	t.Reasoning += piece.Reasoning
	var have, more []json.RawMessage
	if isNull(piece.Details) || json.Unmarshal(piece.Details, &more) != nil || len(more) == 0 {
		return
	}
	if !isNull(t.Details) && json.Unmarshal(t.Details, &have) != nil {
		return
	}
	if joined, err := json.Marshal(append(have, more...)); err == nil {
		t.Details = joined
	}
}
