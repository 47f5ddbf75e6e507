package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// stub is a server on this machine that stands for every remote service of the
// configurations: chat models of four kinds, embeddings, and a plain HTTP API.
// What it answers depends on the request alone, and never on the words around
// what the configuration itself wrote, so that two tools with prompts of their
// own get the same verdicts.
type stub struct {
	URL      string
	server   *http.Server
	latency  time.Duration
	received atomic.Int64
}

func startStub(latency time.Duration) (*stub, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &stub{URL: "http://" + l.Addr().String(), latency: latency}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.openAI)
	mux.HandleFunc("POST /v1/embeddings", s.embeddings)
	mux.HandleFunc("POST /v1/moderations", labels(moderationBodies, "clean"))
	mux.HandleFunc("POST /hf", labels(classBodies, "good"))
	mux.HandleFunc("POST /anthropic/v1/messages", s.anthropic)
	mux.HandleFunc("POST /api/chat", s.ollama)
	mux.HandleFunc("POST /google/", s.google)
	mux.HandleFunc("POST /v1beta/", s.google)
	mux.HandleFunc("POST /classify", s.classify)
	mux.HandleFunc("GET /query", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "you asked for %s", r.URL.Query().Get("q"))
	})
	s.webAPI(mux)
	s.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.received.Add(1)
		time.Sleep(s.latency)
		mux.ServeHTTP(w, r)
	})}
	go s.server.Serve(l)
	return s, nil
}

func (s *stub) stop() { s.server.Close() }

// env is what the configurations and the tools need to find the server.
func (s *stub) env() []string {
	return []string{"STUB_URL=" + s.URL, "STUB_HOST=" + strings.TrimPrefix(s.URL, "http://"), "OLLAMA_BASE_URL=" + s.URL, "OLLAMA_HOST=" + s.URL}
}

type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// text is a message's content, of whatever form.
func (m message) text() string {
	var plain string
	if json.Unmarshal(m.Content, &plain) == nil {
		return plain
	}
	var parts []struct{ Text string }
	json.Unmarshal(m.Content, &parts)
	for _, p := range parts {
		plain += p.Text
	}
	return plain
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

type object = map[string]any

func (s *stub) openAI(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model     string
		Messages  []message
		Tools     []json.RawMessage
		Functions []json.RawMessage
		Format    *struct{ Type string } `json:"response_format"`
	}
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &q); err != nil {
		reply(w, 400, object{"error": object{"message": err.Error(), "type": "invalid_request_error"}})
		return
	}
	all, last := "", ""
	for _, m := range q.Messages {
		last = m.text()
		all += last + "\n"
	}
	if strings.Contains(all, "BAD-REQUEST") {
		reply(w, 400, object{"error": object{"message": "the request is bad", "type": "invalid_request_error"}})
		return
	}
	if m := replyMark.FindStringSubmatch(all); m != nil {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, chatBodies[m[1]])
		return
	}
	m, finish := object{"role": "assistant", "content": answerTo(all, last)}, "stop"
	switch {
	case strings.Contains(last, "PARAMETERS"):
		m["content"] = parameters(body)
	case len(q.Tools) > 0 && strings.Contains(last, "CALL"):
		m["content"], finish = nil, "tool_calls"
		m["tool_calls"] = []object{{"id": "call_1", "type": "function", "function": object{"name": "lookup", "arguments": `{"word":"x"}`}}}
	case len(q.Functions) > 0 && strings.Contains(last, "CALL"):
		m["content"], finish = nil, "function_call"
		m["function_call"] = object{"name": "lookup", "arguments": `{"word":"x"}`}
	case q.Format != nil && q.Format.Type == "json_object" && !judged(all):
		text, _ := json.Marshal(object{"said": last})
		m["content"] = string(text)
	}
	reply(w, 200, object{"id": "c1", "object": "chat.completion", "model": q.Model,
		"choices": []object{{"index": 0, "message": m, "finish_reason": finish}},
		"usage":   object{"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}})
}

// parameters is all that a request says beside its messages.
func parameters(body []byte) string {
	var all object
	json.Unmarshal(body, &all)
	for _, key := range []string{"messages", "model"} {
		delete(all, key)
	}
	if all["stream"] == false {
		delete(all, "stream")
	}
	text, _ := json.Marshal(all)
	return "asked with " + string(text)
}

var (
	mustHave = regexp.MustCompile(`MUST-HAVE\((\w+)\)`)
	grade    = regexp.MustCompile(`GRADE\(([\d.]+)\)`)
	fact     = regexp.MustCompile(`FACT\((\w)\)`)
	choose   = regexp.MustCompile(`CHOOSE\((\d)\)`)
)

// judged says whether a text asks for a verdict.
func judged(all string) bool {
	return mustHave.MatchString(all) || fact.MatchString(all) || choose.MatchString(all) || strings.Contains(all, "MALFORMED")
}

// answerTo answers the last message, or judges by the marks that a rubric
// holds: MUST-HAVE(word) passes when the word stands outside of the mark too.
func answerTo(all, last string) string {
	switch m := fact.FindStringSubmatch(all); {
	case strings.Contains(all, "MALFORMED"):
		return "I would rather not say"
	case m != nil:
		return fmt.Sprintf(`{"category":%q,"reason":"as the mark says"}`, m[1])
	}
	if m := choose.FindStringSubmatch(all); m != nil {
		return m[1]
	}
	m := mustHave.FindStringSubmatch(all)
	if m == nil {
		return "You said: " + last
	}
	rest := mustHave.ReplaceAllString(all, "")
	pass := regexp.MustCompile(`\b` + m[1] + `\b`).MatchString(rest)
	if strings.Contains(all, "CLOSED") {
		if pass {
			return "It meets the criterion.\nY"
		}
		return "It does not.\nN"
	}
	score := 0.0
	if pass {
		score = 1
	}
	if g := grade.FindStringSubmatch(all); g != nil {
		score, _ = strconv.ParseFloat(g[1], 64)
	}
	return fmt.Sprintf(`{"reason":"looked for %s","pass":%v,"score":%v}`, m[1], pass, score)
}

// embeddings are counts of words, hashed into 64 places, of length 1.
func (s *stub) embeddings(w http.ResponseWriter, r *http.Request) {
	var q struct{ Input json.RawMessage }
	json.NewDecoder(r.Body).Decode(&q)
	var texts []string
	if json.Unmarshal(q.Input, &texts) != nil {
		var one string
		json.Unmarshal(q.Input, &one)
		texts = []string{one}
	}
	data := []object{}
	for i, text := range texts {
		data = append(data, object{"object": "embedding", "index": i, "embedding": embed(text)})
	}
	reply(w, 200, object{"object": "list", "model": "e", "data": data, "usage": object{"prompt_tokens": 5, "total_tokens": 5}})
}

func embed(text string) []float64 {
	v := make([]float64, 64)
	for _, word := range strings.Fields(text) {
		h := uint32(2166136261)
		for _, c := range []byte(word) {
			h = (h ^ uint32(c)) * 16777619
		}
		v[h%64]++
	}
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(max(sum, 1e-9))
	}
	return v
}

func (s *stub) anthropic(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model    string
		Messages []message
	}
	body, _ := io.ReadAll(r.Body)
	json.Unmarshal(body, &q)
	last := q.Messages[len(q.Messages)-1].text()
	answer := answerTo(last, last)
	if strings.Contains(last, "PARAMETERS") {
		answer = parameters(body)
	}
	reply(w, 200, object{"id": "m1", "type": "message", "role": "assistant", "model": q.Model, "stop_reason": "end_turn",
		"content": []object{{"type": "text", "text": answer}}, "usage": object{"input_tokens": 9, "output_tokens": 5}})
}

