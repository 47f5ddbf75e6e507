package testsets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// What tells goldens apart from other rows: names that nobody else has.
var (
	goldenKeys       = []string{"actual_output", "retrieval_context", "tools_called", "expected_tools", "additional_metadata", "custom_column_key_values"}
	conversationKeys = []string{"turns", "expected_outcome", "user_description", "additional_metadata"}
)

// camelKeys are the names that DeepEval's platform and its TypeScript edition
// give to the keys of goldens.
var camelKeys = map[string]string{
	"actualOutput": "actual_output", "expectedOutput": "expected_output", "retrievalContext": "retrieval_context",
	"toolsCalled": "tools_called", "expectedTools": "expected_tools", "additionalMetadata": "additional_metadata",
	"customColumnKeyValues": "custom_column_key_values", "sourceFile": "source_file", "expectedOutcome": "expected_outcome",
	"userDescription": "user_description", "chatbotRole": "chatbot_role",
	"mcpServers": "mcp_servers", "mcpToolsCalled": "mcp_tools_called", "mcpResourcesCalled": "mcp_resources_called", "mcpPromptsCalled": "mcp_prompts_called",
}

// isGolden recognises a golden of DeepEval. A scenario beside an input is a
// column that data sets of intents have too.
func isGolden(r *reader, v *value) bool {
	has := func(k string) bool {
		return v.get(k) != nil || slices.ContainsFunc(v.items, func(m value) bool { return camelKeys[m.key] == k })
	}
	if pick(v, r.rows.input) == nil && !slices.ContainsFunc(r.rows.input, has) {
		return has("scenario") && slices.ContainsFunc(conversationKeys, has)
	}
	return slices.ContainsFunc(goldenKeys, has) || has("expected_output") && has("context")
}

// goldenLists are the members of a file that is an object around goldens: of a
// data set's export, and of the record of a test run.
var goldenLists = []string{"goldens", "conversationalGoldens", "conversational_goldens", "testCases", "test_cases", "conversationalTestCases", "conversational_test_cases"}

// goldensOf is the list of a file that is an object around it; nil = it is none.
func goldensOf(root *value) *value {
	if run := root.get("testRunData"); run != nil && run.kind == object {
		root = run
	}
	if root.get("cases") != nil {
		return nil
	}
	var all *value
	for _, key := range goldenLists {
		if items := root.get(key); items != nil && items.kind == list {
			if all == nil {
				all = &value{kind: list, key: items.key, line: items.line}
			}
			all.items = append(all.items, items.items...)
		}
	}
	return all
}

// golden reads one golden. The context is what the answer may rely on; where
// only a retrieval context is given, it is the context too. The retrieval
// context stays metadata, as do tools, the actual output and columns of the
// user's own.
func (r *reader) golden(c *Case, v *value) {
	rename(v, camelKeys)
	r.misspeltGolden(v)
	if pick(v, r.rows.input) == nil && pick(v, []string{"scenario"}) != nil {
		r.conversation(c, v)
		return
	}
	keys := r.rows
	if r.opt.Expected == "" {
		keys.expected = append([]string{"expected_output"}, keys.expected...)
	}
	input, want := pick(v, keys.input), pick(v, keys.expected)
	if input == nil {
		r.noInput(v, keys.input)
	}
	if want == nil {
		r.misspeltExpected(v, rowKeys{append(slices.Clone(keys.input), goldenKeys...), keys.expected})
	}
	for i := range v.items {
		switch m := &v.items[i]; {
		case m == input:
			if r.is(m, text, "text") {
				r.input(c, m, m.key)
			}
		case m == want:
			c.Expected = r.labelled(m)
		case m.kind != null:
			r.goldenField(c, m)
		}
	}
	r.retrieved(c)
}

// allGoldenKeys are the keys of goldens of either kind.
var allGoldenKeys = slices.Concat(goldenKeys, conversationKeys, []string{"input", "expected_output", "context", "scenario", "name", "comments", "source_file", "chatbot_role", "persona",
	"trace", "mcp_servers", "mcp_tools_called", "mcp_resources_called", "mcp_prompts_called"})

