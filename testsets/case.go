// Package testsets reads test sets: a Case, and one reader per file format.
package testsets

import "encoding/json"

// Set is one test set as read from one file. It is read-only after Read.
type Set struct {
	Name     string   // from the file, else the file's base name without extension
	Version  string   // as written in the file; may be empty
	Path     string   // the file it came from, as given to Read
	Format   string   // name of the reader that recognised it, e.g. "native", "rows-jsonl", "clinc150"
	Digest   string   // "sha256:…" of the file's bytes
	Labels   []string // declared labels, else the sorted distinct string Expected values; may be empty
	Gate     []Bar    // rules that the set itself proposes; may be empty
	Simulate string   // model that plays the users of its cases; "" = the file names none
	Cases    []Case   // in file order (CLINC150: test, then oos_test); never empty after Read; IDs are unique
	Notes    []string // what the reader left out or read in a way of its own, a sentence each; may be empty
}

// Bar is a rule that a file proposes, as written; the caller turns it into a
// gate.Rule and checks it. Pointers are nil where the key was absent.
type Bar struct {
	Metric   string   `yaml:"metric" json:"metric"`
	AtLeast  *float64 `yaml:"at_least" json:"at_least,omitempty"`
	AtMost   string   `yaml:"at_most" json:"at_most,omitempty"` // with unit, e.g. "2s", "0.01", for latency, cost, tokens, length
	NotWorse *float64 `yaml:"not_worse" json:"not_worse,omitempty"`
	Better   bool     `yaml:"better" json:"better,omitempty"`
	Alpha    *float64 `yaml:"alpha" json:"alpha,omitempty"`
	Line     int      `yaml:"-" json:"-"` // line in the file, 0 when unknown
}

// Case is one test case.
type Case struct {
	ID       string         // unique in its set; "c0001"-style number by position when the file gives none
	Line     int            // line of the file where the case starts (of a Parquet file: its row), 0 when unknown
	Input    string         // the input as text; for a non-text input its compact JSON
	Vars     map[string]any // further named values for the agent; may be nil
	Messages []Message      // chat history that precedes Input; may be nil
	// Replay says that Messages and Input are a conversation that is had again,
	// each turn of the user a call of its own: ReplayOwn or ReplayRecorded. "" =
	// Messages are the history of one call.
	Replay   string
	Simulate *Persona          // a model plays the user, and Input is what is known of it; nil = nobody does
	Tools    *Tools            // stand for the agent's tools; nil = nothing does
	Expected any               // nil when the case has no expected value; a string for labels; else as encoding/json decodes it (see Read)
	Context  []string          // facts that the output may rely on
	Slice    map[string]string // named properties, e.g. lang=de; figures are shown per slice
	Cluster  string            // cases of one cluster are drawn whole; "" = a cluster of its own
	Weight   float64           // > 0; 1 when the file gives none
	Assert   []Assertion       // assertions of this case, beside Expected
	Metadata map[string]any    // whatever else the row holds; never sent to the agent
}

// Message is one turn of a chat.
type Message struct {
	Role    string `json:"role" yaml:"role"`
	Content string `json:"content" yaml:"content"`
}

// Assertion is one check on the output of a case, as written.
type Assertion struct {
	Type      string          `json:"type"`                // e.g. "contains", "not-regex"; checked by package validators
	Value     json.RawMessage `json:"value,omitempty"`     // any JSON; absent = nil
	Threshold *float64        `json:"threshold,omitempty"` // meaning depends on Type
	Weight    *float64        `json:"weight,omitempty"`    // >= 0; absent = 1
	Metric    string          `json:"metric,omitempty"`    // name under which the score is also counted
	Turn      string          `json:"turn,omitempty"`      // of a conversation: "3" = the third answer, "each" = every one; "" = the last
	Transform string          `json:"transform,omitempty"` // JavaScript or file:// script that makes of the output what is judged; "" = the output itself
	Config    json.RawMessage `json:"config,omitempty"`    // reaches scripts as context.config; nil = none
	Assert    []Assertion     `json:"assert,omitempty"`    // of an assert-set
	Line      int             `json:"-"`
}

// EachAssertion yields assertions and those within their sets; set is the
// outermost set that holds one, nil for those that stand by themselves.
func EachAssertion(list []Assertion, yield func(a, set *Assertion)) {
	var within func(list []Assertion, set *Assertion)
	within = func(list []Assertion, set *Assertion) {
		for i := range list {
			a := &list[i]
			yield(a, set)
			outer := set
			if outer == nil {
				outer = a
			}
			within(a.Assert, outer)
		}
	}
	within(list, nil)
}
