package testsets

import (
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// How a recorded conversation is had again.
const (
	ReplayOwn      = "own"      // the agent's own answers are the history of its later turns
	ReplayRecorded = "recorded" // the recorded answers are
)

// Persona is a user whom a model plays.
type Persona struct {
	Persona  string `json:"persona,omitempty"`   // who the user is
	Goal     string `json:"goal,omitempty"`      // what the user wants to reach
	Scenario string `json:"scenario,omitempty"`  // the situation
	First    string `json:"first,omitempty"`     // what the user says first; "" = the model says it
	MaxTurns int    `json:"max_turns,omitempty"` // of the user; 0 = DefaultTurns
	Optional bool   `json:"-"`                   // without a model that plays it, the case is one call of its input
}

// Bounds of the turns of a simulated user.
const (
	DefaultTurns = 8
	MostTurns    = 100
)

var personaKeys = []string{"persona", "goal", "scenario", "first", "max_turns"}

// replayTurns reads a conversation whose user turns are sent one by one. A turn
// may be a text, which is the user's.
func (r *reader) replayTurns(c *Case, v *value) {
	if !r.is(v, list, "a list of turns") {
		return
	}
	wrapped := *v
	wrapped.items = make([]value, len(v.items))
	for i := range v.items {
		m := v.items[i]
		if m.kind == text {
			content := m
			content.key = "content"
			m = value{kind: object, line: m.line, items: []value{{key: "role", text: "user", kind: text, line: m.line}, content}}
		}
		wrapped.items[i] = m
	}
	c.Messages = nil
	r.conversationTurns(c, &wrapped)
	if c.Input == "" {
		r.fail(int(v.line), "turns", "there is no turn of the user: there is nothing to send")
		return
	}
	if c.Replay == "" {
		c.Replay = ReplayOwn
	}
}

// userTurns counts what the user says.
func (c *Case) userTurns() int {
	n := 1
	for _, m := range c.Messages {
		if IsUser(m.Role) {
			n++
		}
	}
	return n
}

// IsUser says whether a role is the user's.
func IsUser(role string) bool {
	role = strings.ToLower(role)
	return role == "user" || role == "human"
}

// IsAssistant says whether a role is the one of the agent's answers.
func IsAssistant(role string) bool {
	role = strings.ToLower(role)
	return role == "assistant" || role == "model" || role == "ai"
}

// roles are what chats call who speaks, and what GenOps calls it.
var roles = map[string]string{
	"user": "user", "human": "user", "assistant": "assistant", "model": "model", "ai": "assistant",
	"system": "system", "developer": "system", "tool": "tool", "function": "function",
}

func (r *reader) replay(c *Case, v *value) {
	switch w := r.word(v); w {
	case ReplayOwn, ReplayRecorded:
		c.Replay = w
	default:
		r.fail(int(v.line), v.key, "%s: must be %s or %s", config.Shorten(w), ReplayOwn, ReplayRecorded)
	}
}

// persona reads a user whom a model plays.
func (r *reader) persona(v *value) *Persona {
	if !r.is(v, object, "an object with persona and goal") {
		return nil
	}
	p := &Persona{}
	for i := range v.items {
		m := &v.items[i]
		switch m.key {
		case "persona":
			p.Persona = r.word(m)
		case "goal":
			p.Goal = r.word(m)
		case "scenario":
			p.Scenario = r.word(m)
		case "first":
			p.First = r.word(m)
		case "max_turns":
			p.MaxTurns = r.count(m, MostTurns)
		default:
			r.fail(int(m.line), "", "%s", config.UnknownKey(m.key, "a simulated user", personaKeys))
		}
	}
	if strings.TrimSpace(p.Goal) == "" {
		r.fail(int(v.line), v.key, "a simulated user needs a goal")
	}
	return p
}

// count reads a whole number from 1 to most.
func (r *reader) count(v *value, most int) int {
	f, ok := r.number(v)
	if ok && (f != float64(int(f)) || f < 1 || f > float64(most)) {
		r.fail(int(v.line), v.key, "%v: must be a whole number from 1 to %d", f, most)
		return 0
	}
	return int(f)
}

// conversational reads the keys of a native case that concern conversations and
// tools; false for any other.
func (r *reader) conversational(c *Case, v *value) bool {
	switch v.key {
	case "turns":
		r.replayTurns(c, v)
	case "replay":
		r.replay(c, v)
	case "simulate":
		c.Simulate = r.persona(v)
	case "tools", "state", "max_rounds", "unknown_tools":
		if c.Tools == nil {
			c.Tools = &Tools{}
		}
		r.toolKey(c.Tools, v)
	default:
		return false
	}
	return true
}

// toolKey reads a key that a set and a case share.
func (r *reader) toolKey(t *Tools, v *value) {
	switch v.key {
	case "tools":
		t.Stubs = r.stubs(v)
	case "state":
		t.State = r.members(v)
	case "max_rounds":
		t.Rounds = r.count(v, MostTurns)
	case "unknown_tools":
		if t.Unknown = r.word(v); t.Unknown != UnknownError && t.Unknown != UnknownUnjudged {
			r.fail(int(v.line), v.key, "%s: must be %s or %s", config.Shorten(t.Unknown), UnknownUnjudged, UnknownError)
		}
	}
}

// converse checks what a native case says of its conversation.
func (r *reader) converse(c *Case, v *value) {
	has := func(key string) bool { m := v.get(key); return m != nil && m.kind != null }
	switch {
	case has("turns") && (has("input") || has("messages")):
		r.fail(int(v.line), "turns", "a case has turns, or an input with messages, not both; a system message may come first in turns")
	case has("replay") && !has("turns"):
		r.fail(int(v.line), "replay", "there are no turns to replay")
	case has("simulate") && has("turns"):
		r.fail(int(v.line), "simulate", "a simulated user makes its turns up: a case has simulate or turns, not both; what the user says first is simulate.first")
	}
	switch {
	case c.Simulate == nil:
	case has("input"):
		c.Simulate.Optional = true
	default:
		if c.Input = c.Simulate.First; c.Input == "" {
			c.Input = c.Simulate.Goal
		}
	}
}

// EachTurn is the turn of an assertion that every answer has to fulfil.
const EachTurn = "each"

// isTurn says whether an assertion's turn has a meaning.
func isTurn(s string) bool {
	n, err := strconv.Atoi(s)
	return s == EachTurn || err == nil && n >= 1
}
