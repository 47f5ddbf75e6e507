package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/testsets"
)

// Dialogue is a conversation that is to be had with the one who answers.
// Request.Messages come before it, and Request.Input is what the user says
// first, as far as that is known.
type Dialogue struct {
	Say      []Message       `json:"say,omitempty"`      // recorded turns; those of the user are sent one by one
	Recorded bool            `json:"recorded,omitempty"` // the recorded answers, not those given now, are the history of later turns
	Given    []Turn          `json:"given,omitempty"`    // had already: it is taken as it is, and nobody is asked; nil = it is to be had
	User     *User           `json:"user,omitempty"`     // makes the turns up; nil = they are recorded
	Tools    *testsets.Tools `json:"tools,omitempty"`    // answer the calls of tools; nil = nothing does
}

// User is a user whom a model plays.
type User struct {
	testsets.Persona
	Release string `json:"release"` // digest of the model, its parameters and the prompt
	Seed    int64  `json:"seed"`
}

// Talk is a conversation that was had.
type Talk struct {
	Turns    []Turn         `json:"turns"`
	State    map[string]any `json:"state,omitempty"`    // of the stubs of tools, at the end
	Calls    int            `json:"calls"`              // that the one who answers was sent
	Traced   bool           `json:"traced,omitempty"`   // every call of a tool is known, and that there was none
	Ended    string         `json:"ended,omitempty"`    // why a simulated user stopped: EndGoal or EndTurns
	UserUSD  float64        `json:"user_usd,omitempty"` // what the simulated user cost
	UserUses int            `json:"user_calls,omitempty"`
	Unpriced int            `json:"user_unpriced,omitempty"` // of UserUses: those whose price is not known
	// Unjudged is why nothing can be said of the answers, through no fault of the
	// one who gave them; "" = all is well.
	Unjudged string `json:"unjudged,omitempty"`
}

// Asked says whether anybody was asked for the answers; false when all of them
// were there before. What is no conversation was asked for.
func (t *Talk) Asked() bool { return t == nil || t.Calls > 0 }

// Asked is Talk.Asked of the asset's conversation.
func (a Asset) Asked() bool { return a.Talk.Asked() }

// Why a simulated user stopped.
const (
	EndGoal  = "goal"  // it says that its goal is reached
	EndTurns = "turns" // it said all that it may
)

// Turn is one message of a conversation.
type Turn struct {
	Role      string    `json:"role"`
	Content   string    `json:"content"`
	Given     bool      `json:"given,omitempty"` // it was there before, and nobody said it now
	Tools     []ToolUse `json:"tools,omitempty"` // that were called before this answer
	Trace     *Trace    `json:"trace,omitempty"` // of the answer, as the one who gave it tells; nil = it tells none
	LatencyUS int64     `json:"latency_us,omitempty"`
	CostUSD   float64   `json:"cost_usd,omitempty"`
	Usage     Usage     `json:"usage,omitzero"`
}

// ToolUse is a call of a tool and what came of it.
type ToolUse struct {
	ToolCall
	Output  json.RawMessage `json:"output,omitempty"` // nil = not known
	Error   string          `json:"error,omitempty"`
	Unknown bool            `json:"unknown,omitempty"` // nothing is declared to answer it
}

// Answers are the indexes of the turns that the one who answers gave.
func (t *Talk) Answers() (at []int) {
	for i := range t.Turns {
		if turn := &t.Turns[i]; !turn.Given && testsets.IsAssistant(turn.Role) {
			at = append(at, i)
		}
	}
	return at
}

// Transcript is the conversation for people: a line for each turn, and for each
// tool that was called.
func (t *Talk) Transcript() string { return Transcript(t.Turns) }

// Transcript is a conversation for people.
func Transcript(turns []Turn) string {
	var b strings.Builder
	for i := range turns {
		t := &turns[i]
		for _, u := range t.Tools {
			fmt.Fprintf(&b, "tool: %s %s", u.Name, u.Args)
			if u.Output != nil {
				fmt.Fprintf(&b, " = %s", u.Output)
			}
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n", t.Role, t.Content)
	}
	return b.String()
}
