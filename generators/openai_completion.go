package generators

import (
	"bytes"
	"encoding/json"

	"github.com/GaboBase/arch-genops/pipeline"
)

// completion is what is read of a chat completion, or of a piece of it.
type completion struct {
	Model   string             `json:"model"`
	Choices []completionChoice `json:"choices"`
	Usage   json.RawMessage    `json:"usage"`
	Error   json.RawMessage    `json:"error"`
}

type completionChoice struct {
	Index        int                `json:"index"`
	Message      completionMessage  `json:"message"`
	Delta        completionMessage  `json:"delta"` // of a stream
	FinishReason string             `json:"finish_reason"`
	Logprobs     completionLogprobs `json:"logprobs"`
}

type completionMessage struct {
	Content   json.RawMessage  `json:"content"`
	Refusal   string           `json:"refusal"`
	ToolCalls []completionCall `json:"tool_calls"`
	Called    *calledFunction  `json:"function_call"` // by those who are asked with functions, not tools
	openAIThoughts
}

type completionCall struct {
	Index    *int            `json:"index"` // of a stream
	ID       string          `json:"id"`
	Function calledFunction  `json:"function"`
	Extra    json.RawMessage `json:"extra_content"`
}

type calledFunction struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"` // a text that holds JSON; some servers: the object itself
}

type completionLogprobs struct {
	Content []completionToken `json:"content"`
}

type completionToken struct {
	Token   string            `json:"token"`
	Logprob float64           `json:"logprob"`
	Top     []completionToken `json:"top_logprobs"`
}

// readCompletion is json.Unmarshal for a reply, of which the first choice is all that
// is read. What it holds as JSON is part of body.
func readCompletion(body []byte) (c completion, err error) {
	if !json.Valid(body) {
		return c, json.Unmarshal(body, &c)
	}
	return c, readObject(bytes.TrimSpace(body), func(name []byte, v json.RawMessage) (err error) {
		switch string(name) {
		case "model":
			return readText(v, &c.Model)
		case "choices":
			c.Choices, err = firstChoice(v)
		case "usage":
			c.Usage = v
		case "error":
			c.Error = v
		}
		return err
	})
}

func firstChoice(list json.RawMessage) (choices []completionChoice, err error) {
	if list[0] != '[' {
		return nil, json.Unmarshal(list, &choices)
	}
	for _, first := range members(list) {
		var c completionChoice
		err := readObject(first, func(name []byte, v json.RawMessage) error {
			switch string(name) {
			case "message":
				return c.Message.read(v)
			case "finish_reason":
				return readText(v, &c.FinishReason)
			case "logprobs":
				return json.Unmarshal(v, &c.Logprobs)
			}
			return nil
		})
		return []completionChoice{c}, err
	}
	return nil, nil
}

func (m *completionMessage) read(message json.RawMessage) error {
	return readObject(message, func(name []byte, v json.RawMessage) error {
		switch string(name) {
		case "content":
			m.Content = v
		case "refusal":
			return readText(v, &m.Refusal)
		case "tool_calls":
			return json.Unmarshal(v, &m.ToolCalls)
		case "function_call":
			return json.Unmarshal(v, &m.Called)
		case "reasoning_content":
			return readText(v, &m.Reasoning)
		case "reasoning_details":
			m.Details = v
		}
		return nil
	})
}

// completionUsage is what servers report of a call.
type completionUsage struct {
	prompt, completion, total     int // tokens
	cached, cacheWrite, reasoning int // among them
	cost                          float64
}

func (u *completionUsage) member(name []byte, v json.RawMessage) error {
	switch string(name) {
	case "prompt_tokens":
		return readInt(v, &u.prompt)
	case "completion_tokens":
		return readInt(v, &u.completion)
	case "total_tokens":
		return readInt(v, &u.total)
	case "prompt_tokens_details", "completion_tokens_details":
		return readObject(v, u.detail)
	case "prompt_cache_hit_tokens": // DeepSeek
		return readMost(v, &u.cached)
	case "cost": // USD; some gateways report it
		return json.Unmarshal(v, &u.cost)
	}
	return nil
}

func (u *completionUsage) detail(name []byte, v json.RawMessage) error {
	switch string(name) {
	case "cached_tokens":
		return readMost(v, &u.cached)
	case "cache_write_tokens":
		return readInt(v, &u.cacheWrite)
	case "reasoning_tokens":
		return readInt(v, &u.reasoning)
	}
	return nil
}

// readMost is readInt for what stands in two places.
func readMost(v json.RawMessage, n *int) error {
	var other int
	err := readInt(v, &other)
	*n = max(*n, other)
	return err
}

// readCompletionUsage fills in tokens and cost. What can't be read counts as
// not reported; it is no reason to lose an answer.
func readCompletionUsage(a *pipeline.Asset, raw json.RawMessage) {
	var u completionUsage
	if isNull(raw) || readObject(raw, u.member) != nil {
		return
	}
	if r := u.reasoning; r > 0 && u.total == u.prompt+u.completion+r {
		u.completion += r // some providers count reasoning beside the completion
	}
	a.Usage = pipeline.Usage{
		InputTokens: max(u.prompt, 0), OutputTokens: max(u.completion, 0),
		CachedTokens: max(u.cached, 0), CacheWriteTokens: max(u.cacheWrite, 0), ReasoningTokens: max(u.reasoning, 0),
	}
	a.CostUSD = max(u.cost, 0)
}
