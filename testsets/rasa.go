package testsets

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// nluKinds are the entries of "nlu" that hold no examples of an intent.
var nluKinds = []string{"synonym", "regex", "lookup"}

// isRasa recognises training data of Rasa NLU.
func isRasa(root *value) bool {
	if data := root.get("rasa_nlu_data"); data != nil && data.kind == object {
		return true
	}
	nlu := root.get("nlu")
	return nlu != nil && nlu.kind == list
}

// rasa reads the examples of intents, of JSON or YAML. An intent is the
// expected value; entities are metadata, their markup is taken out of the text.
func (r *reader) rasa(root *value) error {
	r.set.Format = "rasa"
	if err := r.noRemap(); err != nil {
		return err
	}
	if data := root.get("rasa_nlu_data"); data != nil {
		for i := range data.items {
			r.rasaExamples(&data.items[i])
		}
		return nil
	}
	nlu := root.get("nlu")
	for i := 0; i < len(nlu.items) && !r.full(); i++ {
		r.nlu(&nlu.items[i])
	}
	for i := range root.items {
		if k := root.items[i].key; k != "nlu" && k != "version" {
			r.leave("the part " + config.Shorten(k) + " holds no examples of intents and was left out")
		}
	}
	return nil
}

// rasaExamples reads one list of "rasa_nlu_data".
func (r *reader) rasaExamples(all *value) {
	switch all.key {
	case "common_examples", "intent_examples", "entity_examples":
		if !r.is(all, list, "a list of examples") {
			return
		}
		for i := 0; i < len(all.items) && !r.full(); i++ {
			r.rasaExample(&all.items[i])
		}
	default:
		if len(all.items) > 0 {
			r.leave("the part " + config.Shorten(all.key) + " holds no examples of intents and was left out")
		}
	}
}

// rasaExample reads {"text", "intent", "entities"}, where the text is plain.
func (r *reader) rasaExample(v *value) {
	c := r.next(v)
	if !r.is(v, object, "an object with text and intent") {
		return
	}
	input := pick(v, []string{"text"})
	if input == nil {
		r.noInput(v, []string{"text"})
	}
	for i := range v.items {
		switch m := &v.items[i]; {
		case m == input:
			if r.is(m, text, "text") {
				r.input(c, m, m.key)
			}
		case m.kind == null:
		case m.key == "intent":
			if r.is(m, text, "text") {
				c.Expected = m.text
			}
		default:
			c.keep(m.key, m.any())
		}
	}
}

// nlu reads one entry: {intent, examples}, or something that is left out.
func (r *reader) nlu(v *value) {
	if !r.is(v, object, "an object with intent and examples") {
		return
	}
	intent, examples := v.get("intent"), v.get("examples")
	if intent == nil {
		if i := slices.IndexFunc(nluKinds, func(k string) bool { return v.get(k) != nil }); i >= 0 {
			r.leave("%d " + nluKinds[i] + " entries were left out")
			return
		}
		r.fail(int(v.line), "nlu", "an entry needs an intent (or one of %s); found %s", strings.Join(nluKinds, ", "), quoteAll(v.keys()))
		return
	}
	if !r.is(intent, text, "text") {
		return
	}
	switch {
	case examples == nil || examples.kind == null:
		r.fail(int(v.line), "nlu", "the intent %s has no examples", config.Shorten(intent.text))
	case examples.kind == text:
		r.block(examples, intent.text)
	case r.is(examples, list, "a block of lines that begin with -, or a list"):
		for i := 0; i < len(examples.items) && !r.full(); i++ {
			r.listed(&examples.items[i], intent.text)
		}
	}
}

// block reads a text of which each line is one example, "- where is my parcel".
func (r *reader) block(v *value, intent string) {
	for i, line := range strings.Split(v.text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || r.full() {
			continue
		}
		at := value{kind: text, line: v.line + 1 + int32(i), key: "examples"}
		if !strings.Contains(v.text, "\n") {
			at.line = v.line
		}
		var ok bool
		if at.text, ok = strings.CutPrefix(line, "-"); !ok {
			r.fail(int(at.line), "examples", "an example begins with -, found %s", config.Shorten(line))
			continue
		}
		r.annotated(&at, intent)
	}
}

// listed reads an item of a list: a text, or an object with text and metadata.
func (r *reader) listed(v *value, intent string) {
	if v.kind == text {
		at := *v
		at.key = "examples"
		r.annotated(&at, intent)
		return
	}
	if !r.is(v, object, "text, or an object with text") {
		return
	}
	t := v.get("text")
	if t == nil || t.kind != text {
		r.fail(int(v.line), "examples", `an example needs the key "text", found %s`, quoteAll(v.keys()))
		return
	}
	at := *t
	at.text = strings.TrimPrefix(strings.TrimSpace(t.text), "- ")
	c := r.annotated(&at, intent)
	for i := range v.items {
		if m := &v.items[i]; m != t && m.kind != null {
			c.keep(m.key, m.any())
		}
	}
}

// annotated adds a case from a text with markup.
func (r *reader) annotated(v *value, intent string) *Case {
	c := r.next(v)
	c.Expected = intent
	plain, entities, err := unmark(strings.TrimSpace(v.text))
	if err != nil {
		r.fail(c.Line, v.key, "%v", err)
	}
	r.input(c, &value{kind: text, text: plain, line: v.line}, v.key)
	if len(entities) > 0 {
		c.keep("entities", entities)
	}
	return c
}
