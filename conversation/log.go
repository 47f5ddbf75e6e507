package conversation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// MostCalls bounds the calls of one conversation.
const MostCalls = 1 << 12

// Book holds the calls of all conversations of a run, in a ledger of its own.
type Book struct {
	ledger *assets.Ledger
	commit *committer
	mu     sync.Mutex
	logs   map[int64]*Log // by conversation
}

// OpenBook opens or creates the ledger at path and reads what it holds.
func OpenBook(path string) (*Book, error) {
	ledger, err := assets.OpenLedger(path)
	if err != nil {
		return nil, err
	}
	b := &Book{ledger: ledger, commit: &committer{ledger: ledger}, logs: map[int64]*Log{}}
	err = ledger.Calls(func(c assets.Call) error {
		l := b.Log(c.Seq / MostCalls)
		e := &entry{key: c.Key, sends: c.Sends, before: true}
		if c.State == assets.Done {
			var kept record
			if err := json.Unmarshal(c.Result, &kept); err != nil {
				return fmt.Errorf("the record of %s is not readable: %w", c.ID, err)
			}
			a := kept.asset()
			e.asset, e.usd, e.user = &a, a.CostUSD+kept.FailedUSD, kept.User
		}
		l.entries[int(c.Seq%MostCalls)] = e
		return nil
	})
	if err != nil {
		ledger.Close()
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return b, nil
}

// Log returns the calls of a conversation. It is safe for concurrent use.
func (b *Book) Log(conversation int64) *Log {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.logs[conversation]
	if l == nil {
		l = &Log{ledger: b.ledger, commit: b.commit, base: conversation * MostCalls, entries: map[int]*entry{}}
		b.logs[conversation] = l
	}
	return l
}

// Close makes everything durable.
func (b *Book) Close() error { return b.ledger.Close() }

// Digest is that of the ledger's file.
func (b *Book) Digest() (string, error) {
	if err := b.ledger.Flush(); err != nil {
		return "", err
	}
	return b.ledger.Digest()
}

// Log is what is known of the calls of one conversation. It may be asked for
// its sums while the conversation is had.
type Log struct {
	ledger  *assets.Ledger
	commit  *committer
	base    int64
	mu      sync.Mutex
	entries map[int]*entry
}

// entry is one call, by its number in the conversation.
type entry struct {
	key    string
	sends  int
	before bool            // an earlier process made it
	asset  *pipeline.Asset // nil = there is no answer
	usd    float64         // of all its attempts
	user   bool            // the simulated user was asked, not the agent
	told   float64         // of usd: what asset() has returned
	toldN  int             // likewise of sends
}

// record is a call as the ledger keeps it.
type record struct {
	Output    string              `json:"output,omitempty"`
	JSON      json.RawMessage     `json:"json,omitempty"`
	LatencyUS int64               `json:"latency_us,omitempty"`
	Usage     pipeline.Usage      `json:"usage,omitzero"`
	CostUSD   float64             `json:"cost_usd,omitempty"`
	FailedUSD float64             `json:"failed_usd,omitempty"` // of attempts before it
	Unpriced  bool                `json:"unpriced,omitempty"`
	Model     string              `json:"model,omitempty"`
	Finish    string              `json:"finish_reason,omitempty"`
	ToolCalls []pipeline.ToolCall `json:"tool_calls,omitempty"`
	Trace     *pipeline.Trace     `json:"trace,omitempty"`
	Echo      *pipeline.Echo      `json:"echo,omitempty"`
	User      bool                `json:"user,omitempty"`
}

func (r *record) asset() pipeline.Asset {
	return pipeline.Asset{Text: r.Output, JSON: r.JSON, Latency: time.Duration(r.LatencyUS) * time.Microsecond, Usage: r.Usage,
		CostUSD: r.CostUSD, Unpriced: r.Unpriced, Model: r.Model, FinishReason: r.Finish, ToolCalls: r.ToolCalls, Trace: r.Trace, Echo: r.Echo}
}

// at is the entry of a call; one that was another call is forgotten, but for
// what it cost.
func (l *Log) at(n int, key string) *entry {
	e := l.entries[n]
	if e == nil {
		e = &entry{key: key}
		l.entries[n] = e
	}
	if e.key != key {
		e.key, e.asset, e.before = key, nil, false
	}
	return e
}

func (l *Log) done(n int, key string) (pipeline.Asset, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[n]
	if e == nil || e.key != key || e.asset == nil {
		return pipeline.Asset{}, false
	}
	return *e.asset, true
}

// lost says that an earlier process sent a call and left no answer.
func (l *Log) lost(n int, key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[n]
	return e != nil && e.key == key && e.before && e.asset == nil
}

func (l *Log) sent(n int, id, key string, user bool) error {
	l.mu.Lock()
	e := l.at(n, key)
	e.sends++
	e.user, e.before = user, false
	c := assets.Call{Seq: l.base + int64(n), ID: id, Key: key, Sends: e.sends}
	l.mu.Unlock()
	return l.commit.sent(c)
}

// failed notes what an attempt without an answer cost.
func (l *Log) failed(n int, usd float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[n].usd += usd
}

// keep writes an answer down. It is durable with the next call of the run that
// goes out.
func (l *Log) keep(n int, id, key string, a pipeline.Asset, user bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[n]
	kept := record{Output: a.Text, JSON: a.JSON, LatencyUS: a.Latency.Microseconds(), Usage: a.Usage, CostUSD: a.CostUSD, FailedUSD: e.usd,
		Unpriced: a.Unpriced, Model: a.Model, Finish: a.FinishReason, ToolCalls: a.ToolCalls, Trace: a.Trace, Echo: a.Echo, User: user}
	e.asset, e.usd = &a, e.usd+a.CostUSD
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false) // arguments and echoes stay as they came
	if err := encoder.Encode(kept); err != nil {
		return fmt.Errorf("keeping the answer of %s: %w", id, err)
	}
	l.ledger.Done(assets.Call{Seq: l.base + int64(n), ID: id, Key: key, State: assets.Done, Sends: e.sends, Result: bytes.TrimSpace(data.Bytes())})
	return nil
}

