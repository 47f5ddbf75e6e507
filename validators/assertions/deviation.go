package assertions

import (
	"fmt"
	"slices"
	"strings"
)

// Mode says how far promptfoo is followed.
type Mode int

const (
	Strict Mode = iota // what passes on nothing could not be judged
	Exact              // promptfoo to the letter
)

// Deviation names one way in which Strict differs from Exact.
type Deviation string

// The deviations. Each is a case in which promptfoo passes and nothing was
// shown.
const (
	NoAssertions    Deviation = "no-assertions"
	WeightZero      Deviation = "weight-zero"
	NegativeWeight  Deviation = "negative-weight"
	ThresholdZero   Deviation = "threshold-zero"
	EmptyList       Deviation = "empty-list"
	UnknownKey      Deviation = "unknown-key"
	NoReference     Deviation = "no-reference"
	EmptyRefusal    Deviation = "empty-refusal"
	NotReported     Deviation = "not-reported"
	NoThreshold     Deviation = "no-threshold"
	NothingMatched  Deviation = "nothing-matched"
	NotInverted     Deviation = "not-inverted"
	ScoreRange      Deviation = "score-range"
	MalformedJudge  Deviation = "malformed-judge"
	MissingVerdict  Deviation = "missing-verdict"
	NothingToJudge  Deviation = "nothing-to-judge"
	UnknownClass    Deviation = "unknown-class"
	SilentModerator Deviation = "silent-moderator"
	VerdictOrScore  Deviation = "verdict-or-score"
	UnknownVerdict  Deviation = "unknown-verdict"
	NoScore         Deviation = "no-score"
	Conflict        Deviation = "conflict"
	UnclearReply    Deviation = "unclear-reply"
	CountDiffers    Deviation = "count-differs"
	NotQuoted       Deviation = "not-quoted"
	EmptyVector     Deviation = "empty-vector"
	FirstIsNoNumber Deviation = "first-is-no-number"
	OwnReference    Deviation = "own-reference"
	UnreadSQL       Deviation = "unread-sql"
	NestedSet       Deviation = "nested-set"
	OwnAgent        Deviation = "own-agent"
	EmptyReason     Deviation = "empty-reason"
	Inherited       Deviation = "inherited"
	BesideFailure   Deviation = "beside-failure"
)

// Difference describes a deviation for people.
type Difference struct {
	ID    Deviation
	Of    []string // types without "not-"; nil = every test and set
	When  string   // in which cases
	Exact string   // what promptfoo does
	Why   string   // why that is no verdict
}

// Here is what Strict does, in words.
func (d Difference) Here() string {
	if here, ok := strings.CutPrefix(d.Why, "here "); ok && d.ID != UnreadSQL {
		return here
	}
	return "could not judge: " + d.Why
}

