package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// response is what is read of a reply.
type response struct {
	Model      string            `json:"model"`
	Status     string            `json:"status"`
	Output     []json.RawMessage `json:"output"`
	Usage      json.RawMessage   `json:"usage"`
	Error      json.RawMessage   `json:"error"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

type responseItem struct {
	Type    string `json:"type"`
	Content []struct {
		Type     string            `json:"type"`
		Text     string            `json:"text"`
		Refusal  string            `json:"refusal"`
		Logprobs []completionToken `json:"logprobs"`
	} `json:"content"`
	ID     string          `json:"id"`
	CallID string          `json:"call_id"`
	Name   string          `json:"name"`
	Args   json.RawMessage `json:"arguments"`
}

func (responsesWire) decode(body []byte, contentType string) (pipeline.Asset, error) {
	var reply response
	if err := json.Unmarshal(body, &reply); err != nil {
		return pipeline.Asset{}, notJSON(body, contentType, err)
	}
	return reply.asset(body)
}

// asset is the answer. One with neither text nor calls is an error that says why.
func (r *response) asset(body []byte) (pipeline.Asset, error) {
	if !isNull(r.Error) {
		e := errorOf(body)
		return pipeline.Asset{}, &e
	}
	if r.Output == nil {
		return pipeline.Asset{}, fmt.Errorf("the reply has no output; is the address a Responses API? It begins: %s", excerpt(body, 200))
	}
	said := answer{model: r.Model, finish: r.finish()}
	said.asset.Usage = responseUsage(r.Usage)
	for _, raw := range r.Output {
		var item responseItem
		if err := json.Unmarshal(raw, &item); err != nil {
			return said.asset, fmt.Errorf("an item of the output can't be read: %w", err)
		}
		switch item.Type {
		case "message":
			for _, c := range item.Content {
				said.spoke = said.spoke || c.Type == "output_text"
				said.text += c.Text
				said.refusal += c.Refusal
				said.logprobs = append(said.logprobs, c.Logprobs...)
			}
		case "function_call":
			args, _ := textOf(item.Args)
			id := item.CallID
			if id == "" {
				id = item.ID
			}
			said.calls = append(said.calls, spokenCall{id: id, name: item.Name, args: args})
		}
	}
	a, err := said.whole()
	if err == nil && (len(a.ToolCalls) > 0 || len(r.Output) > 1) {
		content, err := encodeJSON(r.Output)
		if err != nil {
			return a, err
		}
		a.Echo = &pipeline.Echo{API: responsesAPI, Content: json.RawMessage(content)}
	}
	return a, err
}

// finish is the reason by the names of the chat API.
func (r *response) finish() string {
	switch reason := r.Incomplete.Reason; {
	case reason == "max_output_tokens":
		return "length"
	case reason != "":
		return reason
	case r.Status == "completed", r.Status == "":
		return "stop"
	}
	return r.Status
}

func responseUsage(raw json.RawMessage) pipeline.Usage {
	var u struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
		In     struct {
			Cached int `json:"cached_tokens"`
		} `json:"input_tokens_details"`
		Out struct {
			Reasoning int `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	}
	if isNull(raw) || json.Unmarshal(raw, &u) != nil {
		return pipeline.Usage{}
	}
	return pipeline.Usage{InputTokens: max(u.Input, 0), OutputTokens: max(u.Output, 0), CachedTokens: max(u.In.Cached, 0), ReasoningTokens: max(u.Out.Reasoning, 0)}
}

// responsesEvents waits for the event that holds the whole answer: those before it
// hold the same in pieces.
type responsesEvents struct {
	last []byte
	body response
}

func (responsesWire) events() eventReader { return &responsesEvents{} }

func (s *responsesEvents) event(name string, data []byte) (bool, error) {
	var e struct {
		Type     string          `json:"type"`
		Response json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return false, fmt.Errorf("an event of the stream is not the JSON that was expected (%v): %s", err, excerpt(data, 200))
	}
	if e.Type == "" {
		e.Type = name
	}
	switch e.Type {
	case "error":
		failed := errorOf(data)
		return true, &failed
	case "response.completed", "response.incomplete", "response.failed":
		s.last = append([]byte(nil), e.Response...)
		if err := json.Unmarshal(s.last, &s.body); err != nil {
			return false, fmt.Errorf("the last event of the stream is not the response that was expected: %w", err)
		}
		return true, nil
	}
	if !strings.HasPrefix(e.Type, "response.") {
		return false, errors.New("the stream has an event of another API: " + excerpt(data, 200))
	}
	return false, nil
}

func (s *responsesEvents) asset() (pipeline.Asset, error) {
	if s.last == nil {
		return pipeline.Asset{}, errUnfinished
	}
	return s.body.asset(s.last)
}
