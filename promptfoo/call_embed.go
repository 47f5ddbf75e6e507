package promptfoo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// embeddings is a provider of vectors behind OpenAI's API, one that is compatible
// with it, or Google's.
type embeddings struct {
	id, url, model, key string
	google              bool
	headers             map[string]string
	client              *http.Client
	retries             int
	price               prices.Price
	priced              bool
}

// embeddingBases are the addresses of the providers that have that API.
var embeddingBases = map[string]string{"openai": "https://api.openai.com/v1", "ollama": "http://127.0.0.1:11434/v1", "google": "https://generativelanguage.googleapis.com"}

func newEmbeddings(r *Runner, p *project.Provider) (caller, error) {
	m := p.Call.Model
	kind, name, err := generators.SplitModel(m.Ref)
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", p.ID, err)
	}
	e := &embeddings{id: p.ID, model: name, headers: m.Headers, client: &http.Client{Timeout: generators.DefaultTimeout}, retries: r.Retries}
	e.price, e.priced = priceOf(p, r.Prices)
	base := m.BaseURL
	if base == "" && kind == "openai" {
		base = r.getenv("OPENAI_BASE_URL")
	}
	if base == "" {
		base = embeddingBases[kind]
	}
	if base == "" {
		return nil, fmt.Errorf("provider %q: embeddings are known of openai, google, ollama and servers that are compatible with them (apiBaseUrl)", p.ID)
	}
	e.url = strings.TrimSuffix(base, "/") + "/embeddings"
	if e.google = kind == "google"; e.google {
		e.url = strings.TrimSuffix(base, "/") + "/v1beta/models/" + url.PathEscape(name) + ":embedContent"
	}
	e.key = string(m.APIKey)
	for _, name := range append([]string{m.APIKeyEnv}, generators.KeyVariables(m.Ref)...) {
		if e.key == "" && name != "" {
			e.key = strings.TrimSpace(r.getenv(name))
		}
	}
	return e, nil
}

func (e *embeddings) call(context.Context, *ask) (*Response, error) {
	return nil, fmt.Errorf("provider %q gives embeddings and no texts", e.id)
}
func (*embeddings) remote() bool { return true }
func (e *embeddings) close() error {
	e.client.CloseIdleConnections()
	return nil
}

// embed asks for one vector, again after a refusal that passes.
func (e *embeddings) embed(ctx context.Context, text string) (*Response, error) {
	for attempt := 0; ; attempt++ {
		v, err := e.attempt(ctx, text)
		var transient *pipeline.Transient
		if err == nil || !errors.As(err, &transient) || attempt >= e.retries {
			return v, err
		}
		wait := max(transient.RetryAfter, 250*time.Millisecond<<min(attempt, 6))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (e *embeddings) attempt(ctx context.Context, text string) (*Response, error) {
	question := map[string]any{"model": e.model, "input": text}
	if e.google {
		question = map[string]any{"model": "models/" + e.model, "content": map[string]any{"parts": []any{map[string]any{"text": text}}}}
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("provider %q: its address can't be used", e.id)
	}
	req.Header.Set("Content-Type", "application/json")
	switch {
	case e.key == "":
	case e.google:
		req.Header.Set("X-Goog-Api-Key", e.key)
	default:
		req.Header.Set("Authorization", "Bearer "+e.key)
	}
	for k, v := range e.headers {
		req.Header.Set(k, v)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &pipeline.Transient{Err: fmt.Errorf("asking provider %q for an embedding: it can't be reached", e.id), Ambiguous: true}
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, &pipeline.Transient{Err: fmt.Errorf("reading an embedding of provider %q: %w", e.id, err), Ambiguous: true}
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		return nil, &pipeline.Transient{Err: fmt.Errorf("embeddings of provider %q: status %s", e.id, resp.Status)}
	}
	answer := embeddingReply{}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(reply, &answer) != nil || len(answer.vector()) == 0 {
		return nil, fmt.Errorf("embeddings of provider %q: status %s: %s", e.id, resp.Status, tail(string(reply), 300))
	}
	list := make([]any, len(answer.vector()))
	for i, x := range answer.vector() {
		list[i] = x
	}
	r := &Response{Output: list, HasOutput: true, HasTokens: true, Tokens: Tokens{Prompt: answer.Usage.Prompt, Total: answer.Usage.Total, Requests: 1}}
	if e.priced {
		r.Cost, r.HasCost = e.price.Cost(answer.Usage.Prompt, 0, 0, 0), true
	}
	return r, nil
}

// embeddingReply is a reply of OpenAI's API, or of Google's, which counts nothing.
type embeddingReply struct {
	Data  []struct{ Embedding []float64 }
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	}
	Embedding struct{ Values []float64 }
}

func (r *embeddingReply) vector() []float64 {
	if len(r.Data) > 0 {
		return r.Data[0].Embedding
	}
	return r.Embedding.Values
}
