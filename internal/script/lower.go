package script

import (
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// lowerSyntax turns a script of any ECMAScript version into what the engine
// has. A text that is no JavaScript is Thrown, as its evaluation would throw.
func lowerSyntax(text string) (string, *Thrown) {
	r := api.Transform(text, api.TransformOptions{
		Loader: api.LoaderJS, Target: api.ES2017, LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8, Supported: engineSyntax(),
	})
	if len(r.Errors) > 0 {
		return "", &Thrown{Name: "SyntaxError", Message: r.Errors[0].Text}
	}
	return strings.TrimSuffix(string(r.Code), "\n"), nil
}
