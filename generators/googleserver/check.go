package googleserver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// check holds a request against the API's rules.
func (r *Request) check(model string) error {
	if len(r.Contents) == 0 {
		return complain("* GenerateContentRequest.contents: contents is not specified")
	}
	if s := r.SystemInstruction; s != nil {
		for _, p := range s.Parts {
			if p.Text == nil {
				return complain("Developer instruction must be text.")
			}
		}
	}
	if err := r.checkContents(model); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, t := range r.Tools {
		for j, f := range t.FunctionDeclarations {
			where := fmt.Sprintf("GenerateContentRequest.tools[%d].function_declarations[%d]", i, j)
			switch {
			case !functionName.MatchString(f.Name):
				return complain("Invalid function name at %s. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.", where)
			case seen[f.Name]:
				return complain("Duplicate function declaration found: %s", f.Name)
			case len(f.Parameters) > 0 && len(f.ParametersJSONSchema) > 0:
				return complain("%s: only one of parameters and parameters_json_schema can be set", where)
			}
			seen[f.Name] = true
		}
	}
	return r.GenerationConfig.check()
}

var functionName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$`)

func (g *GenerationConfig) check() error {
	bounds := func(name string, x *float64, low, high float64) error {
		if x != nil && !(*x >= low && *x <= high) {
			return complain("* GenerateContentRequest.generation_config.%s: %s must be in the range [%.1f, %.1f]", name, name, low, high)
		}
		return nil
	}
	schema := len(g.ResponseSchema) > 0 || len(g.ResponseJSONSchema) > 0
	switch {
	case g.MaxOutputTokens < 0:
		return complain("* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.")
	case g.TopK != nil && *g.TopK < 1:
		return complain("* GenerateContentRequest.generation_config.top_k: top_k must be positive.")
	case len(g.StopSequences) > 5:
		return complain("* GenerateContentRequest.generation_config.stop_sequences: at most 5 stop sequences are allowed")
	case slices.Contains(g.StopSequences, ""):
		return complain("* GenerateContentRequest.generation_config.stop_sequences: stop sequences cannot be empty")
	case g.Logprobs != nil && !g.ResponseLogprobs:
		return complain("Logprobs is not enabled: response_logprobs must be true")
	case g.Logprobs != nil && (*g.Logprobs < 0 || *g.Logprobs > 20):
		return complain("logprobs must be in the range [0, 20]")
	case len(g.ResponseSchema) > 0 && len(g.ResponseJSONSchema) > 0:
		return complain("only one of response_schema and response_json_schema can be set")
	case schema && g.ResponseMimeType != "application/json" && g.ResponseMimeType != "text/x.enum":
		return complain("response_schema requires response_mime_type to be application/json")
	}
	return errors.Join(bounds("temperature", g.Temperature, 0, 2), bounds("top_p", g.TopP, 0, 1))
}

// checkContents also pairs function responses with the calls before them.
func (r *Request) checkContents(model string) error {
	calls := 0 // of the turn before
	for i, c := range r.Contents {
		if c.Role != "user" && c.Role != "model" && (c.Role != "" || len(r.Contents) > 1) {
			return complain("Please use a valid role: user, model.")
		}
		if len(c.Parts) == 0 {
			return complain("* GenerateContentRequest.contents[%d].parts: contents.parts must not be empty.", i)
		}
		made, answered, signed := 0, 0, false
		for j, p := range c.Parts {
			where := fmt.Sprintf("contents[%d].parts[%d]", i, j)
			if err := p.check(where); err != nil {
				return err
			}
			if p.FunctionResponse != nil {
				answered++
			}
			if p.FunctionCall == nil {
				continue
			}
			made++
			if !signed && p.ThoughtSignature != "" && !p.signedHere() {
				return complain("Corrupted thought signature.")
			}
			signed = signed || p.ThoughtSignature != ""
			if !signed && wantsSignature(model) {
				return complain("Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `%s`, position %d.", p.FunctionCall.Name, j+1)
			}
		}
		switch {
		case made > 0 && (c.Role != "model" || i == 0 || r.Contents[i-1].Role == "model"):
			return complain("Please ensure that function call turn comes immediately after a user turn or after a function response turn.")
		case answered != calls:
			return complain("Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.")
		}
		calls = made
	}
	return nil
}

// wantsSignature says that a model is of the third generation or later.
func wantsSignature(model string) bool {
	return !strings.HasPrefix(model, "gemini-1") && !strings.HasPrefix(model, "gemini-2")
}

func (p *Part) check(where string) error {
	set := 0
	for _, is := range []bool{p.Text != nil, p.InlineData != nil, p.FileData != nil, p.FunctionCall != nil, p.FunctionResponse != nil} {
		if is {
			set++
		}
	}
	switch {
	case set == 0:
		return complain("* GenerateContentRequest.%s.data: required oneof field 'data' must have one initialized field", where)
	case set > 1:
		return complain("Invalid value at '%s' (oneof), oneof field 'data' is already set.", where)
	}
	if _, err := base64.URLEncoding.DecodeString(p.ThoughtSignature); err != nil {
		if _, err := base64.StdEncoding.DecodeString(p.ThoughtSignature); err != nil {
			return complain("Invalid value at '%s.thought_signature' (TYPE_BYTES), Base64 decoding failed", where)
		}
	}
	switch {
	case p.InlineData != nil:
		if data, err := base64.StdEncoding.DecodeString(p.InlineData.Data); err != nil || len(data) == 0 {
			return complain("Invalid value at '%s.inline_data.data' (TYPE_BYTES), Base64 decoding failed", where)
		}
		kind, _, _ := strings.Cut(p.InlineData.MimeType, "/")
		if !slices.Contains([]string{"image", "audio", "video", "text", "application"}, kind) {
			return complain("Unsupported MIME type: %s", p.InlineData.MimeType)
		}
	case p.FileData != nil && p.FileData.FileURI == "":
		return complain("* GenerateContentRequest.%s.file_data.file_uri: file_uri is required", where)
	case p.FunctionCall != nil && p.FunctionCall.Name == "":
		return complain("* GenerateContentRequest.%s.function_call.name: Name cannot be empty.", where)
	case p.FunctionResponse != nil && p.FunctionResponse.Name == "":
		return complain("* GenerateContentRequest.%s.function_response.name: Name cannot be empty.", where)
	case p.FunctionResponse != nil && !strings.HasPrefix(string(p.FunctionResponse.Response), "{"):
		return complain("Invalid value at '%s.function_response.response' (type.googleapis.com/google.protobuf.Struct)", where)
	}
	return nil
}
