package pipeline

import "encoding/json"

// Message is one turn of a chat. Parts, when there are any, take the place of
// Content.
type Message struct {
	Role    string `json:"role"` // system, user, model (also: assistant) or tool
	Content string `json:"content"`
	Parts   []Part `json:"parts,omitempty"`
	Echo    *Echo  `json:"echo,omitempty"` // of an answer: what its API wants back; nil = nothing
}

// Echo is an answer in the words of the API that gave it, with what no Part
// holds and the API wants back unchanged, such as signed thoughts. Only that API
// is sent it; all others get the message's parts.
type Echo struct {
	API     string          `json:"api"`
	Content json.RawMessage `json:"content"`
}

// Of says that e is for an API. It may be nil.
func (e *Echo) Of(api string) bool { return e != nil && e.API == api }

// Part is one piece of a message; exactly one field is set.
type Part struct {
	Text       string      `json:"text,omitempty"`
	Media      *Media      `json:"media,omitempty"`
	ToolCall   *ToolCall   `json:"tool_call,omitempty"`
	ToolResult *ToolResult `json:"tool_result,omitempty"`
}

// Media is an image, sound or document.
type Media struct {
	URL  string `json:"url"`            // http, https or data
	Type string `json:"type,omitempty"` // MIME type; "" = as the URL says
}

// ToolCall is a call that a model asks for.
type ToolCall struct {
	ID   string          `json:"id,omitempty"` // pairs it with its result
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"` // an object
}

// ToolResult is what a called tool gave back.
type ToolResult struct {
	ID     string          `json:"id,omitempty"`
	Name   string          `json:"name"`
	Output json.RawMessage `json:"output"`
	Failed bool            `json:"failed,omitempty"` // the tool says what went wrong
}

// TokenProb is one token of an output with its log-probability, and those that
// could have stood in its place.
type TokenProb struct {
	Token   string      `json:"token"`
	Logprob float64     `json:"logprob"` // natural logarithm
	Top     []TokenProb `json:"top,omitempty"`
}

// Chat is a rendered prompt: all that a chat model is asked.
type Chat struct {
	Messages []Message
	Tools    []Tool
	Schema   json.RawMessage // JSON Schema that the output must fulfil; nil = none
	JSON     bool            // the output must be JSON
	Config   Config
}

// Tool is a function that a model may ask to be called.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"` // JSON Schema of the arguments; nil = none
}

// Config are the parameters of a model call, named as Dotprompt names them. A
// nil pointer leaves the choice to the provider.
type Config struct {
	Temperature     *float64
	TopP            *float64
	TopK            *int
	MaxOutputTokens int // 0 = the provider's choice
	StopSequences   []string
	Seed            *int64
	TopLogprobs     int            // alternatives reported with each token, 0 = no log-probabilities
	Extra           map[string]any // goes into the provider's request as it is
}
