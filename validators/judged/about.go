package judged

// Parameters tells what each parameter of Params is, by its name.
func Parameters() map[string]string {
	return map[string]string{
		"threshold":                  "least score that passes, above 0 and at most 1 (default 0.5; citation_faithfulness, exact_match, pattern_match and tool_permission 1); null = score only",
		"strict_mode":                "true: only a full score passes (default false; json_correctness true)",
		"include_reason":             "false: the judge is not asked for a reason (default true)",
		"name":                       "of the criterion, for the judge",
		"criteria":                   "what to judge by, in plain words; alone it may be the assertion's value",
		"evaluation_steps":           "list of steps to judge by, instead of criteria; a list as the assertion's value is this",
		"evaluation_params":          "fields that are looked at, e.g. [input, actual_output] (g-eval: the default; conversational_g_eval: [role, content]; tool_correctness: input_parameters, output beside the name)",
		"rubric":                     "what scores from 0 to 10 mean: [[0, 4, wrong], [5, 10, right]], or DeepEval's {score_range, expected_outcome}",
		"top_logprobs":               "how many log-probabilities weight the score, where the provider gives them (default 20)",
		"truths_extraction_limit":    "how many facts to take out of the source at most (default: all)",
		"penalize_ambiguous_claims":  "true: claims that the context neither supports nor contradicts count against the score",
		"prompt_instructions":        "list of what the prompt asks for; alone it may be the assertion's value",
		"assessment_questions":       "list of yes/no questions that a good summary answers (default: the judge makes them)",
		"n":                          "how many questions the judge makes (default 5)",
		"domain":                     "what the agent is for, e.g. personal finance: other uses are misuse; alone it may be the assertion's value",
		"advice_types":               "list of what the agent must not advise on, e.g. [financial, medical]; alone it may be the assertion's value",
		"role":                       "what the agent is, e.g. a help desk for printers; alone it may be the assertion's value",
		"relevant_topics":            "list of what the assistant is there for, e.g. [parcels, refunds]: other questions are to be declined; alone it may be the assertion's value",
		"task":                       "what is to be done, instead of what the judge takes from the input",
		"expected_fields":            "fields of the object and their types: {age: int, tags: \"list[str]\", note: \"Optional[str]\", owner: {name: str}}",
		"available_tools":            "list of the tools that there are, [{name, description}]: the judge says whether the choice was right",
		"mcp_servers":                "list of the MCP servers that there are, where the case holds none: [{server_name, available_tools, available_resources, available_prompts}]",
		"allowed_tools":              "list of the names of tools that may be called: all others must not",
		"denied_tools":               "list of the names of tools that must not be called, whatever is allowed",
		"pattern":                    "regular expression, as Python has them, that the whole output has to match; alone it may be the assertion's value",
		"ignore_case":                "true: the case of letters does not matter to the pattern",
		"repetition_threshold":       "how many equal calls of a tool are half a loop; twice as many are a whole one (default 3)",
		"similarity_threshold":       "how alike two texts of a model that follow each other are at least when it makes no headway (default 0.85)",
		"check_tool_repetition":      "false: equal calls of tools are not looked for (default true)",
		"check_reasoning_stagnation": "false: texts that repeat are not looked for (default true)",
		"check_call_graph_cycles":    "false: spans that call themselves are not looked for (default true)",
		"should_exact_match":         "true: the calls are exactly the expected ones",
		"should_consider_ordering":   "true: the calls come in the expected order",
		"window_size":                "how many exchanges the judge sees at once (default 10)",
		"dag":                        "{start: NAME, nodes: {NAME: {question: …, fields: [actual_output], yes: 1, no: NAME of another or a score}}}",
	}
}

// examples are values of assertions on metrics that need one.
var examples = map[string]string{
	"g_eval":                `{"criteria": "Is the answer polite?", "evaluation_params": ["input", "actual_output"]}`,
	"conversational_g_eval": `{"criteria": "Does the assistant stay patient?", "evaluation_params": ["role", "content"]}`,
	"prompt_alignment":      `["Answer in French.", "Use at most 50 words."]`,
	"json_correctness":      `{"expected_fields": {"id": "int", "tags": "list[str]"}}`,
	"misuse":                `"personal finance"`,
	"non_advice":            `["financial", "medical"]`,
	"topic_adherence":       `["parcels", "refunds"]`,
	"pattern_match":         `"[A-Z]{2}-\\d+"`,
	"tool_permission":       `{"allowed_tools": ["track", "search"]}`,
	"tool_use":              `[{"name": "track", "description": "where a parcel is"}]`,
	"role_violation":        `"a help desk for printers"`,
	"dag":                   `{"start": "polite", "nodes": {"polite": {"question": "Is it polite?", "yes": "cites", "no": 0}, "cites": {"question": "Does it cite a source?", "yes": 1, "no": 0.5}}}`,
}

// Example is an assertion on the metric under the name that it has, as JSON.
func (m Metric) Example(name string) string {
	value := examples[m.Name]
	if value != "" {
		value = `, "value": ` + value
	}
	return `{"type": "` + name + `"` + value + `, "threshold": 0.8}`
}
