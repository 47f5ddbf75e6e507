package judged

import (
	"fmt"
	"strings"
)

// Mode says how replies are read and scores are computed.
type Mode int

// The modes. Text and schema differ in the judge: one answers with free text
// that DeepEval searches for JSON, the other is held to a schema.
const (
	Default     Mode = iota // GenOps' own: no silent pass
	Exact                   // DeepEval 4.3.1, text
	ExactSchema             // DeepEval 4.3.1, schema
	Old                     // DeepEval 4.1.10, text
	OldSchema               // DeepEval 4.1.10, schema
)

var modeNames = [...]string{"default", "exact", "exact-schema", "deepeval-4.1", "deepeval-4.1-schema"}

// String returns the name that ParseMode reads.
func (m Mode) String() string { return modeNames[m] }

// ParseMode reads the value of "compat"; "" is Default.
func ParseMode(s string) (Mode, error) {
	if s == "" {
		return Default, nil
	}
	for i, name := range modeNames {
		if s == name {
			return Mode(i), nil
		}
	}
	return Default, fmt.Errorf("compat %q; known: %s", s, strings.Join(modeNames[:], ", "))
}

func (m Mode) own() bool    { return m == Default }
func (m Mode) old() bool    { return m == Old || m == OldSchema }
func (m Mode) schema() bool { return m == ExactSchema || m == OldSchema }

// Version names the definition that scores follow in this mode.
func (m Mode) Version() string {
	switch {
	case m.own():
		return Version
	case m.old():
		return "deepeval-4.1.10"
	}
	return "deepeval-4.3.1"
}

// Version is that of the definitions in Default mode. It changes when a score
// could change.
const Version = "1"
