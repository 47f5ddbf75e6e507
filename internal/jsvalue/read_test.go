package jsvalue

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

var texts = []string{
	`{"b": 1, "10": 2, "a": {"z": null, "y": "é"}, "2": [true, 1.50], "b": 3}`, ` [ ] `, `{}`, `{ "a" : [ { } , [ 1 , 2 ] , "x" ] }`, `null`, `truex`,
	`"\u00e9\n\"\\\/\b\f\r\t😀 \ud83d\ude00 \ud800"`, "\"\xff\"", "\"\n\"", `"\x"`, `"\u12`, `"abc`, `"\`, `-0`, `01`, `1.`, `1e400`, `-1.5E+3`, `+1`, `.5`, `1e`, `-`,
	`{"a" 1}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{1:2}`, `{"a":1}{`, ``, ` `, `nul`, `"\u000g"`, "\ufeff1", `[1}`, `{"a":1]`, strings.Repeat("[", 1001) + strings.Repeat("]", 1001),
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"a":14,"m":15}`,
}

// The two ways to read agree, but for what the fast one leaves to the other.
func FuzzRead(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fast, ok := read(text)
		slow, err := decode(text)
		if ok && err != nil {
			t.Fatalf("%q is read as %v, and is wrong: %v", text, fast, err)
		}
		if !ok {
			return
		}
		if !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%q is read as %#v, not %#v", text, fast, slow)
		}
	})
}

// What is often seen takes the fast way.
func TestOrdinaryJSONIsReadFast(t *testing.T) {
	for _, text := range texts[:5] {
		if _, ok := read(text); !ok {
			t.Errorf("%s is left to the slow reader", text)
		}
	}
	if v, err := Parse(`1e400`); err != nil || v != math.Inf(1) {
		t.Errorf("%v, %v", v, err)
	}
}

func TestObjectsOfManyKeys(t *testing.T) {
	o := &Object{}
	for i := range 3 * few {
		o.Set(strings.Repeat("k", i+1), i)
	}
	o.Delete("k")
	o.Delete("kkk")
	o.Set("kk", "new")
	c := o.Clone()
	c.Set("more", 1)
	if v, _ := o.Get("kk"); v != "new" || o.Len() != 3*few-2 || o.Keys()[0] != "kk" || o.Keys()[1] != "kkkk" {
		t.Errorf("%v of %v", v, o.Keys())
	}
	if v, ok := o.Get(strings.Repeat("k", 3*few)); !ok || v != 3*few-1 {
		t.Error(v)
	}
	if _, ok := o.Get("more"); ok {
		t.Error("the copy's key is in the original")
	}
	for c.Len() > 0 {
		c.Delete(c.Keys()[c.Len()/2])
	}
}
