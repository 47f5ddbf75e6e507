package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// compiled is a program ready to run in any engine, or why it is not.
type compiled struct {
	code    Code
	prog    *goja.Program // its value is the function to call, or the wrapper of a module
	globals []global      // those that it mentions
	thrown  *Thrown       // its text is no JavaScript
	refused string        // the embedded engine can't run it
}

// callsRequire finds a call of require itself, and not of something's require.
var callsRequire = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[^.\w$])require\(`) })

func compile(body []byte) *compiled {
	c := &compiled{}
	if err := json.Unmarshal(body, &c.code); err != nil {
		c.refused = fmt.Sprintf("the program can't be read: %v", err)
		return c
	}
	text := c.code.text()
	prog, err := c.engine(text)
	if err != nil && c.refused == "" {
		prog = c.lower(text)
	}
	c.prog = prog
	if c.code.Kind != kindMatch {
		c.globals = mentioned(text)
	}
	if c.code.Kind != KindFile && !callsRequire().MatchString(text) { // inline code that asks whether it has one has none
		c.globals = slices.DeleteFunc(c.globals, func(g global) bool { return g.names[0] == "require" })
	}
	return c
}

// engine compiles a text, with its regular expressions as the engine wants them.
func (c *compiled) engine(text string) (*goja.Program, error) {
	text, err := rewriteLiterals(text)
	switch {
	case beyondEngine(err):
		c.refused = err.Error() + " is not available in the sandbox"
		return nil, err
	case err != nil:
		return nil, err
	}
	return goja.Compile("script.js", text, false)
}

// lower turns newer syntax into what the engine has. What can't be lowered
// either is no JavaScript, or it is and the engine can't run it.
func (c *compiled) lower(text string) *goja.Program {
	lowered, thrown := lowerSyntax(text)
	if thrown != nil {
		c.thrown = thrown
		return nil
	}
	if strings.Contains(text, "import(") && !strings.Contains(text, "require(") && strings.Contains(lowered, "require(") {
		c.refused = "import() is not available in the sandbox"
		return nil
	}
	prog, err := c.engine(lowered)
	if err == nil {
		return prog
	}
	if strings.HasPrefix(err.Error(), invalidProperty) {
		c.thrown = &Thrown{Name: "SyntaxError", Message: "Invalid regular expression: " + err.Error()}
	} else if c.refused == "" {
		c.refused = fmt.Sprintf("the embedded engine can't run this script: %s", syntaxMessage(err))
	}
	return nil
}

func syntaxMessage(err error) string {
	var syntax *goja.CompilerSyntaxError
	if errors.As(err, &syntax) {
		return strings.TrimPrefix(syntax.Message, "SyntaxError: ")
	}
	return err.Error()
}

// text is the script whose value is the function to call. The line ends keep a
// comment at the end of the source from reaching further.
func (c Code) text() string {
	params := strings.Join(c.Params, ", ")
	switch c.Kind {
	case KindExpression:
		return "(function(" + params + ") { return " + c.Source + "\n})"
	case kindMatch:
		return "(function(pattern, flags, text) { return new RegExp(pattern, flags).test(text) })"
	case KindFunctionBody:
		return "(function(" + params + ") {" + c.Source + "\n})"
	}
	return "(function(exports, require, module, __filename, __dirname) {" + c.Source + "\n})"
}
