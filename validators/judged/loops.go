package judged

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// agentLoopDetection looks for an agent that goes round in circles: equal calls of
// tools, thoughts that repeat, spans that call themselves. It asks nobody.
func agentLoopDetection(s *session, c *Case) (outcome, error) {
	if c.Trace == nil { // DeepEval fails what tells no trace
		return outcome{score: 0.0, complaint: []string{"there is no trace"}}, nil
	}
	root, spans, err := spansIn(c.Trace)
	if err != nil {
		return outcome{}, err
	}
	var out outcome
	total, weights := 0.0, 0.0
	add := func(on *bool, weight float64, known bool, score float64, complaint string) {
		if on != nil && !*on || s.mode.own() && !known {
			return
		}
		out.items++
		total, weights = total+score*weight, weights+weight
		if score < 1 {
			out.complaint = append(out.complaint, complaint)
		}
	}
	n, what, known := mostRepeated(spans, c.ToolsCalled)
	add(s.p.CheckTools, 0.4, known, s.repetitionScore(n), "tool "+shown(what)+" is called again and again in the same way")
	overlap, known, err := stagnation(spans)
	if err != nil {
		return outcome{}, err
	}
	add(s.p.CheckReasoning, 0.35, known, s.stagnationScore(overlap), "the model says the same again")
	cycle := 1.0
	if callsItself(root, nil) {
		cycle = 0
	}
	add(s.p.CheckCycles, 0.25, len(spans) > 1, cycle, "a span calls itself")
	switch {
	case weights > 0:
		out.score = s.p.clamp(total/weights, false)
	case s.mode.own():
		return outcome{}, failf(NothingToJudge, "the trace holds no calls of tools, no texts of a model and no spans within spans")
	default:
		out.score = s.p.clamp(1, false)
	}
	return out, nil
}

func (s *session) repetitionScore(n int) float64 {
	limit := 3
	if s.p.Repetitions != nil {
		limit = *s.p.Repetitions
	}
	switch {
	case n == 0:
	case n >= 2*limit:
		return 0
	case n >= limit:
		return 0.5
	}
	return 1
}

func (s *session) stagnationScore(overlap float64) float64 {
	limit := 0.85
	if s.p.Similarity != nil {
		limit = *s.p.Similarity
	}
	switch {
	case overlap < limit:
		return 1
	case overlap > 0.95:
		return 0
	}
	return 0.5
}

func checkLoops(p *Params, m Mode) error {
	if n := p.Repetitions; n != nil && *n < 2 && m.own() {
		return failf(OutOfRange, "repetition_threshold %d: allowed are whole numbers from 2", *n)
	}
	if x := p.Similarity; x != nil && !(*x > 0 && *x <= 1) && m.own() {
		return failf(OutOfRange, "similarity_threshold %g: allowed are numbers above 0 and at most 1", *x)
	}
	return nil
}

// spansIn reads a trace of DeepEval: spans with children.
func spansIn(trace any) (root map[string]any, spans []map[string]any, err error) {
	data, err := json.Marshal(trace)
	if err != nil {
		return nil, nil, failf(Other, "the trace is no JSON")
	}
	v, err := grammar{depth: pythonDepth, duplicates: true}.parse(string(data))
	if err != nil {
		return nil, nil, err
	}
	root, ok := v.(map[string]any)
	if !ok {
		return nil, nil, failf(SchemaInvalid, "the trace is no object")
	}
	var walk func(span map[string]any) error
	walk = func(span map[string]any) error {
		spans = append(spans, span)
		list, ok := span["children"].([]any)
		if _, there := span["children"]; there && !ok {
			return failf(SchemaInvalid, "the children of a span are no list")
		}
		for _, x := range list {
			child, ok := x.(map[string]any)
			if !ok {
				return failf(SchemaInvalid, "a span is no object")
			}
			if err := walk(child); err != nil {
				return err
			}
		}
		return nil
	}
	if len(root) == 0 {
		return root, nil, nil
	}
	return root, spans, walk(root)
}

// mostRepeated is how often the same call is made, and of which tool; known says
// that there are calls. Those that the trace does not hold are told beside it.
func mostRepeated(spans []map[string]any, called []Tool) (most int, name string, known bool) {
	counts := map[string]int{}
	count := func(tool string, input any) {
		key := tool + "\x00" + argumentsOf(input)
		if counts[key]++; counts[key] > most {
			most, name = counts[key], tool
		}
	}
	for _, span := range spans {
		if span["type"] == "tool" {
			input, ok := span["input"]
			if !ok {
				input = map[string]any{}
			}
			tool, _ := span["name"].(string)
			count(tool, input)
		}
	}
	if _, theirs := firstOf(spans)["type"]; !theirs {
		for _, t := range called {
			data, _ := json.Marshal(t.Input)
			count(t.Name, string(data))
		}
	}
	return most, name, most > 0
}

func firstOf(spans []map[string]any) map[string]any {
	if len(spans) == 0 {
		return nil
	}
	return spans[0]
}

// argumentsOf is the same text for the same arguments.
func argumentsOf(input any) string {
	if text, ok := input.(string); ok {
		if v, err := (grammar{constants: true, duplicates: true, depth: pythonDepth}).parse(text); err == nil {
			input = v
		}
	}
	args, ok := input.(map[string]any)
	if !ok {
		return display(input, false)
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(args)) {
		b.WriteString(key + "\x01" + display(args[key], false) + "\x01")
	}
	return b.String()
}

// display is str(v), or repr(v) where a text is quoted.
func display(v any, quoted bool) string {
	switch v := v.(type) {
	case string:
		if quoted {
			return "'" + v + "'"
		}
		return v
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = display(x, true)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, "'"+key+"': "+display(v[key], true))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return written(v)
}

// callsItself says whether a span has the type, name and input of one that it is
// within.
func callsItself(span map[string]any, above []string) bool {
	label := labelOf(span)
	if slices.Contains(above, label) {
		return true
	}
	above = append(slices.Clone(above), label)
	list, _ := span["children"].([]any)
	for _, x := range list {
		if child, ok := x.(map[string]any); ok && callsItself(child, above) {
			return true
		}
	}
	return false
}

const labelRunes = 64 // of a span's input

func labelOf(span map[string]any) string {
	text := func(key, other string) string {
		if v, ok := span[key]; ok {
			return display(v, false)
		}
		return other
	}
	input := text("input", "")
	if args, ok := span["input"].(map[string]any); ok {
		input = dumped(args)
	}
	runes := []rune(input)
	return text("type", "unknown") + ":" + text("name", "unnamed") + ":" + string(runes[:min(len(runes), labelRunes)])
}
