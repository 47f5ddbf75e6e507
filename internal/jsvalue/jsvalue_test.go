package jsvalue

import (
	"encoding/json"
	"math"
	"testing"
)

// The wanted texts are what node 20 prints for the same values.
func TestFormatNumber(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", -1.5: "-1.5", 1e20: "100000000000000000000", 1e21: "1e+21", 1.5e-7: "1.5e-7", 0.000001: "0.000001",
		123456789012345680: "123456789012345680", math.Inf(-1): "-Infinity", 5e-324: "5e-324", 0.30000000000000004: "0.30000000000000004",
	} {
		if got := FormatNumber(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestKeysAreInJavaScriptsOrder(t *testing.T) {
	v, err := Parse(`{"b": 1, "10": 2, "a": {"z": null, "y": "é"}, "2": [true, 1.50], "b": 3}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := Stringify(v, ""); got != `{"2":[true,1.5],"10":2,"b":3,"a":{"z":null,"y":"é"}}` {
		t.Errorf("got %s", got)
	}
	data, err := json.Marshal(v)
	if err != nil || string(data) != `{"2":[true,1.5],"10":2,"b":3,"a":{"z":null,"y":"é"}}` {
		t.Errorf("%s, %v", data, err)
	}
	var o Object
	if err := json.Unmarshal(data, &o); err != nil || !Equal(&o, v) {
		t.Errorf("read back: %v, %v", o, err)
	}
	if _, err := Parse(`{"a": 1} x`); err == nil {
		t.Error("text after a value is no error")
	}
}

func TestStringifyIndents(t *testing.T) {
	v := NewObject("a", []any{1.0, []any{}}, "b", &Object{}, "c", "q\"\u2028\x01<")
	got, _ := Stringify(v, "  ")
	if want := "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {},\n  \"c\": \"q\\\"\u2028\\u0001<\"\n}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := AppendJSON([]byte("x = "), NewObject("a", []any{nil}), " ", "> "); string(got) != "x = {\n>  \"a\": [\n>   null\n>  ]\n> }" {
		t.Errorf("with a margin: %q", got)
	}
	if got, _ := Stringify([]any{"a\xffé\xe2\x82", math.NaN(), Undefined, 7, json.RawMessage(`{"b": 1}`)}, ""); got != `["a�é��",null,null,7,{"b":1}]` {
		t.Errorf("got %q", got)
	}
	if _, ok := Stringify(Undefined, ""); ok {
		t.Error("undefined has a JSON text")
	}
}

func TestEquality(t *testing.T) {
	list := []any{1.0}
	for _, c := range []struct {
		a, b          any
		loose, strict bool
	}{
		{1.0, "1", true, false}, {nil, Undefined, true, false}, {"", 0.0, true, false}, {true, 1.0, true, false}, {list, list, true, true},
		{list, []any{1.0}, false, false}, {list, "1", true, false}, {math.NaN(), math.NaN(), false, false}, {nil, 0.0, false, false}, {"a", "a", true, true},
	} {
		if got := LooseEqual(c.a, c.b); got != c.loose {
			t.Errorf("%v == %v: %v", c.a, c.b, got)
		}
		if got := StrictEqual(c.a, c.b); got != c.strict {
			t.Errorf("%v === %v: %v", c.a, c.b, got)
		}
	}
	if order, _ := Compare("😀", "ﬀ"); order >= 0 {
		t.Error("texts are ordered by UTF-16 code units")
	}
}

func TestNumbersOfTexts(t *testing.T) {
	for s, want := range map[string]float64{"": 0, " 12 ": 12, "0x1F": 31, "1e3": 1000, "-Infinity": math.Inf(-1), "12px": math.NaN(), ".5": 0.5} {
		if got := ToNumber(s); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
	if ParseInt("0x1fg", 16) != 31 || ParseFloat("3.14.15") != 3.14 || !math.IsNaN(ParseInt("z", 10)) || ParseInt("-7.9", 10) != -7 {
		t.Error("numbers that texts begin with")
	}
}
