package project

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// web answers fetches: address → status, type and body; it notes what was asked.
type web struct {
	pages map[string]Fetched
	asked []string
}

func (w *web) fetch(_ context.Context, f Fetch) (*Fetched, error) {
	w.asked = append(w.asked, f.Address)
	if got, ok := w.pages[f.Address]; ok {
		return &got, nil
	}
	return &Fetched{Status: 404}, nil
}

func loadFrom(t *testing.T, fetch func(context.Context, Fetch) (*Fetched, error), tests string, env map[string]string) (*Project, string) {
	t.Helper()
	file := write(t, map[string]string{"promptfooconfig.yaml": "prompts: ['{{q}}']\nproviders: [echo]\ntests: " + tests + "\n", "secret.txt": "s"})
	p, problems := Load(t.Context(), file, Options{Fetch: fetch, Environ: env})
	var said []string
	for _, x := range problems {
		if x.Fatal {
			said = append(said, x.Message)
		}
	}
	return p, strings.Join(said, "; ")
}

func TestTestsOfAddresses(t *testing.T) {
	w := &web{pages: map[string]Fetched{
		"https://h.test/a.csv?sig=hush": {200, "text/plain", []byte("q,__expected\none,contains: one\n")},
		"https://h.test/b":              {200, "application/json; charset=utf-8", []byte(`[{"vars":{"q":"two"}}]`)},
		"https://h.test/c.yaml":         {200, "", []byte("- vars: {q: three}\n  assert: [{type: javascript, value: 'true'}]\n")},
		"https://docs.google.com/spreadsheets/d/ID/export?format=csv&gid=7": {200, "text/csv", []byte("q\nfour\n")},
		"https://docs.google.com/spreadsheets/d/NO/export?format=csv":       {200, "text/html; charset=utf-8", []byte("<html>sign in")},
	}}
	p, said := loadFrom(t, w.fetch, "['https://h.test/a.csv?sig=hush', 'https://h.test/b', 'https://h.test/c.yaml', 'https://docs.google.com/spreadsheets/d/ID/edit?gid=7#gid=7']", nil)
	var got []string
	for _, test := range p.Tests {
		q, _ := test.Vars.Get("q")
		got = append(got, fmt.Sprintf("%v %d", q, len(test.Assert)))
	}
	if said != "" || !slices.Equal(got, []string{"one 1", "two 0", "three 1", "four 0"}) {
		t.Errorf("%v %s", got, said)
	}
	if len(p.Fetched) != 4 || len(p.Files) != 1 || strings.Contains(fmt.Sprint(p.Fetched, p.Files, p.Tests[0].Place), "hush") {
		t.Errorf("fetched %v, files %v", p.Fetched, p.Files)
	}
	if _, said := loadFrom(t, w.fetch, "https://docs.google.com/spreadsheets/d/NO/edit", nil); !strings.Contains(said, "wants a login") {
		t.Error(said)
	}
	if _, said := loadFrom(t, w.fetch, "https://h.test/none.csv?sig=hush", nil); !strings.Contains(said, "status 404") || strings.Contains(said, "hush") {
		t.Error(said)
	}
}

// What comes from an address names neither files nor programs of this machine.
func TestForeignTests(t *testing.T) {
	for name, body := range map[string]string{
		"a.json":  `[{"vars":{"q":"file://secret.txt"}}]`,
		"b.json":  `[{"vars":"file://secret.txt"}]`,
		"c.json":  `[{"vars":{"q":"x"},"assert":[{"type":"assert-set","assert":[{"type":"not-python","value":"1"}]}]}]`,
		"d.json":  `[{"vars":{"q":"x"},"provider":"exec: id"}]`,
		"e.json":  `[{"vars":{"q":"x"},"options":{"provider":{"id":"python:x.py"}}}]`,
		"f.json":  `[{"vars":{"$ref":"secret.txt"}}]`,
		"g.csv":   "q,__expected\nx,python: 1\n",
		"h.csv":   "q,__expected\nx,javascript: file://secret.txt\n",
		"i.jsonl": `{"vars":{"q":"x"},"options":{"transform":"file://secret.js"}}`,
		"j.json":  `[{"vars":"secret.txt"}]`,
		"k.json":  `[{"vars":["secret.txt"]}]`,
		"l.json":  `[{"vars":{"q":"x"},"provider":{"exec: id":{"config":{}}}}]`,
		"m.json":  `[{"vars":{"q":"x"},"options":{"provider":{"text":"exec: id"}}}]`,
		"n.json":  `[{"vars":{"q":"x"},"options":{"provider":{"text":{"id":"exec: id"}}}}]`,
		"o.json":  `[{"vars":{"q":"x"},"provider":"secret.js"}]`,
		"p.json":  `[{"vars":{"q":"x"},"provider":"package:execa:execa"}]`,
		"q.json":  `[{"vars":{"q":"package:execa:execa"}}]`,
		"r.json":  `[{"vars":{"q":"x"},"provider":{"id":"openai:gpt-5.4","config":{"apiBaseUrl":"https://h.test"}}}]`,
		"s.json":  `[{"vars":{"q":"x"},"provider":{"id":"http","config":{"url":"https://h.test","multipart":{"parts":[{"name":"a","source":{"type":"path","path":"secret.txt"}}]}}}}]`,
		"t.json":  `[{"vars":{"q":"x"},"assert":[{"type":"webhook","value":"https://h.test/{{ env.OPENAI_API_KEY }}"}]}]`,
		"v.json":  `[{"vars":{"q":"x"},"assert":[{"type":"llm-rubric","value":"x","provider":{"id":"echo","config":{"a":1}}}]}]`,
	} {
		w := &web{pages: map[string]Fetched{"https://h.test/" + name: {200, "", []byte(body)}}}
		if _, said := loadFrom(t, w.fetch, "https://h.test/"+name, nil); !strings.Contains(said, "a test from an address") {
			t.Errorf("%s: %s", body, said)
		}
	}
}

