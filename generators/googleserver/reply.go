package googleserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Reply is what the model says.
type Reply struct {
	Parts        []Part
	FinishReason string // "" = STOP
	Message      string // about the reason
	Logprobs     *Logprobs
	Model        string // "" = as asked for
	Usage        Usage  // zero = words are counted
}

// Logprobs are the tokens of the reply.
type Logprobs struct {
	Chosen []Token `json:"chosenCandidates"`
	Top    []Top   `json:"topCandidates"`
}

// Top are the tokens that could have stood in one place.
type Top struct {
	Candidates []Token `json:"candidates"`
}

// Token is one token; a probability of 1 is left out, as proto3 does with 0.
type Token struct {
	Token   string  `json:"token"`
	TokenID int     `json:"tokenId"`
	Logprob float64 `json:"logProbability,omitempty"`
}

// Usage counts tokens.
type Usage struct {
	Prompt     int `json:"promptTokenCount"`
	Cached     int `json:"cachedContentTokenCount,omitempty"`
	Candidates int `json:"candidatesTokenCount,omitempty"`
	Thoughts   int `json:"thoughtsTokenCount,omitempty"`
	Total      int `json:"totalTokenCount"`
}

// Text is a reply of one text.
func Text(text string) Reply { return Reply{Parts: []Part{{Text: &text}}} }

type candidate struct {
	Content       *Content  `json:"content,omitempty"`
	FinishReason  string    `json:"finishReason,omitempty"`
	FinishMessage string    `json:"finishMessage,omitempty"`
	Index         int       `json:"index"`
	Logprobs      *Logprobs `json:"logprobsResult,omitempty"`
	SafetyRatings []any     `json:"safetyRatings,omitempty"`
}

type response struct {
	Candidates     []candidate `json:"candidates,omitempty"`
	PromptFeedback any         `json:"promptFeedback,omitempty"`
	Usage          Usage       `json:"usageMetadata"`
	Model          string      `json:"modelVersion"`
	ID             string      `json:"responseId"`
}

// send writes a reply, whole or streamed.
func (s *Server) send(c *loopback.Call, r *Request, reply Reply, fault Fault) {
	c.Bill()
	reply.complete(r, fault)
	all := reply.events(c, fault)
	if r.Stream {
		s.stream(c, all, fault)
		return
	}
	if fault == Malformed {
		c.Header().Set("Content-Type", "text/html; charset=UTF-8")
		c.Write([]byte("<html><body>Please sign in</body></html>"))
		return
	}
	whole := all[len(all)-1]
	if len(whole.Candidates) > 0 && len(reply.Parts) > 0 {
		whole.Candidates[0].Content = &Content{Role: "model", Parts: reply.Parts}
		whole.Candidates[0].Logprobs = reply.Logprobs
	}
	body, err := json.MarshalIndent(whole, "", "  ")
	if err != nil { // a reply whose arguments are no JSON: a mistake of the test
		panic(err)
	}
	c.Header().Set("Content-Type", "application/json; charset=UTF-8")
	switch fault {
	case CutReply:
		c.Header().Set("Content-Length", fmt.Sprint(len(body)))
		c.Send(body[:len(body)/2])
		c.Cut()
	case Drip:
		c.Drip(body, 5, dripPause)
	default:
		c.Write(body)
	}
}

const dripPause = 10 * time.Millisecond

// complete fills in what a reply leaves open, and what a fault makes of it.
func (p *Reply) complete(r *Request, fault Fault) {
	switch fault {
	case Withheld:
		p.Parts, p.FinishReason = nil, "SAFETY"
	case BadCall:
		p.Parts, p.FinishReason, p.Message = nil, "MALFORMED_FUNCTION_CALL", "Malformed function call: weather(city="
	case Truncated:
		p.FinishReason, p.Parts = "MAX_TOKENS", slices.Clone(p.Parts)
		for i, part := range p.Parts {
			if part.Text != nil {
				half := strings.ToValidUTF8((*part.Text)[:len(*part.Text)/2], "")
				p.Parts[i].Text = &half
			}
		}
	}
	p.sign(r.Model)
	if p.FinishReason == "" {
		p.FinishReason = "STOP"
	}
	if p.Model == "" {
		p.Model = r.Model
	}
	if p.Usage == (Usage{}) {
		p.Usage.Prompt = max(r.words(), 1)
		for _, part := range p.Parts {
			if part.Text != nil {
				p.Usage.Candidates += max(words(*part.Text), 1)
			}
		}
	}
	p.Usage.Total = p.Usage.Prompt + p.Usage.Candidates + p.Usage.Thoughts
}

