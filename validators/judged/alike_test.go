package judged

import (
	"strings"
	"testing"
)

// What Python 3.11 makes of the same values.
func TestLikePython(t *testing.T) {
	v, err := grammar{depth: pythonDepth}.parse("{\"b\": \"<é😀\u2028\x7f\\t\\b\\u0001\\\"\", \"a\": [1, 2.5, true, null, {}]}")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := dumped(v), `{"a": [1, 2.5, true, null, {}], "b": "<\u00e9\ud83d\ude00\u2028\u007f\t\b\u0001\""}`; got != want {
		t.Errorf("json.dumps gives %s, dumped %s", want, got)
	}
	a, b := "the agent looks for the parcel in the list of all parcels", "the agent looked for the letters in a list of all parcels"
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{a, b, 0.8421052631578947},
		{strings.Repeat(a+" and then ", 8), strings.Repeat(b+" and so ", 8), 0.026515151515151516}, // of long texts what is frequent begins no match
		{a, a, 1},
	} {
		if got := ratio([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%.20s…, %.20s…: ratio %v, difflib has %v", c.a, c.b, got, c.want)
		}
	}
}
