package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
)

// NewModerator makes a client of OpenAI's moderation API, or of a server that is
// compatible with it: openai:MODEL or openai_compatible:MODEL. It is a Model
// whose labels are the categories that the request's last message is flagged
// for. Its calls are free of charge.
func NewModerator(cfg ModelConfig) (*Model, error) {
	kind, name, err := SplitModel(cfg.Ref)
	switch {
	case err != nil:
		return nil, err
	case kind != "openai" && kind != "openai_compatible":
		return nil, fmt.Errorf("moderation model %q: %s has no moderation API that is known here; known: openai, openai_compatible", cfg.Ref, kind)
	}
	return newModelOf(cfg, findProvider(kind), name, moderationWire{})
}

// huggingFace is where models of Hugging Face classify texts.
var huggingFace = provider{"huggingface", "https://router.huggingface.co/hf-inference", "HF_INFERENCE_ENDPOINT", []string{"HF_TOKEN", "HF_API_TOKEN"}, nil}

// NewClassifier makes a client of a text classification model of Hugging Face:
// huggingface:MODEL. BaseURL is the whole address of the model, "" = its place
// below the environment variable HF_INFERENCE_ENDPOINT, or at the provider. It is
// a Model whose labels are the classes of the request's last message.
func NewClassifier(cfg ModelConfig) (*Model, error) {
	name, ok := strings.CutPrefix(cfg.Ref, huggingFace.kind+":")
	if !ok || name == "" {
		return nil, fmt.Errorf("classification model %q: write huggingface:MODEL", cfg.Ref)
	}
	return newModelOf(cfg, &huggingFace, name, classifierWire{whole: cfg.BaseURL != ""})
}

func newModelOf(cfg ModelConfig, p *provider, name string, format wire) (*Model, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	m := &Model{name: name, defaults: cfg.Defaults, timeout: cfg.Timeout}
	if err := m.connect(cfg, p, format); err != nil {
		return nil, err
	}
	return m, nil
}

// lastText is what a model of labels is asked about.
func lastText(c *pipeline.Chat) (string, error) {
	if len(c.Messages) == 0 {
		return "", errors.New("there is no text")
	}
	return c.Messages[len(c.Messages)-1].Content, nil
}

// labelled is an answer of labels.
func labelled(l pipeline.Labels) (pipeline.Asset, error) {
	if l.List == nil {
		l.List = []pipeline.Label{}
	}
	for i, x := range l.List {
		if math.IsNaN(x.Score) || math.IsInf(x.Score, 0) {
			l.List[i].Score = 0
		}
	}
	data, err := json.Marshal(l)
	return pipeline.Asset{Text: string(data), FinishReason: "stop"}, err
}

// moderationWire is OpenAI's moderation API.
type moderationWire struct{ openAIWire }

func (moderationWire) path(string, bool) string { return "/moderations" }

// encode writes the text as a part where the model takes pictures too, as the
// API's own examples do.
func (moderationWire) encode(model string, c *pipeline.Chat, _ bool) ([]byte, error) {
	text, err := lastText(c)
	if err != nil {
		return nil, err
	}
	var input any = text
	if strings.HasPrefix(model, "omni-") {
		input = []map[string]string{{"type": "text", "text": text}}
	}
	return json.Marshal(map[string]any{"model": model, "input": input})
}

func (moderationWire) events() eventReader { return nil } // never streamed

// decode reads the categories of a text that is flagged. A reply in which a
// result can't be read is an error; one that says nothing is Silent.
func (moderationWire) decode(body []byte, _ string) (pipeline.Asset, error) {
	reply, err := jsvalue.Parse(string(body))
	if err != nil || reply == nil {
		return pipeline.Asset{}, fmt.Errorf("the reply of the moderation is no JSON object: %s", excerpt(body, 200))
	}
	results, _ := jsvalue.Field(reply, "results")
	list, isList := results.([]any)
	_, isText := results.(string)
	switch {
	case !jsvalue.Truthy(results) || isText || isList && len(list) == 0:
		return labelled(pipeline.Labels{Silent: "the moderation's reply holds no results: " + excerpt(body, 200)})
	case !isList:
		return pipeline.Asset{}, fmt.Errorf("the results of the moderation are no list: %s", excerpt(body, 200))
	}
	var l pipeline.Labels
	at := map[string]int{}
	for _, r := range list {
		flags, silent, err := flagsOf(r)
		if err != nil {
			return pipeline.Asset{}, fmt.Errorf("%w: %s", err, excerpt(body, 200))
		}
		if silent != "" {
			l.Silent = silent
		}
		for _, f := range flags {
			if i, ok := at[f.Name]; !ok {
				at[f.Name] = len(l.List)
				l.List = append(l.List, f)
			} else if f.Score > l.List[i].Score {
				l.List[i] = f
			}
		}
	}
	return labelled(l)
}

