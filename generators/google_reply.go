package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// googleReply is what is read of a reply, and of each event of a stream.
type googleReply struct {
	Candidates     []googleCandidate `json:"candidates"`
	PromptFeedback *struct {
		BlockReason string `json:"blockReason"`
		Message     string `json:"blockReasonMessage"`
	} `json:"promptFeedback"`
	UsageMetadata *googleUsage    `json:"usageMetadata"`
	ModelVersion  string          `json:"modelVersion"`
	Error         json.RawMessage `json:"error"`
}

type googleCandidate struct {
	Content struct {
		Parts []googlePart `json:"parts"`
	} `json:"content"`
	FinishReason   string         `json:"finishReason"`
	FinishMessage  string         `json:"finishMessage"`
	LogprobsResult googleLogprobs `json:"logprobsResult"`
}

type googleLogprobs struct {
	Chosen []googleToken `json:"chosenCandidates"`
	Top    []struct {
		Candidates []googleToken `json:"candidates"`
	} `json:"topCandidates"`
}

type googleToken struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logProbability"`
}

// googleUsage counts tokens; the prompt includes what came from a cache, and
// the candidates do not include thoughts.
type googleUsage struct {
	Prompt     int `json:"promptTokenCount"`
	ToolPrompt int `json:"toolUsePromptTokenCount"`
	Candidates int `json:"candidatesTokenCount"`
	Thoughts   int `json:"thoughtsTokenCount"`
	Cached     int `json:"cachedContentTokenCount"`
}

func (u *googleUsage) usage() pipeline.Usage {
	if u == nil {
		return pipeline.Usage{}
	}
	return pipeline.Usage{
		InputTokens:  tokens(u.Prompt) + tokens(u.ToolPrompt),
		OutputTokens: tokens(u.Candidates) + tokens(u.Thoughts),
		CachedTokens: tokens(u.Cached), ReasoningTokens: tokens(u.Thoughts),
	}
}

func (googleWire) decode(body []byte, contentType string) (pipeline.Asset, error) {
	var r googleReply
	if err := json.Unmarshal(body, &r); err != nil {
		return pipeline.Asset{}, notJSON(body, contentType, err)
	}
	if !isNull(r.Error) {
		e := errorOf(body)
		return pipeline.Asset{}, &e
	}
	if len(r.Candidates) == 0 && r.PromptFeedback == nil && r.UsageMetadata == nil {
		return pipeline.Asset{}, fmt.Errorf("the reply has no candidates; is the address Google's Gemini API? It begins: %s", excerpt(body, 200))
	}
	var s googleEvents
	s.add(&r)
	return s.whole()
}

// googleEvents puts a streamed reply together. A whole reply is a stream of one
// event.
type googleEvents struct {
	text    []byte
	gave    bool // a text, be it empty
	calls   []pipeline.ToolCall
	parts   []googlePart // but for unsigned thoughts; neighbouring texts are one
	signed  bool         // there is a signature, or something that is no text or call
	probs   []pipeline.TokenProb
	usage   pipeline.Usage
	model   string
	finish  string // last finishReason
	message string // the provider's words about it
	blocked string // blockReason
	err     error  // the first thing that no answer can hold
}

func (googleWire) events() eventReader { return &googleEvents{} }

// event never says that an event was the last: the API marks the end only by
// ending, and servers have sent usage after the finishReason.
func (s *googleEvents) event(name string, data []byte) (bool, error) {
	var r googleReply
	if err := json.Unmarshal(data, &r); err != nil {
		return false, fmt.Errorf("the stream's event %.40q is not the JSON that was expected (%v): %s", name, err, excerpt(data, 200))
	}
	if !isNull(r.Error) {
		e := errorOf(data)
		return true, &e
	}
	s.add(&r)
	return false, nil
}

func (s *googleEvents) add(r *googleReply) {
	if r.UsageMetadata != nil {
		s.usage = r.UsageMetadata.usage()
	}
	if r.ModelVersion != "" {
		s.model = r.ModelVersion
	}
	if f := r.PromptFeedback; f != nil && f.BlockReason != "" {
		s.blocked, s.message = f.BlockReason, f.Message
	}
	if len(r.Candidates) == 0 {
		return
	}
	c := &r.Candidates[0]
	for _, p := range c.Content.Parts {
		s.addPart(&p)
	}
	if c.FinishReason != "" {
		s.finish, s.message = c.FinishReason, c.FinishMessage
	}
	s.probs = append(s.probs, c.LogprobsResult.probs()...)
}

