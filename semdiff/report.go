// Package semdiff says what changed in meaning between two versions of a
// prompt, agent, model or plain text: as data, in words, and with a verdict
// that says which gate the change calls for.
package semdiff

import "fmt"

// Verdict is how much a change means. The order is that of severity.
type Verdict int

const (
	Identical  Verdict = iota // the same bytes, or bytes that mean the same by construction
	Formatting                // white space, case of prose, punctuation, list markers, spelling of numbers
	Reworded                  // other words, same meaning, as far as rules and embeddings can tell
	Changed                   // another meaning, or one that can't be told to be the same
	Breaking                  // callers or readers of the output break: variables, output schema
)

var verdicts = []string{"identical", "formatting", "reworded", "changed", "breaking"}

func (v Verdict) String() string { return verdicts[v] }

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdicts {
		if name == string(text) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("unknown verdict %q; known: identical, formatting, reworded, changed, breaking", text)
}

// Kind says what a change is about.
type Kind string

const (
	KindNumber      Kind = "number"      // a number or its unit
	KindComparator  Kind = "comparator"  // at most, at least, <, >=
	KindNegation    Kind = "negation"    // parity of negations and antonyms
	KindModality    Kind = "modality"    // must, should, may; always, never
	KindExclusivity Kind = "exclusivity" // only, except, unless
	KindCondition   Kind = "condition"   // what a rule applies to, or when
	KindQuantifier  Kind = "quantifier"  // all, some, each, at least one
	KindLabel       Kind = "label"       // an item of a set of labels or an enumeration
	KindSchema      Kind = "schema"      // keys and types of input or output
	KindFormat      Kind = "format"      // the form of the output: JSON, Markdown, a table
	KindRole        Kind = "role"        // who speaks, or whom the model plays
	KindTool        Kind = "tool"
	KindVariable    Kind = "variable"
	KindExample     Kind = "example"
	KindOrder       Kind = "order"     // swapped arguments, or steps whose order counts
	KindParameter   Kind = "parameter" // temperature, limits and other settings
	KindModel       Kind = "model"
	KindLogic       Kind = "logic"   // control flow of a template: if, each, partials
	KindAdded       Kind = "added"   // a unit without a counterpart before
	KindRemoved     Kind = "removed" // a unit without a counterpart after
	KindWording     Kind = "wording" // other words; the unit's verdict says whether they mean the same
	KindCosmetic    Kind = "cosmetic"
	KindMetadata    Kind = "metadata" // description, display name: nothing that a model is shown
)

// Span is where a unit stands in its file: lines from Line to End, both from 1.
// The zero value means nowhere.
type Span struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	End  int    `json:"end,omitempty"`
}

// Change is one thing that changed. One number that changed in many units is
// one Change with all their places.
type Change struct {
	Kind    Kind    `json:"kind"`
	Verdict Verdict `json:"verdict"`
	Say     string  `json:"say"`              // in words: "limit 3 → 5", "must became should"
	Before  string  `json:"before,omitempty"` // the piece that changed, "" when it was added
	After   string  `json:"after,omitempty"`  // "" when it was removed
	Places  []Place `json:"places"`           // never empty
}

// Place is where a change stands on each side.
type Place struct {
	Unit   int  `json:"unit"` // index in Report.Units
	Before Span `json:"before,omitzero"`
	After  Span `json:"after,omitzero"`
}

// Unit is a pair of aligned pieces of the two versions: a sentence, bullet,
// heading, example, fenced block, schema field, parameter, tool or variable.
type Unit struct {
	What       string  `json:"what"`              // sentence, bullet, heading, example, code, field, parameter, tool, variable, block, …
	Section    string  `json:"section,omitempty"` // the heading above, or the key path in front matter and YAML
	Verdict    Verdict `json:"verdict"`
	Score      float64 `json:"score"` // in [0,1]: how sure it is that the meaning changed
	Before     string  `json:"before,omitempty"`
	After      string  `json:"after,omitempty"`
	BeforeSpan Span    `json:"before_span,omitzero"`
	AfterSpan  Span    `json:"after_span,omitzero"`
	Moved      bool    `json:"moved,omitempty"` // stands elsewhere in the order than its counterpart
}

// Report is a semantic diff. Units are in the order of the new version, with
// removed ones where they stood; identical units are listed, too, so that a
// reader can be shown the whole text.
type Report struct {
	Kind    string   `json:"kind"` // prompt, agent, model, testset or text
	Name    string   `json:"name"`
	From    string   `json:"from"` // how people call the version before: "1.2.0", "main", "working tree"
	To      string   `json:"to"`
	Verdict Verdict  `json:"verdict"` // the most severe of Changes; Identical without any
	Score   float64  `json:"score"`   // in [0,1]: how sure it is that the meaning changed
	Changes []Change `json:"changes"` // most severe first, then those that are certain, then in the order of the new version
	Units   []Unit   `json:"units"`

	Behaviour *Behaviour `json:"behaviour,omitempty"` // what the versions did on a test set; nil = not asked
	Lifted    bool       `json:"lifted,omitempty"`    // Verdict is that of Behaviour; the rules alone found less
}
