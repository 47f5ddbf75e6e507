package assertions

import (
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// entry is a row of the table: a type and what compiles it.
type entry struct {
	name   string
	build  func(s *spec, value any) (judgeFunc, error)
	slow   bool   // waits for a script, a model or a server
	script bool   // takes the verdict of a script
	ranged bool   // its score comes from outside and must lie in [0,1]
	oneWay bool   // promptfoo ignores its "not-"
	keys   string // of a value that is an object, which knows no others; "" = any
	needs  string
	about  string
}

// table is read-only: every type that promptfoo knows, but for those that
// compare answers (see SelectBest and MaxScore).
func table() []entry {
	return []entry{
		{name: "equals", build: buildEquals, about: "the output is the text; an object or list compares as JSON by value"},
		{name: "contains", build: buildContains(false), about: "the output contains the text"},
		{name: "icontains", build: buildContains(true), about: "contains, in lower case"},
		{name: "contains-all", build: buildContainsList(false, true), about: "the output contains all texts of the list"},
		{name: "contains-any", build: buildContainsList(false, false), about: "the output contains one of the texts of the list"},
		{name: "icontains-all", build: buildContainsList(true, true), about: "contains-all, in lower case"},
		{name: "icontains-any", build: buildContainsList(true, false), about: "contains-any, in lower case"},
		{name: "starts-with", build: buildStartsWith, about: "the output starts with the text"},
		{name: "regex", build: buildRegex, about: "the JavaScript pattern matches somewhere in the output"},
		{name: "word-count", build: buildWordCount, keys: "min max", about: "number of words: exact, or {min, max}"},
		{name: "levenshtein", build: buildLevenshtein, about: "edit distance to the text is at most the threshold (default 5)"},

		{name: "is-json", build: buildIsJSON, about: "the whole output is JSON, and fits the schema (draft 7, strict) if one is given"},
		{name: "contains-json", build: buildContainsJSON, about: "an object in braces is in the output, and one fits the schema if one is given"},
		{name: "is-xml", build: buildXML(true), keys: "requiredElements", about: "the whole output is well-formed XML with the elements that are asked for"},
		{name: "contains-xml", build: buildXML(false), keys: "requiredElements", about: "a piece of XML with the elements that are asked for is in the output"},
		{name: "is-html", build: buildIsHTML, about: "the output is HTML with a known element and no text outside of elements"},
		{name: "contains-html", build: buildContainsHTML, about: "signs of HTML are in the output"},
		{name: "is-sql", build: buildIsSQL, keys: "databaseType allowedTables allowedColumns", about: "the output is a SQL statement, on allowed tables and columns"},
		{name: "contains-sql", build: buildContainsSQL, keys: "databaseType allowedTables allowedColumns", about: "a fenced block of the output, or all of it, is SQL"},

		{name: "bleu", build: buildBLEU, about: "BLEU-4 against the best reference reaches the threshold (default 0.5)"},
		{name: "gleu", build: buildGLEU, about: "GLEU against the best reference reaches the threshold (default 0.5)"},
		{name: "rouge-n", build: buildROUGE, about: "ROUGE-1 F score reaches the threshold (default 0.75)"},
		{name: "meteor", build: buildMETEOR, about: "METEOR: an error in promptfoo, and here"},

		{name: "cost", build: buildCost, about: "reported cost in US dollars is at most the threshold"},
		{name: "latency", build: buildLatency, about: "time until the answer in milliseconds is at most the threshold"},
		{name: "finish-reason", build: buildFinishReason, about: "the model stopped for this reason"},
		{name: "perplexity", build: buildPerplexity, about: "perplexity by log-probabilities is at most the threshold"},
		{name: "perplexity-score", build: buildPerplexityScore, ranged: true, about: "1/(1+e^-mean log-probability) reaches the threshold"},
		{name: "guardrails", build: buildGuardrails, about: "the provider's guardrails did not flag the answer"},
		{name: "is-refusal", build: buildRefusal, about: "the output refuses to answer, by its phrases"},

		{name: "is-valid-function-call", build: buildFunctionCall, oneWay: true, about: "the function call fits the provider's functions"},
		{name: "is-valid-openai-function-call", build: buildFunctionCall, oneWay: true, about: "the function call fits the provider's functions"},
		{name: "is-valid-openai-tools-call", build: buildToolsCall, oneWay: true, about: "the tool calls fit the provider's tools"},
		{name: "tool-call-f1", build: buildToolF1, about: "F1 of the called tools against the expected ones reaches the threshold (default 1)"},
		{name: "skill-used", build: buildSkillUsed, keys: "name pattern min max", about: "the agent used the skills"},
		{name: "trajectory:tool-used", build: buildToolUsed, keys: "name pattern type min max", about: "the recorded steps call the tools"},
		{name: "trajectory:tool-sequence", build: buildToolSequence, keys: "steps mode", about: "the recorded steps call the tools in order (mode: in_order), exactly so (exact), in any order (any_order), or exactly these in any order (set)"},
		{name: "trajectory:tool-args-match", build: buildToolArgs, keys: "name pattern type args arguments mode defaults ignore min max", about: "a recorded call of the tool has the arguments"},
		{name: "trajectory:step-count", build: buildStepCount, keys: "name pattern type min max", about: "number of recorded steps"},
		{name: "trace-span-count", build: buildSpanCount, oneWay: true, keys: "pattern min max", about: "number of spans whose name matches"},
		{name: "trace-span-duration", build: buildSpanDuration, oneWay: true, keys: "pattern max percentile", about: "duration of the spans whose name matches"},
		{name: "trace-error-spans", build: buildErrorSpans, oneWay: true, keys: "pattern max_count max_percentage", about: "number or share of spans with errors"},

		{name: "javascript", build: buildJavaScript, slow: true, script: true, ranged: true, about: "the code returns true, a score, or {pass, score, reason}"},
		{name: "python", build: buildPython, slow: true, script: true, ranged: true, about: "likewise, in Python"},
		{name: "ruby", build: buildRuby, slow: true, script: true, ranged: true, about: "likewise, in Ruby"},
		{name: "webhook", build: buildWebhook, slow: true, ranged: true, about: "a server judges"},

		{name: "similar", build: buildSimilar("cosine"), slow: true, needs: "embedder", about: "cosine similarity of embeddings reaches the threshold (default 0.75)"},
		{name: "similar:cosine", build: buildSimilar("cosine"), slow: true, needs: "embedder", about: "the same"},
		{name: "similar:dot", build: buildSimilar("dot"), slow: true, needs: "embedder", about: "dot product of embeddings reaches the threshold (default 0.75)"},
		{name: "similar:euclidean", build: buildSimilar("euclidean"), slow: true, needs: "embedder", about: "distance of embeddings is at most the threshold (default 0.75)"},
		{name: "classifier", build: buildClassifier, slow: true, needs: "classifier", about: "probability of the class reaches the threshold (default 1)"},
		{name: "moderation", build: buildModeration, slow: true, needs: "moderator", about: "the moderator flags nothing"},

		{name: "llm-rubric", build: buildRubric("llm-rubric"), slow: true, ranged: true, needs: "judge", about: "the judge finds that the rubric holds"},
		{name: "agent-rubric", build: buildRubric("agent-rubric"), slow: true, ranged: true, needs: "judge", about: "llm-rubric by a judge with tools"},
		{name: "search-rubric", build: buildSearchRubric, slow: true, ranged: true, needs: "judge", about: "llm-rubric by a judge that searches"},
		{name: "factuality", build: buildFactuality, slow: true, ranged: true, oneWay: true, needs: "judge", about: "the output does not disagree with the reference"},
		{name: "model-graded-factuality", build: buildFactuality, slow: true, ranged: true, oneWay: true, needs: "judge", about: "the same"},
		{name: "model-graded-closedqa", build: buildClosedQA, slow: true, oneWay: true, needs: "judge", about: "the output meets the criterion"},
		{name: "g-eval", build: buildGEval, slow: true, ranged: true, needs: "judge", about: "score by criteria, in steps, reaches the threshold (default 0.7)"},
		{name: "answer-relevance", build: buildAnswerRelevance, slow: true, needs: "judge, embedder", about: "questions made of the answer are close to the prompt"},
		{name: "context-recall", build: buildContextRecall, slow: true, needs: "judge", about: "share of the reference's sentences that the context holds"},
		{name: "context-relevance", build: buildContextRelevance, slow: true, needs: "judge", about: "share of the context that matters to the query"},
		{name: "context-faithfulness", build: buildContextFaithfulness, slow: true, needs: "judge", about: "share of the output's statements that the context supports"},
		{name: "conversation-relevance", build: buildConversation, slow: true, needs: "judge", about: "share of the turns whose answer is relevant"},
		{name: "trajectory:goal-success", build: buildGoalSuccess, slow: true, ranged: true, needs: "judge", about: "the judge finds that the recorded steps reach the goal"},
		{name: "pi", build: buildUnavailable("the Pi scorer is a service of its own, which GenOps does not call"), oneWay: true, about: "not available"},
		{name: "human", build: buildUnavailable("a person has to judge this"), about: "not available"},
	}
}

// Type describes an assertion type.
type Type struct {
	Name  string
	About string
	Needs string   // "judge", "embedder", …; "" = nothing but the answer
	Slow  bool     // waits for a script, a model or a server
	Keys  []string // of a value that is an object, as far as they are checked; nil = of none
}

// Types lists all types, without their "not-" forms, in the order in which
// people should see them. The caller owns the slice.
func Types() []Type {
	rows := table()
	out := make([]Type, len(rows))
	for i, e := range rows {
		out[i] = Type{e.name, e.about, e.needs, e.slow, strings.Fields(e.keys)}
	}
	return append(out,
		Type{"assert-set", "several assertions with a threshold and a weight of their own", "", false, nil},
		Type{"select-best", "the judge prefers this answer to those of the other prompts and providers", "judge", true, nil},
		Type{"max-score", "this answer has the best score of the other assertions", "", false, nil})
}

// Known reports whether the type, with or without "not-", is one of promptfoo's.
func Known(typ string) bool {
	if typ == typeSet || typ == "select-best" || typ == "max-score" {
		return true
	}
	_, ok := lookup(strings.TrimPrefix(typ, "not-"))
	return ok
}

func lookup(name string) (entry, bool) {
	e, ok := byName()[name]
	return e, ok
}

// byName is the table by the names of its rows, made once: every assertion of a
// run is looked up in it.
var byName = sync.OnceValue(func() map[string]entry {
	m := map[string]entry{}
	for _, e := range table() {
		m[e.name] = e
	}
	return m
})

// hint names the type that was probably meant.
func hint(name string) string {
	var names []string
	for _, t := range Types() {
		names = append(names, t.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; known: " + strings.Join(names, ", ")
}
