package validators

import (
	"slices"

	"github.com/GaboBase/arch-genops/testsets"
)

// Kind says how a metric comes about.
type Kind int

const (
	KindAssertion Kind = iota // written in a case's `assert`, scores the output
	KindScore                 // follows from a case without an assertion of its own
	KindLimit                 // a measurement with a unit that must stay below a limit
	KindJudged                // needs a model that judges
	KindOwn                   // the user wrote it in Python: FILE.py:NAME
)

// String returns "assertion", "score", "limit", "judged" or "own".
func (k Kind) String() string {
	switch k {
	case KindScore:
		return "score"
	case KindLimit:
		return "limit"
	case KindJudged:
		return "judged"
	case KindOwn:
		return "own"
	}
	return "assertion"
}

// Metric describes one metric. It is a value: changing it changes nothing else.
type Metric struct {
	Name           string // canonical; see Lookup
	About          string // one line for people
	Kind           Kind
	Unit           string   // "" for scores in [0,1]; "s", "usd", "tokens", "chars" for limits
	HigherIsBetter bool     // true for every score, false for every limit
	Needs          []string // what a case must hold beside input and output: "expected", "context", "retrieval_context", "expected_tools", "chatbot_role", "expected_outcome", or a parameter such as "criteria"
}

// Applies reports whether the case holds what the metric needs. Parameters come
// with an assertion or the configuration, not with the case, and are not looked
// at. The context stands in for a retrieval context.
func (m Metric) Applies(c testsets.Case) bool {
	for _, need := range m.Needs {
		switch need {
		case "expected":
			if c.Expected == nil {
				return false
			}
		case "context":
			if len(c.Context) == 0 {
				return false
			}
		case "retrieval_context":
			if list, _ := c.Metadata[need].([]any); len(list)+len(c.Context) == 0 {
				return false
			}
		case "expected_tools", "chatbot_role", "expected_outcome":
			if c.Metadata[need] == nil {
				return false
			}
		}
	}
	return true
}

// entry is a row of the table: a metric and what compiles its assertion.
type entry struct {
	name      string
	kind      Kind
	unit      string
	needs     []string
	threshold bool // the assertion takes a threshold
	fault     bool // named after a fault: elsewhere lower may be better
	foreign   bool // only promptfoo has it: judged by package assertions
	model     bool // and needs a model, which only a promptfoo project names
	build     func(spec) (judge, error)
	about     string
}

