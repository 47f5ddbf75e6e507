package script

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Kinds of Code.
const (
	KindExpression   = "expression"    // one expression; its value is the result
	KindFunctionBody = "function-body" // statements with return
	KindFile         = "file"          // a module that exports a function
)

// ErrLimit says that a call was ended because it took too long, needed too
// much memory or returned too much: what it was asked could not be judged.
var ErrLimit = errors.New("the script exceeded a limit")

// ErrUnavailable says that a script needs what is not there: a program that is
// not installed, or what the embedded engine doesn't have.
var ErrUnavailable = errors.New("unavailable")

// Thrown is what a script threw, or why its text is no JavaScript.
type Thrown struct {
	Name    string `json:"name,omitempty"` // "TypeError"; "" = it threw something that is no error
	Message string `json:"message"`
	Stack   string `json:"stack,omitempty"`
}

func (t *Thrown) Error() string {
	if t.Name == "" {
		return "the script threw " + t.Message
	}
	return t.Name + ": " + t.Message
}

// Code is a piece of user code.
type Code struct {
	Kind     string          `json:"kind"`
	Source   string          `json:"source,omitempty"` // of an expression or a function body
	File     string          `json:"file,omitempty"`   // path relative to Dir
	Function string          `json:"function,omitempty"`
	Value    bool            `json:"value,omitempty"` // a file may export a value instead of a function: then that is the result
	Dir      string          `json:"dir,omitempty"`
	Package  string          `json:"package,omitempty"` // an npm package in the place of File, as Dir finds it; Function is a path within its exports
	Tree     bool            `json:"tree,omitempty"`    // functions in the result are replaced by their places: see Functions
	Member   []string        `json:"-"`                 // place of what is called within the value that the file exports or makes; nil = the export itself
	Given    json.RawMessage `json:"-"`                 // argument of the function that makes that value; nil = none
	Picks    bool            `json:"picks,omitempty"`   // set by Call: the first two arguments are Given and Member
	Live     []string        `json:"live,omitempty"`    // arguments, or objects in them (context.provider), whose id is a method
	Node     bool            `json:"-"`                 // it runs in node whatever it needs: its value holds providers
	Options  json.RawMessage `json:"-"`                 // for the constructor of a provider
	Params   []string        `json:"params"`            // names of the arguments in their order; nil = see order
}

// Assertion is the code that promptfoo makes of an inline assertion: several
// lines are a function body, one line is an expression, or declarations before
// an expression.
func Assertion(text string) Code {
	text = strings.TrimRightFunc(text, jsSpace)
	if strings.Contains(text, "\n") {
		return Code{Kind: KindFunctionBody, Source: text}
	}
	return Code{Kind: KindFunctionBody, Source: oneLine(text)}
}

// Transform is the code that promptfoo makes of an inline transform: several
// lines are a function body, one line is an expression.
func Transform(text string) Code {
	if strings.Contains(text, "\n") {
		return Code{Kind: KindFunctionBody, Source: text}
	}
	return Code{Kind: KindExpression, Source: text}
}

// oneLine turns one line into a function body. Declarations may stand before
// the last expression: "const n = output.length; n > 5".
func oneLine(text string) string {
	text = strings.TrimFunc(text, jsSpace)
	text = strings.TrimRight(text, ";")
	declares := false
	if i := strings.IndexFunc(text, jsSpace); i > 0 {
		declares = text[:i] == "const" || text[:i] == "let" || text[:i] == "var"
	}
	if !declares {
		return "return " + text
	}
	last := lastSemicolon(text)
	if last < 0 {
		return text
	}
	if value := strings.TrimFunc(text[last+1:], jsSpace); value != "" {
		return text[:last+1] + " return " + value
	}
	return text
}

// lastSemicolon is the place of the last semicolon outside of quotes, or -1.
func lastSemicolon(text string) int {
	var quote byte
	last := -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"' || c == '`':
			quote = c
		case c == ';':
			last = i
		}
	}
	return last
}

// jsSpace are the characters that JavaScript's trim removes.
func jsSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', '\u00a0', '\u1680', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff':
		return true
	}
	return r >= '\u2000' && r <= '\u200a'
}

// order names the arguments as they are passed: output, vars or prompt first,
// then context and options, then the others by name.
func (c Code) order(args map[string]any) []string {
	if c.Params != nil {
		return c.Params
	}
	var names []string
	for _, first := range []string{"output", "vars", "prompt", "context", "options"} {
		if _, ok := args[first]; ok {
			names = append(names, first)
		}
	}
	known := len(names)
	for name := range args {
		if !slices.Contains(names[:known], name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[known:])
	return names
}

// Package is the code that package:NAME:EXPORT names, as it is found from a folder;
// ok is false when a text is none.
func Package(text, dir string) (c Code, ok bool) {
	rest, ok := strings.CutPrefix(text, "package:")
	if !ok {
		return c, false
	}
	parts := append(strings.SplitN(rest, ":", 3), "")
	return Code{Kind: KindFile, Package: parts[0], Function: parts[1], Dir: dir}, true
}

// nodeOnly is why code runs in node whatever it needs; "" when nothing says so.
func (c Code) nodeOnly() string {
	switch {
	case c.Package != "":
		return "loads the package " + c.Package
	case c.Node:
		return "what it makes holds providers"
	}
	return ""
}

// given lists the arguments of the function that makes a value.
func (c Code) given() []json.RawMessage {
	if c.Given == nil {
		return []json.RawMessage{}
	}
	return []json.RawMessage{c.Given}
}

// program is what a child compiles once and runs often.
type program struct {
	digest string
	body   []byte // Code as JSON
}

func newProgram(c Code) (program, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return program{}, err
	}
	sum := sha256.Sum256(body)
	return program{hex.EncodeToString(sum[:16]), body}, nil
}
