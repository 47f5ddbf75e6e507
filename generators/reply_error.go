package generators

import (
	"encoding/json"
	"strings"
	"time"
)

// trouble is what a reply that is no answer means.
type trouble int

const (
	rejected   trouble = iota // this request is wrong
	limited                   // the rate limit is used up, and it is said until when
	overloaded                // send less
	outage                    // the server failed, and nothing was carried out
	gateway                   // a gateway speaks, and does not know what became of the call
	denied                    // the key is wrong or missing
	forbidden                 // the key does not allow it
	noCredit                  // nothing is left to spend
	moderated                 // a content filter refused
	tooLong                   // more than the model's context, or than the limit of a minute
	noModel                   // there is no such model
	notFound                  // there is nothing at the address
	moved                     // a redirect
)

// replyError is the error that a reply's body describes.
type replyError struct {
	kind   string        // type, code, status and reasons as far as given, in small letters
	text   string        // for people
	status int           // a code that is an HTTP status; 0 = none
	wait   time.Duration // that is asked for; 0 = none
}

func (e *replyError) Error() string { return e.text }

func (e *replyError) has(words ...string) bool { return hasAny(e.kind, words...) }

func (e *replyError) says(words ...string) bool { return hasAny(strings.ToLower(e.text), words...) }

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func (e *replyError) quota() bool {
	return e.has("insufficient_quota", "insufficient_credits", "insufficient balance", "billing", "perday") ||
		e.says("credit balance", "insufficient credits", "insufficient balance", "credits are depleted", "out of credits",
			"spending cap", "api usage limits", ", limit: 0,")
}

func (e *replyError) overload() bool {
	return e.has("overloaded", "rate_limit", "too_many_requests", "slow_down", "resource_exhausted", "unavailable")
}

func (e *replyError) moderation() bool {
	return e.has("content_policy", "content_filter", "moderation", "safety", "responsibleai", "prohibited_content") ||
		e.says("flagged", "content filter", "content management policy", "usage policies")
}

func (e *replyError) context() bool {
	return e.has("context_length", "context_window", "exceed_context", "request_too_large", "string_above_max_length") ||
		e.says("context length", "context window", "context size", "maximum context", "prompt is too long", "request too large", "input token count", "too many tokens",
			"context limit", "payload size exceeds")
}

func (e *replyError) missingModel() bool {
	return e.has("model_not_found", "deploymentnotfound") ||
		e.says("model") && e.says("not found", "does not exist", "not a valid model", "no such model", "is not supported for generatecontent") ||
		e.has("not_found") && e.says("model")
}

func (e *replyError) key() bool {
	return e.has("invalid_api_key", "api_key_invalid", "authentication", "unauthenticated") || e.says("api key not valid", "incorrect api key")
}

// trouble judges a reply by its status, 0 when there is none, and by what it
// says. waits tells that it names a time to wait. What it says comes first:
// providers differ in the status for one and the same thing.
func (e *replyError) trouble(status int, waits bool) trouble {
	switch {
	case status >= 300 && status < 400:
		return moved
	case status == 401, e.key():
		return denied
	case status == 402, e.quota():
		return noCredit
	case status == 413, (status == 400 || status == 422 || status == 429) && e.context():
		return tooLong
	case status < 500 && e.moderation():
		return moderated
	case (status == 400 || status == 404) && e.missingModel():
		return noModel
	}
	switch {
	case status == 403, status == 400 && e.says("user location is not supported"):
		return forbidden
	case status == 429 && waits:
		return limited
	case status == 429, status == 503, status == 529, status == 0 && e.overload():
		return overloaded
	case status == 501, status == 505:
		return rejected
	case status == 408, status == 425, status == 500, status == 0 && e.has("server_error", "api_error", "internal", "timeout_error"):
		return outage
	case status > 500:
		return gateway
	case status == 404:
		return notFound
	}
	return rejected
}

// errorOf reads the common shapes: {"error":{"type","code","message"}},
// {"error":"text"}, {"message":"text"}, {"detail":…}, and any of them in a list.
func errorOf(body []byte) replyError {
	var raw struct {
		Error      json.RawMessage `json:"error"`
		Message    json.RawMessage `json:"message"`
		Detail     json.RawMessage `json:"detail"`
		RetryAfter float64         `json:"retry_after"`
	}
	var e replyError
	var list []json.RawMessage
	if len(body) > 0 && body[0] == '[' && json.Unmarshal(body, &list) == nil && len(list) > 0 {
		body = list[0]
	}
	if json.Unmarshal(body, &raw) != nil {
		return e
	}
	for _, field := range []json.RawMessage{raw.Error, raw.Message, raw.Detail} {
		if isNull(field) {
			continue
		}
		if !e.readObject(field) {
			e.text, _ = textOf(field)
			e.kind = strings.ToLower(e.text)
		}
		break
	}
	if raw.RetryAfter > 0 {
		e.wait = fromSeconds(raw.RetryAfter)
	}
	e.text = excerpt([]byte(e.text), 300)
	return e
}

// readObject reads an error that is an object with a message.
func (e *replyError) readObject(field json.RawMessage) bool {
	var in struct {
		Type    json.RawMessage `json:"type"`
		Code    json.RawMessage `json:"code"`
		Status  json.RawMessage `json:"status"` // Google
		Inner   json.RawMessage `json:"innererror"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details"` // Google; others put anything here
	}
	if field[0] != '{' || json.Unmarshal(field, &in) != nil || in.Message == "" {
		return false
	}
	e.text = in.Message
	e.kind = strings.ToLower(string(in.Type) + " " + string(in.Code) + " " + string(in.Status) + " " + excerpt(in.Inner, 300))
	if json.Unmarshal(in.Code, &e.status) != nil || e.status < 400 || e.status > 599 {
		e.status = 0
	}
	e.wait = waitIn(in.Message)
	var details []struct {
		Reason     string `json:"reason"`
		RetryDelay string `json:"retryDelay"`
		Violations []struct {
			QuotaID string `json:"quotaId"`
		} `json:"violations"`
	}
	if isNull(in.Details) || json.Unmarshal(in.Details, &details) != nil {
		return true
	}
	for _, d := range details {
		e.kind += " " + strings.ToLower(d.Reason)
		for _, v := range d.Violations {
			e.kind += " " + strings.ToLower(v.QuotaID)
		}
		if wait, err := time.ParseDuration(d.RetryDelay); err == nil {
			e.wait = fromSeconds(wait.Seconds())
		}
	}
	return true
}
