package judged

import "strings"

// The words of a verdict.
const (
	yes        = "yes"
	no         = "no"
	borderline = "borderline"
)

// verdict is one item of a list of verdicts.
type verdict struct {
	word      string // in old modes as the judge wrote it
	reason    string
	statement string
}

// verdictSpec says what a list of verdicts must look like.
type verdictSpec struct {
	borderline bool // the vocabulary has a third word
	reason     bool // each item must hold a reason
	statement  bool // and a statement
	count      int  // Default mode: how many there must be, 0 = at least one

	// 4.1.10: the words that its schema knows, nil = any text; whole says that
	// the reply as a whole has a declared type.
	oldWords []string
	whole    bool
	// A single verdict: closed says that it may hold nothing else, oldDrops that
	// 4.1.10 drops unknown words, too.
	closed   bool
	oldDrops bool
}

// wordOf is the verdict that a word stands for, "" for an unknown one: the
// leading letters count, idk is an old name of borderline.
func (v verdictSpec) wordOf(raw any) string {
	s, _ := raw.(string)
	if b, ok := raw.(bool); ok {
		s = written(b)
	}
	s = lower(trim(s))
	end := strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
	if end >= 0 {
		s = s[:end]
	}
	switch {
	case s == yes || s == no:
		return s
	case v.borderline && (s == borderline || s == "idk"):
		return borderline
	}
	return ""
}

// verdicts asks for a list of verdicts.
func (s *session) verdicts(spec verdictSpec, data map[string]any) (list []verdict, err error) {
	err = s.question(Question{Step: "verdicts", Data: data}, func(obj map[string]any) error {
		list, err = spec.read(s.mode, obj)
		return err
	})
	return list, err
}

func (v verdictSpec) read(m Mode, obj map[string]any) ([]verdict, error) {
	switch {
	case m.own():
		return v.readOwn(obj)
	case m == Exact:
		return v.readText(obj)
	case m == Old && !v.whole:
		return v.readOld(obj)
	}
	items, err := listField(obj, "verdicts")
	if err != nil {
		return nil, err
	}
	list := make([]verdict, len(items))
	for i, x := range items {
		it, ok := x.(map[string]any)
		if !ok {
			return nil, failf(SchemaInvalid, "verdict %d is no object", i+1)
		}
		if list[i], err = v.declared(m, it); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readText drops what it does not understand.
func (v verdictSpec) readText(obj map[string]any) ([]verdict, error) {
	raw := obj["verdicts"]
	if falsy(raw) {
		return nil, nil
	}
	items, ok := raw.([]any)
	if !ok {
		return nil, failf(Other, "verdicts is no list")
	}
	var list []verdict
	for i, x := range items {
		it, ok := x.(map[string]any)
		if !ok {
			return nil, failf(Other, "verdict %d is no object", i+1)
		}
		word := v.wordOf(it["verdict"])
		if word == "" {
			continue
		}
		one, err := v.texts(it)
		if err != nil {
			return nil, err
		}
		one.word = word
		list = append(list, one)
	}
	return list, nil
}

// readOld takes each item as its declared type.
func (v verdictSpec) readOld(obj map[string]any) ([]verdict, error) {
	raw, ok := obj["verdicts"]
	if !ok {
		return nil, failf(MissingKey, "the reply has no verdicts")
	}
	items, ok := raw.([]any)
	if n, sized := length(raw); !ok && (!sized || n > 0) {
		return nil, failf(Other, "verdicts is no list")
	}
	var list []verdict
	for i, x := range items {
		it, ok := x.(map[string]any)
		if !ok {
			return nil, failf(Other, "verdict %d is no object", i+1)
		}
		one, err := v.declared(Old, it)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// declared reads an item as the declared type of the mode.
func (v verdictSpec) declared(m Mode, it map[string]any) (verdict, error) {
	word, err := textField(it, "verdict", true)
	if err != nil {
		return verdict{}, err
	}
	if !v.knows(m, word) {
		return verdict{}, failf(SchemaInvalid, "verdict %s is not a known word", shown(word))
	}
	one, err := v.texts(it)
	one.word = word
	return one, err
}

func (v verdictSpec) knows(m Mode, word string) bool {
	if m.old() {
		if v.oldWords == nil {
			return true
		}
		for _, w := range v.oldWords {
			if w == word {
				return true
			}
		}
		return false
	}
	return word == yes || word == no || v.borderline && word == borderline
}

func (v verdictSpec) texts(it map[string]any) (one verdict, err error) {
	for key := range it {
		if v.closed && key != "verdict" && key != "reason" {
			return one, failf(SchemaInvalid, "unknown key %s", shown(key))
		}
	}
	if one.reason, err = textField(it, "reason", v.reason); err != nil {
		return one, err
	}
	if v.statement {
		one.statement, err = textField(it, "statement", true)
	}
	return one, err
}

// readOwn wants one verdict per item, each of a known word.
func (v verdictSpec) readOwn(obj map[string]any) ([]verdict, error) {
	if raw, ok := obj["verdicts"]; !ok || raw == nil {
		return nil, failf(NoVerdicts, "the reply has no verdicts")
	}
	items, err := listField(obj, "verdicts")
	switch {
	case err != nil:
		return nil, err
	case len(items) == 0:
		return nil, failf(NoVerdicts, "the list of verdicts is empty")
	case v.count > 0 && len(items) != v.count:
		return nil, failf(CountDiffers, "%d verdicts for %d items", len(items), v.count)
	}
	list := make([]verdict, len(items))
	for i, x := range items {
		it, ok := x.(map[string]any)
		if !ok {
			return nil, failf(SchemaInvalid, "verdict %d is no object", i+1)
		}
		word := v.wordOf(it["verdict"])
		if word == "" {
			return nil, failf(UnknownWord, "verdict %d is %s; known: %s", i+1, shown(written(it["verdict"])), v.vocabulary())
		}
		if list[i], err = v.texts(it); err != nil {
			return nil, err
		}
		list[i].word = word
	}
	return list, nil
}

func (v verdictSpec) vocabulary() string {
	if v.borderline {
		return "yes, no, borderline"
	}
	return "yes, no"
}
