package testsets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// encoder writes one format.
type encoder struct {
	name    string
	endings []string // of files that are written so unless told otherwise
	write   func(*Set, *losses) ([]byte, error)
}

// encoders lists the formats that can be written.
func encoders() []encoder {
	return []encoder{
		{"native", []string{".json"}, encodeNative},
		{"rows-json", nil, encodeRows("[\n", ",\n", "\n]\n")},
		{"rows-jsonl", []string{".jsonl", ".ndjson"}, encodeRows("", "\n", "\n")},
		{"rows-csv", []string{".csv"}, encodeCSV},
		{"deepeval", nil, encodeDeepEval},
		{"openai-evals", nil, encodeOpenAI},
	}
}

// Encodings lists the formats of [Encode].
func Encodings() []string {
	var names []string
	for _, e := range encoders() {
		names = append(names, e.name)
	}
	return names
}

// EncodingFor returns the format that a file with an ending such as ".json" is
// written in; an error names the known endings.
func EncodingFor(ending string) (string, error) {
	var known []string
	for _, e := range encoders() {
		if slices.Contains(e.endings, strings.ToLower(ending)) {
			return e.name, nil
		}
		known = append(known, e.endings...)
	}
	return "", fmt.Errorf("no format is written to files that end in %q; known endings: %s", ending, strings.Join(known, ", "))
}

// Encode writes a set in one of [Encodings]. What the format can't express is
// not written but listed in lost, a sentence each, as is what had to be written
// in another way. Native loses nothing: read again, the set is the same, but
// for its format and lines. The same set gives the same bytes.
func Encode(s *Set, format string) (data []byte, lost []string, err error) {
	for _, e := range encoders() {
		if e.name == format {
			var l losses
			data, err = e.write(s, &l)
			return data, l.sentences(), err
		}
	}
	return nil, nil, fmt.Errorf("%s", strings.Replace(config.UnknownKey(format, "", Encodings()), "key", "format", 1))
}

// losses counts what could not be written, in the order in which it was found.
type losses struct {
	what []string
	n    map[string]int
}

// add counts one case; what goes on after "12 cases: ".
func (l *losses) add(what string) {
	if l.n == nil {
		l.n = map[string]int{}
	}
	if l.n[what] == 0 {
		l.what = append(l.what, what)
	}
	l.n[what]++
}

func (l *losses) sentences() (all []string) {
	for _, what := range l.what {
		noun := "cases"
		if l.n[what] == 1 {
			noun = "case"
		}
		if whole, ok := strings.CutPrefix(what, "set:"); ok {
			all = append(all, whole)
			continue
		}
		all = append(all, fmt.Sprintf("%d %s: %s", l.n[what], noun, what))
	}
	return all
}

// caseJSON is a native case as it is written.
type caseJSON struct {
	ID       string            `json:"id,omitempty"`
	Input    string            `json:"input,omitempty"`
	Expected any               `json:"expected,omitempty"`
	Slice    map[string]string `json:"slice,omitempty"`
	Cluster  string            `json:"cluster,omitempty"`
	Weight   float64           `json:"weight,omitzero"`
	Context  []string          `json:"context,omitempty"`
	Assert   []Assertion       `json:"assert,omitempty"`
	Vars     map[string]any    `json:"vars,omitzero"`
	Messages []Message         `json:"messages,omitempty"`
	Turns    []Message         `json:"turns,omitempty"`
	Replay   string            `json:"replay,omitempty"`
	Simulate *Persona          `json:"simulate,omitempty"`
	Tools    map[string][]Stub `json:"tools,omitempty"`
	State    map[string]any    `json:"state,omitempty"`
	Rounds   int               `json:"max_rounds,omitempty"`
	Unknown  string            `json:"unknown_tools,omitempty"`
	Metadata map[string]any    `json:"metadata,omitzero"`
}

func (c *Case) encoded() caseJSON {
	j := caseJSON{ID: c.ID, Input: c.Input, Expected: c.Expected, Slice: c.Slice, Cluster: c.Cluster, Weight: c.Weight, Context: c.Context,
		Assert: c.Assert, Vars: c.Vars, Messages: c.Messages, Metadata: c.Metadata}
	if j.Weight == 1 {
		j.Weight = 0
	}
	return j
}

