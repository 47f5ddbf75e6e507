package googleserver

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Fault is something that goes wrong with a call.
type Fault string

// Faults instead of a reply.
const (
	None        Fault = ""
	RateLimited Fault = "rate limited" // 429 with RetryInfo
	Busy        Fault = "busy"         // 429 without details
	Overloaded  Fault = "overloaded"   // 503
	Broken      Fault = "broken"       // 500
	TimedOut    Fault = "timed out"    // 504
	NoQuota     Fault = "no quota"     // 429, nothing is left to spend
	DailyQuota  Fault = "daily quota"  // 429, nothing is left of this day
	BadKey      Fault = "bad key"      // 400 API_KEY_INVALID
	Forbidden   Fault = "forbidden"    // 403
	TooLong     Fault = "too long"     // the prompt exceeds the context
	BadRequest  Fault = "bad request"  // any other 400
	Cut         Fault = "cut"          // the connection breaks before the call is carried out
	CutAfter    Fault = "cut after"    // … and after
	Hang        Fault = "hang"         // no reply until the caller gives up
)

// Faults of a reply.
const (
	Moderated  Fault = "moderated"       // the prompt is blocked: no candidates
	Withheld   Fault = "withheld"        // finishReason SAFETY
	BadCall    Fault = "bad call"        // finishReason MALFORMED_FUNCTION_CALL
	Truncated  Fault = "truncated"       // finishReason MAX_TOKENS, half of the text
	CutReply   Fault = "cut reply"       // the connection breaks in the middle
	EndEarly   Fault = "early end"       // a stream ends in good order without a finishReason
	Malformed  Fault = "malformed reply" // 200 with HTML, or an event that is no JSON
	ErrorEvent Fault = "error event"     // a stream ends with an error object: UNAVAILABLE
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

// problem is an error object of the API.
type problem struct {
	code         int
	status, text string
	details      []any
}

func invalid(text string) problem { return problem{code: 400, status: "INVALID_ARGUMENT", text: text} }

const overQuota = "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."

// refusals are the faults that are nothing but a problem.
var refusals = map[Fault]problem{
	Busy:       {429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", nil},
	Overloaded: {503, "UNAVAILABLE", "The model is overloaded. Please try again later.", nil},
	Broken:     {500, "INTERNAL", "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting", nil},
	TimedOut:   {504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", nil},
	NoQuota:    {429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.", nil},
	DailyQuota: {429, "RESOURCE_EXHAUSTED", overQuota, []any{quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), retryInfo(38 * time.Second)}},
	BadKey: {400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", []any{map[string]any{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com",
		"metadata": map[string]string{"service": "generativelanguage.googleapis.com"},
	}}},
	Forbidden:  {403, "PERMISSION_DENIED", "You do not have permission to access the model.", nil},
	TooLong:    {400, "INVALID_ARGUMENT", "The input token count (2551556) exceeds the maximum number of tokens allowed (1048576).", nil},
	BadRequest: {400, "INVALID_ARGUMENT", "Request contains an invalid argument.", nil},
}

// perMinute is the limit that RetryInfo belongs to.
func perMinute(wait time.Duration) problem {
	return problem{429, "RESOURCE_EXHAUSTED", overQuota + fmt.Sprintf("\nPlease retry in %v.", wait),
		[]any{quota("GenerateRequestsPerMinutePerProjectPerModel"), retryInfo(wait)}}
}

func quota(id string) any {
	return map[string]any{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []any{map[string]any{
		"quotaMetric": "generativelanguage.googleapis.com/generate_content_requests", "quotaId": id,
		"quotaDimensions": map[string]string{"location": "global", "model": "test-model"}, "quotaValue": "15",
	}}}
}

func retryInfo(wait time.Duration) any {
	seconds := strconv.FormatFloat(wait.Seconds(), 'f', -1, 64)
	return map[string]any{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": seconds + "s"}
}

// fail does what f says; false when the call goes on to a reply.
func (s *Server) fail(c *loopback.Call, f Fault) bool {
	if p, ok := refusals[f]; ok {
		s.refuse(c, p)
		return true
	}
	switch f {
	case RateLimited:
		s.refuse(c, perMinute(s.opts.RetryAfter))
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
func (s *Server) refuse(c *loopback.Call, p problem) {
	c.Header().Set("Content-Type", "application/json; charset=UTF-8")
	c.WriteHeader(p.code)
	c.Write(append(s.errorObject(c, p), '\n'))
}

func (s *Server) errorObject(c *loopback.Call, p problem) []byte {
	if s.opts.Leak {
		p.text += " (x-goog-api-key: " + c.Request.Header.Get("X-Goog-Api-Key") + ")"
	}
	e := map[string]any{"code": p.code, "message": p.text, "status": p.status}
	if p.details != nil {
		e["details"] = p.details
	}
	body, _ := json.Marshal(map[string]any{"error": e}) // texts and maps of texts can always be encoded
	return body
}
