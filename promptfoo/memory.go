package promptfoo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Memory keeps the answers of providers and judges over runs, by what was asked
// of whom. A nil Memory remembers nothing. Its methods are safe for concurrent
// use.
type Memory struct {
	Cache  *assets.Cache
	MaxAge time.Duration // older answers are called anew; 0 = any age
	Fresh  bool          // nothing is found, but all is kept

	mu      sync.Mutex
	pending []assets.Answer
	failed  error
}

// release names what answers, as the cache knows it: the provider with its
// configuration.
func release(p *project.Provider) string {
	config, _ := jsvalue.Stringify(p.Config, "")
	call, _ := json.Marshal(p.Call)
	sum := sha256.Sum256([]byte("promptfoo 1\n" + p.ID + "\n" + config + "\n" + string(call)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// askKey is what is asked of whom: the prompt, its config, and how often before.
// The templates of an http provider see the variables too.
func askKey(p *project.Provider, q *ask) string {
	h := sha256.New()
	h.Write([]byte(release(p) + "\n"))
	config, _ := jsvalue.Stringify(q.config, "")
	h.Write([]byte(strconv.Itoa(q.repeat) + "\n" + strconv.Itoa(len(config)) + "\n" + config + q.prompt))
	if p.Call.Kind == project.CallHTTP {
		vars, _ := jsvalue.Stringify(withoutRuntime(q.vars), "")
		h.Write([]byte("\n" + vars))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// find returns the answer of an earlier call; nil when there is none.
func (m *Memory) find(ctx context.Context, p *project.Provider, key string) *Response {
	if m == nil || m.Fresh {
		return nil
	}
	found, err := m.Cache.Get(ctx, release(p), []string{key})
	if err != nil {
		m.fail(err)
		return nil
	}
	a, ok := found[key]
	if !ok || m.MaxAge > 0 && time.Since(a.CalledAt) > m.MaxAge {
		return nil
	}
	v, err := jsvalue.Parse(string(a.Result))
	if err != nil {
		return nil // a damaged record costs a call
	}
	r := responseOf(v)
	r.Cached = true
	r.Tokens, r.usage = Tokens{Total: r.Tokens.Total, Cached: r.Tokens.Total}, nil
	r.Cost = 0
	return r
}

// keptAtOnce is how many answers are written together.
const keptAtOnce = 200

// keep remembers an answer.
func (m *Memory) keep(p *project.Provider, key string, r *Response) {
	if m == nil {
		return
	}
	o := r.object()
	text, _ := jsvalue.Stringify(o, "")
	if len(text) > assets.MaxCachedResult {
		return
	}
	m.mu.Lock()
	m.pending = append(m.pending, assets.Answer{Key: key, Release: release(p), CalledAt: time.Now().UTC(), Result: []byte(text), CostUSD: max(r.Cost, 0)})
	var batch []assets.Answer
	if len(m.pending) >= keptAtOnce {
		batch, m.pending = m.pending, nil
	}
	m.mu.Unlock()
	m.put(batch)
}

func (m *Memory) put(batch []assets.Answer) {
	if len(batch) == 0 {
		return
	}
	if err := m.Cache.Put(context.Background(), batch); err != nil {
		m.fail(err)
	}
}

func (m *Memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil {
		m.failed = err
	}
}

// Failed is why the cache was not used throughout; nil = it was.
func (m *Memory) Failed() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}

// Close writes what waits. The cache stays open: it is the caller's.
func (m *Memory) Close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	batch := m.pending
	m.pending = nil
	m.mu.Unlock()
	m.put(batch)
	return nil
}
