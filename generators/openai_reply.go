package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// decodeCompletion reads a chat completion. A reply with neither text nor calls
// is an error that says why.
func decodeCompletion(body []byte, contentType string) (pipeline.Asset, error) {
	reply, err := readCompletion(body)
	if err != nil {
		return pipeline.Asset{}, notJSON(body, contentType, err)
	}
	if !isNull(reply.Error) {
		e := errorOf(body)
		return pipeline.Asset{}, &e
	}
	if len(reply.Choices) == 0 {
		return pipeline.Asset{}, fmt.Errorf("the reply has no choices; is the address a chat completions API? It begins: %s", excerpt(body, 200))
	}
	choice := &reply.Choices[0]
	said := answer{model: reply.Model, refusal: choice.Message.Refusal, finish: choice.FinishReason, logprobs: choice.Logprobs.Content, thoughts: choice.Message.openAIThoughts}
	readCompletionUsage(&said.asset, reply.Usage)
	if said.text, said.spoke, err = chatText(choice.Message.Content); err != nil {
		return said.asset, err
	}
	for _, c := range choice.Message.ToolCalls {
		said.calls = append(said.calls, spokenCall{c.ID, c.Function.Name, c.arguments(), c.Extra})
	}
	if f := choice.Message.Called; f != nil && f.Name != "" {
		args, _ := textOf(f.Arguments)
		said.calls = append(said.calls, spokenCall{name: f.Name, args: args})
	}
	return said.whole()
}

// arguments are the call's arguments, or a piece of them.
func (c *completionCall) arguments() string {
	text, _ := textOf(c.Function.Arguments)
	return text
}

// answer is a completion put together, be it from one reply or from a stream.
type answer struct {
	asset    pipeline.Asset // with its usage
	model    string
	text     string
	spoke    bool // there is a text, be it empty
	refusal  string
	finish   string
	calls    []spokenCall
	logprobs []completionToken
	thoughts openAIThoughts
}

type spokenCall struct {
	id, name, args string
	extra          json.RawMessage
}

// echo is what goes back with the results of the calls; nil = nothing.
func (s *answer) echo() *pipeline.Echo {
	e := openAIEcho{openAIThoughts: s.thoughts}
	signed := false
	for _, c := range s.calls {
		e.Calls = append(e.Calls, c.extra)
		signed = signed || !isNull(c.extra)
	}
	if !signed {
		e.Calls = nil
	}
	if len(s.calls) == 0 || e.Reasoning == "" && isNull(e.Details) && !signed {
		return nil
	}
	content, err := json.Marshal(e)
	if err != nil {
		return nil // pieces of a stream that do not fit together
	}
	return &pipeline.Echo{API: compatibleAPI, Content: content}
}

func (s *answer) whole() (pipeline.Asset, error) {
	a := s.asset
	a.Model, a.FinishReason = s.model, s.finish
	switch {
	case s.finish == "content_filter":
		return a, &pipeline.Refusal{Why: "the provider's content filter withheld the answer", Text: s.text}
	case s.refusal != "":
		return a, &pipeline.Refusal{Why: "the model refused: " + excerpt([]byte(s.refusal), 300), Text: s.refusal}
	case s.finish == "length" && s.text == "" && len(s.calls) == 0:
		return a, errors.New("the model used up its output tokens before it gave any text")
	case !s.spoke && len(s.calls) == 0:
		return a, fmt.Errorf("the model gave no content (finish_reason %q)", s.finish)
	}
	a.Text = s.text
	for i, c := range s.calls {
		args, err := c.object()
		if err != nil {
			return a, err
		}
		if c.id == "" {
			c.id = toolID(i + 1)
		}
		a.ToolCalls = append(a.ToolCalls, pipeline.ToolCall{ID: c.id, Name: c.name, Args: args})
	}
	if len(a.ToolCalls) > 0 && (a.FinishReason == "stop" || a.FinishReason == "function_call") {
		a.FinishReason = "tool_calls" // some servers say so only by calling
	}
	a.Logprobs, a.Echo = tokenProbs(s.logprobs), s.echo()
	return a, nil
}

// object is the call's arguments as JSON.
func (c *spokenCall) object() (json.RawMessage, error) {
	args := strings.TrimSpace(c.args)
	if args == "" {
		args = "{}"
	}
	if args[0] != '{' || !json.Valid([]byte(args)) {
		return nil, fmt.Errorf("the model called the tool %q with arguments that are no JSON object: %s", c.name, excerpt([]byte(args), 200))
	}
	return json.RawMessage(args), nil
}

func tokenProbs(tokens []completionToken) []pipeline.TokenProb {
	if len(tokens) == 0 {
		return nil
	}
	all := make([]pipeline.TokenProb, len(tokens))
	for i, t := range tokens {
		all[i] = pipeline.TokenProb{Token: t.Token, Logprob: t.Logprob, Top: tokenProbs(t.Top)}
	}
	return all
}
