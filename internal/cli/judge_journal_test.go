package cli

import (
	"errors"
	"os"
	"testing"

	"github.com/GaboBase/arch-genops/judges"
)

// What a judge said before a command was cut short is not asked again, and half a
// line is as good as none; a command that asks something else begins anew.
func TestJournal(t *testing.T) {
	root := t.TempDir()
	asked := 0
	ask := func(j *journal, key string, say judges.Word, fails error) judges.Word {
		t.Helper()
		var w judges.Word
		err := j.once(key, &w, func() error {
			asked++
			w = say
			return fails
		})
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
		return w
	}
	open := func(what ...any) *journal {
		t.Helper()
		j, err := openJournal(root, what...)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	pass, cut := judges.Word{Score: 0.9, Pass: true}, errors.New("the budget is used up")
	j := open("judge", 3)
	ask(j, "a", pass, nil)
	ask(j, "b", judges.Word{Why: "it says nothing"}, nil)
	ask(j, "c", judges.Word{}, cut)
	if err := j.close(false); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"key":"d","said":{"sco`)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	j = open("judge", 3)
	asked = 0
	if len(j.known) != 2 || ask(j, "a", judges.Word{}, nil) != pass || ask(j, "b", pass, nil).Why == "" || asked != 0 {
		t.Errorf("%d asked again: %v", asked, j.known)
	}
	ask(j, "d", pass, nil)
	ask(j, "c", pass, nil)
	if err := j.close(false); err != nil || asked != 2 {
		t.Error(asked, err)
	}
	if j = open("judge", 3); len(j.known) != 4 {
		t.Errorf("%v", j.known)
	}
	if err := j.close(true); err != nil {
		t.Error(err)
	}
	for _, what := range [][]any{{"judge", 3}, {"judge", 4}} {
		if j = open(what...); len(j.known) != 0 {
			t.Errorf("%v: %v", what, j.known)
		}
		j.close(true)
	}
}
