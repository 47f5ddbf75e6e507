package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
<<<<<<< HEAD
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// judgeTokens bounds a judge's reply where the project sets no bound, so that a
// budget knows what a call costs at most.
const judgeTokens = 4096

// judgeFlags are the flags that say who judges.
type judgeFlags struct {
	model, compat string
	noReasons     bool
	width         int
}

// caller of a judge: the model, and what is kept of its calls.
type judgeModel struct {
	*generators.Prompted
	judge *validators.Judge
	keep  *judgeKeeper
}

// judging sets the judge up that the flags name, else the project; nil when
// neither does.
func (s *State) judging(p *config.Project, f judgeFlags, timeout time.Duration) (*validators.Judging, *judgeModel, error) {
	own := p.Evals.Judge
	ref := own.Model
	if f.model != "" {
		ref = f.model
	}
	if ref == "" {
		if f.compat != "" || f.noReasons {
			return nil, nil, usage(fmt.Errorf("--compat and --no-judge-reasons need a judge: name one with --judge, for example --judge openai:gpt-5.4"))
		}
		return nil, nil, nil
	}
	compat := own.Compat
	if f.compat != "" {
		compat = f.compat
	}
	mode, err := judged.ParseMode(compat)
	if err != nil {
		return nil, nil, usage(fmt.Errorf("--%w", err))
	}
	out := &validators.Judging{Mode: mode, NoReasons: f.noReasons || own.Reasons != nil && !*own.Reasons, Params: map[string]json.RawMessage{}}
	for name, params := range own.Metrics {
		m, err := judged.Lookup(name)
		if err != nil {
			return nil, nil, usage(fmt.Errorf("%s: evals.judge.metrics: %w", config.Name, err))
		}
		if out.Params[m.Name], err = json.Marshal(params); err != nil {
			return nil, nil, fmt.Errorf("%s: evals.judge.metrics.%s: %w", config.Name, name, err)
		}
	}
	width := own.Concurrency
	if f.width > 0 {
		width = f.width
	}
	if width == 0 {
		width = p.Evals.Concurrency
	}
	model, err := s.judgeModel(p, ref, own.Config, timeout, width)
	if err != nil {
		return nil, nil, fmt.Errorf("the judge: %w", err)
	}
	out.Judge, out.Name = model.judge, model.judge.Name
	return out, model, nil
}

// judgeModel makes the chat model of a reference: PROVIDER:MODEL, models/NAME or
// the NAME of a file there.
func (s *State) judgeModel(p *config.Project, ref string, parameters map[string]any, timeout time.Duration, width int) (*judgeModel, error) {
	if _, file := registry.ModelOf(ref); !file && !strings.Contains(ref, ":") {
		ref = "models/" + ref
	}
	a := &registry.Agent{ID: "judge", Root: p.Root, Path: filepath.Join(p.Root, config.Name)}
	a.Runtime.Model = &registry.ModelRuntime{Model: ref, Config: map[string]any{"maxOutputTokens": judgeTokens}}
	for k, v := range parameters {
		a.Runtime.Model.Config[k] = v
	}
	blank, err := dotprompt.Parse("judge.prompt", nil, nil)
	if err != nil {
		return nil, err
	}
	calls, file, err := a.Calls(blank)
	if err != nil {
		return nil, err
	}
	m, err := promptedBy(s, p, a, blank, nil, timeout, width)
	if err != nil {
		return nil, err
	}
=======
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// member is one judge that is asked about one metric. Without a model it is a
// built-in metric, and costs nothing.
type member struct {
	release   judges.Release
	validator pipeline.Validator
	steps     int // questions about one answer, about

	model   *generators.Prompted
	judge   *validators.Judge
	judging *validators.Judging
	heard   *counting
}

// counting counts what a judge's model is asked and replies.
type counting struct {
	pipeline.Generator
	asked, again, failed, refused atomic.Int64
	usd                           atomic.Uint64 // bits
}

// Generate passes a call on.
func (c *counting) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	a, err := c.Generator.Generate(ctx, r)
	switch {
	case err != nil:
		c.failed.Add(1)
		return a, err
	case r.Draw > 1:
		c.again.Add(1)
	default:
		c.asked.Add(1)
	}
	if judges.Refusal(a.Text, a.FinishReason) {
		c.refused.Add(1)
	}
	for {
		old := c.usd.Load()
		if c.usd.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+a.CostUSD)) {
			return a, nil
		}
	}
}

func (c *counting) spent() float64 { return math.Float64frombits(c.usd.Load()) }