// encodedNative is encoded with what only native files can say.
func (c *Case) encodedNative() caseJSON {
	j := c.encoded()
	switch {
	case c.Replay != "":
		j.Turns, j.Messages, j.Input = append(slices.Clone(c.Messages), Message{Role: "user", Content: c.Input}), nil, ""
		if c.Replay != ReplayOwn {
			j.Replay = c.Replay
		}
	case c.Simulate != nil:
		if j.Simulate = c.Simulate; !c.Simulate.Optional {
			j.Input = ""
		}
	}
	if t := c.Tools; t != nil {
		j.Tools, j.State, j.Rounds, j.Unknown = t.Stubs, t.State, t.Rounds, t.Unknown
	}
	return j
}

// compact is one line of JSON, with < and > as they are.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// eachCase appends every case in JSON with separators between.
func eachCase[T any](b *bytes.Buffer, s *Set, separator string, row func(*Case) T) error {
	for i := range s.Cases {
		line, err := compact(row(&s.Cases[i]))
		if err != nil {
			return fmt.Errorf("case %s: %w", s.Cases[i].ID, err)
		}
		if i > 0 {
			b.WriteString(separator)
		}
		b.Write(line)
	}
	return nil
}

// headJSON is what a native file says of the whole set.
type headJSON struct {
	Name     string   `json:"name,omitempty"`
	Version  string   `json:"version,omitempty"`
	Labels   []string `json:"labels,omitempty"`
	Gate     []Bar    `json:"gate,omitempty"`
	Simulate string   `json:"simulate,omitempty"`
}

func encodeNative(s *Set, _ *losses) ([]byte, error) {
	head := headJSON{Name: s.Name, Version: s.Version, Gate: s.Gate, Simulate: s.Simulate}
	if s.declared() {
		head.Labels = s.Labels
	}
	line, err := compact(head)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(line, []byte("}")))
	if len(line) > len("{}") {
		b.WriteByte(',')
	}
	b.WriteString("\n\"cases\":[\n")
	if err := eachCase(&b, s, ",\n", (*Case).encodedNative); err != nil {
		return nil, err
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}

// declared says that the labels are more than what the cases hold.
func (s *Set) declared() bool {
	r := reader{set: &Set{Cases: s.Cases}}
	r.label()
	return len(s.Labels) > 0 && !slices.Equal(r.set.Labels, s.Labels)
}

// ofSet notes what rows can't say of the whole set.
func (l *losses) ofSet(s *Set) {
	l.conversations(s)
	if base := filepath.Base(s.Path); s.Name != "" && s.Name != strings.TrimSuffix(base, filepath.Ext(base)) {
		l.add("set:the set's name " + config.Shorten(s.Name) + ": rows are called like their file")
	}
	if s.Version != "" {
		l.add("set:the set's version " + config.Shorten(s.Version))
	}
	if len(s.Gate) > 0 {
		l.add(fmt.Sprintf("set:the set's gate of %d rule(s)", len(s.Gate)))
	}
	if s.declared() {
		l.add(fmt.Sprintf("set:the set's %d declared labels", len(s.Labels)))
	}
}

func encodeRows(open, separator, end string) func(*Set, *losses) ([]byte, error) {
	return func(s *Set, l *losses) ([]byte, error) {
		l.ofSet(s)
		var b bytes.Buffer
		b.WriteString(open)
		if err := eachCase(&b, s, separator, (*Case).encoded); err != nil {
			return nil, err
		}
		b.WriteString(end)
		return b.Bytes(), nil
	}
}

// conversations notes what only native files say of conversations and tools.
func (l *losses) conversations(s *Set) {
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.Replay != "" {
			l.add("that the conversation is had turn by turn: its last turn alone is sent")
		}
		if c.Simulate != nil && !c.Simulate.Optional {
			l.add("the simulated user")
		}
		if c.Tools != nil {
			l.add("the stubs of tools")
		}
	}
}
