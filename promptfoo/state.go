package promptfoo

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// state is what one row leaves for the next: outputs that are stored under a
// name, and the turns of conversations. The zero value is empty.
type state struct {
	mu    sync.Mutex
	names []string // in the order of storing
	kept  map[string]any
	turns map[string][]any
}

// registers puts the stored outputs over the variables.
func (s *state) registers(vars *jsvalue.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.names {
		vars.Set(name, s.kept[name])
	}
}

// store keeps a row's output under the name that its test gives.
func (s *state) store(row *project.Row, r *Response) {
	name := row.Test.Options.StoreOutputAs
	if name == "" || r == nil || !jsvalue.Truthy(r.Output) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[name]; !ok {
		s.names = append(s.names, name)
	}
	if s.kept == nil {
		s.kept = map[string]any{}
	}
	s.kept[name] = r.Output
}

// conversationKey tells conversations apart: by provider, prompt and the test's
// conversationId.
func conversationKey(row *project.Row) string {
	id, _ := row.Test.Metadata.Get("conversationId")
	text, _ := jsvalue.Stringify(id, "")
	return row.Provider.Name() + "\x00" + strconv.Itoa(row.PromptIndex) + "\x00" + text
}

// conversation is what was said before; ok is false where the prompt doesn't ask.
func (s *state) conversation(row *project.Row) (turns []any, ok bool) {
	if !converses(row) {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]any{}, s.turns[conversationKey(row)]...), true
}

// say adds a turn.
func (s *state) say(row *project.Row, prompt string, r *Response) {
	if !usesConversation(row.Prompt) {
		return
	}
	asked, input := any(prompt), any(prompt)
	if v, err := jsvalue.Parse(prompt); err == nil && jsvalue.Truthy(v) {
		asked, input = v, v
		if list, ok := v.([]any); ok && len(list) > 0 {
			input = list[len(list)-1]
			if content, _ := jsvalue.Field(input, "content"); jsvalue.Truthy(content) {
				input = content
			}
		}
	}
	output := r.Output
	if !jsvalue.Truthy(output) {
		output = ""
	}
	turn := jsvalue.NewObject("prompt", asked, "input", input, "output", output, "metadata", orNull(r.Metadata))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns == nil {
		s.turns = map[string][]any{}
	}
	key := conversationKey(row)
	s.turns[key] = append(s.turns[key], turn)
}

// Serial says that rows build upon earlier ones: they run one after the other,
// in their order.
func Serial(p *project.Project) bool {
	for i := range p.Prompts {
		if usesConversation(&p.Prompts[i]) {
			return true
		}
	}
	for i := range p.Tests {
		if p.Tests[i].Options.StoreOutputAs != "" {
			return true
		}
	}
	return false
}

// chain makes rows whose tests say runSerially wait for the one before, and all
// others for the last of them. nil = no row says so.
type chain struct {
	before map[int]int // row → row that it waits for
	done   map[int]chan struct{}
	last   int // of the serial rows
}

func newChain(rows []project.Row) *chain {
	c := &chain{before: map[int]int{}, done: map[int]chan struct{}{}, last: -1}
	for i := range rows {
		if !rows[i].Test.Options.RunSerially {
			continue
		}
		if c.last >= 0 {
			c.before[i] = c.last
		}
		c.done[i], c.last = make(chan struct{}), i
	}
	if c.last < 0 {
		return nil
	}
	return c
}

func (c *chain) enter(ctx context.Context, i int) error {
	if c == nil {
		return nil
	}
	wait := c.last
	if _, serial := c.done[i]; serial {
		var ok bool
		if wait, ok = c.before[i]; !ok {
			return nil
		}
	}
	select {
	case <-c.done[wait]:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave lets those go on that wait for a row.
func (c *chain) leave(i int) {
	if c == nil {
		return
	}
	if done, ok := c.done[i]; ok {
		select {
		case <-done:
		default:
			close(done)
		}
	}
}

// InOrder puts the rows whose tests say runSerially first, as promptfoo does.
func InOrder(rows []project.Row) []project.Row {
	sorted := slices.Clone(rows)
	rank := func(r project.Row) int {
		if r.Test.Options.RunSerially {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(sorted, func(a, b project.Row) int { return rank(a) - rank(b) })
	return sorted
}
