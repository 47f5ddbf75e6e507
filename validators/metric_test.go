package validators

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/judged"
)

func TestKnown(t *testing.T) {
	units := map[string]string{"latency": "s", "cost": "usd", "tokens": "tokens", "length": "chars"}
	seen := map[string]bool{}
	last := KindAssertion
	for _, m := range Known() {
		if seen[foldName(m.Name)] {
			t.Errorf("%s is there twice", m.Name)
		}
		seen[foldName(m.Name)] = true
		if m.About == "" || strings.ContainsAny(m.About, "\n") {
			t.Errorf("%s: description %q", m.Name, m.About)
		}
		if m.Unit != units[m.Name] || m.HigherIsBetter != (m.Unit == "") || (m.Kind == KindLimit) != (m.Unit != "") {
			t.Errorf("%s: %+v", m.Name, m)
		}
		if m.Kind < last {
			t.Errorf("%s (%s) stands behind a %s", m.Name, m.Kind, last)
		}
		last = m.Kind
		for _, spelling := range []string{m.Name, strings.ToUpper(m.Name), " " + strings.ReplaceAll(m.Name, "-", "_") + " ", strings.ReplaceAll(m.Name, "_", "-")} {
			if got, err := Lookup(spelling); err != nil || got.Name != m.Name {
				t.Errorf("Lookup(%q) = %+v, %v", spelling, got, err)
			}
		}
		if got, err := Lookup("not-" + m.Name); (err == nil) != (m.Kind == KindAssertion) {
			t.Errorf("not-%s: %+v, %v", m.Name, got, err)
		}
	}
	if m, err := Lookup("not_icontains_any"); err != nil || m.Name != "not-icontains-any" || !m.HigherIsBetter {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestLookupOfClasses(t *testing.T) {
	for class, want := range map[string]string{"AnswerRelevancyMetric": "answer_relevancy", "GEval": "g-eval", "PIILeakage": "pii_leakage", "DAGMetric": "dag"} {
		if m, err := Lookup(class); err != nil || m.Name != want {
			t.Errorf("%s: %+v %v", class, m, err)
		}
	}
	for class, want := range map[string]string{"ConversationalGEval": "conversational_g_eval", "NonAdviceMetric": "non_advice", "TopicAdherenceMetric": "topic_adherence", "GoalAccuracy": "goal_accuracy", "ToolUseMetric": "tool_use",
		"turn-faithfulness": "turn_faithfulness", "TurnContextualPrecisionMetric": "turn_contextual_precision", "PlanAdherenceMetric": "plan_adherence", "StepEfficiencyMetric": "step_efficiency",
		"Agent Loop Detection": "agent_loop_detection", "CitationFaithfulnessMetric": "citation_faithfulness", "ExactMatchMetric": "exact_match", "PatternMatch": "pattern_match", "ToolPermissionMetric": "tool_permission", "MCPUseMetric": "mcp_use", "MultiTurnMCPUseMetric": "multi_turn_mcp_use", "MCPTaskCompletion": "mcp_task_completion"} {
		if m, err := Lookup(class); err != nil || m.Name != want {
			t.Errorf("%s: %+v %v", class, m, err)
		}
	}
	for class, want := range map[string]string{"ConversationalDAGMetric": "dag (its questions", "ArenaGEval": "pairwise here", "JevEval": "nearest: g-eval, dag): import it in a file of yours"} {
		if _, err := Lookup(class); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", class, err)
		}
	}
	// All that DeepEval 4.3.1 exports, and how it shows some of them.
	for _, class := range strings.Fields(`ExactMatchMetric PatternMatchMetric GEval ArenaGEval ConversationalGEval JevEval ConversationalJevEval DAGMetric ConversationalDAGMetric
		AnswerRelevancyMetric FaithfulnessMetric ContextualRecallMetric ContextualRelevancyMetric ContextualPrecisionMetric MCPTaskCompletionMetric MultiTurnMCPUseMetric MCPUseMetric
		HallucinationMetric BiasMetric ToxicityMetric SummarizationMetric PIILeakageMetric NonAdviceMetric MisuseMetric RoleViolationMetric ToolPermissionMetric RoleAdherenceMetric
		ToolCorrectnessMetric JsonCorrectnessMetric PromptAlignmentMetric TaskCompletionMetric ArgumentCorrectnessMetric KnowledgeRetentionMetric TopicAdherenceMetric StepEfficiencyMetric
		PlanAdherenceMetric PlanQualityMetric ToolUseMetric GoalAccuracyMetric AgentLoopDetectionMetric TurnRelevancyMetric ConversationCompletenessMetric TurnFaithfulnessMetric
		TurnContextualPrecisionMetric TurnContextualRecallMetric TurnContextualRelevancyMetric TranscriptionAccuracyMetric AudioGlitchMetric TextToImageMetric ImageEditingMetric
		ImageCoherenceMetric ImageHelpfulnessMetric ImageReferenceMetric VoiceNaturalnessMetric TurnTakingNaturalnessMetric SpeechIntelligibilityMetric VoiceConsistencyMetric
		AgentResponsivenessMetric AudioIntegrityMetric VoiceReliabilityMetric CitationFaithfulnessMetric RagasMetric`) {
		if _, err := Lookup(class); err != nil && !strings.Contains(err.Error(), "DeepEval's metric of that name") {
			t.Errorf("%s: %v", class, err)
		}
	}
	for shown, want := range map[string]string{"Answer Relevancy": "answer_relevancy", "Multi-Turn MCP Use": "multi_turn_mcp_use", "Turn Contextual Recall": "turn_contextual_recall", "Exact Match": "exact_match", "PII Leakage": "pii_leakage"} {
		if m, err := Lookup(shown); err != nil || m.Name != want {
			t.Errorf("%s: %+v %v", shown, m, err)
		}
	}
	if m, err := Lookup("EqualsMetric"); err == nil {
		t.Errorf("%+v", m)
	}
}

func TestKnownIsACopy(t *testing.T) {
	i := slices.IndexFunc(Known(), func(m Metric) bool { return m.Name == "hallucination" })
	Known()[i].Needs[0] = "nothing"
	if m, _ := Lookup("hallucination"); !slices.Equal(m.Needs, []string{"context"}) {
		t.Errorf("a caller changed the table: %v", m.Needs)
	}
}

func TestApplies(t *testing.T) {
	full := testsets.Case{Expected: "a", Context: []string{"c"}}
	for name, onEmpty := range map[string]bool{
		"hallucination": false, "faithfulness": false, "intent_accuracy": false,
		"coherence": true, "pass_rate": true, "latency": true, "llm-rubric": true, "prompt_alignment": true,
	} {
		m, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Applies(full) || m.Applies(testsets.Case{}) != onEmpty {
			t.Errorf("%s: full %v, empty %v", name, m.Applies(full), m.Applies(testsets.Case{}))
		}
	}
}

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"track_order":     "track_order",
		"  a \t\n b  ":    "a b",
		"a\u00a0\u3000b":  "a b",
		"Yes.":            "yes",
		`"Yes."`:          "yes",
		`"Yes".`:          "yes",
		"“Ja”":            "ja",
		"„Ja“":            "ja",
		"«Oui».":          "oui",
		"「はい」。":           "はい",
		"'it's'":          "'it's'",
		`"a" or "b"`:      `"a" or "b"`,
		"wait...":         "wait...",
		".":               ".",
		`""`:              "",
		`"`:               `"`,
		"":                "",
		" ":               "",
		"ΣΊΣΥΦΟΣ":         "σίσυφοσ",
		"Σίσυφος":         "σίσυφοσ",
		"ﬃ":               "ffi",
		"A\u030a":         "å",
		"\xffa":           "\ufffda",
		"don’t":           "don’t",
		"3.50":            "3.50",
		"a-b":             "a-b",
		"what? yes!":      "what? yes!",
		"e\u0301\u200b x": "é\u200b x",
	} {
		if got := Normalize(in); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestJudgedInput is what a case without an input was rendered with.
func TestJudgedInput(t *testing.T) {
	var s pipeline.Subject
	s.Request.Vars = map[string]any{"city": "Bern", "days": 2}
	c, err := judgedCase(s)
	if err != nil || c.Input != `{"city":"Bern","days":2}` {
		t.Errorf("%q %v", c.Input, err)
	}
	s.Request.Input = "When?"
	if c, err = judgedCase(s); err != nil || c.Input != "When?" {
		t.Errorf("%q %v", c.Input, err)
	}
}

// TestExamples of judged metrics compile as they are shown.
func TestExamples(t *testing.T) {
	for _, m := range judged.Known() {
		var a testsets.Assertion
		if err := json.Unmarshal([]byte(m.Example(m.Name)), &a); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if _, err := New(a, Deps{Judging: &Judging{}}); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// TestRetrievedByTurn takes over what a test set holds for the very turns.
func TestRetrievedByTurn(t *testing.T) {
	s := pipeline.Subject{Asset: pipeline.Asset{Text: "Of course."}, Metadata: map[string]any{"expected_outcome": "granted", "tags": []any{"a"}, "turns": []any{
		map[string]any{"role": "user", "content": "Money back!"},
		map[string]any{"role": "assistant", "content": "Of course.", "retrieval_context": []any{"within 30 days"}}}}}
	s.Request.Input = "Money back!"
	c, err := judgedCase(s)
	if err != nil || len(c.Turns) != 2 || !slices.Equal(c.Turns[1].Retrieval, []string{"within 30 days"}) || *c.Outcome != "granted" || len(c.Tags) != 1 {
		t.Errorf("%+v %v", c, err)
	}
	s.Asset.Text = "No."
	if c, err = judgedCase(s); err != nil || c.Turns[1].Retrieval != nil {
		t.Errorf("%+v %v", c, err)
	}
}