// unpaid is what the agent's calls cost, and how often they were sent, beyond
// what was told before.
func (l *Log) unpaid() (usd float64, sends int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.user {
			continue
		}
		usd += e.usd - e.told
		sends += e.sends - e.toldN
		e.told, e.toldN = e.usd, e.sends
	}
	return usd, sends
}

// forgotten is the key of a call whose answer no longer counts.
const forgotten = "-"

// Forget lets every call be made anew; what they cost stays known.
func (l *Log) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, e := range l.entries {
		*e = entry{key: forgotten, sends: e.sends, usd: e.usd, user: e.user, told: e.told, toldN: e.toldN, asset: &pipeline.Asset{}}
		data, _ := json.Marshal(record{FailedUSD: e.usd, User: e.user}) // numbers and truth values can always be encoded
		seq := l.base + int64(n)
		l.ledger.Done(assets.Call{Seq: seq, ID: fmt.Sprintf("forgotten/%d", seq), Key: forgotten, State: assets.Done, Sends: e.sends, Result: data})
	}
}

// Sums is what is known of a conversation's calls.
type Sums struct {
	Sends   int     // to the agent
	USD     float64 // the agent's
	UserUSD float64 // the simulated user's
	Lost    int     // sends of an earlier process without an answer
}

// Sums adds up.
func (l *Log) Sums() (s Sums) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		switch {
		case e.user:
			s.UserUSD += e.usd
		default:
			s.USD += e.usd
			s.Sends += e.sends
		}
		if e.before && e.asset == nil {
			s.Lost += e.sends
		}
	}
	return s
}

// Each yields the sums of every conversation by its number, in no order.
func (b *Book) Each(yield func(conversation int64, s Sums)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for at, l := range b.logs {
		yield(at, l.Sums())
	}
}

// Open says whether an earlier process sent a call and left no answer.
func (l *Log) Open() bool { return l.Sums().Lost > 0 }
