package project

import "testing"

func TestFunctionsOfHTTPProviders(t *testing.T) {
	for text, want := range map[string]bool{"(json, text) => json.a": true, "json => json.a": true, "async (j) => j": true, "function (j) { return j }": true,
		"json.list.map((x) => x.a)": false, "json.a": false, "({a: 1})": false, "(json).map(x => x)": false} {
		if isFunction(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	for text, want := range map[string]bool{"return x": true, "x; return": true, "returned": false, "a_return": false, "noreturn; return 1": true} {
		if hasWord(text, "return") != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
