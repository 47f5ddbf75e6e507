package script

import "path/filepath"

// LanguageOf a script's file by its ending: javascript (TypeScript, too), python or
// ruby; "" for other files.
func LanguageOf(name string) string {
	switch filepath.Ext(name) {
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts":
		return "javascript"
	case ".py":
		return "python"
	case ".rb":
		return "ruby"
	}
	return ""
}
