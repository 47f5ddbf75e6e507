package script

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
)

// Runtime is what a piece of code can run in.
type Runtime string

const (
	Embedded Runtime = "embedded" // the sandbox
	Node     Runtime = "node"     // the user's node, with all that it may do
)

// Need is one reason why code can't run in the sandbox.
type Need struct {
	Reason string `json:"reason"` // "imports \"fs\""
	File   string `json:"file"`   // relative to the code's folder; "" = inline
	Line   int    `json:"line"`   // 0 = not known

	Missing bool `json:"missing,omitempty"` // a package that is not installed, and without which the file can't start
}

func (n Need) String() string {
	switch {
	case n.File == "":
		return n.Reason
	case n.Line == 0:
		return n.File + ": " + n.Reason
	}
	return fmt.Sprintf("%s:%d: %s", n.File, n.Line, n.Reason)
}

// nodeNames are the names that only node has, as esbuild's Define: a free use
// of one becomes the same name behind needMark, which nothing else can hold.
func nodeNames() map[string]string {
	define := map[string]string{}
	for _, name := range append(nodeGlobals(), nodeMembers()...) {
		define[name] = needMark + strings.ReplaceAll(name, ".", "$")
	}
	return define
}

// nodeGlobals are names that node has and the sandbox doesn't.
func nodeGlobals() []string {
	return []string{
		"fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Worker", "BroadcastChannel", "MessageChannel",
		"SharedArrayBuffer", "Atomics", "Intl", "WebAssembly", "crypto",
		"ReadableStream", "WritableStream", "TransformStream", "Blob", "File", "FormData", "Request", "Response", "Headers",
		"AbortController", "AbortSignal", "Event", "EventTarget", "navigator",
	}
}

func nodeMembers() []string {
	return []string{
		"import.meta.url", "import.meta.dirname", "import.meta.filename",
		"process.mainModule", "process.cwd", "process.stdout", "process.stderr", "process.stdin", "process.hrtime", "process.versions",
		"process.version", "process.on", "process.once", "process.memoryUsage", "process.getBuiltinModule", "process.chdir",
	}
}

const needMark = "$needs$"

// engineSyntax tells esbuild what the engine lacks of its Target.
func engineSyntax() map[string]bool {
	return map[string]bool{"dynamic-import": false, "async-generator": false, "for-await": false,
		"regexp-match-indices": false, "regexp-set-notation": false}
}

// engineNeeds finds what a lowered script wants of node, and whether the engine
// can compile it at all. where finds a name in the user's files.
func engineNeeds(lowered string, c Code, where func(name string) (file string, line int)) (needs []Need) {
	var seen []string
	for i := strings.Index(lowered, needMark); i >= 0; {
		rest := lowered[i+len(needMark):]
		end := strings.IndexFunc(rest, func(r rune) bool {
			return r != '$' && r != '_' && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z')
		})
		if end < 0 {
			end = len(rest)
		}
		name := strings.ReplaceAll(rest[:end], "$", ".")
		if !slices.Contains(seen, name) {
			seen = append(seen, name)
			file, line := where(name)
			needs = append(needs, Need{Reason: "uses " + name, File: file, Line: line})
		}
		next := strings.Index(rest, needMark)
		if next < 0 {
			break
		}
		i += len(needMark) + next
	}
	if _, err := goja.Compile("script.js", c.text(), false); err != nil {
		file, _ := where("")
		needs = append(needs, Need{Reason: "syntax that the embedded engine doesn't have: " + syntaxMessage(err), File: file})
	}
	return needs
}

// inlineNeeds says what inline code needs.
func inlineNeeds(c Code) bundle {
	define := nodeNames()
	define["require"] = needMark + "require"
	r := api.Transform(c.text(), api.TransformOptions{
		Loader: api.LoaderJS, Target: api.ES2017, LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8,
		Define: define, Supported: engineSyntax(),
	})
	if len(r.Errors) > 0 {
		return bundle{Thrown: &Thrown{Name: "SyntaxError", Message: r.Errors[0].Text}}
	}
	lowered := string(r.Code)
	if strings.Contains(c.Source, "import(") && !strings.Contains(lowered, needMark+"require") && strings.Contains(lowered, "require(") {
		lowered += "\n" + needMark + "require;" // what an import was turned into
	}
	return bundle{Needs: engineNeeds(lowered, Code{Kind: KindExpression, Source: "0;" + lowered}, func(name string) (string, int) {
		return "", 0
	})}
}

// importLine is the line of a file that names an import; 0 = not found.
func importLine(file, path string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for _, quoted := range []string{"'" + path + "'", `"` + path + `"`, "`" + path + "`"} {
		if i := bytes.Index(text, []byte(quoted)); i >= 0 {
			return 1 + bytes.Count(text[:i], []byte{'\n'})
		}
	}
	return 0
}

// lineOf is the first line of a file that uses a name; 0 = none.
func lineOf(file, name string) int {
	text, err := os.ReadFile(file)
	if err != nil || name == "" {
		return 0
	}
	at := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).FindIndex(text)
	if at == nil {
		return 0
	}
	return 1 + bytes.Count(text[:at[0]], []byte{'\n'})
}

// MayNeedNode says whether JavaScript may need more than the sandbox. To ask
// Engine.Needs costs a look at the syntax, and there may be thousands of pieces.
func MayNeedNode(c Code) bool {
	if c.Kind == KindFile {
		return true
	}
	for _, word := range []string{"require", "import", "process", "fetch", "Buffer", "crypto", "URL", "Text", "Intl", "Atomics", "Web", "Worker", "__", "global", "async function*", "await"} {
		if strings.Contains(c.Source, word) {
			return true
		}
	}
	return false
}
