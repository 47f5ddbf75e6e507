package testsets

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Tools stand for the tools of an agent: they answer its calls by what the test
// set declares, and remember what the calls change.
type Tools struct {
	Stubs  map[string][]Stub `json:"stubs,omitempty"`  // by the tool's name; the first that fits a call answers it
	State  map[string]any    `json:"state,omitempty"`  // at the beginning of each case
	Rounds int               `json:"rounds,omitempty"` // how often an agent may ask for tools before it has to answer; 0 = DefaultRounds
	// Unknown is what a call comes to that no stub answers: UnknownUnjudged ("")
	// or UnknownError.
	Unknown string `json:"unknown_tools,omitempty"`
}

// What a call comes to that no stub answers, though the agent has the tool.
const (
	UnknownUnjudged = "unjudged" // the case could not be judged: the test set has a gap, the agent none
	UnknownError    = "error"    // the agent gets an error and goes on
)

// DefaultRounds is how often an agent may ask for tools within one turn.
const DefaultRounds = 8

// Stub is one answer of a tool.
type Stub struct {
	Match   map[string]any  `json:"match,omitempty"`   // arguments that a call must have; it may have more. Objects likewise, all else by value
	When    map[string]any  `json:"when,omitempty"`    // what the state must hold, by path such as "order.status"
	Returns json.RawMessage `json:"returns,omitempty"` // any JSON; nil with neither FromState nor Error = null
	// FromState is the path in the state whose value, after Sets, is the answer.
	FromState string `json:"returns_state,omitempty"`
	// Template is a Nunjucks template of the answer with args, state and call, the
	// number of the call; what it gives is JSON, else a text.
	Template string `json:"returns_template,omitempty"`
	// Sequence are the answers to the first call, the second one …; the last one
	// stays. They have no Match, When and Sequence of their own.
	Sequence []Stub         `json:"sequence,omitempty"`
	Error    string         `json:"error,omitempty"`   // the tool fails with this text
	Sets     map[string]any `json:"sets,omitempty"`    // what the call changes in the state, by path
	Latency  Pause          `json:"latency,omitempty"` // passes before the answer
}

// Pause is a time that is written as a text such as "200ms".
type Pause time.Duration

// MarshalText writes it as it is read.
func (p Pause) MarshalText() ([]byte, error) { return []byte(time.Duration(p).String()), nil }

var (
	stubKeys = []string{"match", "when", "returns", "returns_state", "returns_template", "error", "sequence", "sets", "latency", "default"}
	stepKeys = []string{"returns", "returns_state", "returns_template", "error", "sets", "latency"}
)

// stubs reads {TOOL: one answer or a list of them}.
func (r *reader) stubs(v *value) map[string][]Stub {
	if !r.is(v, object, "an object of tools") {
		return nil
	}
	all := map[string][]Stub{}
	for i := range v.items {
		tool := &v.items[i]
		if tool.kind == object {
			all[tool.key] = r.stub(tool, nil)
			continue
		}
		if !r.is(tool, list, "an answer {match, returns, …} or a list of them") {
			continue
		}
		var list []Stub
		for j := range tool.items {
			if one := &tool.items[j]; r.is(one, object, "an answer {match, returns, …}") {
				list = r.stub(one, list)
			}
		}
		all[tool.key] = list
	}
	return all
}

// stub adds one answer; its default is a second one that always fits.
func (r *reader) stub(v *value, list []Stub) []Stub {
	var s Stub
	var otherwise *Stub
	answers := 0
	for i := range v.items {
		m := &v.items[i]
		switch m.key {
		case "match":
			s.Match = r.members(m)
		case "when":
			s.When = r.members(m)
		case "sequence":
			s.Sequence = r.sequence(m)
			answers++
		case "default":
			otherwise = &Stub{Returns: m.appendJSON(nil)}
		default:
			answers += r.step(&s, m, stubKeys)
		}
	}
	if answers > 1 {
		r.fail(int(v.line), v.key, "an answer has one of returns, returns_state, returns_template, error and sequence, not several")
	}
	if otherwise == nil || answers > 0 || s.Match != nil {
		list = append(list, s)
	}
	if otherwise != nil {
		list = append(list, *otherwise)
	}
	return list
}

// sequence reads the answers to one call after the other.
func (r *reader) sequence(v *value) (all []Stub) {
	if !r.is(v, list, "a list of answers {returns, …}") {
		return nil
	}
	for i := range v.items {
		one := &v.items[i]
		if one.key = v.key; !r.is(one, object, "an answer {returns, …}") {
			continue
		}
		var s Stub
		answers := 0
		for j := range one.items {
			answers += r.step(&s, &one.items[j], stepKeys)
		}
		if answers > 1 {
			r.fail(int(one.line), v.key, "an answer has one of returns, returns_state, returns_template and error, not several")
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		r.fail(int(v.line), v.key, "the sequence is empty")
	}
	return all
}

// step reads a key of one answer; it returns 1 for one that is the answer.
func (r *reader) step(s *Stub, m *value, known []string) (answers int) {
	path := func() string {
		text := r.word(m)
		if strings.TrimSpace(text) == "" {
			r.fail(int(m.line), m.key, "it is empty")
		}
		return text
	}
	switch m.key {
	case "sets":
		s.Sets = r.members(m)
		return 0
	case "latency":
		d, err := time.ParseDuration(strings.TrimSpace(m.text))
		if err != nil || d < 0 || d > time.Minute {
			r.fail(int(m.line), m.key, "%s: must be a time such as 200ms, at most a minute", clip(m.text))
		}
		s.Latency = Pause(d)
		return 0
	case "returns":
		s.Returns = m.appendJSON(nil)
	case "returns_state":
		s.FromState = path()
	case "returns_template":
		s.Template = path()
	case "error":
		s.Error = path()
	default:
		r.fail(int(m.line), "", "%s", config.UnknownKey(m.key, "a tool's answer", known))
		return 0
	}
	return 1
}

// members reads an object.
func (r *reader) members(v *value) map[string]any {
	if !r.is(v, object, "an object") {
		return nil
	}
	return v.object()
}

// stubTools gives each case what the set declares for all of them.
func (r *reader) stubTools() {
	if r.set.Format != "native" {
		return
	}
	for i := range r.set.Cases {
		c := &r.set.Cases[i]
		if c.Tools == nil && r.tools == nil {
			continue
		}
		t := Tools{}
		if r.tools != nil {
			t = *r.tools
			t.Stubs, t.State = maps.Clone(t.Stubs), maps.Clone(t.State)
		}
		if own := c.Tools; own != nil {
			t.Stubs, t.State = with(t.Stubs, own.Stubs), with(t.State, own.State)
			if own.Rounds > 0 {
				t.Rounds = own.Rounds
			}
			if own.Unknown != "" {
				t.Unknown = own.Unknown
			}
		}
		c.Tools = &t
	}
}

// with puts more over m.
func with[T any](m, more map[string]T) map[string]T {
	if m == nil {
		return more
	}
	maps.Copy(m, more)
	return m
}

// Names lists the tools, sorted.
func (t *Tools) Names() []string { return slices.Sorted(maps.Keys(t.Stubs)) }
