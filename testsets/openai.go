package testsets

// isOpenAIEval recognises a sample of OpenAI's evals: what tells it apart is
// "ideal".
func isOpenAIEval(r *reader, v *value) bool {
	return v.get(r.inputKey("input")) != nil && v.get("ideal") != nil
}

// openAIEval reads {"input": messages or text, "ideal": text or list}. The file
// does not say how the answer is compared: it is read as equal to the ideal, or
// to one of them.
func (r *reader) openAIEval(c *Case, v *value) {
	r.sample(c, v, r.inputKey("input"), "ideal", (*reader).ideal)
}

// inputKey is the key of the input: the one that the user names, else usual.
func (r *reader) inputKey(usual string) string {
	if r.opt.Input != "" {
		return r.opt.Input
	}
	return usual
}

// sample reads a row of an input, messages or text, and a target.
func (r *reader) sample(c *Case, v *value, inputKey, targetKey string, target func(*reader, *Case, *value)) {
	if r.opt.Expected != "" {
		targetKey = r.opt.Expected
	}
	input, want := pick(v, []string{inputKey}), pick(v, []string{targetKey})
	if input == nil {
		r.noInput(v, []string{inputKey})
	}
	if want == nil {
		r.misspeltExpected(v, rowKeys{[]string{inputKey}, []string{targetKey}})
	}
	for i := range v.items {
		switch m := &v.items[i]; {
		case m == input:
			if in := r.cell(m); isChat(in) {
				r.chat(c, in)
			} else {
				r.input(c, m, m.key)
			}
		case m == want:
			target(r, c, m)
		case m.kind != null && (m.key != "choices" || r.shape.name != "inspect"):
			r.field(c, m)
		}
	}
}
