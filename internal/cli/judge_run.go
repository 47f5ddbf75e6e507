package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
	// heard, if not nil, listens to the calls of the judge's model.
	heard func(pipeline.Generator) pipeline.Generator
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
	out := &validators.Judging{Mode: mode, NoReasons: f.noReasons || own.Reasons != nil && !*own.Reasons}
	if out.Params, err = judgeParams(p); err != nil {
		return nil, nil, err
	}
	width := own.Concurrency
	if f.width > 0 {
		width = f.width
	}
	if width == 0 {
		width = p.Evals.Concurrency
	}
	model, err := s.judgeModel(p, ref, own.Config, timeout, width, f.heard)
	if err != nil {
		return nil, nil, fmt.Errorf("the judge: %w", err)
	}
	out.Judge, out.Name = model.judge, model.judge.Name
	return out, model, nil
}

// judgeParams are the parameters of judged metrics that genops.yaml gives.
func judgeParams(p *config.Project) (map[string]json.RawMessage, error) {
	var all validators.Judging
	for _, name := range slices.Sorted(maps.Keys(p.Evals.Judge.Metrics)) {
		if err := all.SetParams(name, p.Evals.Judge.Metrics[name]); err != nil {
			return nil, usage(fmt.Errorf("%s: evals.judge.metrics: %w", config.Name, err))
		}
	}
	return all.Params, nil
}

// computing is how metrics are set up that ask nobody, where there is no judge;
// nil = as usual.
func computing(p *config.Project) (*validators.Judging, error) {
	mode, err := judged.ParseMode(p.Evals.Judge.Compat)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: evals.judge.%w", config.Name, err))
	}
	params, err := judgeParams(p)
	if err != nil || len(params) == 0 && mode == judged.Default {
		return nil, err
	}
	return &validators.Judging{Mode: mode, Params: params}, nil
}

// judgeModel makes the chat model of a reference: PROVIDER:MODEL, models/NAME or
// the NAME of a file there.
func (s *State) judgeModel(p *config.Project, ref string, parameters map[string]any, timeout time.Duration, width int, heard func(pipeline.Generator) pipeline.Generator) (*judgeModel, error) {
	if _, file := registry.ModelOf(ref); !file && !strings.Contains(ref, ":") {
		ref = "models/" + ref
	}
	ref = strings.TrimSuffix(ref, ".yaml")
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
	release, err := judgeDigest(s, p.Root, calls, file)
	if err != nil {
		return nil, err
	}
	prompts := &validators.Prompts{Dir: judgePromptsOf(p)}
	if err := prompts.Check(); err != nil {
		return nil, err
	}
	out := &judgeModel{Prompted: m}
	var g pipeline.Generator = m
	if heard != nil {
		g = heard(m)
	}
	out.judge = validators.NewJudge(validators.JudgeConfig{Name: ref, Release: release, Generator: g, Prompts: prompts, Width: width, Retries: p.Evals.Retries})
	return out, nil
}

// judgePromptsOf is the project's folder of judge prompts; "" when there is none.
func judgePromptsOf(p *config.Project) string {
	dir := filepath.Join(p.Root, filepath.FromSlash(validators.JudgePromptsDir))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

// judgeDigest digests what decides a judge's replies, beside the prompts. Of a
// program these are its file and those that its arguments name, too.
func judgeDigest(s *State, root string, m registry.ModelRuntime, file *registry.Model) (string, error) {
	key := map[string]any{"model": m.Model, "base_url": m.BaseURL, "config": m.Config}
	command, err := generators.ProcessCommand(m.Model)
	if err != nil {
		return "", err
	}
	if command != nil {
		if key["program"], err = registry.ProgramParts(root, command, s.self()); err != nil {
			return "", err
		}
	}
	if file != nil {
		key["parameters"] = file.Parameters
	}
	data, err := json.Marshal(key)
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

// withJudge lets a run's spending know the prices of its judges.
func withJudge(s *pipeline.Spending, models []*judgeModel) {
	worst := s.Worst
	s.Worst = func(q pipeline.Request) (float64, bool) {
		if strings.HasPrefix(q.ID, validators.JudgeRequests) {
			if q.Chat == nil {
				return 0, true // what an earlier start paid
			}
			return dearest(models, q), true
		}
		if worst == nil {
			return 0, false
		}
		return worst(q)
	}
}