// A test from an address may name models, and what the configuration names.
func TestForeignModels(t *testing.T) {
	for _, body := range []string{
		`[{"vars":{"q":"x"},"provider":"echo"}]`,
		`[{"vars":{"q":"x","provider":"y","vars":"z"},"assert":[{"type":"llm-rubric","value":"x","provider":"openai:gpt-5.4"}]}]`,
		`[{"vars":{"q":"x"},"options":{"provider":{"text":{"id":"anthropic:claude-sonnet-5"},"embedding":"openai:embedding:text-embedding-3-large"}}}]`,
	} {
		w := &web{pages: map[string]Fetched{"https://h.test/a.json": {200, "", []byte(body)}}}
		if _, said := loadFrom(t, w.fetch, "https://h.test/a.json", nil); said != "" {
			t.Errorf("%s: %s", body, said)
		}
	}
}

// dataset answers as the rows API of Hugging Face does: at most 100 rows a page,
// and 422 for pages that are too large to make.
func dataset(total, most int, token string) func(context.Context, Fetch) (*Fetched, error) {
	return func(_ context.Context, f Fetch) (*Fetched, error) {
		u, err := url.Parse(f.Address)
		if err != nil {
			return nil, err
		}
		q := u.Query()
		var offset, length int
		fmt.Sscan(q.Get("offset"), &offset)
		fmt.Sscan(q.Get("length"), &length)
		switch {
		case string(f.Token) != token:
			return &Fetched{Status: 401}, nil
		case u.Path != "/rows" || q.Get("dataset") != "me/set" || q.Get("split") != "train" || q.Get("config") != "default":
			return &Fetched{Status: 404}, nil
		case length > most:
			return &Fetched{Status: 422}, nil
		}
		var rows []string
		for i := offset; i < min(offset+length, total); i++ {
			rows = append(rows, fmt.Sprintf(`{"row_idx":%d,"row":{"q":"row %d","list":["a","b"],"n":%d},"truncated_cells":[]}`, i, i, i))
		}
		return &Fetched{200, "application/json", fmt.Appendf(nil, `{"features":[],"rows":[%s],"num_rows_total":%d,"partial":false}`, strings.Join(rows, ","), total)}, nil
	}
}

func TestDatasets(t *testing.T) {
	for _, c := range []struct {
		total, most int
		query       string
		want        int
	}{{250, 100, "", 250}, {250, 100, "&limit=120", 120}, {250, 30, "&limit=90", 90}, {5, 100, "&limit=10", 5}, {250, 100, "&limit=3", 3}} {
		p, said := loadFrom(t, dataset(c.total, c.most, "tok"), "huggingface://datasets/me/set?split=train"+c.query, map[string]string{"HF_TOKEN": "tok"})
		if said != "" || len(p.Tests) != c.want {
			t.Errorf("%+v: %d tests, %s", c, len(p.Tests), said)
			continue
		}
		last := p.Tests[len(p.Tests)-1]
		if q, _ := last.Vars.Get("q"); q != fmt.Sprintf("row %d", c.want-1) || !last.Options.DisableExpansion {
			t.Errorf("%+v: %v", c, last)
		}
	}
	for _, tests := range []string{"huggingface://datasets/me/other", "huggingface://datasets/me", "huggingface://models/me/set", "huggingface://datasets/me/set?split=train&limit=x"} {
		if p, said := loadFrom(t, dataset(5, 100, ""), tests, nil); said == "" {
			t.Errorf("%s: %d tests", tests, len(p.Tests))
		}
	}
	if _, said := loadFrom(t, dataset(5, 100, "tok"), "huggingface://datasets/me/set?split=train", map[string]string{"HF_TOKEN": "other"}); !strings.Contains(said, "status 401") {
		t.Error(said)
	}
}
