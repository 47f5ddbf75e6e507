package anthropicserver

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Fault is something that goes wrong with a call.
type Fault string

// Faults instead of a reply.
const (
	None        Fault = ""
	RateLimited Fault = "rate limited" // 429 with all that announces when to come back
	Busy        Fault = "busy"         // 429 without
	Overloaded  Fault = "overloaded"   // 529
	Broken      Fault = "broken"       // 500
	TimedOut    Fault = "timed out"    // 504
	NoQuota     Fault = "no quota"     // the credit balance is too low
	BadKey      Fault = "bad key"      // 401
	Forbidden   Fault = "forbidden"    // 403
	TooLong     Fault = "too long"     // the prompt exceeds the context
	TooLarge    Fault = "too large"    // 413
	Withheld    Fault = "withheld"     // the output is blocked by the content filter
	BadRequest  Fault = "bad request"  // any other 400
	Cut         Fault = "cut"          // the connection breaks before the call is carried out
	CutAfter    Fault = "cut after"    // … and after
	Hang        Fault = "hang"         // no reply until the caller gives up
)

// Faults of a reply.
const (
	Refused    Fault = "refused"         // stop_reason refusal
	Truncated  Fault = "truncated"       // stop_reason max_tokens, half of the text
	CutReply   Fault = "cut reply"       // the connection breaks in the middle
	EndEarly   Fault = "early end"       // a stream ends in good order without its last event
	Malformed  Fault = "malformed reply" // 200 with HTML, or an event that is no JSON
	ErrorEvent Fault = "error event"     // a stream ends with an error event: overloaded
	Drip       Fault = "drip"            // small pieces, 10 ms apart
)

// Every returns a chooser for Options.Fault: each nth call has the fault.
func Every(n int64, f Fault) func(int64) Fault {
	return func(call int64) Fault {
		if call%n == 0 {
			return f
		}
		return None
	}
}

// First returns a chooser for Options.Fault: the first n calls have the fault.
func First(n int64, f Fault) func(int64) Fault {
	return func(call int64) Fault {
		if call <= n {
			return f
		}
		return None
	}
}

// refusals are the faults that are a status and an error object.
var refusals = map[Fault]struct {
	status     int
	kind, text string
}{
	Busy:       {429, "rate_limit_error", "Number of concurrent connections has exceeded your rate limit. Please try again later."},
	Overloaded: {529, "overloaded_error", "Overloaded"},
	Broken:     {500, "api_error", "Internal server error"},
	TimedOut:   {504, "timeout_error", "Request timed out"},
	NoQuota:    {400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."},
	BadKey:     {401, "authentication_error", "invalid x-api-key"},
	Forbidden:  {403, "permission_error", "Your API key does not have permission to use the specified resource."},
	TooLong:    {400, "invalid_request_error", "prompt is too long: 214315 tokens > 200000 maximum"},
	TooLarge:   {413, "request_too_large", "Request exceeds the maximum size"},
	Withheld:   {400, "invalid_request_error", "Output blocked by content filtering policy"},
	BadRequest: {400, "invalid_request_error", "`temperature` is deprecated for this model."},
}

// fail does what f says; false when the call goes on to a reply.
func (s *Server) fail(c *loopback.Call, f Fault) bool {
	if r, ok := refusals[f]; ok {
		s.refuse(c, r.status, r.kind, r.text)
		return true
	}
	switch f {
	case RateLimited:
		wait := int(math.Ceil(s.opts.RetryAfter.Seconds()))
		s.announce(c, 50, 0, time.Now().Add(time.Duration(wait)*time.Second))
		c.Header().Set("Retry-After", fmt.Sprint(wait))
		s.refuse(c, 429, "rate_limit_error", tooMany)
	case Cut:
		c.Cut()
	case CutAfter:
		c.Bill()
		c.Cut()
	case Hang:
		c.Hang()
	default:
		return false
	}
	return true
}

// refuse sends an error object.
func (s *Server) refuse(c *loopback.Call, status int, kind, text string) {
	c.Header().Set("Content-Type", "application/json")
	c.WriteHeader(status)
	c.Write(append(s.errorObject(c, kind, text), '\n'))
}

func (s *Server) errorObject(c *loopback.Call, kind, text string) []byte {
	if s.opts.Leak {
		text += " (x-api-key: " + c.Request.Header.Get("X-Api-Key") + ")"
	}
	body, _ := json.Marshal(map[string]any{ // texts can always be encoded
		"type":       "error",
		"error":      map[string]any{"type": kind, "message": text},
		"request_id": requestID(c),
	})
	return body
}
