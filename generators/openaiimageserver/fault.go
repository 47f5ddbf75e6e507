package openaiimageserver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Fault is something that goes wrong with a request for an image.
type Fault string

// Faults instead of an image.
const (
	None            Fault = ""
	RateLimited     Fault = "rate limited"     // 429 with Retry-After
	Busy            Fault = "busy"             // 429 without
	Overloaded      Fault = "overloaded"       // 503
	Broken          Fault = "broken"           // 500, nothing is charged
	TimedOut        Fault = "timed out"        // 504 of a gateway, and it is made and charged
	NoQuota         Fault = "no quota"         // 429 insufficient_quota
	BadKey          Fault = "bad key"          // 401
	Rejected        Fault = "rejected"         // 400
	ModeratedInput  Fault = "moderated input"  // 400 moderation_blocked
	ModeratedOutput Fault = "moderated output" // 400 moderation_blocked, after it was made
	Cut             Fault = "cut"              // the connection breaks before it is made
	Hang            Fault = "hang"             // no reply until the caller gives up
)

// Faults of the reply to an image that was made and charged.
const (
	CutAfter  Fault = "cut after"  // the connection breaks before the reply
	CutReply  Fault = "cut reply"  // … and in its middle
	Drip      Fault = "drip"       // in small pieces
	WrongType Fault = "wrong type" // 200 with HTML
	NoData    Fault = "no data"    // 200 with an empty list
	BadBase64 Fault = "bad base64"
	Truncated Fault = "truncated"
	Corrupt   Fault = "corrupt"
	Tiny      Fault = "tiny"
	Black     Fault = "black"
	Bomb      Fault = "bomb"
	Empty     Fault = "empty"
)

// Every returns a chooser for Options.Fault: each nth request has the fault.
func Every(n int64, f Fault) func(int64) Fault {
	return func(request int64) Fault {
		if request%n == 0 {
			return f
		}
		return None
	}
}

// First returns a chooser for Options.Fault: the first n requests have the
// fault.
func First(n int64, f Fault) func(int64) Fault {
	return func(request int64) Fault {
		if request <= n {
			return f
		}
		return None
	}
}

// fail does what f says before anything is made; false when the call goes on.
func (s *Server) fail(c *loopback.Call, f Fault) bool {
	switch f {
	case RateLimited, Busy:
		if f == RateLimited {
			wait := int(math.Ceil(s.opts.RetryAfter.Seconds()))
			c.Header().Set("Retry-After", fmt.Sprint(max(wait, 1)))
			c.Header().Set("X-Ratelimit-Remaining-Requests", "0")
		}
		s.refuse(c, 429, apiError{Type: "requests", Code: "rate_limit_exceeded", Message: "Rate limit reached for gpt-image-2 on images per min."})
	case Overloaded:
		s.refuse(c, 503, apiError{Type: "service_unavailable_error", Message: "The server is overloaded or not ready yet."})
	case Broken:
		s.refuse(c, 500, apiError{Type: "server_error", Message: "The server had an error while processing your request."})
	case NoQuota:
		s.refuse(c, 429, apiError{Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota, please check your plan and billing details."})
	case BadKey:
		s.refuse(c, 401, apiError{Type: "invalid_request_error", Code: "invalid_api_key", Message: "Incorrect API key provided."})
	case Rejected:
		s.refuse(c, 400, apiError{Type: "invalid_request_error", Param: "size", Code: "invalid_value", Message: "Invalid value: '7x7'."})
	case ModeratedInput:
		s.moderate(c, "input")
	case Cut:
		c.Cut()
	case Hang:
		c.Hang()
	default:
		return false
	}
	return true
}

// damage is what f does to an image.
func (f Fault) damage() loopback.Damage {
	switch f {
	case Truncated:
		return loopback.Truncated
	case Corrupt:
		return loopback.Corrupt
	case Tiny:
		return loopback.Tiny
	case Black:
		return loopback.AllBlack
	case Bomb:
		return loopback.Bomb
	case Empty:
		return loopback.Emptiness
	}
	return loopback.NoDamage
}

// deliver answers with the images that were made.
func (s *Server) deliver(c *loopback.Call, r *Request, u usage, f Fault) {
	switch f {
	case CutAfter:
		c.Cut()
		return
	case TimedOut:
		c.Header().Set("Content-Type", "text/html")
		c.WriteHeader(504)
		c.Write([]byte("<html><body>504 Gateway Time-out</body></html>"))
		return
	case WrongType:
		c.Header().Set("Content-Type", "text/html")
		c.Write([]byte("<html><body>Please sign in</body></html>"))
		return
	}
	w, h := r.pixels()
	quality := r.Quality
	if quality == "" || quality == "auto" {
		quality = "medium"
	}
	details := map[string]any{
		"created": time.Now().Unix(), "background": "opaque", "output_format": "png", "size": fmt.Sprintf("%dx%d", w, h), "quality": quality,
		"usage": map[string]any{
			"total_tokens": u.text + u.image + u.output, "input_tokens": u.text + u.image, "output_tokens": u.output,
			"input_tokens_details": map[string]any{"text_tokens": u.text, "image_tokens": u.image},
		},
	}
	if r.Stream {
		s.stream(c, r, details, f)
		return
	}
	data := []any{}
	for i := range r.N {
		text := r.picture(i, f)
		if f == BadBase64 {
			text = "%%%" + text[3:]
		}
		data = append(data, map[string]any{"b64_json": text})
	}
	if f == NoData {
		data = []any{}
	}
	details["data"] = data
	body, _ := json.Marshal(details)
	c.Header().Set("Content-Type", "application/json")
	c.Header().Set("Content-Length", fmt.Sprint(len(body)))
	switch f {
	case Drip:
		c.Drip(body, 5, 10*time.Millisecond)
	case CutReply:
		c.Send(body[:len(body)/2])
		c.Cut()
	default:
		c.Write(body)
	}
}

// picture is the ith image in base64. The real API has no seeds; here equal
// requests give equal images, so that tests can compare.
func (r *Request) picture(i int, f Fault) string {
	w, h := r.pixels()
	recipe := fmt.Sprint(r.Model, "|", r.Prompt, "|", r.Quality, "|", r.Background, "|", i, "|", len(r.Images), len(r.Mask))
	for _, img := range r.Images {
		recipe += string(img)
	}
	return base64.StdEncoding.EncodeToString(f.damage().Apply(loopback.Picture(recipe, w, h)))
}

// stream answers with server-sent events.
func (s *Server) stream(c *loopback.Call, r *Request, details map[string]any, f Fault) {
	name := "image_generation"
	if r.edit {
		name = "image_edit"
	}
	c.Header().Set("Content-Type", "text/event-stream")
	send := func(kind string, more map[string]any) {
		event := map[string]any{"type": name + "." + kind, "b64_json": r.picture(0, f), "created_at": details["created"]}
		for _, key := range []string{"size", "quality", "background", "output_format"} {
			event[key] = details[key]
		}
		for key, value := range more {
			event[key] = value
		}
		b, _ := json.Marshal(event)
		c.Send([]byte("event: " + name + "." + kind + "\ndata: " + string(b) + "\n\n"))
	}
	for i := range r.Partial {
		send("partial_image", map[string]any{"partial_image_index": i})
	}
	if f == CutReply {
		c.Cut()
		return
	}
	send("completed", map[string]any{"usage": details["usage"]})
}
