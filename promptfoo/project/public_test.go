package project

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// What looks like a key or token is hidden wherever it stands, and nothing else.
func TestPublic(t *testing.T) {
	v, err := jsvalue.Parse(`{"env":{"AWS_SECRET_ACCESS_KEY":"hush1","HF_TOKEN":"hush2","REGION":"eu"},
		"headers":{"X-Auth-Token":"hush3","Cookie":"hush4","Accept":"text"},"private_key":"hush5","clientSecret":"hush6",
		"url":"https://me:hush7@h.test/a?api-key=hush8&q=x#f","tests":["https://h.test/t.csv?sig=hush9", [{"password":"hush10"}]],"max_tokens":7,"text":"a key=1"}`)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := jsvalue.Stringify(Public(v.(*jsvalue.Object)), "")
	if strings.Contains(text, "hush") {
		t.Error(text)
	}
	for _, want := range []string{`"REGION":"eu"`, `"Accept":"text"`, `"max_tokens":7`, `h.test/a?api-key=[hidden]&q=x#f`, `h.test/t.csv?sig=[hidden]`, `"text":"a key=1"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// Where tests come from an address, no template of theirs reads a key.
func TestKeysAreNotForTestsOfAddresses(t *testing.T) {
	w := &web{pages: map[string]Fetched{"https://h.test/a.json": {200, "", []byte(`[{"vars":{"q":"{{env.MY_API_KEY}}{{env['HF_TOKEN']}}|{{env.REGION}}"}}]`)}}}
	p, said := loadFrom(t, w.fetch, "https://h.test/a.json", map[string]string{"MY_API_KEY": "hush", "HF_TOKEN": "hush", "REGION": "eu"})
	if said != "" {
		t.Fatal(said)
	}
	for row := range p.Rows(1) {
		r, err := p.Render(t.Context(), &row, row.Test.Vars, Ports{})
		if err != nil || r.Text != "|eu" {
			t.Errorf("%q, %v", r.Text, err)
		}
	}
}
