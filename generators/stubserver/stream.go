package stubserver

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// chunk is one event of a streamed chat completion.
type chunk struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *Usage   `json:"usage,omitempty"`
}

type choice struct {
	Index    int     `json:"index"`
	Delta    delta   `json:"delta"`
	Logprobs *tokens `json:"logprobs"`
	Finish   *string `json:"finish_reason"`
}

type tokens struct {
	Content []Token `json:"content"`
}

type delta struct {
	Role      string      `json:"role,omitempty"`
	Content   *string     `json:"content,omitempty"`
	Refusal   string      `json:"refusal,omitempty"`
	Reasoning string      `json:"reasoning_content,omitempty"`
	ToolCalls []callDelta `json:"tool_calls,omitempty"`
}

type callDelta struct {
	Index    int    `json:"index"`
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string `json:"name,omitempty"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// stream sends the answer as server-sent events.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, f Fault, c *ChatCall, reply *ChatReply) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := http.NewResponseController(w)
	chunks := chunksOf(f, c, reply)
	half := len(chunks) / 2
	for i, one := range chunks {
		if i == half {
			switch f {
			case CutBody:
				flush.Flush()
				cut(w)
				return
			case EndEarly:
				return
			case BadEvent:
				w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"half\n\n"))
			case ErrorEvent:
				w.Write([]byte("data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"overloaded_error\",\"code\":null}}\n\n"))
				return
			}
		}
		w.Write(append(appendValue([]byte("data: "), one), "\n\n"...))
		if f == Drip {
			w.Write([]byte(": keep-alive\n\n"))
			flush.Flush()
			if !sleep(r.Context(), dripPause) {
				return
			}
		}
	}
	if f != NoDone {
		w.Write([]byte("data: [DONE]\n\n"))
	}
	s.answered.Add(1)
}

// chunksOf cuts an answer into a handful of pieces.
func chunksOf(f Fault, c *ChatCall, r *ChatReply) (all []chunk) {
	add := func(d delta, probs []Token, finish string) {
		one := choice{Delta: d}
		if c.Logprobs && probs != nil {
			one.Logprobs = &tokens{probs}
		}
		if finish != "" {
			one.Finish = &finish
		}
		all = append(all, chunk{ID: "chatcmpl-stub", Object: "chat.completion.chunk", Model: r.Model, Choices: []choice{one}})
	}
	empty := ""
	if len(r.ToolCalls) > 0 && r.Text == "" {
		add(delta{Role: "assistant"}, nil, "")
	} else {
		add(delta{Role: "assistant", Content: &empty}, nil, "")
	}
	for _, piece := range pieces(r.Reasoning) {
		add(delta{Reasoning: piece}, nil, "")
	}
	finish := r.Finish
	switch f {
	case Filtered:
		finish = "content_filter"
	case Refused:
		all = nil
		add(delta{Role: "assistant", Refusal: "I can't help "}, nil, "")
		add(delta{Refusal: "with that."}, nil, "")
	case NullContent:
		all = nil
		add(delta{Role: "assistant"}, nil, "")
	default:
		if c.Logprobs {
			for i, t := range r.Logprobs { // each token by itself, as the real API does
				add(delta{Content: &t.Token}, r.Logprobs[i:i+1], "")
			}
		} else {
			for _, piece := range pieces(r.Text) {
				add(delta{Content: &piece}, nil, "")
			}
		}
	}
	for i, call := range r.ToolCalls {
		first := callDelta{Index: i, ID: call.ID, Type: "function"}
		first.Function.Name = call.Function.Name
		add(delta{ToolCalls: []callDelta{first}}, nil, "")
		for _, piece := range pieces(call.Function.Arguments) {
			more := callDelta{Index: i}
			more.Function.Arguments = piece
			add(delta{ToolCalls: []callDelta{more}}, nil, "")
		}
	}
	add(delta{}, nil, finish)
	if strings.Contains(string(c.StreamOptions), "true") {
		all = append(all, chunk{ID: "chatcmpl-stub", Object: "chat.completion.chunk", Model: r.Model, Choices: []choice{}, Usage: &r.Usage})
	}
	return all
}

// pieces cuts a text into at most dripPieces, between characters.
func pieces(s string) (all []string) {
	size := len(s)/dripPieces + 1
	for len(s) > 0 {
		n := min(size, len(s))
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n++
		}
		all = append(all, s[:n])
		s = s[n:]
	}
	return all
}
