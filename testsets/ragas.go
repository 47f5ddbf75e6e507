package testsets

import "slices"

// What tells rows of Ragas apart: names of its samples, now and before 0.2.
var (
	ragasKeys    = []string{"retrieved_contexts", "reference_contexts", "reference_tool_calls", "reference_topics", "rubrics"}
	oldRagasKeys = []string{"contexts", "ground_truth", "ground_truths"}
)

// ragasNames is what goldens call the fields of samples.
var ragasNames = map[string]string{
	"user_input": "input", "response": "actual_output", "reference": "expected_output", "retrieved_contexts": "retrieval_context",
	"reference_contexts": "context", "reference_tool_calls": "expected_tools",
}

var oldRagasNames = map[string]string{
	"question": "input", "answer": "actual_output", "ground_truth": "expected_output", "ground_truths": "expected_output", "contexts": "retrieval_context",
}

// isRagas recognises a sample of one or of many turns.
func isRagas(r *reader, v *value) bool {
	has := func(k string) bool { return v.get(k) != nil }
	if pick(v, inputKeys) != nil {
		return false
	}
	return has("user_input") && (slices.ContainsFunc(ragasKeys, has) || has("reference") || has("response")) ||
		has("question") && slices.ContainsFunc(oldRagasKeys, has)
}

// ragas reads a sample as the golden that it is by other names. A user_input that
// is a list is a conversation, of which the reference describes the outcome.
func (r *reader) ragas(c *Case, v *value) {
	names := oldRagasNames
	if v.get("user_input") != nil {
		names = ragasNames
	}
	rename(v, names)
	input := v.get("input")
	if want := v.get("expected_output"); want != nil && want.kind == list && len(want.items) == 1 {
		key := want.key
		*want = want.items[0]
		want.key = key
	}
	if input == nil || r.cell(input).kind != list {
		r.golden(c, v)
		return
	}
	turns := r.cell(input)
	for i := range turns.items {
		rename(&turns.items[i], map[string]string{"type": "role"})
	}
	*input = *turns
	input.key = "turns"
	rename(v, map[string]string{"expected_output": "expected_outcome"})
	r.conversation(c, v)
}

// rename gives members other names, where these are free.
func rename(v *value, names map[string]string) {
	for i := range v.items {
		if name, ok := names[v.items[i].key]; ok && v.get(name) == nil {
			v.items[i].key = name
		}
	}
}
