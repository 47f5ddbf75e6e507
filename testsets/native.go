package testsets

import (
	"github.com/GaboBase/arch-genops/internal/config"
)

var (
	setKeys = []string{"name", "version", "labels", "gate", "tools", "state", "max_rounds", "unknown_tools", "simulate", "cases"}
	barKeys = []string{"metric", "at_least", "at_most", "not_worse", "better", "alpha"}
)

// native reads an object with "cases".
func (r *reader) native(root *value) error {
	r.set.Format = "native"
	if err := r.noRemap(); err != nil {
		return err
	}
	keys := rowKeys{inputKeys[:1], expectedKeys[:1]}
	for i := range root.items {
		v := &root.items[i]
		switch v.key {
		case "cases":
			if !r.is(v, list, "a list of cases") {
				continue
			}
			for j := 0; j < len(v.items) && !r.full(); j++ {
				if c := &v.items[j]; c.kind == object {
					r.object(r.next(c), c, keys, true)
				} else {
					r.fail(int(c.line), "cases", "a case must be an object, found %s", c.describe())
				}
			}
		case "name":
			if v.kind != null && r.is(v, text, "text") && v.text != "" {
				r.set.Name = v.text
			}
		case "version":
			if v.kind != null {
				r.set.Version = r.word(v)
			}
		case "simulate":
			if v.kind != null && r.is(v, text, "the name of a model") {
				r.set.Simulate = v.text
			}
		case "labels":
			r.declare(v)
		case "tools", "state", "max_rounds", "unknown_tools":
			if r.tools == nil {
				r.tools = &Tools{}
			}
			if v.kind != null {
				r.toolKey(r.tools, v)
			}
		case "gate":
			r.gate(v)
		default:
			r.fail(int(v.line), "", "%s", config.UnknownKey(v.key, "the test set", setKeys))
		}
	}
	return nil
}

// noRemap refuses names of keys where the keys have one meaning.
func (r *reader) noRemap() error {
	if r.opt.Input == "" && r.opt.Expected == "" {
		return nil
	}
	return r.errorf(0, "", "keys can be renamed for plain rows only; this file is %s", r.set.Format)
}

// declare reads the labels that the file declares.
func (r *reader) declare(v *value) {
	if v.kind == null || !r.is(v, list, "a list of texts") {
		return
	}
	r.declared = make(map[string]bool, len(v.items))
	for i := range v.items {
		l := &v.items[i]
		l.key = "labels"
		switch {
		case !r.is(l, text, "a list of texts"):
		case l.text == "":
			r.fail(int(l.line), "labels", "a label is empty")
		case r.declared[l.text]:
			r.fail(int(l.line), "labels", "the label %s is named twice", config.Shorten(l.text))
		default:
			r.declared[l.text] = true
			r.set.Labels = append(r.set.Labels, l.text)
		}
	}
}

// gate reads one rule or a list of rules.
func (r *reader) gate(v *value) {
	switch v.kind {
	case null:
	case object:
		r.bar(v)
	case list:
		for i := range v.items {
			if v.items[i].key = "gate"; r.is(&v.items[i], object, "a rule with a metric") {
				r.bar(&v.items[i])
			}
		}
	default:
		r.is(v, object, "a rule with a metric, or a list of rules")
	}
}

func (r *reader) bar(v *value) {
	b := Bar{Line: int(v.line)}
	limits := 0
	for i := range v.items {
		m := &v.items[i]
		if m.kind == null {
			continue
		}
		switch m.key {
		case "metric":
			if r.is(m, text, "text") {
				b.Metric = m.text
			}
			continue
		case "alpha":
			b.Alpha = r.within(m, "more than 0 and at most 0.5", func(f float64) bool { return f > 0 && f <= 0.5 })
			continue
		case "at_least":
			b.AtLeast = r.within(m, "in 0..1", func(f float64) bool { return f >= 0 && f <= 1 })
		case "not_worse":
			b.NotWorse = r.within(m, "at least 0 and less than 1", func(f float64) bool { return f >= 0 && f < 1 })
		case "at_most":
			b.AtMost = r.word(m)
		case "better":
			if r.is(m, boolean, "true") {
				b.Better = m.text == "true"
			}
		default:
			r.fail(int(m.line), "", "%s", config.UnknownKey(m.key, "gate", barKeys))
			continue
		}
		limits++
	}
	if b.Metric == "" {
		r.fail(b.Line, "gate", "the rule needs a metric")
	}
	if limits != 1 {
		r.fail(b.Line, "gate", "the rule needs one of at_least, at_most, not_worse, better; it has %d", limits)
	}
	r.set.Gate = append(r.set.Gate, b)
}
