package testsets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJSON compares with encoding/json: the same texts are JSON, and have the
// same values, but for duplicate keys and nesting.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,true,null,"\u00e9\ud83d\ude00\ud800x"],"b":{}}`, `[01]`, `"\q"`, "\"\x01\"", `[1,]`, ` 7 `} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if !utf8.ValidString(src) {
			return
		}
		p := newParser("a", src)
		v, err := p.value()
		if err == nil && (p.space() != 0 || p.pos < p.end) {
			err = p.unexpected("the end")
		}
		if err != nil {
			own := strings.Contains(err.Error(), "duplicate key") || strings.Contains(err.Error(), "nested deeper")
			if !own && json.Valid([]byte(src)) {
				t.Fatalf("%q is JSON, but: %v", src, err)
			}
			return
		}
		dec := json.NewDecoder(strings.NewReader(src))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q is no JSON: %v", src, err)
		}
		dec = json.NewDecoder(bytes.NewReader(v.appendJSON(nil)))
		dec.UseNumber()
		var got any
		if err := dec.Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %s: %v", src, v.appendJSON(nil), err)
		}
		if _, err := json.Marshal(v.any()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestManyKeys: duplicates are found in large objects too.
func TestManyKeys(t *testing.T) {
	for _, n := range []int{2, 31, 32, 33, 1000} {
		var b strings.Builder
		b.WriteString(`[{"input":"x"`)
		for i := range n {
			fmt.Fprintf(&b, ",\n\"k%d\":%d", i, i)
		}
		if s := read(t, "a.json", b.String()+"}]", Options{}); len(s.Cases[0].Metadata) != n {
			t.Errorf("%d keys: %d in metadata", n, len(s.Cases[0].Metadata))
		}
		for _, double := range []int{0, n - 1} {
			_, err := Read("a.json", fmt.Appendf(nil, "%s,\n\"k%d\":0}]", b.String(), double), Options{})
			want := fmt.Sprintf(`a.json:%d: invalid JSON at column 1: duplicate key "k%d": it is already on line %d`, n+2, double, double+2)
			if err == nil || err.Error() != want {
				t.Errorf("%d keys: got %v, want %s", n, err, want)
			}
		}
	}
}

// rows makes n plain rows as users have them.
func rows(n int, format string) []byte {
	var b bytes.Buffer
	open, sep, end := "[\n", ",\n", "\n]\n"
	switch format {
	case "native.json":
		open, end = `{"name":"x","cases":[`+"\n", "\n]}\n"
	case "rows.jsonl":
		open, sep, end = "", "\n", "\n"
	case "rows.csv":
		open, sep, end = "id,input,expected,slice:lang\n", "\n", "\n"
	case "native.yaml":
		open, sep, end = "cases:\n- ", "\n- ", "\n"
	}
	b.WriteString(open)
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		if format == "rows.csv" {
			fmt.Fprintf(&b, "case-%d,\"where is my parcel number %d, please?\",track_order_%d,en", i, i, i%20)
			continue
		}
		fmt.Fprintf(&b, `{"id":"case-%d","input":"where is my \"parcel\" number %d, please?","expected":"track_order_%d","slice":{"lang":"en"}}`, i, i, i%20)
	}
	b.WriteString(end)
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{5_000, 100_000} {
		for _, format := range []string{"rows.json", "rows.jsonl", "rows.csv", "native.json", "native.yaml"} {
			if format == "native.yaml" && n > 5000 {
				continue
			}
			data := rows(n, format)
			b.Run(fmt.Sprintf("%s/%d", format, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if s, err := Read(format, data, Options{}); err != nil || len(s.Cases) != n {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
