package pipelinetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Backend is one chat model together with the local server it calls.
type Backend struct {
	Model  pipeline.Generator // the model under test, closed by TB.Cleanup
	KeyEnv string             // environment variable that the model reads its key from
	Heard  func() []Heard     // what the server understood, in the order of arrival
}

// Heard is one request as the server understood it, put back from the
// provider's format into the pipeline's. Roles are system, user, model and
// tool; a system text is a message, wherever the provider keeps it. Tools,
// Schema, JSON and Config hold what the request said.
type Heard struct {
	Model  string
	Key    string
	Stream bool
	Chat   pipeline.Chat
}

// Behaviour is what a Backend is made for. The model under test is called
// "test-model", or UnknownModel with that fault.
type Behaviour struct {
	Stream bool   // the model asks for streamed replies
	Key    string // the model's key; the server shows it in every error, as careless servers do
	// Reply is what the server answers, in the provider's format: Text,
	// ToolCalls, FinishReason ("stop", "length" or "tool_calls"; "" = stop),
	// Usage, Model and Logprobs. nil = the last text it heard. It is safe for
	// concurrent use.
	Reply func(Heard) pipeline.Asset
	Fault Fault         // of every call
	Wait  time.Duration // announced with RateLimited, the way the provider does
}

// Fault is something that goes wrong with a call.
type Fault string

// The faults, and the error that a model must make of each.
const (
	None         Fault = ""
	RateLimited  Fault = "rate limited"    // 429 that says how long to wait: Transient, Limited, RetryAfter
	Busy         Fault = "busy"            // 429 that does not: Transient, Overload
	Overloaded   Fault = "overloaded"      // 503 or 529: Transient, Overload
	Broken       Fault = "broken"          // 500: Transient
	NoQuota      Fault = "no quota"        // nothing left to spend: Unusable, "credit"
	BadKey       Fault = "bad key"         // Unusable, names KeyEnv
	UnknownModel Fault = "unknown model"   // Unusable, names the model
	TooLong      Fault = "too long"        // beyond the context: plain, "shorten"
	Moderated    Fault = "moderated"       // the input is refused: plain, "content filter"
	Withheld     Fault = "withheld"        // the output is: plain, "content filter"
	Refused      Fault = "refused"         // the model declines in the provider's own way: plain, "refused"
	BadRequest   Fault = "bad request"     // any other 400: plain
	Cut          Fault = "cut"             // no reply, the connection breaks: Transient, Ambiguous
	CutReply     Fault = "cut reply"       // it breaks in the middle of the reply: Transient, Ambiguous
	EndEarly     Fault = "early end"       // streams: ends in good order without its last event: Transient, Ambiguous
	Malformed    Fault = "malformed reply" // 200 with HTML, or an event that is no JSON: plain
	ErrorEvent   Fault = "error event"     // streams: after a piece of text, an "overloaded" error: Transient, Overload
	Drip         Fault = "drip"            // the reply comes in small pieces, with pauses: no error
	Hang         Fault = "hang"            // no reply until the caller gives up
)

// TestModel is the model's name, and NoModel the one that no server has.
const (
	TestModel = "test-model"
	NoModel   = "no-such-model"
)

// Abilities say what a provider's format can express. All can do text, system
// texts, history, images as data URLs, tools, streams and a JSON Schema.
type Abilities struct {
	Usage    pipeline.Usage // with every field set that the provider can report
	Logprobs bool
	Config   []string // of "temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed"
	Without  []Fault  // that the provider does not know
}

// Model checks what every chat model promises: that the server hears exactly
// what was asked, that the answer comes back whole, streamed or not, and that
// each fault becomes the right kind of error. newBackend makes a fresh server
// and model.
func Model(t *testing.T, can Abilities, newBackend func(testing.TB, Behaviour) Backend) {
	for name, stream := range map[string]bool{"Whole": false, "Stream": true} {
		s := &modelSuite{can: can, stream: stream, new: newBackend}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("Text", s.text)
			t.Run("Conversation", s.conversation)
			t.Run("Image", s.image)
			t.Run("Tools", s.tools)
			t.Run("Schema", s.schema)
			t.Run("Config", s.config)
			t.Run("Usage", s.usage)
			t.Run("Finish", s.finish)
			t.Run("Logprobs", s.logprobs)
			t.Run("Faults", s.faults)
			t.Run("Cancel", s.cancel)
			t.Run("Deadline", s.deadline)
			t.Run("CancelledBefore", s.cancelledBefore)
			t.Run("Concurrent", s.concurrent)
		})
	}
}

type modelSuite struct {
	can    Abilities
	stream bool
	new    func(testing.TB, Behaviour) Backend
}

// secret is the key of every model under test; no error may show it.
const secret = "key-4f1d9c-do-not-show"

func (s *modelSuite) backend(t testing.TB, b Behaviour) Backend {
	b.Stream, b.Key = s.stream, secret
	return s.new(t, b)
}

// ask makes one call that must end well and returns what the server heard.
func (s *modelSuite) ask(t *testing.T, b Backend, r pipeline.Request) (pipeline.Asset, Heard) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), slowLimit)
	defer cancel()
	a, err := b.Model.Generate(ctx, r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	heard := b.Heard()
	if len(heard) == 0 {
		t.Fatal("the server heard nothing")
	}
	last := heard[len(heard)-1]
	switch {
	case a.Sends != 1:
		t.Errorf("Sends is %d, want 1", a.Sends)
	case a.Latency <= 0:
		t.Errorf("Latency is %v, want more than 0", a.Latency)
	case a.Err != "":
		t.Errorf("Err is %q; it belongs to the sweep", a.Err)
	case last.Model != TestModel || last.Key != secret || last.Stream != s.stream:
		t.Errorf("heard model %q, stream %v, the right key: %v", last.Model, last.Stream, last.Key == secret)
	}
	return a, last
}

func (s *modelSuite) knows(f Fault) bool {
	onlyStreams := f == EndEarly || f == ErrorEvent
	return !slices.Contains(s.can.Without, f) && (s.stream || !onlyStreams)
}

// reply answers every call with a.
func reply(a pipeline.Asset) func(Heard) pipeline.Asset {
	return func(Heard) pipeline.Asset { return a }
}

// LastText is the last text of the chat that was heard, the default reply.
func (h Heard) LastText() string {
	for _, m := range slices.Backward(h.Chat.Messages) {
		for _, p := range slices.Backward(m.Parts) {
			if p.Text != "" {
				return p.Text
			}
		}
		if len(m.Parts) == 0 {
			return m.Content
		}
	}
	return ""
}