func (s *stub) ollama(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model    string
		Messages []message
	}
	json.NewDecoder(r.Body).Decode(&q)
	last := q.Messages[len(q.Messages)-1].text()
	reply(w, 200, object{"model": q.Model, "done": true, "message": object{"role": "assistant", "content": answerTo(last, last)}, "prompt_eval_count": 3, "eval_count": 4})
}

func (s *stub) google(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, ":embedContent") {
		var q struct {
			Content struct{ Parts []struct{ Text string } }
		}
		json.NewDecoder(r.Body).Decode(&q)
		reply(w, 200, object{"embedding": object{"values": embed(q.Content.Parts[0].Text)}})
		return
	}
	var q struct {
		Contents []struct {
			Parts []struct{ Text string }
		}
	}
	json.NewDecoder(r.Body).Decode(&q)
	last := ""
	for _, p := range q.Contents[len(q.Contents)-1].Parts {
		last += p.Text
	}
	reply(w, 200, object{"candidates": []object{{"content": object{"role": "model", "parts": []object{{"text": answerTo(last, last)}}}, "finishReason": "STOP"}},
		"usageMetadata": object{"promptTokenCount": 4, "candidatesTokenCount": 2, "totalTokenCount": 6}})
}

// classify labels a text by the word before its last one.
func (s *stub) classify(w http.ResponseWriter, r *http.Request) {
	var q struct{ Text string }
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &q); err != nil {
		reply(w, 400, object{"error": err.Error()})
		return
	}
	if strings.Contains(q.Text, "status 404") {
		reply(w, 404, object{"error": "nothing here"})
		return
	}
	words := strings.Fields(q.Text)
	label := ""
	if len(words) > 0 {
		label = words[max(len(words)-2, 0)]
	}
	reply(w, 200, object{"result": object{"label": label}, "length": len(q.Text)})
}
