package assets

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written is the file of a ledger with three commits of two calls each, the
// results of the first two recorded.
func written(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	for n := range int64(3) {
		calls := []Call{{Seq: 2 * n, ID: fmt.Sprintf("a%d#1", n), Key: "k", Sends: 1}, {Seq: 2*n + 1, ID: fmt.Sprintf("é\"%d#1", n), Key: "k", Sends: 1}}
		if err := l.Sent(calls); err != nil {
			t.Fatal(err)
		}
		for _, c := range calls {
			c.Result = []byte(`{"n":"` + c.ID[:1] + `"}`)
			if n < 2 {
				l.Done(c)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A file that a crash cut anywhere holds the commits that are whole, can be
// written on, and is then whole again.
func TestLedgerCutAnywhere(t *testing.T) {
	whole := written(t)
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	for cut := range len(whole) {
		for _, tail := range []string{"", "\x00\x00\x00"} {
			if err := os.WriteFile(path, append(whole[:cut:cut], tail...), 0o644); err != nil {
				t.Fatal(err)
			}
			want := 2 * max(bytes.Count(whole[:cut], []byte(commitLine))-1, 0)
			l := open(t, path)
			if got := all(t, l); len(got) != want {
				t.Fatalf("cut at %d: %d records, want %d", cut, len(got), want)
			}
			if err := l.Sent([]Call{{Seq: 99, ID: "new#1", Key: "k", Sends: 1}}); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			n := 0
			if err := ReadLedger(path, func(Call) error { n++; return nil }); err != nil || n != want+1 {
				t.Fatalf("cut at %d, then written on: %d records, error %v", cut, n, err)
			}
		}
	}
}

// A crash of the machine can leave the last commit with a hole; the same in an
// earlier one is damage, and is named.
func TestLedgerHole(t *testing.T) {
	whole := written(t)
	hole := func(word string) []byte {
		data := bytes.Clone(whole)
		at := bytes.LastIndex(data, []byte(word))
		copy(data[at:], make([]byte, len(word)))
		return data
	}
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	for word, c := range map[string]struct {
		records int
		err     string
	}{
		`"seq":5`:   {4, ""},
		`"id":"a0#`: {0, "line 6 is no record: the file is damaged"},
		`"ledger"`:  {0, "no ledger"},
	} {
		if err := os.WriteFile(path, hole(word), 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		err := ReadLedger(path, func(Call) error { n++; return nil })
		if n != c.records || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("a hole in %s: %d records, error %v", word, n, err)
		}
	}
}

func TestLedgerOfNewerVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	if err := os.WriteFile(path, []byte(`{"ledger":2}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLedger(path); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("opened: %v", err)
	}
}

// Whatever a file holds, reading it ends, and what it yields is a call.
func FuzzLedger(f *testing.F) {
	f.Add(written(f))
	f.Add([]byte(header + commitLine + `{"seq":1}` + "\n" + `{"seq":-1,"result":null}` + "\n" + commitLine))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "ledger.jsonl")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		last := int64(math.MinInt64)
		ReadLedger(path, func(c Call) error {
			if c.Seq < last || c.State != Sent && c.State != Done {
				t.Fatalf("%+v after %d", c, last)
			}
			last = c.Seq
			return nil
		})
	})
}
