package validators

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// JudgeConfig says who judges and how it is asked.
type JudgeConfig struct {
	Name      string // as people know it, e.g. "openai:gpt-5.4"
	Release   string // digest of the model and its parameters
	Generator pipeline.Generator
	Prompts   *Prompts        // nil = those that are built in
	Config    pipeline.Config // parameters; Temperature nil = 0
	Width     int             // calls in flight at first, >= 1
	Retries   int             // further attempts after a transient failure
	// Recall finds the result of an earlier call by its key; nil = none.
	Recall func(ctx context.Context, release, key string) (result []byte, ok bool)
	// Keep gets the result of each call that was made; nil = it is not kept.
	Keep func(assets.Answer)
}

// Judge asks a chat model the questions of the judged metrics. Between Open and
// Close it is safe for concurrent use; it holds as many calls in flight as its
// width allows, and makes equal ones once.
type Judge struct {
	JudgeConfig
	ctx       context.Context
	questions chan *asked
	closing   chan struct{}
	ended     chan struct{} // closed when no call can be made any more
	why       error         // then
	purse     *pipeline.Purse
	id        atomic.Int64
	plain     simpler

	mu      sync.Mutex
	pending map[string]*asked  // by request ID
	flights map[string]*flight // by key
}

// JudgeSpend is what questions cost.
type JudgeSpend struct {
	Calls    int     `json:"calls,omitempty"`  // that were made
	Cached   int     `json:"cached,omitempty"` // answered from earlier calls
	USD      float64 `json:"usd,omitempty"`
	Unpriced int     `json:"unpriced,omitempty"` // calls whose price is not known
}

// Add sums up.
func (s *JudgeSpend) Add(more JudgeSpend) {
	s.Calls += more.Calls
	s.Cached += more.Cached
	s.USD += more.USD
	s.Unpriced += more.Unpriced
}

// ErrJudgeEnded says that a question was not asked, because the judge was closed
// or its budget is used up: the case is neither judged nor unjudged.
var ErrJudgeEnded = errors.New("the judge is not asked any more: its budget is used up, or the run ends")

// JudgeRequests is how the IDs of a judge's requests begin.
const JudgeRequests = "judge:"

// asked is a question under way.
type asked struct {
	request pipeline.Request
	asset   pipeline.Asset
	err     error
	done    chan struct{}
}

// flight is a call that several may wait for.
type flight struct {
	done  chan struct{}
	reply judged.Reply
	err   error
}

// NewJudge makes a judge; nothing is asked before Open.
func NewJudge(c JudgeConfig) *Judge {
	if c.Prompts == nil {
		c.Prompts = &Prompts{}
	}
	if c.Config.Temperature == nil {
		zero := 0.0
		c.Config.Temperature = &zero
	}
	return &Judge{JudgeConfig: c, plain: simpler{Generator: c.Generator}}
}

// Open lets the judge be asked until Close or the end of ctx. Its calls are paid
// from the purse; nil = nobody counts.
func (j *Judge) Open(ctx context.Context, purse *pipeline.Purse) {
	j.ctx, j.purse = ctx, purse
	j.questions, j.closing, j.ended = make(chan *asked), make(chan struct{}), make(chan struct{})
	j.pending, j.flights = map[string]*asked{}, map[string]*flight{}
	s := pipeline.Sweep{Generator: &j.plain, Width: max(j.Width, 1), Retries: j.Retries, RepeatAmbiguous: true,
		Sent: func([]pipeline.Request) error { return nil }, Unsent: func(q pipeline.Request, _ pipeline.Asset) { j.drop(q.ID, j.plain.why()) }}
	if purse != nil {
		s.Admit, s.Again = purse.Admit, purse.Again
	}
	go func() {
		err := s.RunFrom(ctx, j.next, j.take)
		if err == nil {
			err = ErrJudgeEnded
		}
		j.end(err)
	}()
}

// Close waits for the calls in flight.
func (j *Judge) Close() {
	if j.closing != nil {
		close(j.closing)
		<-j.ended
	}
}

// next is the source of the sweep: one question at a time, so that none waits
// for another.
func (j *Judge) next(int) ([]pipeline.Request, error) {
	select {
	case a := <-j.questions:
		return []pipeline.Request{a.request}, nil
	case <-j.closing:
	case <-j.ctx.Done():
	}
	return nil, nil
}

// take hands an answer to the one who waits for it.
func (j *Judge) take(q pipeline.Request, a pipeline.Asset) bool {
	if j.purse != nil {
		j.purse.Settle(q, a)
	}
	if one := j.remove(q.ID); one != nil {
		one.asset = a
		if a.Err != "" {
			one.err = errors.New(a.Err)
		}
		close(one.done)
	}
	return false
}

