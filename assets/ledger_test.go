package assets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/internal/database"
)

func open(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := OpenLedger(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func all(t *testing.T, l *Ledger) []Call {
	t.Helper()
	var got []Call
	if err := l.Calls(context.Background(), func(c Call) error { got = append(got, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLedgerKeepsStatesOverReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, path)
	calls := []Call{{Seq: 1, ID: "a#1", Key: "k1", Sends: 1}, {Seq: 2, ID: "b#1", Key: "k2", Sends: 1}}
	if err := l.Sent(calls); err != nil {
		t.Fatal(err)
	}
	l.Done(Call{Seq: 2, Sends: 1, Result: []byte(`{"output":"x"}`)})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path)
	defer l.Close()
	got := all(t, l)
	if len(got) != 2 || got[0].State != Sent || got[1].State != Done || string(got[1].Result) != `{"output":"x"}` {
		t.Fatalf("after reopening: %+v", got)
	}
	if err := l.Sent([]Call{{Seq: 1, ID: "a#1", Key: "k1", Sends: 2}}); err != nil {
		t.Fatal(err)
	}
	if got := all(t, l); got[0].Sends != 2 || got[0].State != Sent {
		t.Fatalf("sent again: %+v", got[0])
	}
}

func TestLedgerIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := open(t, path)
	defer l.Close()
	if err := l.Sent([]Call{{Seq: 1, ID: "a#1", Key: "k", Sends: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLedger(context.Background(), path); !errors.Is(err, database.ErrInUse) {
		t.Fatalf("second writer: %v, want ErrInUse", err)
	}
	if err := ReadLedger(context.Background(), path, func(Call) error { return nil }); !errors.Is(err, database.ErrInUse) {
		t.Fatalf("reader: %v, want ErrInUse", err)
	}
}

func TestLedgerAfterClose(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "ledger.db"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Sent([]Call{{Seq: 1}}); err == nil {
		t.Fatal("a closed ledger took a call")
	}
}

func BenchmarkLedger(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "ledger.db"))
	defer l.Close()
	const width = 50
	for i := 0; i < b.N; i += width {
		calls := make([]Call, width)
		for j := range calls {
			calls[j] = Call{Seq: int64(i + j), ID: fmt.Sprintf("c%06d#1", i+j), Key: fmt.Sprintf("%064d", i+j), Sends: 1}
		}
		if err := l.Sent(calls); err != nil {
			b.Fatal(err)
		}
		for _, c := range calls {
			c.Result = []byte(`{"output":"track_order","latency_us":812,"findings":[{"metric":"equals","score":1,"pass":true}]}`)
			l.Done(c)
		}
	}
	if err := l.Flush(); err != nil {
		b.Fatal(err)
	}
}
