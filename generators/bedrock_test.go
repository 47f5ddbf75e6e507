package generators

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/s3"
	"github.com/GaboBase/arch-genops/pipeline"
)

// The signature is the one that botocore makes of the same request.
func TestBedrockSignature(t *testing.T) {
	r, _ := http.NewRequest("POST", "https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", nil)
	r.Header.Set("Content-Type", "application/json")
	s := s3.Signer{AccessKey: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Token: "tok", Region: "eu-west-1", Service: "bedrock"}
	s.Sign(r, []byte("{}"), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature=505dc5b15944738d5ad8199ec3b40633593c7625130dbeec861cd941ce6f5a52") {
		t.Error(got)
	}
}

// bedrockServer answers as the runtime does: it wants a key or a signature.
func bedrockServer(t *testing.T, reply string) (*httptest.Server, *http.Request, *map[string]any) {
	last, body := &http.Request{}, &map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		*body = map[string]any{}
		*last = *r
		auth := r.Header.Get("Authorization")
		if json.Unmarshal(data, body) != nil || auth != "Bearer k" && !strings.Contains(auth, "/eu-west-1/bedrock/aws4_request") {
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"message":"not you"}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, reply)
	}))
	t.Cleanup(server.Close)
	return server, last, body
}

func TestBedrockConverse(t *testing.T) {
	server, last, body := bedrockServer(t, `{"output":{"message":{"role":"assistant","content":[{"text":"Hi"},{"toolUse":{"toolUseId":"t1","name":"find","input":{"q":1}}}]}},
		"stopReason":"tool_use","usage":{"inputTokens":10,"outputTokens":4,"totalTokens":14,"cacheReadInputTokens":2},"metrics":{"latencyMs":5}}`)
	half := 0.5
	chat := &pipeline.Chat{
		Messages: []pipeline.Message{{Role: "system", Content: "Be kind"}, {Role: "user", Content: "a"}, {Role: "user", Content: "b"},
			{Role: "model", Parts: []pipeline.Part{{ToolCall: &pipeline.ToolCall{ID: "t0", Name: "find", Args: json.RawMessage(`{"q":0}`)}}}},
			{Role: "tool", Parts: []pipeline.Part{{ToolResult: &pipeline.ToolResult{ID: "t0", Name: "find", Output: json.RawMessage(`"none"`)}}}}},
		Tools:  []pipeline.Tool{{Name: "find"}},
		Config: pipeline.Config{MaxOutputTokens: 9, Temperature: &half, Extra: map[string]any{"additionalModelRequestFields": map[string]any{"top_k": 3}}},
	}
	var want map[string]any
	json.Unmarshal([]byte(`{"system":[{"text":"Be kind"}],"messages":[{"role":"user","content":[{"text":"a"},{"text":"b"}]},
		{"role":"assistant","content":[{"toolUse":{"toolUseId":"t0","name":"find","input":{"q":0}}}]},
		{"role":"user","content":[{"toolResult":{"toolUseId":"t0","content":[{"text":"none"}]}}]}],
		"inferenceConfig":{"maxTokens":9,"temperature":0.5},"toolConfig":{"tools":[{"toolSpec":{"name":"find","inputSchema":{"json":{"type":"object","properties":{}}}}}]},
		"additionalModelRequestFields":{"top_k":3}}`), &want)
	for _, env := range [][]string{{"AWS_BEARER_TOKEN_BEDROCK", "k"}, {"AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "s", "AWS_REGION", "eu-west-1"}} {
		m := newModel(t, ModelConfig{Ref: "bedrock:anthropic.claude-3-haiku-20240307-v1:0", BaseURL: server.URL, Getenv: environment(env...)})
		a, err := m.Generate(t.Context(), pipeline.Request{Chat: chat})
		if err != nil {
			t.Fatal(err)
		}
		if a.Text != "Hi" || len(a.ToolCalls) != 1 || a.ToolCalls[0].ID != "t1" || string(a.ToolCalls[0].Args) != `{"q":1}` || a.Usage.InputTokens != 12 || a.Usage.CachedTokens != 2 || a.Usage.OutputTokens != 4 {
			t.Errorf("%+v", a)
		}
		if !reflect.DeepEqual(*body, want) {
			t.Errorf("sent %v", *body)
		}
		if last.URL.EscapedPath() != "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse" {
			t.Error(last.URL.EscapedPath())
		}
	}
}

// Where nothing gives a key, that is said before any call, and a refusal tells why.
func TestBedrockKeys(t *testing.T) {
	_, err := NewModel(ModelConfig{Ref: "bedrock:m", Getenv: environment()})
	if err == nil || !strings.Contains(err.Error(), "AWS_BEARER_TOKEN_BEDROCK") || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Error(err)
	}
	server, _, _ := bedrockServer(t, `{}`)
	m := newModel(t, ModelConfig{Ref: "bedrock:m", BaseURL: server.URL, Getenv: environment("AWS_BEARER_TOKEN_BEDROCK", "other")})
	if _, err := m.Generate(t.Context(), pipeline.Request{Input: "x"}); err == nil || !strings.Contains(err.Error(), "not you") {
		t.Error(err)
	}
	m = newModel(t, ModelConfig{Ref: "bedrock:m", BaseURL: server.URL, Getenv: environment("AWS_BEARER_TOKEN_BEDROCK", "k")})
	if _, err := m.Generate(t.Context(), pipeline.Request{Input: "x"}); err == nil || !strings.Contains(err.Error(), "no message") {
		t.Error(err)
	}
}