func (j *Judge) remove(id string) *asked {
	j.mu.Lock()
	defer j.mu.Unlock()
	one := j.pending[id]
	delete(j.pending, id)
	return one
}

func (j *Judge) drop(id string, why error) {
	if one := j.remove(id); one != nil {
		one.err = why
		close(one.done)
	}
}

// end answers all who still wait.
func (j *Judge) end(why error) {
	j.mu.Lock()
	j.why = why
	var ids []string
	for id := range j.pending {
		ids = append(ids, id)
	}
	j.mu.Unlock()
	close(j.ended)
	for _, id := range ids {
		j.drop(id, why)
	}
}

// Ask asks one question; see Meter for what it costs.
func (j *Judge) Ask(ctx context.Context, q judged.Question) (judged.Reply, error) {
	reply, _, err := j.ask(ctx, q)
	return reply, err
}

// Meter is an Asker that sums up what its questions cost.
type Meter struct {
	judge *Judge
	mu    sync.Mutex
	spent JudgeSpend
}

// Meter begins to count.
func (j *Judge) Meter() *Meter { return &Meter{judge: j} }

// Ask asks the judge.
func (m *Meter) Ask(ctx context.Context, q judged.Question) (judged.Reply, error) {
	reply, spent, err := m.judge.ask(ctx, q)
	m.mu.Lock()
	m.spent.Add(spent)
	m.mu.Unlock()
	return reply, err
}

// Spent is what was asked so far.
func (m *Meter) Spent() JudgeSpend {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spent
}

func (j *Judge) ask(ctx context.Context, q judged.Question) (reply judged.Reply, spent JudgeSpend, err error) {
	r, err := j.request(q)
	if err != nil {
		return reply, spent, err
	}
	return j.put(ctx, r, q.Once, !q.Last)
}

// put makes the call of a request, or waits for an equal one. Once keeps its
// reply as long as the judge is open, keep for other runs.
func (j *Judge) put(ctx context.Context, r pipeline.Request, once, keep bool) (reply judged.Reply, spent JudgeSpend, err error) {
	key, err := r.Key()
	if err != nil {
		return reply, spent, err
	}
	j.mu.Lock()
	f, ok := j.flights[key]
	if !ok {
		f = &flight{done: make(chan struct{})}
		j.flights[key] = f
	}
	j.mu.Unlock()
	if !ok {
		f.reply, spent, f.err = j.answer(key, r, keep)
		if !once || f.err != nil {
			j.mu.Lock()
			delete(j.flights, key)
			j.mu.Unlock()
		}
		close(f.done)
	}
	select {
	case <-f.done:
		if ok && f.err == nil {
			spent.Cached = 1 // somebody else's call
		}
		return f.reply, spent, f.err
	case <-ctx.Done():
		return reply, spent, context.Cause(ctx)
	}
}

// answer takes a reply from an earlier call, or makes the call.
func (j *Judge) answer(key string, r pipeline.Request, keep bool) (reply judged.Reply, spent JudgeSpend, err error) {
	if j.Recall != nil {
		if data, ok := j.Recall(j.ctx, r.Release, key); ok && json.Unmarshal(data, &reply) == nil {
			return reply, JudgeSpend{Cached: 1}, nil
		}
	}
	a, err := j.call(r)
	spent = JudgeSpend{Calls: a.Sends, USD: a.CostUSD}
	if a.Unpriced {
		spent.Unpriced = 1
	}
	if err != nil {
		return reply, spent, err
	}
	reply = judged.Reply{Text: a.Text, Tokens: tokensOf(a.Logprobs)}
	if len(reply.Text) > judged.MaxReply {
		reply, keep = judged.Reply{Text: strings.Clone(reply.Text[:judged.MaxReply+1])}, false // it is refused for its length
	}
	if j.Keep != nil && keep {
		if data, err := json.Marshal(reply); err == nil {
			j.Keep(assets.Answer{Key: key, Release: r.Release, CalledAt: time.Now().UTC(), CostUSD: a.CostUSD, Result: data})
		}
	}
	return reply, spent, nil
}

func (j *Judge) call(r pipeline.Request) (pipeline.Asset, error) {
	one := &asked{request: r, done: make(chan struct{})}
	one.request.ID = JudgeRequests + strconv.FormatInt(j.id.Add(1), 10)
	j.mu.Lock()
	j.pending[one.request.ID] = one
	j.mu.Unlock()
	select {
	case j.questions <- one:
		<-one.done // the sweep ends with an answer or with end
	case <-j.ended:
		j.remove(one.request.ID)
		return pipeline.Asset{}, j.why
	}
	return one.asset, one.err
}