// flagsOf are the categories of one result.
func flagsOf(r any) (flags []pipeline.Label, silent string, err error) {
	if r == nil {
		return nil, "", errors.New("a result of the moderation is null")
	}
	flagged, _ := jsvalue.Field(r, "flagged")
	categories, known := jsvalue.Field(r, "categories")
	scores, scored := jsvalue.Field(r, "category_scores")
	names := entriesOf(categories)
	if _, isBool := flagged.(bool); !isBool {
		silent = "a result of the moderation does not say whether the text is flagged"
	}
	if !jsvalue.Truthy(flagged) {
		if len(names) > 0 {
			silent = "a result of the moderation names categories, and says that the text is not flagged"
		}
		return nil, silent, nil
	}
	switch {
	case !known || categories == nil:
		return nil, "", errors.New("a flagged result of the moderation has no categories")
	case len(names) > 0 && (!scored || scores == nil):
		return nil, "", errors.New("a flagged result of the moderation has no scores")
	case len(names) == 0:
		return nil, "a result of the moderation is flagged, and names no category", nil
	}
	for _, name := range names {
		f := pipeline.Label{Name: name, Score: math.NaN()}
		if x, ok := jsvalue.Field(scores, name); ok {
			f.Score, _ = jsvalue.Number(x)
		}
		flags = append(flags, f)
	}
	return flags, silent, nil
}

// entriesOf are the keys of what holds, of an object or a list.
func entriesOf(v any) (names []string) {
	if list, ok := v.([]any); ok {
		for i, x := range list {
			if jsvalue.Truthy(x) {
				names = append(names, jsvalue.ToString(float64(i)))
			}
		}
		return names
	}
	keys, _ := jsvalue.KeysOf(v)
	for _, k := range keys {
		if x, _ := jsvalue.Field(v, k); jsvalue.Truthy(x) {
			names = append(names, k)
		}
	}
	return names
}

// classifierWire is Hugging Face's text classification.
type classifierWire struct {
	openAIWire
	whole bool // the address is that of the model
}

func (w classifierWire) path(model string, _ bool) string {
	if w.whole {
		return ""
	}
	return "/models/" + (&url.URL{Path: model}).EscapedPath()
}

func (classifierWire) encode(_ string, c *pipeline.Chat, _ bool) ([]byte, error) {
	text, err := lastText(c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"inputs": text, "parameters": map[string]any{}})
}

func (classifierWire) events() eventReader { return nil } // never streamed

// decode reads [[{label, score}, …]], or the inner list alone.
func (classifierWire) decode(body []byte, _ string) (pipeline.Asset, error) {
	bad := fmt.Errorf("the reply of the classifier is no list of labels with scores: %s", excerpt(body, 200))
	reply, err := jsvalue.Parse(string(body))
	if err != nil {
		return pipeline.Asset{}, bad
	}
	if _, failed := jsvalue.Field(reply, "error"); failed {
		e := errorOf(body)
		return pipeline.Asset{}, &e
	}
	list, _ := reply.([]any)
	if len(list) == 1 {
		if inner, ok := list[0].([]any); ok {
			list = inner
		}
	}
	var l pipeline.Labels
	for _, x := range list {
		name, _ := jsvalue.Field(x, "label")
		score, _ := jsvalue.Field(x, "score")
		text, isText := name.(string)
		f, isNumber := jsvalue.Number(score)
		if !isText || !isNumber || math.IsNaN(f) || math.IsInf(f, 0) {
			return pipeline.Asset{}, bad
		}
		l.List = append(l.List, pipeline.Label{Name: text, Score: f})
	}
	if len(l.List) == 0 {
		return pipeline.Asset{}, bad
	}
	return labelled(l)
}
