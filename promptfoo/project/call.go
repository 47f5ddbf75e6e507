package project

import "github.com/GaboBase/arch-genops/internal/jsvalue"

// Kinds of calls.
const (
	CallChat     = "chat"     // a chat model behind Model
	CallHTTP     = "http"     // a request of the user's own shape
	CallExec     = "exec"     // a program: prompt, options and context as arguments
	CallEcho     = "echo"     // answers with the prompt
	CallScript   = "script"   // a function or class of the user's: Code
	CallPython   = "python"   // likewise
	CallRuby     = "ruby"     // likewise
	CallEmbed    = "embed"    // embeddings, for similar
	CallModerate = "moderate" // what is wrong with a text
	CallClassify = "classify" // the classes of a text
)

// Call says what a provider id stands for, in terms of the house.
type Call struct {
	Kind string // one of the Call constants; "" when the provider can't be run (a Problem says why)

	Model ChatModel // for CallChat, CallEmbed, CallModerate, CallClassify
	HTTP  HTTPCall  // for CallHTTP
	Exec  string    // for CallExec: the command line
	Code  Code      // for CallScript, CallPython, CallRuby
}

// ChatModel is a chat model in the terms of package generators, and its
// parameters in those of pipeline.
type ChatModel struct {
	Ref       string            // PROVIDER:MODEL of generators, e.g. "openai:gpt-5.4-mini"
	API       string            // "chat" | "responses" | "completion" | "messages" | "generate" as the id asks for; the house may use another of the same provider
	BaseURL   string            // "" = the provider's own
	APIKeyEnv string            // environment variable that holds the key; "" = the provider's usual one
	APIKey    Secret            // a key written in the file itself; "" mostly
	Signing   map[string]Secret // keys that sign calls, written in the file itself: by the variable of the environment that holds them else
	Headers   map[string]string

	Temperature, TopP, FrequencyPenalty, PresencePenalty *float64
	MaxTokens                                            int // 0 = not said
	Seed                                                 *int64
	Stop                                                 []string
	TopK                                                 int
	Format                                               any   // response_format, plain; nil = text
	FormatFile                                           bool  // Format stands in a file of its own: promptfoo then leaves the answer a text
	Tools                                                []any // plain, files read in
	ToolChoice                                           any
	Reasoning                                            string          // effort
	System                                               string          // systemPrompt / instructions
	Extra                                                *jsvalue.Object // passthrough, and parameters that go into the body as they are
}

// Secret is a text that is never printed.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[hidden]"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText hides the secret from every encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