// judgeOf makes a judge of a metric: a model such as openai:gpt-5.4 or
// models/NAME, or "built-in" for a metric that needs none.
func (s *State) judgeOf(p *config.Project, name, metric string) (*member, error) {
	m, err := validators.Lookup(metric)
	if err != nil {
		return nil, usage(fmt.Errorf("--metric: %w", err))
	}
	b := &member{release: judges.Release{Judge: name, Metric: m.Name}}
	deps := validators.Deps{Embedder: embedder{}}
	switch {
	case name == builtIn && m.Kind == validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs a model that judges, such as openai:gpt-5.4", name, m.Name))
	case name != builtIn && m.Kind != validators.KindJudged:
		return nil, usage(fmt.Errorf("--judge %s: %s needs no model; write --judge %s", name, m.Name, builtIn))
	case name != builtIn:
		if err := s.openModel(p, name, b); err != nil {
			return nil, err
		}
		deps.Judging = b.judging
		if b.release, err = b.judging.Release(m.Name); err != nil {
			return nil, err
		}
	}
	if b.validator, err = validators.New(testsets.Assertion{Type: m.Name}, deps); err != nil {
		return nil, usage(fmt.Errorf("--judge %s: %w", name, err))
	}
<<<<<<<< HEAD:internal/cli/judge_model.go
	b.steps = max(len(b.release.Prompts), 1)
	return b, nil
========
>>>>>>> c94467e (run-eval: judge files have names of their own)
	release, err := judgeDigest(calls, file)
	if err != nil {
		return nil, err
	}
	prompts := &validators.Prompts{Dir: judgePromptsOf(p)}
	out := &judgeModel{Prompted: m}
	out.judge = validators.NewJudge(validators.JudgeConfig{Name: ref, Release: release, Generator: m, Prompts: prompts, Width: width, Retries: p.Evals.Retries})
	return out, nil
<<<<<<< HEAD
}

// judgePromptsOf is the project's folder of judge prompts; "" when there is none.
func judgePromptsOf(p *config.Project) string {
	dir := filepath.Join(p.Root, filepath.FromSlash(validators.JudgePromptsDir))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

=======
>>>>>>>> c94467e (run-eval: judge files have names of their own):internal/cli/judge_run.go
}

// openModel makes the chat model that judges.
func (s *State) openModel(p *config.Project, name string, b *member) error {
	ref := strings.TrimSuffix(name, ".yaml")
	prompt, err := dotprompt.Parse("judge", []byte("{{input}}"), nil)
	if err != nil {
		return err
	}
	agent := &registry.Agent{ID: "judge", Root: p.Root, Runtime: registry.Runtime{Model: &registry.ModelRuntime{Prompt: "judge", Model: ref}}}
	if b.model, err = promptedBy(s, p, agent, prompt, nil, p.Evals.Timeout, p.Evals.Concurrency); err != nil {
		return usage(fmt.Errorf("--judge %s: %w", name, err))
	}
	release, err := judgeRelease(agent, prompt)
	if err != nil {
		return err
	}
	b.heard = &counting{Generator: b.model}
	b.judge = validators.NewJudge(validators.JudgeConfig{Name: name, Release: release, Generator: b.heard,
		Prompts: &validators.Prompts{Dir: filepath.Join(p.Root, filepath.FromSlash(validators.JudgePromptsDir))},
		Width:   p.Evals.Concurrency, Retries: p.Evals.Retries})
	b.judging = &validators.Judging{Judge: b.judge, Name: name, NoReasons: true}
	return nil
}

<<<<<<<< HEAD:internal/cli/judge_model.go
// judgeRelease names a judge's model by all that it is asked with, but for the
// key and the headers.
func judgeRelease(a *registry.Agent, prompt *dotprompt.Prompt) (string, error) {
	m, file, err := a.Calls(prompt)
========
>>>>>>> c94467e (run-eval: judge files have names of their own)
// judgeDigest digests what decides a judge's replies, beside the prompts.
func judgeDigest(m registry.ModelRuntime, file *registry.Model) (string, error) {
	key := map[string]any{"model": m.Model, "base_url": m.BaseURL, "config": m.Config}
	if file != nil {
		key["parameters"] = file.Parameters
	}
	data, err := json.Marshal(key)
<<<<<<< HEAD
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// remember lets the judge use the cache of calls; the returned function writes
// what is left and closes it. A cache that can't be used costs calls.
func (m *judgeModel) remember(ctx context.Context, s *State, p *config.Project, fresh bool) (close func()) {
	if p.Evals.CacheMB == 0 {
		return func() {}
	}
	cache, err := assets.OpenCache(ctx, assets.CachePath(p.Root), int64(p.Evals.CacheMB)<<20)
	if err != nil {
		fmt.Fprintln(s.Stderr, "warning: the cache of calls is not used for the judge:", plain(err.Error()))
		return func() {}
	}
	m.keep = &judgeKeeper{cache: cache, ctx: context.WithoutCancel(ctx)}
	m.judge.Keep = m.keep.add
	if !fresh {
		m.judge.Recall = func(ctx context.Context, release, key string) ([]byte, bool) {
			found, err := cache.Get(ctx, release, []string{key})
			if err != nil {
				return nil, false
			}
			a, ok := found[key]
			return a.Result, ok
		}
	}
	return func() {
		m.keep.flush()
		cache.Close()
	}
}

// judgeKeeper writes the judge's answers some at a time.
type judgeKeeper struct {
	cache *assets.Cache
	ctx   context.Context
	mu    sync.Mutex
	batch []assets.Answer
}

// judgeBatch is how many answers are written together.
const judgeBatch = 200

func (k *judgeKeeper) add(a assets.Answer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.batch = append(k.batch, a); len(k.batch) >= judgeBatch {
		k.put()
	}
}

func (k *judgeKeeper) flush() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put()
}

func (k *judgeKeeper) put() {
	if len(k.batch) > 0 {
		k.cache.Put(k.ctx, k.batch) // losing it costs calls, nothing else
		k.batch = nil
	}
}

// withJudge lets a run's spending know the prices of its judge.
func withJudge(s *pipeline.Spending, m *judgeModel) {
	worst := s.Worst
	s.Worst = func(q pipeline.Request) (float64, bool) {
		if strings.HasPrefix(q.ID, validators.JudgeRequests) {
			if q.Chat == nil {
				return 0, true // what an earlier start paid
			}
			return m.Worst(q), true
		}
		if worst == nil {
			return 0, false
		}
		return worst(q)
	}
=======
>>>>>>>> c94467e (run-eval: judge files have names of their own):internal/cli/judge_run.go
	if err != nil {
		return "", err
	}
	var parameters map[string]any
	if file != nil {
		parameters = file.Parameters
	}
	data, err := json.Marshal([]any{"judge 1", m.Model, m.BaseURL, m.Config, parameters})
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

// forecast is what questions of this size cost, before any is asked: calls, and
// their likely price; known is false when no price is.
func (b *member) forecast(answers int, bytes int) (calls int, usd float64, known bool) {
	if b.model == nil {
		return 0, 0, true
	}
	calls = answers * b.steps
	text := strings.Repeat("x", promptBytes) + strings.Repeat("x", bytes/max(answers, 1))
	one := pipeline.Request{Chat: &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}}}}
	_, known = b.model.Price()
	return calls, float64(calls) * b.model.Expected(one), known
}

