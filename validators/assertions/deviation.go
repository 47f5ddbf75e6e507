package assertions

import "fmt"

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
	EmptyRefusal    Deviation = "empty-refusal"
	NotReported     Deviation = "not-reported"
	NoThreshold     Deviation = "no-threshold"
	NothingMatched  Deviation = "nothing-matched"
	NotInverted     Deviation = "not-inverted"
	ScoreRange      Deviation = "score-range"
	MalformedJudge  Deviation = "malformed-judge"
	MissingVerdict  Deviation = "missing-verdict"
	NothingToJudge  Deviation = "nothing-to-judge"
	VerdictOrScore  Deviation = "verdict-or-score"
	FirstIsNoNumber Deviation = "first-is-no-number"
	OwnReference    Deviation = "own-reference"
	UnreadSQL       Deviation = "unread-sql"
	NestedSet       Deviation = "nested-set"
	EmptyReason     Deviation = "empty-reason"
)

// Difference describes a deviation for people.
type Difference struct {
	ID    Deviation
	Types string // which assertions
	Exact string // what promptfoo does
	Why   string // why that is no verdict
}

// Deviations lists all of them. In each but the last three, Strict says that the
// answer could not be judged. The caller owns the slice.
func Deviations() []Difference {
	return []Difference{
		{NoAssertions, "a test or a set without assertions", "passes, score 1 (a set: 0)", "nothing was asked"},
		{WeightZero, "a test or a set with weights of 0 only", "passes, score 0", "every assertion was declared not to count"},
		{NegativeWeight, "weight below 0", "a worse answer scores better; a total of 0 or less gives score 0", "the mean is no mean"},
		{ThresholdZero, "a threshold of 0 or less, of a test, a set or a scored assertion; a distance or count that can't be exceeded is not meant", "passes whatever the score", "no score can be lower"},
		{EmptyList, "contains-all, icontains-all with an empty list; not-contains-any, not-icontains-any likewise", "passes", "nothing was looked for"},
		{EmptyRefusal, "is-refusal", "passes with score 0 on an empty output, or on one that is no text", "an agent that says nothing refuses nothing"},
		{NotReported, "guardrails; not-finish-reason, not-skill-used", "passes when the provider reports nothing", "silence is no report"},
		{NoThreshold, "perplexity, perplexity-score without a threshold", "passes", "nothing was compared"},
		{NothingMatched, "trace-error-spans, trace-span-duration", "passes when no span matches the pattern", "no step was looked at"},
		{NotInverted, "not-is-valid-function-call, not-is-valid-openai-function-call, not-is-valid-openai-tools-call, not-trace-*, not-factuality, not-model-graded-*, not-pi, not-perplexity without a threshold", "not- changes nothing: the assertion passes as without it", "it says the opposite of what is written"},
		{ScoreRange, "javascript, python, ruby, webhook and judged assertions", "keeps a score outside of [0,1], or NaN", "a mean over it has no meaning"},
		{MalformedJudge, "judged assertions", "fails the answer when its judge fails or replies with something unreadable", "the answer has no part in it; outages of a judge are no regressions"},
		{MissingVerdict, "llm-rubric, agent-rubric, trajectory:goal-success", "passes on a reply without \"pass\"", "the judge gave no verdict"},
		{NothingToJudge, "moderation", "passes on an empty output", "nothing was looked at"},
		{VerdictOrScore, "model-graded-closedqa", "fails on a reply that ends neither in Y nor in N", "the judge gave no verdict"},
		{FirstIsNoNumber, "select-best", "fails every answer when the reply names none of them", "the judge gave no verdict"},
		{UnreadSQL, "is-sql, contains-sql", "passes on statements other than SELECT, INSERT, UPDATE, DELETE, CREATE TABLE, DROP, TRUNCATE that its parsers take", "here only their first word is known"},
		{OwnReference, "is-json, contains-json with a schema that refers to itself", "the whole run is refused: references are looked up in the configuration file", "here the schema is read as it is meant, and judges"},
		{NestedSet, "an assert-set in an assert-set", "is an error of the row", "here it is judged like others"},
		{EmptyReason, "javascript, python, ruby", "a verdict of false without a reason, as the last one that failed, lets the test pass", "here it has failed"},
	}
}

// Doubt is the error of a deviation: the answer could not be judged.
type Doubt struct {
	ID   Deviation
	Type string
}

func (d *Doubt) Error() string {
	for _, x := range Deviations() {
		if x.ID == d.ID {
			return fmt.Sprintf("%s: could not judge: %s (promptfoo: %s)", d.Type, x.Why, x.Exact)
		}
	}
	return fmt.Sprintf("%s: could not judge: %s", d.Type, d.ID)
}
