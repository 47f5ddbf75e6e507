package judged

import "slices"

// Deviation is one thing that Default mode does otherwise than DeepEval 4.3.1.
type Deviation struct {
	Class Class    // of the failure; "" where both have a score
	Name  string   // a short name
	Peer  string   // what DeepEval does
	Here  string   // what Default mode does
	Of    []string // metrics; nil = all
}

// Concerns says whether the deviation can be met with a metric.
func (d Deviation) Concerns(m Metric) bool {
	asks := func(steps ...string) bool {
		return slices.ContainsFunc(m.Steps, func(s string) bool { return slices.Contains(steps, s) })
	}
	switch {
	case d.Of != nil:
		return slices.Contains(d.Of, m.Name)
	case m.Name == "json_correctness", len(m.Steps) == 0: // judged without a judge
		return d.Class == ThresholdZero || d.Class == MissingParams
	case d.Class == NoVerdicts:
		return asks("verdicts", "steps")
	case d.Class == CountDiffers:
		return asks("verdicts", "answers")
	case d.Class == UnknownWord:
		return asks("verdicts", "answers", "choice") || asks("verdict") && m.Name != "task_completion"
	case d.Class == OutOfRange:
		return asks("score", "tool_selection", "goal_score", "primitives") || m.Name == "task_completion" || m.Name == "role_adherence" || m.Name == "dag"
	}
	return d.Name != "reasons" || asks("reason") || m.Name == "task_completion"
}

// ofWindows are the metrics of what was retrieved for turns.
var ofWindows = []string{"turn_faithfulness", "turn_contextual_precision", "turn_contextual_recall", "turn_contextual_relevancy"}

// Deviations lists all of them; the documentation is made from it.
var Deviations = []Deviation{
	{NoVerdicts, "no verdicts", "a missing, null or empty list of verdicts is a score of 1 or 0", "could not judge", nil},
	{CountDiffers, "number of verdicts", "fewer or more verdicts than items are counted as they come; an objection to the same turn twice counts twice", "could not judge", nil},
	{UnknownWord, "unknown words", "a verdict that is neither yes nor no (nor borderline) is dropped", "could not judge", nil},
	{OutOfRange, "scores out of range", "a score outside its range is taken as it is; so are a threshold outside 0-1 and a turn that is none of the assistant's", "could not judge", nil},
	{NothingToJudge, "nothing to judge", "no claims, facts, statements, questions, turns, calls, topics, plan, pattern, names of tools, citations or declared fields to judge is a score of 1 or 0", "could not judge; bias, toxicity, pii_leakage, misuse, non_advice and role_violation pass when the judge lists no opinion, personal data, misuse, advice or violation, for that is the finding", []string{"faithfulness", "answer_relevancy", "summarization", "argument_correctness", "task_completion", "role_adherence", "knowledge_retention", "conversation_completeness", "turn_relevancy", "topic_adherence", "goal_accuracy", "tool_use", "turn_faithfulness", "plan_quality", "plan_adherence", "mcp_use", "multi_turn_mcp_use", "mcp_task_completion", "json_correctness", "pattern_match", "tool_permission", "citation_faithfulness", "agent_loop_detection"}},
	{ThresholdZero, "threshold 0", "every score passes", "an error of the configuration", nil},
	{Ambiguous, "ambiguous JSON", "of equal keys the last counts, NaN and Infinity are numbers", "could not judge", nil},
	{TooLarge, "size of a reply", "no limit", "could not judge above 1 MiB, 32 levels or 50,000 values, or where it lists more than 100 items each of which would be asked about", nil},
	{InvalidJSON, "prose around JSON", "the text from the first { to the last } is read, and commas before a closing bracket are dropped", "the reply is JSON and nothing else, but for a fence around it and a model's thoughts before it (to </think>); else could not judge", nil},
	{SchemaInvalid, "types in a reply", "texts that hold a number, and items without a text where one is not looked at, are taken", "could not judge", nil},
	{MissingKey, "missing keys", "a key that is not looked at may be missing", "could not judge", nil},
	{MissingParams, "blank and missing fields", "contexts that are empty or blank, an empty input that the judge is to read, a trace that there is not, and an output, a task or a role of blanks are judged; a metric that is skipped for a missing field (skip_on_missing_params) lets the case pass", "could not judge", nil},
	{"", "retries", "a malformed reply ends the metric", "it is asked for again, up to twice", nil},
	{"", "reasons", "a reason that fails or is missing throws the score away", "the score stands, and the failure of the reason is noted", nil},
	{"", "further reasons", "goal_accuracy and tool_use ask for reasons that nobody wants, the metrics of turns for one of each exchange; each that fails throws the score away", "one reason is asked for, where it is wanted", append([]string{"goal_accuracy", "tool_use"}, ofWindows...)},
	{"", "signs of loops", "a sign that the trace says nothing of counts as 1", "is left out; where none is left: could not judge", []string{"agent_loop_detection"}},
	{"", "short exchanges", "an exchange of two turns is left out, whatever is called in it", "an exchange with calls counts", []string{"multi_turn_mcp_use", "mcp_task_completion"}},
	{"", "exchanges with nothing to judge", "an exchange without claims of the assistant, or with nothing retrieved up to there, counts as 1", "is left out; where none is left: could not judge", ofWindows},
	{"", "log-probabilities", "numbers outside the range are weighted in", "they are left out", []string{"g_eval", "coherence", "conversational_g_eval"}},
	{"", "strict g-eval", "the judge's number is cut to a whole one and taken as it is", "it must be 0 or 1", []string{"g_eval", "coherence", "conversational_g_eval"}},
	{"", "rubric of a conversation", "the judge's number is divided by 10, whatever the rubric's range; the first token that is the score is weighted, and weights of 0 are an error", "as in g_eval", []string{"conversational_g_eval"}},
	{"", "strict role_violation", "strict_mode sets the threshold to 0, which everything passes", "strict_mode sets it to 1", []string{"role_violation"}},
	{"", "equal calls", "two equal calls count as one", "each counts", []string{"tool_correctness"}},
	{"", "missing input parameters", "comparing with a call that has none is an error", "nothing of it is equal", []string{"tool_correctness"}},
	{"", "types of tools", "FUNCTION and MCP in capitals only", "in any case of letters", nil},
	{"", "words of answers", `only yes itself is a yes: "Yes." is none`, "the leading letters count, as in verdicts", []string{"summarization"}},
	{"", "types of JSON fields", `"31", 31.0 and true pass for an int`, "a field has the JSON type that is declared (31.0 is whole, \"31\" and true are not)", []string{"json_correctness"}},
	{"", "judge of JSON fields", "a judge is asked why the fields do not fit", "the reason is what does not fit, without a call", []string{"json_correctness"}},
	{"", "steps of a g-eval", "made anew for each case when cases run side by side", "made once a run", []string{"g_eval", "conversational_g_eval"}},
}
