package generators

import (
	"net/http"
	"testing"
	"time"
)

// TestTrouble: what providers say, in their own words.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   trouble
		wait   time.Duration
	}{
		{"openai rate", 429, `{"error":{"message":"Rate limit reached for gpt-5 in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, limited, 20 * time.Second},
		{"openai rate in ms", 429, `{"error":{"message":"Please try again in 86ms.","type":"tokens","code":"rate_limit_exceeded"}}`, limited, 86 * time.Millisecond},
		{"openai too large for the limit", 429, `{"error":{"message":"Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 50000.","type":"tokens","code":"rate_limit_exceeded"}}`, tooLong, 0},
		{"openai quota", 429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, noCredit, 0},
		{"openai hard limit", 400, `{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","code":"billing_hard_limit_reached"}}`, noCredit, 0},
		{"openai context", 400, `{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, tooLong, 0},
		{"openai model", 404, `{"error":{"message":"The model 'gpt-99' does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, noModel, 0},
		{"openai key", 401, `{"error":{"message":"Incorrect API key provided: sk-x.","type":"invalid_request_error","code":"invalid_api_key"}}`, denied, 0},
		{"openai policy", 400, `{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}`, moderated, 0},
		{"openai overload", 503, `{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error","code":null}}`, overloaded, 0},
		{"openai parameter", 400, `{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`, rejected, 0},
		{"azure filter", 400, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, moderated, 0},
		{"azure deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, noModel, 0},
		{"azure rate", 429, `{"error":{"code":"429","message":"Requests have exceeded call rate limit. Please retry after 6 seconds."}}`, limited, 6 * time.Second},
		{"anthropic rate", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit"},"request_id":"r"}`, overloaded, 0},
		{"anthropic credit", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}`, noCredit, 0},
		{"anthropic overload", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, overloaded, 0},
		{"anthropic long", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 215000 tokens > 200000 maximum"}}`, tooLong, 0},
		{"anthropic model", 404, `{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}`, noModel, 0},
		{"anthropic filter", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}`, moderated, 0},
		{"google rate", 429, `{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17s"}]}}`, limited, 17 * time.Second},
		{"google day", 429, `{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}`, noCredit, 0},
		{"google key", 400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}`, denied, 0},
		{"google model", 404, `{"error":{"code":404,"message":"models/x is not found for API version v1beta, or is not supported for generateContent.","status":"NOT_FOUND"}}`, noModel, 0},
		{"google long", 400, `[{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]`, tooLong, 0},
		{"openrouter credits", 402, `{"error":{"code":402,"message":"This request requires more credits"}}`, noCredit, 0},
		{"openrouter model", 400, `{"error":{"message":"x/y is not a valid model ID","code":400}}`, noModel, 0},
		{"openrouter moderation", 403, `{"error":{"code":403,"message":"Your input was flagged","metadata":{}}}`, moderated, 0},
		{"openrouter in a body", 200, `{"error":{"code":502,"message":"Provider returned error"}}`, gateway, 0},
		{"openrouter rate in a body", 200, `{"error":{"code":429,"message":"slow down"}}`, overloaded, 0},
		{"ollama model", 404, `{"error":{"message":"model 'x' not found, try pulling it first","type":"api_error"}}`, noModel, 0},
		{"vllm long", 400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000.","type":"BadRequestError","code":400}`, tooLong, 0},
		{"llama.cpp long", 400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`, tooLong, 0},
		{"deepseek credit", 402, `{"error":{"message":"Insufficient Balance","type":"unknown_error"}}`, noCredit, 0},
		{"groq long", 413, `{"error":{"message":"Request too large for model on tokens per minute","type":"tokens","code":"rate_limit_exceeded"}}`, tooLong, 0},
		{"a proxy's limit", 413, `<html>Request Entity Too Large</html>`, tooLong, 0},
		{"forbidden", 403, `{"error":{"message":"Country not supported","type":"request_forbidden"}}`, forbidden, 0},
		{"html", 404, `<html>nothing</html>`, notFound, 0},
		{"nothing", 500, ``, outage, 0},
		{"gateway", 504, `upstream timed out`, gateway, 0},
		{"old gateway", 520, ``, gateway, 0},
		{"redirect", 308, ``, moved, 0},
		{"a tool named model", 400, `{"error":{"message":"Invalid parameter: tool_choice","type":"invalid_request_error"}}`, rejected, 0},
	} {
		e := errorOf([]byte(c.body))
		status := c.status
		if status == 200 {
			status = e.status
		}
		wait := retryAfter(http.Header{}, e, time.Now())
		if got := e.trouble(status, wait > 0); got != c.want || wait != c.wait {
			t.Errorf("%s: trouble %d, wait %v, want %d, %v", c.name, got, wait, c.want, c.wait)
		}
	}
}

func TestWaitIn(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"Please try again in 1.2s.": 1200 * time.Millisecond, "try again in 1m2.5s": 62500 * time.Millisecond, "retry after 3 seconds": 3 * time.Second,
		"Please retry in 250 milliseconds": 250 * time.Millisecond, "try again in 9999h": maxWait, "try again later": 0, "try again in ....s": 0, "": 0,
	} {
		if got := waitIn(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzReset(f *testing.F) {
	f.Add("20ms")
	f.Add("retry after 3 seconds")
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		d, exact, ok := parseReset(text, now)
		if d < 0 || d > maxWait || ok && exact <= 0 {
			t.Errorf("%q: %v, exact to %v", text, d, exact)
		}
		if w := waitIn(text); w < 0 || w > maxWait {
			t.Errorf("%q: %v", text, w)
		}
		h := http.Header{"X-Ratelimit-Limit-Requests": {text}, "X-Ratelimit-Remaining-Requests": {text}, "X-Ratelimit-Reset-Requests": {text}}
		p := newPace()
		for range 3 {
			for _, a := range announced(h, now) {
				p.limits[a.kind].update(a, p.ticket(size{payload: 10}, now), now)
			}
		}
		if wait, _ := p.hold(p.ticket(size{payload: 10}, now), now.Add(time.Second)); wait < 0 || wait > maxWait+time.Minute {
			t.Errorf("%q: held for %v", text, wait)
		}
	})
}