// Deviations lists all of them. In each but the last six, Strict says that the
// answer could not be judged. The caller owns the slice.
func Deviations() []Difference {
	return []Difference{
		{NoAssertions, nil, "a test or a set without assertions", "passes, score 1 (a set: 0)", "nothing was asked"},
		{WeightZero, nil, "a test or a set with weights of 0 only", "passes, score 0", "every assertion was declared not to count"},
		{NegativeWeight, nil, "weight below 0", "a worse answer scores better; a total of 0 or less gives score 0", "the mean is no mean"},
		{ThresholdZero, []string{"bleu", "gleu", "rouge-n", "tool-call-f1", "perplexity-score", "javascript", "python", "ruby", "similar", "similar:cosine", "similar:dot", "classifier", "g-eval", "answer-relevance", "context-recall", "context-relevance", "context-faithfulness", "conversation-relevance"}, "a threshold of 0 or less, of a scored assertion, or of a test or set in which an assertion failed", "passes whatever the score", "no score can be lower"},
		{EmptyList, []string{"contains-all", "icontains-all", "contains-any", "icontains-any"}, "an empty list, a list of empty texts only, or an empty text in the list of contains-any, which every output contains", "passes", "nothing was looked for"},
		{UnknownKey, keyedTypes(), "a value with a key that the type does not know, or a key whose value has another type", "passes over the key", "what it asks for is not looked at"},
		{NoReference, []string{"equals", "bleu", "gleu", "rouge-n"}, "no value, or no text in it, to compare with, as under not-", "passes", "nothing was compared"},
		{EmptyRefusal, []string{"is-refusal"}, "an empty output, or one that is no text", "passes with score 0", "an agent that says nothing refuses nothing"},
		{NotReported, []string{"guardrails", "finish-reason", "skill-used"}, "guardrails, not-finish-reason, not-skill-used when the provider reports nothing", "passes", "silence is no report"},
		{NoThreshold, []string{"perplexity", "perplexity-score"}, "without a threshold", "passes", "nothing was compared"},
		{NothingMatched, []string{"trace-error-spans", "trace-span-duration"}, "no span matches the pattern", "passes", "no step was looked at"},
		{NotInverted, []string{"is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call", "trace-span-count", "trace-span-duration", "trace-error-spans", "factuality", "model-graded-factuality", "model-graded-closedqa", "pi"}, "not- before these types", "not- changes nothing: the assertion passes as without it", "it says the opposite of what is written"},
		{ScoreRange, []string{"javascript", "python", "ruby", "webhook", "perplexity-score", "llm-rubric", "agent-rubric", "search-rubric", "factuality", "model-graded-factuality", "g-eval", "trajectory:goal-success"}, "a score outside of [0,1], or NaN", "keeps it", "a mean over it has no meaning"},
		{MalformedJudge, judgedTypes(), "the judge fails, or its reply can't be read", "fails the answer", "the answer has no part in it; outages of a judge are no regressions"},
		{MissingVerdict, []string{"llm-rubric", "agent-rubric", "trajectory:goal-success"}, "the judge's reply has no \"pass\"", "passes", "the judge gave no verdict"},
		{NothingToJudge, []string{"moderation"}, "an empty output", "passes", "nothing was looked at"},
		{UnknownClass, []string{"classifier"}, "not-classifier of a class that the classifier does not name", "passes", "a misspelt class is never likely"},
		{SilentModerator, []string{"moderation"}, "the moderator's reply holds no results, or does not say whether the text is flagged", "passes", "the moderator gave no verdict"},
		{VerdictOrScore, []string{"model-graded-closedqa"}, "the judge's reply ends neither in Y nor in N, or in a word such as WHY", "fails the answer, or passes on the word", "the judge gave no verdict"},
		{UnknownVerdict, []string{"llm-rubric", "agent-rubric", "trajectory:goal-success"}, "\"pass\" is neither true nor false nor a word for them", "fails the answer, and passes it under not-", "the judge gave no verdict"},
		{NoScore, []string{"llm-rubric", "agent-rubric", "search-rubric", "trajectory:goal-success"}, "\"score\" is no finite number", "makes one of it, or of the verdict", "the judge gave no score"},
		{Conflict, []string{"llm-rubric", "agent-rubric", "search-rubric", "trajectory:goal-success", "factuality", "model-graded-factuality", "g-eval", "context-faithfulness", "conversation-relevance", "select-best"}, "the judge's reply holds several verdicts that differ", "takes the first one", "nobody knows which one is meant"},
		{UnclearReply, []string{"llm-rubric", "agent-rubric", "search-rubric", "trajectory:goal-success", "factuality", "model-graded-factuality", "g-eval", "conversation-relevance"}, "the judge's JSON has a key twice, ends too early, or is of another type with an object in it", "takes the last value, adds what is missing, takes the object", "nobody knows what is meant"},
		{CountDiffers, []string{"context-faithfulness"}, "fewer or more verdicts than statements", "counts those that are missing as no", "the judge did not look at each"},
		{NotQuoted, []string{"context-relevance"}, "the judge quotes what does not stand in the context, beside what does", "counts it as relevant", "it is no part of the context"},
		{EmptyVector, []string{"similar", "similar:cosine", "similar:dot", "similar:euclidean", "answer-relevance"}, "an embedding that is empty or all zeros, or a similarity that is no number", "compares it", "it says nothing about a text"},
		{FirstIsNoNumber, []string{"select-best"}, "the judge's reply names none of the answers", "fails every answer", "the judge gave no verdict"},
		{UnreadSQL, []string{"is-sql", "contains-sql"}, "statements other than SELECT, INSERT, UPDATE, DELETE, CREATE TABLE, DROP, TRUNCATE", "passes on those that its parsers take", "here only their first word is known"},
		{OwnReference, []string{"is-json", "contains-json"}, "a schema that refers to itself", "the whole run is refused: references are looked up in the configuration file", "here the schema is read as it is meant, and judges"},
		{OwnAgent, []string{"agent-rubric", "search-rubric"}, "a script or program of the user's judges", "is an error of the row: it is not known to be an agent, or to search", "here it is asked"},
		{NestedSet, []string{"assert-set"}, "an assert-set in an assert-set", "is an error of the row", "here it is judged like others"},
		{EmptyReason, []string{"javascript", "python", "ruby"}, "a script's verdict of false without a reason, as the last one that failed", "the test passes", "here it has failed"},
		{Inherited, []string{"is-json", "contains-json", "is-xml", "contains-xml", "is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call"}, "a name that every object of JavaScript has, such as constructor, among those that are required", "counts it as there", "here it has to be there"},
		{BesideFailure, nil, "an assertion that is an error beside one that failed, without a threshold", "is an error of the row", "here the test has failed, and its score is that of the others"},
	}
}

// keyedTypes are those whose values have keys.
func keyedTypes() []string {
	var out []string
	for _, e := range table() {
		if e.keys != "" {
			out = append(out, e.name)
		}
	}
	return out
}

// judgedTypes are those that ask a model.
func judgedTypes() []string {
	out := []string{"webhook"}
	for _, t := range Types() {
		if t.Needs != "" {
			out = append(out, t.Name)
		}
	}
	return out
}

// DeviationsOf lists those that an assertion type, without its "not-", can show.
func DeviationsOf(typ string) []Difference {
	var out []Difference
	for _, d := range Deviations() {
		if d.Of == nil || slices.Contains(d.Of, typ) {
			out = append(out, d)
		}
	}
	return out
}

// Doubt is the error of a deviation: the answer could not be judged.
type Doubt struct {
	ID     Deviation
	Type   string
	Detail string // what there is of a judgement; "" = nothing
}

// Error says what is missing, what promptfoo makes of it, and then what there is.
func (d *Doubt) Error() string {
	why, detail, peer := string(d.ID), d.Detail, ""
	for _, x := range Deviations() {
		if x.ID == d.ID {
			why, peer = x.Why, " (promptfoo: "+x.Exact+")"
		}
	}
	if d.ID == MalformedJudge && detail != "" { // how the judge failed
		why, detail, _ = strings.Cut(detail, ": ")
	}
	if detail != "" {
		detail = ": " + detail
	}
	return fmt.Sprintf("%s: could not judge: %s%s%s", d.Type, why, peer, detail)
}