// table is read-only. rows adds the assertions that only promptfoo has.
var table = []entry{
	{name: "equals", build: buildEquals, about: "the output is the expected value, after normalisation; JSON by value"},
	{name: "one-of", build: buildOneOf, about: "the output is one of the listed values, compared as by equals"},
	{name: "contains", build: buildContains(false), about: "the output contains the text"},
	{name: "icontains", build: buildContains(true), about: "contains, without regard to case"},
	{name: "contains-all", build: buildContainsAll(false), threshold: true, about: "share of the listed texts that the output contains; the threshold is the share needed (default 1)"},
	{name: "contains-any", build: buildContainsAny(false), about: "the output contains at least one of the listed texts"},
	{name: "icontains-all", build: buildContainsAll(true), threshold: true, about: "contains-all, without regard to case"},
	{name: "icontains-any", build: buildContainsAny(true), about: "contains-any, without regard to case"},
	{name: "starts-with", build: buildAffix(startsWith), about: "the output starts with the text, white space before it aside"},
	{name: "ends-with", build: buildAffix(endsWith), about: "the output ends with the text, white space after it aside"},
	{name: "regex", build: buildRegex, about: "the RE2 pattern matches somewhere in the output"},
	{name: "is-json", build: buildIsJSON, about: "the whole output is JSON, and fits the schema if one is given"},
	{name: "json-schema", build: buildSchema, about: "the whole output is JSON that fits the schema (draft 2020-12 unless $schema says otherwise; formats are checked)"},
	{name: "numeric", build: buildNumeric, threshold: true, about: "the number in the output is the expected one; the threshold is the absolute tolerance (default 0)"},
	{name: "similar", build: buildSimilar, threshold: true, about: "cosine similarity to the expected text by embeddings; the threshold is the least that passes (default 0.8)"},

	{name: assertSet, threshold: true, about: "several assertions that count as one; all must hold, or the weighted mean must reach the threshold"},
	{name: "unknown-tool", build: buildUnknownTool, about: "the agent called a tool that nothing is declared for; not-unknown-tool: it did not"},
	{name: "state", build: buildState, about: "the state of the stubs of tools in the end holds these values, by path; the score is their share"},
	{name: "goal-reached", build: buildGoal, about: "the simulated user says that it got what it wanted"},

	{name: "intent_accuracy", kind: KindScore, needs: []string{"expected"}, build: buildIntent, about: "the output's label is the expected one"},
	{name: "pass_rate", kind: KindScore, about: "all assertions of the case hold"},

	{name: "latency", kind: KindLimit, unit: "s", threshold: true, build: buildLimit, about: "time until the answer"},
	{name: "cost", kind: KindLimit, unit: "usd", threshold: true, build: buildLimit, about: "cost of the answer as reported, US dollars"},
	{name: "tokens", kind: KindLimit, unit: "tokens", threshold: true, build: buildLimit, about: "input and output tokens as reported"},
	{name: "length", kind: KindLimit, unit: "chars", threshold: true, build: buildLimit, about: "length of the output in characters (Unicode code points)"},

	{name: "hallucination", kind: KindJudged, fault: true, needs: []string{"context"}, about: "share of the given facts that the output agrees with"},
	{name: "faithfulness", kind: KindJudged, needs: []string{"retrieval_context"}, about: "share of the output's claims that the context does not contradict"},
	{name: "citation_faithfulness", kind: KindJudged, needs: []string{"retrieval_context"}, about: "the retrieved passages support what the output says, each the one that it is cited for"},
	{name: "answer_relevancy", kind: KindJudged, about: "share of the output's statements that matter to the input"},
	{name: "contextual_precision", kind: KindJudged, needs: []string{"retrieval_context", "expected"}, about: "relevant contexts are ranked before irrelevant ones"},
	{name: "contextual_recall", kind: KindJudged, needs: []string{"retrieval_context", "expected"}, about: "share of the expected output's sentences that the context supports"},
	{name: "contextual_relevancy", kind: KindJudged, needs: []string{"retrieval_context"}, about: "share of the context's statements that matter to the input"},
	{name: "coherence", kind: KindJudged, about: "the output is clear, consistent and easy to follow"},
	{name: "bias", kind: KindJudged, fault: true, about: "share of the output's opinions that are not biased"},
	{name: "toxicity", kind: KindJudged, fault: true, about: "share of the output's opinions that are not toxic"},
	{name: "pii_leakage", kind: KindJudged, fault: true, about: "share of the personal data in the output that may be told"},
	{name: "misuse", kind: KindJudged, fault: true, needs: []string{"domain"}, about: "share of what the output does that the agent's domain covers"},
	{name: "non_advice", kind: KindJudged, needs: []string{"advice_types"}, about: "share of the output's advice that is none of the kinds that it must not give"},
	{name: "role_violation", kind: KindJudged, needs: []string{"role"}, about: "the output never steps out of the agent's role"},
	{name: "summarization", kind: KindJudged, about: "the output keeps what matters of the input and adds nothing"},
	{name: "prompt_alignment", kind: KindJudged, needs: []string{"prompt_instructions"}, about: "share of the prompt's instructions that the output follows"},
	{name: "json_correctness", kind: KindJudged, needs: []string{"expected_fields"}, about: "the output is a JSON object with the declared fields"},
	{name: "tool_correctness", kind: KindJudged, needs: []string{"expected_tools"}, about: "share of the expected tool calls that were made"},
	{name: "argument_correctness", kind: KindJudged, about: "share of the tool calls whose arguments suit the input"},
	{name: "task_completion", kind: KindJudged, about: "how far the task of the input is done"},
	{name: "role_adherence", kind: KindJudged, needs: []string{"chatbot_role"}, about: "share of the assistant's turns that stay in the role"},
	{name: "knowledge_retention", kind: KindJudged, about: "share of the assistant's turns that forget nothing the user told"},
	{name: "conversation_completeness", kind: KindJudged, about: "share of what the user wanted that the conversation brought"},
	{name: "turn_relevancy", kind: KindJudged, about: "share of the exchanges whose answer fits what was said before"},
	{name: "conversational_g_eval", kind: KindJudged, needs: []string{"criteria"}, about: "score of a conversation by criteria in plain words, in steps"},
	{name: "topic_adherence", kind: KindJudged, needs: []string{"relevant_topics"}, about: "share of the user's questions that are answered when they are about the topics, and declined when they are not"},
	{name: "goal_accuracy", kind: KindJudged, about: "how far the exchanges reach what the user wants, and how well they are planned"},
	{name: "tool_use", kind: KindJudged, needs: []string{"available_tools"}, about: "how well tools are chosen in a conversation, and how well they are called"},
	{name: "turn_faithfulness", kind: KindJudged, about: "share of the assistant's claims that what was retrieved for its turns does not contradict"},
	{name: "turn_contextual_precision", kind: KindJudged, needs: []string{"expected_outcome"}, about: "what was retrieved for the turns and is relevant is ranked before the rest"},
	{name: "turn_contextual_recall", kind: KindJudged, needs: []string{"expected_outcome"}, about: "share of the expected outcome's sentences that what was retrieved for the turns supports"},
	{name: "turn_contextual_relevancy", kind: KindJudged, about: "share of the statements retrieved for the turns that matter to what the user says"},
	{name: "plan_quality", kind: KindJudged, about: "how good the agent's plan for its task is"},
	{name: "plan_adherence", kind: KindJudged, about: "how closely the agent's steps keep to its plan"},
	{name: "step_efficiency", kind: KindJudged, about: "how little the agent did that its task did not need"},
	{name: "mcp_use", kind: KindJudged, about: "how well tools, resources and prompts of MCP servers are chosen, and how well they are called"},
	{name: "multi_turn_mcp_use", kind: KindJudged, about: "mcp_use of the exchanges of a conversation"},
	{name: "mcp_task_completion", kind: KindJudged, about: "how far the exchanges of a conversation that use MCP servers do what the user asks for"},
	{name: "exact_match", kind: KindJudged, needs: []string{"expected"}, about: "the output is the expected one, blanks around them aside"},
	{name: "pattern_match", kind: KindJudged, needs: []string{"pattern"}, about: "the whole output matches a regular expression, blanks around it aside"},
	{name: "tool_permission", kind: KindJudged, needs: []string{"allowed_tools"}, about: "share of the calls of tools that are allowed"},
	{name: "agent_loop_detection", kind: KindJudged, about: "the agent does not go round in circles: no equal calls of tools, no thoughts that repeat, no spans that call themselves"},
	{name: "pairwise", kind: KindJudged, needs: []string{"expected"}, about: "the output is better than the expected one, asked in both orders"},
	{name: "dag", kind: KindJudged, needs: []string{"dag"}, about: "score by a graph of yes/no questions"},
	{name: "g-eval", kind: KindJudged, needs: []string{"criteria"}, about: "score by criteria in plain words, in steps"},
	{name: "llm-rubric", kind: KindJudged, needs: []string{"criteria"}, about: "score by a rubric in plain words (needs a promptfoo project: run-eval --config; elsewhere g-eval asks by criteria)"},
}

func (e entry) metric() Metric {
	return Metric{
		Name:           e.name,
		About:          e.about,
		Kind:           e.kind,
		Unit:           e.unit,
		HigherIsBetter: e.kind != KindLimit,
		Needs:          slices.Clone(e.needs),
	}
}

// Known returns every metric in the order in which people should see them:
// assertions, scores, limits, judged. The "not-" forms of assertions are not
// listed. The caller owns the slice.
func Known() []Metric {
	out := make([]Metric, len(rows()))
	for i, e := range rows() {
		out[i] = e.metric()
	}
	return out
}
