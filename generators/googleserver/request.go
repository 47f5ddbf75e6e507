package googleserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Request is a request of the Gemini API.
type Request struct {
	Contents          []Content         `json:"contents"`
	SystemInstruction *Content          `json:"systemInstruction"`
	Tools             []Tool            `json:"tools"`
	ToolConfig        json.RawMessage   `json:"toolConfig"`
	SafetySettings    json.RawMessage   `json:"safetySettings"`
	GenerationConfig  GenerationConfig  `json:"generationConfig"`
	CachedContent     string            `json:"cachedContent"`
	ServiceTier       string            `json:"serviceTier"`
	Store             bool              `json:"store"`
	Labels            map[string]string `json:"labels"`

	Model  string `json:"-"` // from the path
	Stream bool   `json:"-"`
	Key    string `json:"-"` // the caller's, from the header
}

// Content is one turn.
type Content struct {
	Role  string `json:"role,omitempty"`
	Parts []Part `json:"parts"`
}

// Part is one part of a content, of a request or a reply.
type Part struct {
	Text             *string           `json:"text,omitempty"`
	InlineData       *Blob             `json:"inlineData,omitempty"`
	FileData         *File             `json:"fileData,omitempty"`
	FunctionCall     *FunctionCall     `json:"functionCall,omitempty"`
	FunctionResponse *FunctionResponse `json:"functionResponse,omitempty"`
	Thought          bool              `json:"thought,omitempty"`
	ThoughtSignature string            `json:"thoughtSignature,omitempty"`
}

// Blob is media in the request itself.
type Blob struct {
	MimeType string `json:"mimeType"`
	Data     string `json:"data"`
}

// File is media at an address.
type File struct {
	MimeType string `json:"mimeType"`
	FileURI  string `json:"fileUri"`
}

// FunctionCall is a call that the model asks for.
type FunctionCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

// FunctionResponse is what a called function gave back.
type FunctionResponse struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Response json.RawMessage `json:"response"`
}

// Tool holds functions that the model may call.
type Tool struct {
	FunctionDeclarations []Function      `json:"functionDeclarations"`
	GoogleSearch         json.RawMessage `json:"googleSearch"`
	CodeExecution        json.RawMessage `json:"codeExecution"`
	URLContext           json.RawMessage `json:"urlContext"`
}

// Function is one of them.
type Function struct {
	Name                 string          `json:"name"`
	Description          string          `json:"description"`
	Parameters           json.RawMessage `json:"parameters"`
	ParametersJSONSchema json.RawMessage `json:"parametersJsonSchema"`
}

// GenerationConfig are the parameters.
type GenerationConfig struct {
	Temperature        *float64        `json:"temperature"`
	TopP               *float64        `json:"topP"`
	TopK               *int            `json:"topK"`
	CandidateCount     int             `json:"candidateCount"`
	MaxOutputTokens    int             `json:"maxOutputTokens"`
	StopSequences      []string        `json:"stopSequences"`
	Seed               *int32          `json:"seed"`
	ResponseLogprobs   bool            `json:"responseLogprobs"`
	Logprobs           *int            `json:"logprobs"`
	PresencePenalty    *float64        `json:"presencePenalty"`
	FrequencyPenalty   *float64        `json:"frequencyPenalty"`
	ResponseMimeType   string          `json:"responseMimeType"`
	ResponseSchema     json.RawMessage `json:"responseSchema"`
	ResponseJSONSchema json.RawMessage `json:"responseJsonSchema"`
	ResponseModalities []string        `json:"responseModalities"`
	ThinkingConfig     json.RawMessage `json:"thinkingConfig"`
	MediaResolution    string          `json:"mediaResolution"`
	SpeechConfig       json.RawMessage `json:"speechConfig"`
	ImageConfig        json.RawMessage `json:"imageConfig"`
}

// LastText is the last text of the contents, which an echo answers with.
func (r *Request) LastText() string {
	for i := len(r.Contents) - 1; i >= 0; i-- {
		parts := r.Contents[i].Parts
		for j := len(parts) - 1; j >= 0; j-- {
			if parts[j].Text != nil {
				return *parts[j].Text
			}
		}
	}
	return ""
}

// words counts the prompt's words, near enough to tokens for a stand-in.
func (r *Request) words() int {
	n := 0
	contents := r.Contents
	if r.SystemInstruction != nil {
		contents = append(contents[:len(contents):len(contents)], *r.SystemInstruction)
	}
	for _, c := range contents {
		for _, p := range c.Parts {
			if p.Text != nil {
				n += words(*p.Text)
			}
		}
	}
	return n
}

func words(s string) int { return len(strings.Fields(s)) }

// parse reads and checks a request; the error's text is for the caller.
func parse(body []byte, model string) (*Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, payloadError(err)
	}
	if d.More() {
		return nil, complain("Invalid JSON payload received. Parsing terminated before end of input.")
	}
	if err := r.check(model); err != nil {
		return nil, err
	}
	return &r, nil
}

// payloadError is a JSON error in the API's words.
func payloadError(err error) error {
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return complain("Invalid JSON payload received. Unknown name %s: Cannot find field.", field)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return complain("Invalid value at '%s' (%s), %s", kind.Field, kind.Type, kind.Value)
	}
	return complain("Invalid JSON payload received. %v", err)
}

// complaint is an error in the API's own words, for the caller.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }
