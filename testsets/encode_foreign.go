package testsets

import (
	"bytes"
	"maps"
	"slices"
)

// golden is a DeepEval golden as it is written.
type golden struct {
	Input      string         `json:"input"`
	Expected   *string        `json:"expected_output"`
	Context    []string       `json:"context"`
	Retrieved  any            `json:"retrieval_context"`
	Actual     any            `json:"actual_output,omitempty"`
	Called     any            `json:"tools_called,omitempty"`
	Tools      any            `json:"expected_tools,omitempty"`
	Name       string         `json:"name"`
	Comments   any            `json:"comments,omitempty"`
	SourceFile any            `json:"source_file,omitempty"`
	Metadata   map[string]any `json:"additional_metadata"`
}

func encodeDeepEval(s *Set, l *losses) ([]byte, error) {
	l.ofSet(s)
	var b bytes.Buffer
	b.WriteString("[\n")
	err := eachCase(&b, s, ",\n", func(c *Case) golden { return c.golden(l) })
	b.WriteString("\n]\n")
	return b.Bytes(), err
}

func (c *Case) golden(l *losses) golden {
	c.ownTraits(l)
	if len(c.Assert) > 0 {
		l.add("assertions")
	}
	if len(c.Messages) > 0 {
		l.add("messages before the input")
	}
	if len(c.Vars) > 0 {
		l.add("variables")
	}
	rest := maps.Clone(c.Metadata)
	take := func(key string) any {
		v := rest[key]
		delete(rest, key)
		return v
	}
	g := golden{Input: c.Input, Context: c.Context, Name: c.ID, Retrieved: take("retrieval_context"), Actual: take("actual_output"),
		Called: take("tools_called"), Tools: take("expected_tools"), Comments: take("comments"), SourceFile: take("source_file")}
	g.Metadata = rest
	if list, ok := g.Retrieved.([]any); ok && slices.Equal(texts(list), c.Context) {
		g.Context = nil // the reader takes it from there
	}
	switch x := c.Expected.(type) {
	case nil:
	case string:
		g.Expected = &x
	default:
		l.add("the expected value is not text and was written as the text of its JSON")
		text, _ := compact(x)
		s := string(text)
		g.Expected = &s
	}
	return g
}

func texts(list []any) (all []string) {
	for _, x := range list {
		s, _ := x.(string)
		all = append(all, s)
	}
	return all
}

// ownTraits notes what only this program's formats know.
func (c *Case) ownTraits(l *losses) {
	if len(c.Slice) > 0 {
		l.add("slices")
	}
	if c.Cluster != "" && c.Cluster != c.Metadata["scenario"] {
		l.add("the cluster")
	}
	if c.Weight != 1 {
		l.add("a weight other than 1")
	}
}

// sampleJSON is a sample of OpenAI's evals as it is written.
type sampleJSON struct {
	Input []Message `json:"input"`
	Ideal any       `json:"ideal,omitempty"`
}

func encodeOpenAI(s *Set, l *losses) ([]byte, error) {
	l.ofSet(s)
	for i := range s.Cases {
		if s.Cases[i].ID != numbered(i+1) {
			l.add("the id")
		}
	}
	var b bytes.Buffer
	err := eachCase(&b, s, "\n", func(c *Case) sampleJSON { return c.sample(l) })
	b.WriteString("\n")
	return b.Bytes(), err
}

func (c *Case) sample(l *losses) sampleJSON {
	c.ownTraits(l)
	if len(c.Context) > 0 {
		l.add("context")
	}
	if len(c.Vars) > 0 {
		l.add("variables")
	}
	if len(c.Metadata) > 0 {
		l.add("metadata")
	}
	j := sampleJSON{Input: append(slices.Clone(c.Messages), Message{Role: "user", Content: c.Input}), Ideal: c.Expected}
	rest := c.Assert
	if c.Expected == nil && len(rest) == 1 && rest[0].anyOf() {
		j.Ideal, rest = rest[0].Value, nil
	}
	if len(rest) > 0 {
		l.add("assertions")
	}
	if list, ok := j.Ideal.([]any); ok {
		l.add("an expected list, which would mean any one of its items, was put into a list of one")
		j.Ideal = []any{list}
	}
	return j
}

// anyOf says that an assertion is no more than a list of right answers.
func (a *Assertion) anyOf() bool {
	return a.Type == "one-of" && a.Threshold == nil && a.Weight == nil && a.Metric == "" && a.Transform == "" && bytes.HasPrefix(a.Value, []byte("["))
}
