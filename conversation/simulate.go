package conversation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// Simulator is a model that plays users.
type Simulator struct {
	Name    string // as people know it, e.g. "openai:gpt-5.4"
	Release string // digest of the model, its parameters and the prompt
	Model   Call
	// Prompt is asked with persona, goal, scenario, turns and left, the number of
	// things that the user may still say; its output is {goal_reached, message}.
	Prompt *dotprompt.Prompt
	Config pipeline.Config // parameters; its seed is the user's own
	// Seedless says that the model's API takes no seed: its users are the same
	// persona, and not the same word for word.
	Seedless bool
}

// UserRequests is how the IDs of a simulator's requests begin.
const UserRequests = "user:"

// UserAttempts is how many replies in a row may be unusable.
const UserAttempts = 3

// longestSay bounds what a user says, in bytes.
const longestSay = 32 << 10

// errUser says that the user could not be played: nothing is known of the agent.
type errUser struct{ err error }

func (e errUser) Error() string { return "the simulated user: " + e.err.Error() }
func (e errUser) Unwrap() error { return e.err }

// simulate lets the user speak until its goal is reached, or it may not speak
// any more.
func (t *talk) simulate(ctx context.Context) error {
	u := t.request.Dialogue.User
	if t.User == nil {
		return errUser{errors.New("there is no model that plays it")}
	}
	most := u.MaxTurns
	if most == 0 {
		most = testsets.DefaultTurns
	}
	for n := range most {
		text := u.First
		if n > 0 || text == "" {
			said, err := t.next(ctx, n, most-n)
			if err != nil {
				return err
			}
			if said.reached {
				t.out.Ended = pipeline.EndGoal
				return nil
			}
			text = said.message
		}
		if err := t.say(ctx, text); err != nil {
			return err
		}
	}
	// The last answer may have reached it: that, too, is the user's to say.
	said, err := t.next(ctx, most, 0)
	if err != nil {
		return err
	}
	t.out.Ended = pipeline.EndTurns
	if said.reached {
		t.out.Ended = pipeline.EndGoal
	}
	return nil
}

// saying is what the user says.
type saying struct {
	reached bool
	message string
}

// next asks the model what the user says after n turns of its own.
func (t *talk) next(ctx context.Context, n, left int) (saying, error) {
	u := t.request.Dialogue.User
	turns := []any{}
	for _, turn := range t.out.Turns {
		if testsets.IsUser(turn.Role) || testsets.IsAssistant(turn.Role) {
			turns = append(turns, map[string]any{"role": turn.Role, "content": turn.Content})
		}
	}
	rendered, err := t.User.Prompt.Render(dotprompt.Input{Vars: map[string]any{
		"persona": u.Persona, "goal": u.Goal, "scenario": u.Scenario, "turns": turns, "left": left}})
	if err != nil {
		return saying{}, errUser{err}
	}
	var why error
	for attempt := range UserAttempts {
		q := t.User.request(rendered, u.Seed+int64(n*UserAttempts+attempt))
		q.ID, q.Draw = fmt.Sprintf("%s%s/%d.%d", UserRequests, t.request.ID, n+1, attempt+1), attempt+1
		a, err := t.once(ctx, q, t.User.Model, true)
		if err != nil {
			return saying{}, aboutUser(err)
		}
		t.out.UserUses++
		if a.Unpriced {
			t.out.Unpriced++
		}
		var said saying
		if said, why = read(a.Text, n, left); why == nil {
			return said, nil
		}
	}
	return saying{}, errUser{fmt.Errorf("%d replies in a row can't be used; the last one: %w", UserAttempts, why)}
}

// aboutUser marks an error that says nothing of the agent.
func aboutUser(err error) error {
	var again *pipeline.Transient
	var unusable *pipeline.Unusable
	switch {
	case errors.As(err, &unusable):
		return &pipeline.Unusable{Reason: "the simulated user: " + unusable.Reason, Err: unusable.Err}
	case errors.As(err, &again):
		return errUser{err}
	case errors.Is(err, pipeline.ErrNotSent), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return errUser{err}
}

func (s *Simulator) request(out *dotprompt.Rendered, seed int64) pipeline.Request {
	chat := &pipeline.Chat{Schema: out.Schema, JSON: out.JSON, Config: s.Config}
	if !s.Seedless {
		chat.Config.Seed = &seed
	}
	for _, m := range out.Messages {
		var text strings.Builder
		for _, part := range m.Parts {
			text.WriteString(part.Text)
		}
		chat.Messages = append(chat.Messages, pipeline.Message{Role: m.Role, Content: text.String()})
	}
	return pipeline.Request{Release: s.Release, Input: "simulated-user", Messages: chat.Messages, Chat: chat}
}

// read reads a reply: one JSON object with goal_reached and message, and
// nothing that contradicts where the conversation stands.
func read(text string, n, left int) (saying, error) {
	var reply struct {
		Reached *bool   `json:"goal_reached"`
		Message *string `json:"message"`
	}
	d := json.NewDecoder(strings.NewReader(unfenced(text)))
	if err := d.Decode(&reply); err != nil {
		return saying{}, fmt.Errorf("it is not the JSON object that was asked for: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return saying{}, errors.New("there is something behind the JSON object")
	}
	switch {
	case reply.Reached == nil:
		return saying{}, errors.New("it does not say goal_reached")
	case *reply.Reached && n == 0:
		return saying{}, errors.New("it calls the goal reached before anything was said")
	case *reply.Reached || left == 0:
		return saying{reached: *reply.Reached}, nil
	case reply.Message == nil || strings.TrimSpace(*reply.Message) == "":
		return saying{}, errors.New("the goal is not reached, and it says nothing")
	case len(*reply.Message) > longestSay:
		return saying{}, fmt.Errorf("what it says is longer than %d KiB", longestSay>>10)
	}
	return saying{message: *reply.Message}, nil
}

// unfenced is a text without the fence that some models put around JSON.
func unfenced(s string) string {
	s = strings.TrimSpace(s)
	rest, ok := strings.CutPrefix(s, "```")
	if !ok {
		return s
	}
	rest = strings.TrimPrefix(rest, "json")
	return strings.TrimSpace(strings.TrimSuffix(rest, "```"))
}