// request words a question.
func (j *Judge) request(q judged.Question) (pipeline.Request, error) {
	p, err := j.Prompts.Find(q.Prompt, q.Step)
	if err != nil {
		return pipeline.Request{}, err
	}
	out, err := p.Render(dotprompt.Input{Vars: q.Data})
	if err != nil {
		return pipeline.Request{}, fmt.Errorf("judge prompt %s: %w", q.Prompt, err)
	}
	chat := &pipeline.Chat{Schema: out.Schema, JSON: out.JSON, Config: j.Config}
	chat.Config.TopLogprobs = q.Logprobs
	for _, m := range out.Messages {
		var text strings.Builder
		for _, part := range m.Parts {
			text.WriteString(part.Text)
		}
		chat.Messages = append(chat.Messages, pipeline.Message{Role: m.Role, Content: text.String()})
	}
	return pipeline.Request{Release: j.promptRelease(p), Input: q.Prompt, Messages: chat.Messages, Draw: q.Attempt + 1, Chat: chat}, nil
}

// promptRelease names what decides the reply to a prompt: the model with its
// parameters, and the prompt.
func (j *Judge) promptRelease(p *dotprompt.Prompt) string {
	sum := sha256.Sum256([]byte(j.Release + "\n" + p.Digest()))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func tokensOf(list []pipeline.TokenProb) (out []judged.Token) {
	for _, t := range list {
		token := judged.Token{Text: t.Token}
		for _, a := range t.Top {
			token.Top = append(token.Top, judged.Alternative{Text: a.Token, Logprob: a.Logprob})
		}
		out = append(out, token)
	}
	return out
}

// simpler leaves out parameters that the model turned down once.
type simpler struct {
	pipeline.Generator
	noTemperature, noLogprobs, noSchema, noJSON atomic.Bool
	unusable                                    atomic.Pointer[pipeline.Unusable]
}

// why says why a request is not sent any more.
func (s *simpler) why() error {
	if u := s.unusable.Load(); u != nil {
		return u
	}
	return ErrJudgeEnded
}

// Generate makes a call, and makes it again without a parameter that is not
// taken.
func (s *simpler) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	for {
		chat := *r.Chat
		if s.noTemperature.Load() {
			chat.Config.Temperature = nil
		}
		if s.noLogprobs.Load() {
			chat.Config.TopLogprobs = 0
		}
		if s.noSchema.Load() && len(chat.Schema) > 0 {
			chat.Schema, chat.JSON = nil, true
		}
		chat.JSON = chat.JSON && !s.noJSON.Load()
		q := r
		q.Chat = &chat
		a, err := s.Generator.Generate(ctx, q)
		var u *pipeline.Unusable
		if errors.As(err, &u) {
			s.unusable.Store(u)
		}
		if err == nil || !s.learn(&chat, err) {
			return a, err
		}
	}
}

// learn says whether an error names a parameter that can be left out.
func (s *simpler) learn(chat *pipeline.Chat, err error) bool {
	c := &chat.Config
	var t *pipeline.Transient
	var u *pipeline.Unusable
	if errors.As(err, &t) || errors.As(err, &u) {
		return false
	}
	text := strings.ToLower(err.Error())
	switch {
	case c.TopLogprobs > 0 && strings.Contains(text, "logprobs"):
		s.noLogprobs.Store(true)
	case c.Temperature != nil && strings.Contains(text, "temperature"):
		s.noTemperature.Store(true)
	case len(chat.Schema) > 0 && aboutFormat(text):
		s.noSchema.Store(true)
	case chat.JSON && aboutFormat(text):
		s.noJSON.Store(true)
	default:
		return false
	}
	return true
}

// aboutFormat says whether an error, in lower case, is about the form in which a
// reply was asked for: a provider, or a server that speaks its API, may know no
// schemas, or no JSON mode at all.
func aboutFormat(text string) bool {
	for _, name := range []string{"response_format", "json_schema", "json_object", "json schema", "json mode", "structured output",
		"response_schema", "responseschema", "response_mime_type", "responsemimetype", "output_format", "output_config"} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// Warnings lists what was odd about the judge, for people.
func (j *Judge) Warnings() (out []string) {
	if j.plain.noTemperature.Load() {
		out = append(out, "the model takes no temperature: its own is used, and two runs may differ")
	}
	if j.plain.noLogprobs.Load() {
		out = append(out, "the model gives no log-probabilities: scores of a g-eval are not weighted")
	}
	if j.plain.noSchema.Load() || j.plain.noJSON.Load() {
		out = append(out, "the model takes no schema of its replies: they are asked for in words alone, and are checked as ever")
	}
	return out
}
