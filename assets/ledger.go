// Package assets remembers what was asked for and what came back: the ledger
// of every call.
package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/filelock"
)

// State is how far a call got. A request without a record was never sent.
type State int

const (
	NeverSent State = iota // no record
	Sent                   // durable before the call went out; ambiguous once its process is gone
	Done                   // the result is in the record
)

// Call is one record of the ledger.
type Call struct {
	Seq    int64  // position in the order of drawing, unique in the run
	ID     string // the request's ID, unique in the run
	Key    string // SHA-256 of the request's canonical form, hexadecimal
	State  State
	Sends  int    // how often it was sent, all attempts and restarts together
	Result []byte // compact JSON, only when Done
	// BeforeUSD is what earlier results cost that this record replaces. A result
	// may repeat it in its own form.
	BeforeUSD float64
}

// ErrInUse says that another process is writing the ledger, or keeps the cache
// for too long.
var ErrInUse = filelock.ErrInUse

// Ledger is the durable record of one run's calls, in a log file of its own
// that one process holds at a time. A commit takes all that is known by then:
// the calls that go out together, and the results that came in since the last
// one. What was committed survives a crash of the process and of the machine.
// Its methods are safe for concurrent use.
type Ledger struct {
	file *os.File

	writing  sync.Mutex // held during a commit, and around what follows
	end      int64      // of what is committed
	reserved int64      // length of the file
	err      error      // the first failed commit; nothing is written after it
	closed   bool

	mu      sync.Mutex
	pending []byte      // Done records that wait for the next commit, encoded
	spare   []byte      // empty, takes the next ones while pending is committed
	timer   *time.Timer // runs while results wait; nil = none do
}

// OpenLedger opens or creates the ledger at path. What a crash left of a commit
// that was never finished is forgotten. The error is ErrInUse when another
// process is writing it.
func OpenLedger(path string) (*Ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l := &Ledger{file: file}
	if err := l.open(); err != nil {
		file.Close()
		return nil, fmt.Errorf("opening ledger %s: %w", path, err)
	}
	return l, nil
}

func (l *Ledger) open() (err error) {
	if err := filelock.Lock(l.file, true); err != nil {
		return err
	}
	if _, l.end, err = scan(l.file); err != nil {
		return err
	}
	l.reserved = l.end
	if err := l.file.Truncate(l.end); err != nil || l.end > 0 {
		return err
	}
	return l.commit([]byte(header))
}

// Sent records that the calls are about to go out, and returns when that is
// durable. Call.Sends counts the send that follows.
func (l *Ledger) Sent(calls []Call) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.closed {
		return errors.New("ledger is closed")
	}
	return l.write(calls)
}

// Done records a result. It returns at once; the record is durable with the
// next Sent, at the latest after doneWithin, Flush or Close. The call must have
// been Sent. A record that can't be written is reported by these.
func (l *Ledger) Done(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = appendCall(l.pending, &c)
	if l.timer == nil {
		l.timer = time.AfterFunc(doneWithin, func() { l.Flush() }) // an error stays for the next Sent
	}
}

// doneWithin bounds how long a result waits for a commit: usually it goes with
// the request that takes its place, which would else queue behind it.
const doneWithin = 100 * time.Millisecond

// Flush returns when everything recorded so far is durable.
func (l *Ledger) Flush() error { return l.Sent(nil) }

// Close flushes and releases the file.
func (l *Ledger) Close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.closed {
		return nil
	}
	err := l.write(nil)
	l.closed = true
	return errors.Join(err, l.file.Truncate(l.end), l.file.Close())
}

// write commits the calls together with the results that wait.
func (l *Ledger) write(sent []Call) error {
	text := l.waiting()
	for i := range sent {
		text = appendCall(text, &sent[i])
	}
	if l.err == nil && len(text) > 0 {
		if err := l.commit(text); err != nil {
			l.err = fmt.Errorf("writing the ledger: %w", err)
		}
	}
	l.reuse(text)
	return l.err
}

// waiting takes the results that wait for a commit; those that come meanwhile
// go into the other buffer.
func (l *Ledger) waiting() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	text := l.pending
	l.pending, l.spare = l.spare, nil
	return text
}

// reuse keeps the buffer of a commit for the next but one, unless it is large.
func (l *Ledger) reuse(text []byte) {
	if cap(text) > 1<<20 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = text[:0]
}

// zeros are written ahead of the commits, up to as much as there is already: a
// sync that need not record a new length is a third faster.
var zeros [1 << 20]byte

const leastReserve = 32 << 10

// commit appends records, and returns when they are durable.
func (l *Ledger) commit(text []byte) error {
	text = append(text, commitLine...)
	if end := l.end + int64(len(text)); end > l.reserved {
		ahead := min(max(end, leastReserve), int64(len(zeros)))
		if _, err := l.file.WriteAt(zeros[:ahead], end); err != nil {
			return err
		}
		l.reserved = end + ahead
	}
	if _, err := l.file.WriteAt(text, l.end); err != nil {
		return err
	}
	if err := syncData(l.file); err != nil {
		return err
	}
	l.end += int64(len(text))
	return nil
}

// Digest is the SHA-256, hexadecimal, of all that is committed: of the whole
// file once the ledger is closed, unless more is written before.
func (l *Ledger) Digest() (string, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(l.file, 0, l.end)); err != nil {
		return "", fmt.Errorf("reading ledger %s: %w", l.file.Name(), err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Calls yields every record in the order of Seq.
func (l *Ledger) Calls(yield func(Call) error) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return readCalls(l.file, yield)
}

// ReadLedger yields every record of the ledger at path, in the order of Seq,
// without changing it. The error is ErrInUse while a run is writing it.
func ReadLedger(path string, yield func(Call) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := filelock.Lock(file, false); err != nil {
		return fmt.Errorf("reading ledger %s: %w", path, err)
	}
	return readCalls(file, yield)
}
