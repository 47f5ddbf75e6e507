package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// newProcessModel makes a model of a program that speaks the JSON lines of
// Process. Beside id, input and vars a line holds what the model is asked:
// messages, tools, schema, json and config.
func newProcessModel(cfg ModelConfig, commandLine string) (*Process, error) {
	command, err := splitCommand(commandLine)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", cfg.Ref, err)
	}
	if cfg.BaseURL != "" || cfg.APIKeyEnv != "" || len(cfg.Headers) > 0 {
		return nil, fmt.Errorf("model %q is a program: base_url, api_key_env and headers have no meaning", cfg.Ref)
	}
	p := cfg.Process
	p.Command, p.Timeout = command, cfg.Timeout
	return NewProcess(p)
}

// ProcessCommand is the command of a model that is a program, such as
// "process:./llm --flag"; nil for any other.
func ProcessCommand(ref string) ([]string, error) {
	provider, line, err := SplitModel(ref)
	if err != nil || provider != "process" {
		return nil, nil // who makes the model says what is wrong with its name
	}
	command, err := splitCommand(line)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", ref, err)
	}
	return command, nil
}

// splitCommand takes a command apart at blanks. Quotes keep blanks together,
// and a backslash outside of single quotes keeps the next character as it is.
// No shell is involved: there are no variables and no patterns.
func splitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	started, escaped, quote := false, false, rune(0)
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			started, escaped = true, true
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			started, quote = true, r
		case r == ' ' || r == '\t' || r == '\n':
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			started = true
			word.WriteRune(r)
		}
	}
	if started {
		words = append(words, word.String())
	}
	switch {
	case quote != 0 || escaped:
		return nil, errors.New("the command ends within a quotation")
	case len(words) == 0 || words[0] == "":
		return nil, errors.New("the command is empty")
	}
	return words, nil
}

// appendChat adds what a model is asked to a request's line.
func appendChat(line []byte, c *pipeline.Chat) ([]byte, error) {
	config := configMap(c.Config)
	for _, field := range []struct {
		name  string
		value any
		given bool
	}{
		{"messages", c.Messages, true},
		{"tools", c.Tools, len(c.Tools) > 0},
		{"schema", c.Schema, !isNull(c.Schema)},
		{"json", true, c.JSON || !isNull(c.Schema)},
		{"config", config, len(config) > 0},
	} {
		if !field.given {
			continue
		}
		value, err := encodeJSON(field.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.name, err)
		}
		line = append(append(appendString(append(line, ','), field.name), ':'), value...)
	}
	return line, nil
}

// configMap is a configuration under Dotprompt's names; Extra's keys stand
// beside them.
func configMap(c pipeline.Config) map[string]any {
	all := maps.Clone(c.Extra)
	if all == nil {
		all = map[string]any{}
	}
	set := func(name string, value any, given bool) {
		if given {
			all[name] = value
		}
	}
	set("temperature", c.Temperature, c.Temperature != nil)
	set("topP", c.TopP, c.TopP != nil)
	set("topK", c.TopK, c.TopK != nil)
	set("maxOutputTokens", c.MaxOutputTokens, c.MaxOutputTokens > 0)
	set("stopSequences", c.StopSequences, len(c.StopSequences) > 0)
	set("seed", c.Seed, c.Seed != nil)
	set("topLogprobs", c.TopLogprobs, c.TopLogprobs > 0)
	return all
}

// modelReply is what a model's answer may hold beside its output.
type modelReply struct {
	ToolCalls    json.RawMessage `json:"tool_calls"`
	FinishReason json.RawMessage `json:"finish_reason"`
	Model        json.RawMessage `json:"model"`
	Logprobs     json.RawMessage `json:"logprobs"`
	Trace        json.RawMessage `json:"trace"`
}

// read fills in what the model reports. What can't be read is left out and
// returned; it is no reason to lose an answer.
func (m *modelReply) read(a *pipeline.Asset) (odd string) {
	a.FinishReason, _ = textOf(m.FinishReason)
	a.Model, _ = textOf(m.Model)
	for _, field := range []struct {
		raw json.RawMessage
		to  any
	}{{m.ToolCalls, &a.ToolCalls}, {m.Logprobs, &a.Logprobs}} {
		if !isNull(field.raw) && json.Unmarshal(field.raw, field.to) != nil {
			odd = string(field.raw)
		}
	}
	trace, err := pipeline.ParseTrace(m.Trace)
	switch {
	case err != nil:
		odd = err.Error()
	case trace != nil:
		a.Trace = trace
	case len(m.ToolCalls) > 0 && a.ToolCalls != nil:
		a.Trace = &pipeline.Trace{} // it tells its calls, and there were no others
	}
	return odd
}
