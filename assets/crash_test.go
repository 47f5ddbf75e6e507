package assets

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// writerEnv makes the test program a writer of the ledger that it names.
const writerEnv = "GENOPS_TEST_LEDGER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		writeForever(path)
	}
	os.Exit(m.Run())
}

// writeForever sends batches of growing number, and says on stdout which batch
// is durable. The results of a batch are recorded before the next one is sent.
func writeForever(path string) {
	l, err := OpenLedger(path)
	if err != nil {
		panic(err)
	}
	for n := 0; ; n++ {
		calls := batch(n)
		if err := l.Sent(calls); err != nil {
			panic(err)
		}
		fmt.Println(n)
		for _, c := range calls {
			c.Result = []byte(strconv.Quote(c.ID))
			l.Done(c)
		}
	}
}

const batchSize = 7

func batch(n int) []Call {
	calls := make([]Call, batchSize)
	for i := range calls {
		seq := n*batchSize + i
		calls[i] = Call{Seq: int64(seq), ID: fmt.Sprintf("c%d#1", seq), Key: fmt.Sprintf("%064d", seq), Sends: 1}
	}
	return calls
}

// A process that is killed while it writes leaves a ledger with every record
// that it was told is durable, and with the results that came before the last.
func TestLedgerSurvivesKill(t *testing.T) {
	for round := range 5 {
		path := filepath.Join(t.TempDir(), "ledger.jsonl")
		acknowledged := killedWriter(t, path, time.Duration(5+round*13)*time.Millisecond)
		l := open(t, path)
		calls := all(t, l)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if want := (acknowledged + 1) * batchSize; len(calls) < want {
			t.Errorf("%d records, but %d were acknowledged", len(calls), want)
		}
		for i, c := range calls {
			want := batch(i / batchSize)[i%batchSize]
			if c.Seq != want.Seq || c.ID != want.ID || c.Key != want.Key || c.Sends != 1 {
				t.Fatalf("record %d: %+v", i, c)
			}
			if i < acknowledged*batchSize && (c.State != Done || string(c.Result) != strconv.Quote(c.ID)) {
				t.Fatalf("record %d of %d acknowledged: %+v", i, acknowledged*batchSize, c)
			}
		}
	}
}

// killedWriter returns the last batch that a writer acknowledged before it was
// killed, some time after its first.
func killedWriter(t *testing.T, path string, after time.Duration) (acknowledged int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged = -1
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged < 0 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			acknowledged = n
		}
	}
	cmd.Wait()
	if acknowledged < 0 {
		t.Fatalf("the writer wrote nothing: %s", stderr.String())
	}
	return acknowledged
}
