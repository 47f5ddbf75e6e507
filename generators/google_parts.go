package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// googlePart is one part of a content; exactly one of the pointers is set.
type googlePart struct {
	Text             *string         `json:"text,omitempty"`
	InlineData       *googleBlob     `json:"inlineData,omitempty"`
	FileData         *googleFile     `json:"fileData,omitempty"`
	FunctionCall     *googleCall     `json:"functionCall,omitempty"`
	FunctionResponse *googleResponse `json:"functionResponse,omitempty"`
	Thought          bool            `json:"thought,omitempty"`
	ThoughtSignature string          `json:"thoughtSignature,omitempty"`
	raw              json.RawMessage // the part as it came, or is echoed; nil = the fields are all
}

// googleAPI marks what is for this API only.
const googleAPI = "google"

// UnmarshalJSON keeps the part as it is, too.
func (p *googlePart) UnmarshalJSON(data []byte) error {
	type plain googlePart
	p.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(p))
}

// MarshalJSON writes an echo as it came.
func (p googlePart) MarshalJSON() ([]byte, error) {
	if p.raw != nil {
		return p.raw, nil
	}
	type plain googlePart
	return json.Marshal(plain(p))
}

// bare says that a part is a text without a signature, which may be joined with
// its neighbours.
func (p *googlePart) bare() bool {
	return p.Text != nil && !p.Thought && p.ThoughtSignature == ""
}

type googleBlob struct {
	MimeType string `json:"mimeType"`
	Data     string `json:"data"`
}

type googleFile struct {
	MimeType string `json:"mimeType,omitempty"`
	FileURI  string `json:"fileUri"`
}

type googleCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

type googleResponse struct {
	ID       string          `json:"id,omitempty"`
	Name     string          `json:"name"`
	Response json.RawMessage `json:"response"`
}

// googleParts is a message's role and parts in the Gemini API.
func googleParts(m pipeline.Message, calls *toolPairs) (role string, parts []googlePart, err error) {
	role, err = roleOf(m, map[string]string{"system": "system", "user": "user", "model": "model", "tool": "user"})
	if err != nil {
		return "", nil, err
	}
	if role == "model" && m.Echo.Of(googleAPI) {
		calls.callAll(m)
		err = json.Unmarshal(m.Echo.Content, &parts)
		return role, parts, err
	}
	for _, p := range partsOf(m) {
		part, err := googlePartOf(p, role, calls)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, part)
	}
	return role, parts, nil
}

func googlePartOf(p pipeline.Part, role string, calls *toolPairs) (googlePart, error) {
	if role == "system" && (p.Media != nil || p.ToolCall != nil || p.ToolResult != nil) {
		return googlePart{}, errors.New("a system message can only hold text")
	}
	switch {
	case p.Media != nil:
		return googleMedia(p.Media)
	case p.ToolCall != nil:
		args, err := objectOf(p.ToolCall.Args)
		if err != nil {
			return googlePart{}, fmt.Errorf("the arguments of tool %q %w", p.ToolCall.Name, err)
		}
		return googlePart{FunctionCall: &googleCall{calls.call(p.ToolCall), p.ToolCall.Name, args}}, nil
	case p.ToolResult != nil:
		id, name, err := calls.result(p.ToolResult)
		if err != nil {
			return googlePart{}, err
		}
		// The API wants an object, and reads other results from "output".
		output, err := objectOf(p.ToolResult.Output)
		if err != nil {
			output = objectFrom([]member{{"output", p.ToolResult.Output}})
		}
		return googlePart{FunctionResponse: &googleResponse{id, name, output}}, nil
	}
	return googlePart{Text: &p.Text}, nil
}

func googleMedia(m *pipeline.Media) (googlePart, error) {
	media, err := openMedia(m)
	if err != nil {
		return googlePart{}, err
	}
	if media.url != "" {
		return googlePart{FileData: &googleFile{media.mime, media.url}}, nil
	}
	return googlePart{InlineData: &googleBlob{media.mime, media.base64()}}, nil
}

// googleNoSignature stands, says Google's documentation, for the signature of a
// function call that was not made by this model in this conversation.
const googleNoSignature = "skip_thought_signature_validator"

// googleUnsigned says that a model is older than Gemini 3, which is the first
// that refuses function calls without a signature.
func googleUnsigned(model string) bool {
	model = strings.TrimPrefix(model, "models/")
	return strings.HasPrefix(model, "gemini-1") || strings.HasPrefix(model, "gemini-2")
}

// sign marks the first function call of a turn; those beside it need no mark.
func sign(parts []googlePart) {
	for i := range parts {
		if parts[i].FunctionCall != nil {
			parts[i].ThoughtSignature = googleNoSignature
			return
		}
	}
}