// misspeltGolden notes keys that are nearly one of a golden's: what they hold
// would be missing where a metric needs it.
func (r *reader) misspeltGolden(v *value) {
	for i := range v.items {
		key := v.items[i].key
		if slices.Contains(allGoldenKeys, key) || slices.Contains(caseKeys, key) || slices.Contains(r.rows.input, key) || slices.Contains(r.rows.expected, key) {
			continue
		}
		near, seen := r.near[key]
		if !seen {
			if near = config.Nearest(key, allGoldenKeys); r.near == nil {
				r.near = map[string]string{}
			}
			r.near[strings.Clone(key)] = near
		}
		if near != "" {
			r.leave(fmt.Sprintf("%s is no key of a golden, and is kept as metadata; did you mean %q?", strings.ReplaceAll(config.Shorten(key), "%", ""), near))
		}
	}
}

// goldenField reads what single-turn and conversational goldens share.
func (r *reader) goldenField(c *Case, m *value) {
	switch m.key {
	case "name":
		r.name(m)
	case "retrieval_context":
		var all []any
		for _, s := range r.context(r.cell(m)) {
			all = append(all, s)
		}
		c.keep(m.key, all)
	case "tools_called", "expected_tools":
		c.keep(m.key, r.cell(m).any())
	case "additional_metadata", "custom_column_key_values":
		if m = r.cell(m); m.kind == null || !r.is(m, object, "an object") {
			return
		}
		for i := range m.items {
			if x := &m.items[i]; x.kind != null {
				c.keep(x.key, x.any())
			}
		}
	default:
		r.field(c, m)
	}
}

// retrieved makes the retrieval context the context where there is no other.
func (r *reader) retrieved(c *Case) {
	list, _ := c.Metadata["retrieval_context"].([]any)
	if c.Context != nil {
		return
	}
	for _, x := range list {
		if s, ok := x.(string); ok {
			c.Context = append(c.Context, s)
		}
	}
}

// conversation reads a conversational golden: its turns are a conversation that
// is had again; without a turn a model may play the user, else the scenario is
// the input. The expected outcome describes a conversation and is no answer to
// compare with, so it is metadata. Goldens of one scenario are a cluster.
func (r *reader) conversation(c *Case, v *value) {
	for i := range v.items {
		m := &v.items[i]
		switch {
		case m.kind == null:
		case m.key == "scenario":
			if r.is(m, text, "text") {
				c.Cluster = m.text
				c.keep(m.key, m.text)
			}
		case m.key == "turns":
			r.conversationTurns(c, m)
		default:
			r.goldenField(c, m)
		}
	}
	if scenario := v.get("scenario"); c.Input == "" && scenario != nil {
		r.input(c, scenario, "scenario")
		c.Simulate = personaOf(v)
	} else if c.Input == "" {
		r.fail(int(v.line), "turns", "there is no turn of the user: there is nothing to send")
	} else if c.userTurns() > 1 {
		c.Replay = ReplayOwn
	}
	r.retrieved(c)
}

func (r *reader) conversationTurns(c *Case, m *value) {
	if s := strings.TrimSpace(m.text); m.kind == text && s != "" {
		m = r.parsed(m, s)
	}
	if m.kind == null {
		return
	}
	all, whole := r.turns(m)
	for i := len(all) - 1; i >= 0; i-- {
		if !IsUser(all[i].Role) {
			continue
		}
		if strings.TrimSpace(all[i].Content) == "" {
			r.fail(int(m.line), "turns", "the last turn of the user is empty")
		}
		c.Input = all[i].Content
		if i > 0 {
			c.Messages = all[:i:i]
		}
		whole = whole && i == len(all)-1
		break
	}
	if !whole || c.Input == "" && len(all) > 0 {
		c.keep("turns", m.any())
	}
}

// name remembers the name of the case that is being read.
func (r *reader) name(m *value) {
	if s := r.word(m); s != "" {
		if r.names == nil {
			r.names = map[int]string{}
		}
		r.names[len(r.set.Cases)-1] = s
	}
}

// personaOf is the user of a golden that has no turns.
func personaOf(v *value) *Persona {
	text := func(keys ...string) string {
		if m := pick(v, keys); m != nil {
			return m.text
		}
		return ""
	}
	p := &Persona{Persona: text("user_description", "persona"), Scenario: text("scenario"), Optional: true}
	if p.Goal = text("expected_outcome"); p.Goal == "" {
		p.Goal = p.Scenario
	}
	return p
}