// events are the responses of a stream: each has the usage so far, the last one
// the reason why it is the last.
func (p *Reply) events(c *loopback.Call, fault Fault) []response {
	base := response{Usage: p.Usage, Model: p.Model, ID: fmt.Sprintf("local%018d", c.N)}
	if fault == Moderated {
		base.PromptFeedback = map[string]any{"blockReason": "PROHIBITED_CONTENT"}
		base.Usage = Usage{Prompt: p.Usage.Prompt, Total: p.Usage.Prompt}
		return []response{base}
	}
	var all []response
	for _, part := range p.Parts {
		for _, piece := range part.pieces() {
			e := base
			e.Usage.Candidates, e.Usage.Total = 0, e.Usage.Total-e.Usage.Candidates
			e.Candidates = []candidate{{Content: &Content{Role: "model", Parts: []Part{piece}}}}
			all = append(all, e)
		}
	}
	last := base
	last.Candidates = []candidate{{FinishReason: p.FinishReason, FinishMessage: p.Message}}
	if p.FinishReason == "SAFETY" {
		last.Candidates[0].SafetyRatings = []any{map[string]any{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true}}
	}
	empty := ""
	last.Candidates[0].Content = &Content{Role: "model", Parts: []Part{{Text: &empty}}}
	if len(p.Parts) == 0 {
		last.Candidates[0].Content = nil
	}
	if p.Logprobs != nil && len(all) > 0 {
		all[0].Candidates[0].Logprobs = p.Logprobs
	}
	return append(all, last)
}

// stream writes responses as server-sent events, whose lines end with CRLF, and
// which nothing but the end of the reply ends.
func (s *Server) stream(c *loopback.Call, all []response, fault Fault) {
	c.Header().Set("Content-Type", "text/event-stream")
	for i, e := range all {
		if (i == 1 || i == len(all)-1) && s.breakOff(c, fault) {
			return
		}
		body, err := json.Marshal(e)
		if err != nil { // a reply whose arguments are no JSON: a mistake of the test
			panic(err)
		}
		c.Send([]byte("data: " + string(body) + "\r\n\r\n"))
		if fault == Drip && !c.Wait(dripPause) {
			return
		}
	}
}

// breakOff ends a stream early when the fault says so.
func (s *Server) breakOff(c *loopback.Call, fault Fault) bool {
	switch fault {
	case CutReply:
		c.Cut()
	case ErrorEvent:
		c.Send([]byte("data: " + string(s.errorObject(c, refusals[Overloaded])) + "\r\n\r\n"))
	case Malformed:
		c.Send([]byte("data: {\"candidates\": [{\"content\": {\"parts\": [{\"te\r\n\r\n"))
	case EndEarly:
	default:
		return false
	}
	return true
}

// pieces cuts a text between characters, into at most about twenty.
func (p *Part) pieces() []Part {
	if p.Text == nil {
		return []Part{*p}
	}
	var all []Part
	text := *p.Text
	size := max(len(text)/20, 5)
	for len(text) > 0 {
		n := min(size, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		piece := text[:n]
		all = append(all, Part{Text: &piece, Thought: p.Thought})
		text = text[n:]
	}
	if p.ThoughtSignature != "" { // comes last, with an empty text
		all = append(all, Part{Text: new(string), Thought: p.Thought, ThoughtSignature: p.ThoughtSignature})
	}
	return all
}