// promptBytes is about how long a judge's question is without its material.
const promptBytes = 1500

// errBudget says what a budget does not allow.
func (b *member) allow(budget float64, limited bool, calls int, usd float64, known bool) error {
	switch {
	case !limited || b.model == nil:
		return nil
	case !known:
		return usage(fmt.Errorf("--budget: no price of %s is known, so nothing can be kept below a budget", b.model.Ref()))
	case usd > budget:
		return usage(fmt.Errorf("--budget $%.4g: about %d calls are expected to cost $%.4f; ask about fewer answers", budget, calls, usd))
	}
	return nil
}

// open lets the judge be asked; the purse holds the budget.
func (b *member) open(ctx context.Context, budget float64, limited bool) (closing func()) {
	if b.judge == nil {
		return func() {}
	}
	var purse *pipeline.Purse
	if limited {
		purse = pipeline.NewPurse(pipeline.Spending{LimitUSD: budget, Expected: b.model.Expected,
			Worst: func(q pipeline.Request) (float64, bool) { return b.model.Worst(q), true }})
	}
	b.judge.Open(ctx, purse)
	return func() {
		b.judge.Close()
		b.model.Close()
	}
}

// spentError turns a judge that was cut short into an error.
func spentError(err error, budget float64) error {
	if errors.Is(err, validators.ErrJudgeEnded) {
		return fmt.Errorf("the budget of $%.4g does not allow a further call: nothing is kept; a larger --budget asks again", budget)
	}
	return err
}

// judgeReleases are the judges of a run by metric: all that decides their words.
func judgeReleases(j *validators.Judging, o *evals.Options) ([]judges.Release, error) {
	if j == nil {
		return nil, nil
	}
	var out []judges.Release
	seen := map[string]bool{}
	add := func(name string) error {
		m, err := validators.Lookup(name)
		if err != nil || m.Kind != validators.KindJudged || seen[m.Name] || !validators.CanJudge(m.Name) {
			return nil
		}
		seen[m.Name] = true
		r, err := judgeReleaseOf(j, m.Name)
		out = append(out, r)
		return err
	}
	for _, r := range o.Rules {
		if r.Limit == nil {
			if err := add(r.Metric); err != nil {
				return nil, err
			}
		}
	}
	for _, c := range o.Set.Cases {
		for _, a := range c.Assert {
			if err := add(a.Type); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// judgeReleaseOf is the judge of one metric.
func judgeReleaseOf(j *validators.Judging, metric string) (judges.Release, error) {
	r := judges.Release{Judge: j.Name, Metric: metric, Definition: j.Mode.String() + " " + j.Mode.Version(), Model: j.Judge.Release, Prompts: map[string]string{}}
	m, err := judged.Lookup(metric)
	if err != nil {
		return r, err
	}
	for i, name := range m.Prompts() {
		p, err := j.Judge.Prompts.Find(name, promptStep(m, i))
		if err != nil {
			return r, err
		}
		if !strings.HasSuffix(name, "-reason") { // it words what is decided already
			r.Prompts[name] = p.Digest()
		}
	}
	if params := j.Params[m.Name]; params != nil {
		r.Params = map[string]string{"metric": string(params)}
	}
	return r, nil
>>>>>>> c94467e (run-eval: judge files have names of their own)
}
