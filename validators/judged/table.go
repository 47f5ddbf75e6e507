package judged

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Metric is one row of the table.
type Metric struct {
	Name    string // with "_"; Lookup takes "-" and blanks, too
	About   string // one line for people
	Needs   []Field
	Options []string // names of parameters that have a meaning here, beside those of all metrics
	Steps   []string // in the order in which they are asked; see Calls
	Calls   string   // how many judge calls a case takes
	PerTurn int      // questions that a further turn of the user adds
	// LowerIn41 says that DeepEval 4.1 counts faults: lower is better there.
	LowerIn41 bool

	// zeroWhenStrict says that DeepEval's strict mode has the threshold 0.
	zeroWhenStrict bool
	least          float64 // threshold unless one is set; 0 = 0.5

	must    bool // there are parameters without which it asks nothing
	reads   bool // the judge is shown the input: Default mode wants something in it
	check   func(*Params, Mode) error
	measure func(*session, *Case) (outcome, error)
}

// table is read-only.
var table = []Metric{
	{Name: "answer_relevancy", About: "share of the output's statements that matter to the input",
		Needs: []Field{Input, ActualOutput}, Steps: []string{"statements", "verdicts", "reason"}, Calls: "3, 2 without a reason", reads: true, measure: answerRelevancy.measure},
	{Name: "faithfulness", About: "share of the output's claims that the retrieved context does not contradict",
		Needs: []Field{Input, ActualOutput, RetrievalContext}, Options: []string{"truths_extraction_limit", "penalize_ambiguous_claims"},
		Steps: []string{"truths", "claims", "verdicts", "reason"}, Calls: "4, 3 without a reason", check: checkTruths, measure: faithfulness},
	{Name: "hallucination", About: "share of the given facts that the output agrees with", LowerIn41: true,
		Needs: []Field{Input, ActualOutput, Context}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason", measure: hallucination.measure},
	{Name: "citation_faithfulness", About: "the retrieved passages support what the output says, each the one that it is cited for: 1, else 0",
		Needs: []Field{Input, ActualOutput, RetrievalContext}, Steps: []string{"verdict"}, Calls: "1", least: 1, measure: citationFaithfulness},
	{Name: "contextual_precision", About: "relevant contexts are ranked before irrelevant ones (average precision)",
		Needs: []Field{Input, RetrievalContext, ExpectedOutput}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason", reads: true, measure: contextualPrecision},
	{Name: "contextual_recall", About: "share of the expected output's sentences that the retrieved context supports",
		Needs: []Field{Input, RetrievalContext, ExpectedOutput}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason", measure: contextualRecall.measure},
	{Name: "contextual_relevancy", About: "share of the retrieved statements that matter to the input",
		Needs: []Field{Input, RetrievalContext}, Steps: []string{"verdicts", "reason"}, Calls: "1 per context and 1 for the reason", reads: true, measure: contextualRelevancy},
	{Name: "summarization", About: "the output says nothing that the input does not, and what matters of it",
		Needs: []Field{Input, ActualOutput}, Options: []string{"assessment_questions", "n", "truths_extraction_limit"},
		Steps: []string{"truths", "claims", "questions", "answers", "answers", "verdicts", "reason"}, Calls: "7, 6 without a reason", check: checkTruths, reads: true, measure: summarization},
	{Name: "bias", About: "share of the output's opinions that are not biased", LowerIn41: true,
		Needs: []Field{Input, ActualOutput}, Steps: []string{"opinions", "verdicts", "reason"}, Calls: "3, 2 without a reason", measure: bias.measure},
	{Name: "toxicity", About: "share of the output's opinions that are not toxic", LowerIn41: true,
		Needs: []Field{Input, ActualOutput}, Steps: []string{"opinions", "verdicts", "reason"}, Calls: "3, 2 without a reason", measure: toxicity.measure},
	{Name: "pii_leakage", About: "share of the personal data in the output that may be told",
		Needs: []Field{Input, ActualOutput}, Steps: []string{"extract", "verdicts", "reason"}, Calls: "3, 2 without a reason", measure: piiLeakage.measure},
	{Name: "misuse", About: "share of what the output does that the agent's domain covers", LowerIn41: true,
		Needs: []Field{Input, ActualOutput}, Options: []string{"domain"}, Steps: []string{"misuses", "verdicts", "reason"}, Calls: "3, 2 without a reason",
		must: true, check: checkMisuse, measure: misuse.measure},
	{Name: "non_advice", About: "share of the output's advice that is none of the kinds that it must not give",
		Needs: []Field{Input, ActualOutput}, Options: []string{"advice_types"}, Steps: []string{"advices", "verdicts", "reason"}, Calls: "3, 2 without a reason",
		must: true, check: checkNonAdvice, measure: nonAdvice.measure},
	{Name: "role_violation", About: "the output never steps out of the agent's role: 1, else 0",
		Needs: []Field{Input, ActualOutput}, Options: []string{"role"}, Steps: []string{"role_violations", "verdicts", "reason"}, Calls: "3, 2 without a reason",
		must: true, zeroWhenStrict: true, check: checkRoleViolation, measure: roleViolations.measure},
	{Name: "prompt_alignment", About: "share of the prompt's instructions that the output follows",
		Needs: []Field{Input, ActualOutput}, Options: []string{"prompt_instructions"}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason",
		must: true, check: checkPromptAlignment, measure: promptAlignment.measure},
	{Name: "json_correctness", About: "the output is a JSON object with the declared fields",
		Needs: []Field{Input, ActualOutput}, Options: []string{"expected_fields"}, Steps: []string{"reason"}, Calls: "none", must: true, check: checkJSON, measure: jsonCorrectness},
	{Name: "tool_correctness", About: "share of the expected tool calls that were made",
		Needs: []Field{Input, ToolsCalled, ExpectedTools}, Options: []string{"available_tools", "evaluation_params", "should_exact_match", "should_consider_ordering"},
		Steps: []string{"tool_selection"}, Calls: "none, 1 with available_tools", check: checkTools, measure: toolCorrectness},
	{Name: "argument_correctness", About: "share of the tool calls whose arguments suit the input",
		Needs: []Field{Input, ToolsCalled}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason", reads: true, measure: argumentCorrectness},
	{Name: "task_completion", About: "how far the task of the input is done",
		Needs: []Field{Input, ActualOutput}, Options: []string{"task"}, Steps: []string{"task_and_outcome", "verdict"}, Calls: "2", reads: true, check: checkTask, measure: taskCompletion},
	{Name: "g_eval", About: "score by criteria in plain words, in steps",
		Options: []string{"name", "criteria", "evaluation_steps", "evaluation_params", "rubric", "top_logprobs"},
		Steps:   []string{"steps", "score"}, Calls: "1, and 1 a run for the steps of criteria", must: true, check: checkGEval, measure: gEval},
	{Name: "coherence", About: "the output is clear, consistent and easy to follow (a g-eval)",
		Needs: []Field{ActualOutput}, Options: []string{"criteria", "evaluation_steps", "rubric", "top_logprobs"},
		Steps: []string{"score"}, Calls: "1", check: checkCoherence, measure: coherence},
	{Name: "conversational_g_eval", About: "score of a conversation by criteria in plain words, in steps",
		Needs: []Field{Turns}, Options: []string{"name", "criteria", "evaluation_steps", "evaluation_params", "rubric", "top_logprobs"},
		Steps: []string{"steps", "score"}, Calls: "1, and 1 a run for the steps of criteria", must: true, check: checkConversationalGEval, measure: conversationalGEval},
	{Name: "role_adherence", About: "share of the assistant's turns that stay in the role",
		Needs: []Field{Turns, ChatbotRole}, Steps: []string{"verdicts", "reason"}, Calls: "2, 1 without a reason", measure: roleAdherence},
	{Name: "knowledge_retention", About: "share of the assistant's turns that forget nothing the user told",
		Needs: []Field{Turns}, Steps: []string{"knowledge", "verdict", "reason"}, Calls: "1 per turn and 1 for the reason", PerTurn: 2, measure: knowledgeRetention},
	{Name: "conversation_completeness", About: "share of what the user wanted that the conversation brought",
		Needs: []Field{Turns}, Steps: []string{"intentions", "verdict", "reason"}, Calls: "1 per intention and 2", measure: conversationCompleteness},
	{Name: "turn_relevancy", About: "share of the exchanges whose answer fits what was said before",
		Needs: []Field{Turns}, Options: []string{"window_size"}, Steps: []string{"verdict", "reason"}, Calls: "1 per exchange and 1 for the reason", PerTurn: 1, measure: turnRelevancy},
	{Name: "topic_adherence", About: "share of the user's questions that are answered when they are about the topics, and declined when they are not",
		Needs: []Field{Turns}, Options: []string{"relevant_topics"}, Steps: []string{"qa_pairs", "verdict", "reason"}, Calls: "1 per exchange, 1 per question and 1 for the reason", PerTurn: 2,
		must: true, check: checkTopics, measure: topicAdherence},
	{Name: "goal_accuracy", About: "how far the exchanges reach what the user wants, and how well they are planned (mean of both)",
		Needs: []Field{Turns}, Steps: []string{"goal_score", "plan_score", "reason"}, Calls: "2 per exchange and 1 for the reason", PerTurn: 2, measure: goalAccuracy},
	{Name: "tool_use", About: "how well tools are chosen in a conversation, and how well they are called (the lower of both)",
		Needs: []Field{Turns}, Options: []string{"available_tools"}, Steps: []string{"tool_selection", "arguments", "reason"}, Calls: "1 per exchange, 1 per exchange with calls and 1 for the reason", PerTurn: 2,
		must: true, check: checkToolUse, measure: toolUse},
	{Name: "turn_faithfulness", About: "share of the assistant's claims that what was retrieved for its turns does not contradict (mean over the exchanges)",
		Needs: []Field{Turns}, Options: []string{"truths_extraction_limit", "penalize_ambiguous_claims", "window_size"},
		Steps: []string{"truths", "claims", "verdicts", "reason"}, Calls: "3 per exchange and 1 for the reason", PerTurn: 3, check: checkTruths, measure: turnFaithfulness.measure},
	{Name: "turn_contextual_precision", About: "what was retrieved for the turns and is relevant is ranked before the rest (average precision, mean over the exchanges)",
		Needs: []Field{Turns, ExpectedOutcome}, Options: []string{"window_size"}, Steps: []string{"verdicts", "reason"}, Calls: "1 per exchange and 1 for the reason", PerTurn: 1,
		measure: turnContextualPrecision.measure},
	{Name: "turn_contextual_recall", About: "share of the expected outcome's sentences that what was retrieved for the turns supports (mean over the exchanges)",
		Needs: []Field{Turns, ExpectedOutcome}, Options: []string{"window_size"}, Steps: []string{"verdicts", "reason"}, Calls: "1 per exchange and 1 for the reason", PerTurn: 1,
		measure: turnContextualRecall.measure},
	{Name: "turn_contextual_relevancy", About: "share of the statements retrieved for the turns that matter to what the user says (mean over the exchanges)",
		Needs: []Field{Turns}, Options: []string{"window_size"}, Steps: []string{"verdicts", "reason"}, Calls: "1 per context of each exchange's window and 1 for the reason", PerTurn: 1,
		measure: turnContextualRelevancy.measure},
	{Name: "plan_quality", About: "how good the agent's plan for its task is",
		Needs: []Field{Input, ActualOutput, Trace}, Steps: []string{"task", "plan", "score"}, Calls: "3", measure: planQuality},
	{Name: "plan_adherence", About: "how closely the agent's steps keep to its plan",
		Needs: []Field{Input, ActualOutput, Trace}, Steps: []string{"task", "plan", "score"}, Calls: "3", measure: planAdherence},
	{Name: "step_efficiency", About: "how little the agent did that its task did not need",
		Needs: []Field{Input, ActualOutput, Trace}, Steps: []string{"task", "score"}, Calls: "2", measure: stepEfficiency},
	{Name: "mcp_use", About: "how well tools, resources and prompts of MCP servers are chosen, and how well they are called (the lower of both)",
		Needs: []Field{Input, ActualOutput, MCPServers}, Options: []string{"mcp_servers"}, Steps: []string{"primitives", "arguments"}, Calls: "2", measure: mcpUse},
	{Name: "multi_turn_mcp_use", About: "mcp_use of the exchanges of a conversation (the lower of both means)",
		Needs: []Field{Turns, MCPServers}, Options: []string{"mcp_servers"}, Steps: []string{"primitives", "arguments", "reason"}, Calls: "2 per exchange with calls and 1 for the reason", PerTurn: 2,
		measure: multiTurnMCPUse},
	{Name: "mcp_task_completion", About: "how far the exchanges of a conversation that use MCP servers do what the user asks for",
		Needs: []Field{Turns, MCPServers}, Options: []string{"mcp_servers"}, Steps: []string{"score", "reason"}, Calls: "1 per exchange with calls and 1 for the reason", PerTurn: 1,
		measure: mcpTaskCompletion},
	{Name: "exact_match", About: "the output is the expected one, blanks around them aside: 1, else 0",
		Needs: []Field{Input, ActualOutput, ExpectedOutput}, Calls: "none", least: 1, measure: exactMatch},
	{Name: "pattern_match", About: "the whole output matches a regular expression, blanks around it aside: 1, else 0",
		Needs: []Field{Input, ActualOutput}, Options: []string{"pattern", "ignore_case"}, Calls: "none", least: 1, must: true, check: checkPattern, measure: patternMatch},
	{Name: "tool_permission", About: "share of the calls of tools that are allowed",
		Needs: []Field{ToolsCalled}, Options: []string{"allowed_tools", "denied_tools"}, Calls: "none", least: 1, must: true, check: checkPermission, measure: toolPermission},
	{Name: "agent_loop_detection", About: "the agent does not go round in circles: no equal calls of tools, no thoughts that repeat, no spans that call themselves",
		Needs: []Field{Input, ActualOutput, Trace}, Options: []string{"repetition_threshold", "similarity_threshold", "check_tool_repetition", "check_reasoning_stagnation", "check_call_graph_cycles"},
		Calls: "none", check: checkLoops, measure: agentLoopDetection},
	{Name: "pairwise", About: "the output is better than the expected one, asked in both orders",
		Needs: []Field{Input, ActualOutput, ExpectedOutput}, Options: []string{"criteria"}, Steps: []string{"choice", "choice"}, Calls: "2", reads: true, measure: pairwise},
	{Name: "dag", About: "score by a graph of yes/no questions",
		Options: []string{"dag"}, Steps: []string{"verdict"}, Calls: "1 per question on the way", must: true, check: checkDAG, measure: dag},
}

// checkCoherence fills in what makes it a g-eval.
func checkCoherence(p *Params, m Mode) error {
	q := *p
	q.EvaluationParams = []Field{ActualOutput}
	if q.Criteria == nil && q.Steps == nil {
		q.Steps = coherenceSteps
	}
	return checkGEval(&q, m)
}

// Known returns the metrics in the order in which people should see them. The
// caller owns the slice.
func Known() []Metric { return slices.Clone(table) }

// Lookup finds a metric by its name or that of DeepEval's class: case, "_", "-"
// and blanks do not matter, nor does "Metric" at the end.
func Lookup(name string) (Metric, error) {
	if i, ok := byClass()[classOf(name)]; ok {
		return table[i], nil
	}
	var names []string
	for _, m := range table {
		names = append(names, m.Name)
	}
	hint := ""
	if near := config.Nearest(strings.ToLower(name), names); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return Metric{}, fmt.Errorf("unknown judged metric %s%s (known: %s)", shown(name), hint, strings.Join(names, ", "))
}

// byClass is the place of each metric in the table.
var byClass = sync.OnceValue(func() map[string]int {
	places := make(map[string]int, len(table))
	for i, m := range table {
		places[classOf(m.Name)] = i
	}
	return places
})

var betweenWords = strings.NewReplacer("-", "", "_", "", " ", "")

// classOf folds a name into that of a class.
func classOf(name string) string {
	return strings.TrimSuffix(strings.ToLower(betweenWords.Replace(name)), "metric")
}

// Prompts are the names of the prompts that word the metric's steps.
func (m Metric) Prompts() []string {
	var out []string
	for _, step := range m.Steps {
		if p := promptName(m.prefix(), step); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// prefix of the metric's prompts.
func (m Metric) prefix() string {
	if m.Name == "coherence" || m.Name == "conversational_g_eval" {
		return "g-eval"
	}
	return strings.ReplaceAll(m.Name, "_", "-")
}

// Direction is "higher" or "lower": what is better in this mode.
func (m Metric) Direction(mode Mode) string {
	if m.LowerIn41 && mode.old() {
		return "lower"
	}
	return "higher"
}
