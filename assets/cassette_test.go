package assets

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

func recorded(i int, id, text string) Recorded { return Recorded{id, answer(i, text)} }

var header1 = CassetteHeader{Created: noon, Releases: []string{"sha256:b", "sha256:a", "sha256:b"}}

func tape(t testing.TB, answers []Recorded, secrets map[string]string) (path string, err error) {
	path = filepath.Join(t.TempDir(), "cassette.jsonl")
	return path, WriteCassette(path, header1, slices.Values(answers), secrets)
}

func TestCassetteFile(t *testing.T) {
	other := recorded(3, "a#1", `[1]`)
	other.Release, other.CostUSD = "sha256:b", 0
	all := []Recorded{other, recorded(2, "b#1", ` {"b": "<é\u0000>",  "a": 1e400} `), recorded(1, `a"#1`, `"x"`)}
	path, err := tape(t, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"cassette":1,"created":"2026-09-01T12:00:00Z","releases":["sha256:a","sha256:b"]}
{"key":"` + key(1) + `","id":"a\"#1","release":"sha256:a","called_at":"2026-09-01T12:00:01.123456789Z","cost_usd":0.5,"result":"x"}
{"key":"` + key(2) + `","id":"b#1","release":"sha256:a","called_at":"2026-09-01T12:00:02.123456789Z","cost_usd":0.5,"result":{"b":"<é\u0000>","a":1e400}}
{"key":"` + key(3) + `","id":"a#1","release":"sha256:b","called_at":"2026-09-01T12:00:03.123456789Z","cost_usd":0,"result":[1]}
`
	if got, _ := os.ReadFile(path); string(got) != want {
		t.Errorf("%s", got)
	}
	slices.Reverse(all)
	again, err := tape(t, all, nil)
	if got, _ := os.ReadFile(again); err != nil || string(got) != want {
		t.Errorf("another order made another file: %v\n%s", err, got)
	}
	c, err := ReadCassette(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Releases(); !slices.Equal(got, []string{"sha256:a", "sha256:b"}) {
		t.Errorf("releases %v", got)
	}
	found, err := c.Get(t.Context(), "sha256:a", []string{key(1), key(2), key(3), key(4)})
	two := answer(2, `{"b":"<é\u0000>","a":1e400}`)
	if err != nil || !reflect.DeepEqual(found, map[string]Answer{key(1): answer(1, `"x"`), key(2): two}) {
		t.Errorf("got %v", found)
	}
}

func TestWriteCassetteRefuses(t *testing.T) {
	good := recorded(1, "a#1", `"x"`)
	secrets := map[string]string{"$UNSET": "", "$API_KEY": `sk-"1\2/é`, "$PIN": "4711"}
	for name, test := range map[string]struct {
		bad  Recorded
		want string
	}{
		"a secret as it is":        {recorded(2, "b#1", `{"a":47110}`), `answer "b#1" holds the value of $PIN; nothing was written`},
		"an escaped secret":        {recorded(2, "b#1", `{"a":["see \u0073k-\"1\\2\/\u00e9."]}`), `"b#1" holds the value of $API_KEY`},
		"a secret as a name":       {recorded(2, "b#1", `{"sk-\"1\\2/é":1}`), `$API_KEY`},
		"a secret in the ID":       {recorded(2, "b-4711#1", `1`), "the answer with the key " + key(2) + " holds the value of $PIN"},
		"a result that's not JSON": {recorded(2, "b#1", `{"a"`), `answer "b#1": its result is not JSON`},
		"the same call twice":      {recorded(1, "b#1", `1`), `answers "a#1" and "b#1" are to the same call`},
		"no ID":                    {recorded(2, "", `1`), `"id": is missing`},
		"a key that's none":        {Recorded{"b#1", Answer{Key: "zz", Release: "sha256:a", CalledAt: noon, Result: []byte("1")}}, `"zz" is no SHA-256`},
		"another release":          {Recorded{"b#1", Answer{Key: key(2), Release: "sha256:c", CalledAt: noon, Result: []byte("1")}}, `"sha256:c" is none of the 2`},
		"no time":                  {Recorded{"b#1", Answer{Key: key(2), Release: "sha256:a", Result: []byte("1")}}, `"called_at"`},
		"NaN":                      {Recorded{"b#1", Answer{Key: key(2), Release: "sha256:a", CalledAt: noon, CostUSD: math.NaN(), Result: []byte("1")}}, `"cost_usd"`},
		"a year too far":           {Recorded{"b#1", Answer{Key: key(2), Release: "sha256:a", CalledAt: noon.AddDate(9000, 0, 0), Result: []byte("1")}}, "year"},
	} {
		path, err := tape(t, []Recorded{good, test.bad}, secrets)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", name, err)
		}
		for _, value := range secrets {
			if value != "" && err != nil && strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error tells the secret: %v", name, err)
			}
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func TestWriteCassetteKeepsTheOldOne(t *testing.T) {
	path, err := tape(t, []Recorded{recorded(1, "a#1", "1")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCassette(path, header1, slices.Values([]Recorded{recorded(1, "a#1", "{")}), nil); err == nil {
		t.Fatal("no error")
	}
	if c, err := ReadCassette(path); err != nil || len(c.answers) != 1 {
		t.Errorf("the old one is gone: %v", err)
	}
	if err := WriteCassette(filepath.Join(path, "x"), header1, slices.Values([]Recorded{}), nil); err == nil {
		t.Error("written below a file")
	}
}

const headLine = `{"cassette":1,"created":"2026-09-01T12:00:00Z","releases":["sha256:a"]}` + "\n"

func answerLine(change ...string) string {
	line := `{"key":"` + key(1) + `","id":"a#1","release":"sha256:a","called_at":"2026-09-01T12:00:00Z","cost_usd":0,"result":1}`
	return strings.NewReplacer(change...).Replace(line) + "\n"
}

func TestReadCassetteRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":           {"", `tape:1: the file is empty`},
		"another file":      {"# Notes\n", `tape:1: this is no cassette`},
		"another object":    {"{}\n", `tape:1: this is no cassette`},
		"a ledger":          {`{"ledger":1}` + "\n", `tape:1: this is no cassette`},
		"a newer one":       {`{"cassette":2,"tracks":8}` + "\n", `tape:1: "cassette": it was written by a newer genops (format 2, this one reads up to 1)`},
		"header key":        {`{"cassette":1,"speed":3}` + "\n", `tape:1: not a header: json: unknown field "speed"`},
		"merge conflict":    {headLine + "<<<<<<< ours\n" + answerLine(), `tape:2: not an answer`},
		"empty line":        {headLine + "\n", `tape:2: not an answer: the line ends too early`},
		"cut line":          {headLine + answerLine()[:60], `tape:2: not an answer: the line ends too early`},
		"two objects":       {headLine + strings.TrimSpace(answerLine()) + "{}\n", `tape:2: not an answer: something follows`},
		"unknown key":       {headLine + answerLine(`"cost_usd"`, `"cost"`), `tape:2: not an answer: json: unknown field "cost"`},
		"wrong type":        {headLine + answerLine(`"cost_usd":0`, `"cost_usd":"0"`), `tape:2: not an answer`},
		"twice":             {headLine + answerLine() + answerLine(`a#1`, `b#1`), `tape:3: "key": the same call was answered in line 2`},
		"key":               {headLine + answerLine(key(1), "abc"), `tape:2: "key": "abc" is no SHA-256`},
		"release":           {headLine + answerLine("sha256:a", "sha256:b"), `tape:2: "release": "sha256:b" is none of the 1`},
		"time":              {headLine + answerLine("2026-09-01T12:00:00Z", "yesterday"), `tape:2: not an answer`},
		"time zone":         {headLine + answerLine("2026-09-01T12:00:00Z", "9999-12-31T23:00:00-05:00"), `tape:2: "called_at": the year`},
		"negative cost":     {headLine + answerLine(`"cost_usd":0`, `"cost_usd":-1`), `tape:2: "cost_usd": -1`},
		"huge cost":         {headLine + answerLine(`"cost_usd":0`, `"cost_usd":1e999`), `tape:2: not an answer`},
		"no result":         {headLine + answerLine(`,"result":1`, ``), `tape:2: "result": is missing`},
		"null":              {headLine + answerLine(`:1}`, `:null}`), `tape:2: "result": is missing`},
		"broken result":     {headLine + answerLine(`:1}`, `:{]}`), `tape:2: not an answer`},
		"too deep a result": {headLine + answerLine(`:1}`, `:`+strings.Repeat("[", 20000)+strings.Repeat("]", 20000)+`}`), `tape:2: not an answer`},
		"a long line":       {headLine + strings.Repeat(" ", maxCassetteLine) + answerLine(), `tape:2: the line is longer than 64 MiB`},
	} {
		c, err := readCassette("tape", strings.NewReader(test.text))
		var at *config.Error
		if c != nil || !errors.As(err, &at) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := ReadCassette(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ReadCassette(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func TestReadCassetteForgives(t *testing.T) {
	text := strings.ReplaceAll(headLine+strings.TrimSpace(answerLine(`:1}`, `: {"a" : 1} }`)), "\n", "\r\n")
	c, err := readCassette("tape", strings.NewReader(text)) // line ends of Windows, none at the end
	if err != nil || string(c.answers[key(1)].Result) != `{"a":1}` {
		t.Errorf("%v, error %v", c, err)
	}
}

// FuzzReadCassette: what is read can be written, and is read the same again.
func FuzzReadCassette(f *testing.F) {
	f.Add([]byte(headLine))
	f.Add([]byte(headLine + answerLine()))
	f.Add([]byte(headLine + answerLine() + answerLine(key(1), key(2), `:1}`, `:{"a":"\u0000<\ud800"}}`)))
	f.Add([]byte(`{"cassette":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readCassette("tape", bytes.NewReader(data))
		if err != nil {
			return
		}
		all := func(yield func(Recorded) bool) {
			for k, a := range c.answers {
				if !yield(Recorded{k, a}) {
					return
				}
			}
		}
		path := filepath.Join(t.TempDir(), "tape")
		if err := WriteCassette(path, CassetteHeader{Releases: c.releases}, all, nil); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCassette(path)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b Answer) bool {
			at := a.CalledAt.Equal(b.CalledAt)
			a.CalledAt, b.CalledAt = time.Time{}, time.Time{}
			return at && reflect.DeepEqual(a, b)
		}
		if !maps.EqualFunc(c.answers, again.answers, same) {
			t.Errorf("%v became %v", c.answers, again.answers)
		}
	})
}
