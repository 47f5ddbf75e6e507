package testsets

import (
	"strconv"
	"strings"
)

// isInspect recognises a sample of Inspect: an input with a target or choices.
func isInspect(r *reader, v *value) bool {
	choices := v.get("choices")
	return v.get(r.inputKey("input")) != nil &&
		(v.get("target") != nil || choices != nil && (choices.kind == list || r.flat))
}

// inspect reads a sample. Without choices any one of several targets is right.
// With choices these are listed below the input, "A) …", and are the variable
// "choices"; the target is their letter, several letters mean all of them:
// "A,C".
func (r *reader) inspect(c *Case, v *value) {
	var choices *value
	if m := v.get("choices"); m != nil && m.kind != null {
		if choices = r.cell(m); !r.is(choices, list, "a list of texts") {
			choices = nil
		}
	}
	if choices == nil || len(choices.items) == 0 {
		r.sample(c, v, r.inputKey("input"), "target", (*reader).ideal)
		return
	}
	r.sample(c, v, r.inputKey("input"), "target", func(r *reader, c *Case, target *value) {
		r.letters(c, target, len(choices.items))
	})
	var b strings.Builder
	b.WriteString(c.Input + "\n\n")
	for i := range choices.items {
		choice := &choices.items[i]
		choice.key = "choices"
		b.WriteString(letter(i) + ") " + r.word(choice) + "\n")
	}
	c.Input = strings.TrimSuffix(b.String(), "\n")
	if c.Vars == nil {
		c.Vars = map[string]any{}
	}
	c.Vars["choices"] = choices.any()
}

// letters reads the letter, or the letters, of the right choices.
func (r *reader) letters(c *Case, v *value, n int) {
	target := r.cell(v)
	items := []value{*target}
	if target.kind == list {
		items = target.items
	} else if target.kind == text && strings.Contains(target.text, ",") {
		items = nil
		for one := range strings.SplitSeq(target.text, ",") {
			items = append(items, value{kind: text, text: one, line: v.line})
		}
	}
	var right []string
	for i := range items {
		one := strings.ToUpper(strings.TrimSpace(items[i].text))
		known := false
		for j := 0; j < n && !known; j++ {
			known = one == letter(j)
		}
		if !known || items[i].kind != text {
			r.fail(int(v.line), v.key, "the target of a sample with %d choices is a letter from A to %s, found %s", n, letter(n-1), items[i].describe())
			return
		}
		right = append(right, one)
	}
	if len(right) == 0 {
		r.fail(int(v.line), v.key, "the list of right answers is empty")
		return
	}
	c.Expected = strings.Join(right, ",")
}

// letter names a choice: A to Z, then 1, 2, ….
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return strconv.Itoa(i - 25)
}