func (s *googleEvents) addPart(p *googlePart) {
	defer s.keep(p)
	switch {
	case p.Thought: // not for the user
	case p.Text != nil:
		s.gave = true
		s.text = append(s.text, *p.Text...)
	case p.FunctionCall != nil:
		args, err := objectOf(p.FunctionCall.Args)
		if err != nil {
			s.err = fmt.Errorf("the model called the tool %.60q with arguments that %w", p.FunctionCall.Name, err)
		}
		id := p.FunctionCall.ID
		if id == "" { // older models give none
			id = toolID(len(s.calls) + 1)
			p.FunctionCall.ID, p.raw = id, nil
		}
		s.calls = append(s.calls, pipeline.ToolCall{ID: id, Name: p.FunctionCall.Name, Args: args})
	}
}

// keep keeps a part for the echo.
func (s *googleEvents) keep(p *googlePart) {
	s.signed = s.signed || p.ThoughtSignature != "" || p.Text == nil && p.FunctionCall == nil
	last := len(s.parts) - 1
	switch {
	case p.Thought && p.ThoughtSignature == "":
	case p.bare() && *p.Text == "":
	case p.bare() && last >= 0 && s.parts[last].bare():
		joined := *s.parts[last].Text + *p.Text
		s.parts[last] = googlePart{Text: &joined}
	default:
		s.parts = append(s.parts, *p)
	}
}

// echo is the answer as the API wants it back where its thoughts are signed:
// with each signature in the part that it came in.
func (s *googleEvents) echo() *pipeline.Echo {
	if !s.signed {
		return nil
	}
	content, err := json.Marshal(s.parts)
	if err != nil {
		return nil // arguments that are no JSON; they were refused already
	}
	return &pipeline.Echo{API: googleAPI, Content: content}
}

func (l *googleLogprobs) probs() []pipeline.TokenProb {
	var all []pipeline.TokenProb
	for i, c := range l.Chosen {
		p := pipeline.TokenProb{Token: c.Token, Logprob: c.Logprob}
		if i < len(l.Top) {
			for _, t := range l.Top[i].Candidates {
				p.Top = append(p.Top, pipeline.TokenProb{Token: t.Token, Logprob: t.Logprob})
			}
		}
		all = append(all, p)
	}
	return all
}

func (s *googleEvents) asset() (pipeline.Asset, error) {
	if s.finish == "" && s.blocked == "" {
		return pipeline.Asset{}, fmt.Errorf("%w, the one with a finishReason", errUnfinished)
	}
	return s.whole()
}

// whole is the answer, or why there is none. The usage is there in both cases:
// it may be billed.
func (s *googleEvents) whole() (pipeline.Asset, error) {
	a := pipeline.Asset{Usage: s.usage, Model: s.model, FinishReason: googleFinish(s.finish)}
	switch {
	case s.blocked != "":
		return a, s.withheld("the prompt", "blockReason", s.blocked)
	case googleFiltered(s.finish):
		return a, s.withheld("the answer", "finishReason", s.finish)
	case s.finish != "STOP" && s.finish != "MAX_TOKENS" && s.finish != "":
		return a, fmt.Errorf("the model broke off (finishReason %.60s)%s", s.finish, s.because())
	case s.err != nil:
		return a, s.err
	case len(s.calls) > 0:
		if s.finish == "STOP" {
			a.FinishReason = "tool_calls"
		}
	case len(s.text) > 0:
	case s.finish == "MAX_TOKENS":
		return a, errors.New("the model used up its output tokens before it gave any text")
	case !s.gave:
		return a, fmt.Errorf("the model gave no content (finishReason %.60q)", s.finish)
	}
	a.Text, a.ToolCalls, a.Logprobs, a.Echo = string(s.text), s.calls, s.probs, s.echo()
	return a, nil
}

func (s *googleEvents) withheld(what, field, reason string) error {
	return fmt.Errorf("the provider's content filter withheld %s (%s %.60s)%s", what, field, reason, s.because())
}

func (s *googleEvents) because() string {
	if s.message == "" {
		return ""
	}
	return ": " + excerpt([]byte(s.message), 300)
}

// googleFiltered says that an answer is missing for what is in it.
func googleFiltered(reason string) bool {
	switch strings.TrimPrefix(reason, "IMAGE_") {
	case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII":
		return true
	}
	return false
}

// googleFinish is a finishReason in the pipeline's words.
func googleFinish(reason string) string {
	switch reason {
	case "STOP":
		return "stop"
	case "MAX_TOKENS":
		return "length"
	}
	return strings.ToLower(reason)
}
