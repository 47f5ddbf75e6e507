package cli

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/judges"
)

// journal keeps what a judge said while a command asks it, so that the same
// command goes on where it was cut short. It is removed when the command is done:
// who asks again wants to know what the judge says now. It is safe for concurrent
// use.
type journal struct {
	path  string
	mu    sync.Mutex
	known map[string]json.RawMessage
	file  *os.File
	tick  func()
}

// openJournal opens the journal of a command: what names it is all that decides
// what is asked.
func openJournal(root string, what ...any) (*journal, error) {
	data, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	j := &journal{path: filepath.Join(filepath.Dir(assets.CachePath(root)), "judge-"+hex.EncodeToString(sum[:8])+".jsonl"), known: map[string]json.RawMessage{}, tick: func() {}}
	old, err := os.ReadFile(j.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(old))
	lines.Buffer(nil, len(old)+1)
	for lines.Scan() {
		var line journalLine
		if json.Unmarshal(lines.Bytes(), &line) == nil { // the last may be half a line
			j.known[line.Key] = line.Said
		}
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return nil, err
	}
	j.file, err = os.OpenFile(j.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil && len(old) > 0 && old[len(old)-1] != '\n' {
		_, err = j.file.WriteString("\n")
	}
	return j, err
}

type journalLine struct {
	Key  string          `json:"key"`
	Said json.RawMessage `json:"said"`
}

// said counts what the judge said in earlier starts.
func (j *journal) said() (n int) {
	for key := range j.known {
		if key != "heard" {
			n++
		}
	}
	return n
}

// recall finds what the judge said.
func (j *journal) recall(key string, into any) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	said, ok := j.known[key]
	return ok && json.Unmarshal(said, into) == nil
}

// once asks, unless the answer is known, and keeps the answer that ask put into said.
func (j *journal) once(key string, said any, ask func() error) error {
	if j.recall(key, said) {
		j.tick()
		return nil
	}
	if err := ask(); err != nil {
		return err
	}
	j.tick()
	return j.keep(key, said)
}

func (j *journal) keep(key string, said any) error {
	data, err := json.Marshal(said)
	if err != nil {
		return err
	}
	line, err := json.Marshal(journalLine{key, data})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// close ends the journal; done = it is not needed any more.
func (j *journal) close(done bool) error {
	err := j.file.Close()
	if done {
		if gone := os.Remove(j.path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// asking shows how far a judge has been asked: a bar on a terminal, a line every
// ten seconds elsewhere. end removes the bar.
func (s *State) asking(total int) (tick, end func()) {
	var mu sync.Mutex
	done, began, shown := 0, time.Now(), time.Now()
	every, drawn := 10*time.Second, false
	if s.Terminal {
		every = 200 * time.Millisecond
	}
	tick = func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		now := time.Now()
		if now.Sub(shown) < every {
			return
		}
		shown = now
		left := time.Duration(float64(now.Sub(began)) / float64(done) * float64(max(total-done, 0))).Round(time.Second)
		line := fmt.Sprintf("%d of %d judged, about %s left", done, total, left)
		if !s.Terminal {
			fmt.Fprintln(s.Stderr, line)
			return
		}
		const width = 24
		full, was := min(done*width/max(total, 1), width), drawn
		drawn = true
		if was {
			fmt.Fprint(s.Stderr, "\r\x1b[2K")
		}
		fmt.Fprint(s.Stderr, clip(strings.Repeat("█", full)+strings.Repeat("░", width-full)+" "+line, s.Columns))
	}
	return tick, func() {
		mu.Lock()
		defer mu.Unlock()
		if drawn {
			fmt.Fprint(s.Stderr, "\r\x1b[2K")
		}
	}
}

// heardTally is what was heard of a judge's replies.
type heardTally struct {
	judges.Heard
	USD float64
}

// counted adds what an earlier start of the command heard.
func (j *journal) counted(b *member) error {
	if b.heard == nil {
		return nil
	}
	h, old := b.heard, heardTally{}
	j.recall("heard", &old)
	h.questions.Add(old.Questions)
	h.malformed.Add(old.Malformed)
	h.again.Add(old.Again)
	h.refused.Add(old.Refused)
	h.add(old.USD)
	return nil
}

// remember keeps what was heard so far.
func (j *journal) remember(b *member) error {
	if b.heard == nil {
		return nil
	}
	return j.keep("heard", heardTally{b.heard.tally(), b.heard.spent()})
}
