package assets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func open(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := OpenLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func all(t *testing.T, l *Ledger) []Call {
	t.Helper()
	var got []Call
	if err := l.Calls(func(c Call) error { got = append(got, c); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLedgerKeepsStatesOverReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
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
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	defer l.Close()
	if err := l.Sent([]Call{{Seq: 1, ID: "a#1", Key: "k", Sends: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLedger(path); !errors.Is(err, ErrInUse) {
		t.Fatalf("second writer: %v, want ErrInUse", err)
	}
	if err := ReadLedger(path, func(Call) error { return nil }); !errors.Is(err, ErrInUse) {
		t.Fatalf("reader: %v, want ErrInUse", err)
	}
}

func TestLedgerAfterClose(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "ledger.jsonl"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Sent([]Call{{Seq: 1}}); err == nil {
		t.Fatal("a closed ledger took a call")
	}
}

// Many goroutines record at once; each record is in its last state at the end,
// and a result is durable no later than the next Sent.
func TestLedgerConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	l := open(t, path)
	const workers, each = 16, 60
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				c := Call{Seq: int64(w*each + i), ID: fmt.Sprintf("w%d-%d#1", w, i), Key: "k", Sends: 1}
				if err := l.Sent([]Call{c}); err != nil {
					t.Error(err)
					return
				}
				c.Sends, c.Result = 2, fmt.Appendf(nil, `"result %d"`, c.Seq)
				l.Done(c)
			}
		})
	}
	wg.Wait()
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	got := all(t, l)
	if len(got) != workers*each {
		t.Fatalf("%d records", len(got))
	}
	for i, c := range got {
		if c.Seq != int64(i) || c.State != Done || c.Sends != 2 || string(c.Result) != fmt.Sprintf(`"result %d"`, i) {
			t.Fatalf("record %d: %+v", i, c)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := ReadLedger(path, func(Call) error { n++; return nil }); err != nil || n != len(got) {
		t.Errorf("read %d records, error %v", n, err)
	}
}

// A result that no further call follows is durable soon, without a Flush.
func TestLedgerDoneAlone(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "ledger.jsonl"))
	defer l.Close()
	for seq := range int64(3) {
		if err := l.Sent([]Call{{Seq: seq, ID: fmt.Sprintf("c%d#1", seq), Key: "k", Sends: 1}}); err != nil {
			t.Fatal(err)
		}
		l.Done(Call{Seq: seq, Sends: 1, Result: []byte("1")})
		for end := time.Now().Add(time.Minute); all(t, l)[seq].State != Done; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("result %d is not committed", seq)
			}
		}
	}
}

// A write that fails is told to everyone who asks after it, never forgotten.
func TestLedgerFailsForGood(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "ledger.jsonl"))
	if err := l.Sent([]Call{{Seq: 1, ID: "a#1", Key: "k", Sends: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := l.file.Close(); err != nil {
		t.Fatal(err)
	}
	l.Done(Call{Seq: 1, Sends: 1, Result: []byte("1")})
	for range 2 {
		if err := l.Sent([]Call{{Seq: 2, ID: "b#1", Key: "k", Sends: 1}}); err == nil {
			t.Error("a ledger that can't write took a call")
		}
	}
	if err := l.Flush(); err == nil {
		t.Error("Flush says that all is durable")
	}
	if err := l.Close(); err == nil {
		t.Error("Close says that all is durable")
	}
}

func TestLedgerDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no ledger. "), 500), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLedger(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("opened: %v", err)
	}
	if err := ReadLedger(path, func(Call) error { return nil }); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("read: %v", err)
	}
	stop := errors.New("enough")
	l := open(t, filepath.Join(t.TempDir(), "ledger.jsonl"))
	defer l.Close()
	if err := l.Sent([]Call{{Seq: 1, ID: "a#1", Key: "k", Sends: 1}, {Seq: 2, ID: "b#1", Key: "k", Sends: 1}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := l.Calls(func(Call) error { n++; return stop }); err != stop || n != 1 {
		t.Errorf("%v after %d records", err, n)
	}
}

func BenchmarkLedger(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "ledger.jsonl"))
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
