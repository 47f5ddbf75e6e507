package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// memory is where a run finds answers of earlier calls and leaves its own: the
// project's cache, or a cassette.
func (e *runEval) memory(ctx context.Context, p *config.Project, arms []*registry.Resolved) (m evals.Memory, close func(), err error) {
	close = func() {}
	if e.replay != "" {
		m, err = e.player(arms)
		return m, close, err
	}
	m.MaxAge, m.From = p.Evals.BaselineAge, "cache"
	var cache *assets.Cache
	if !e.noCache && p.Evals.CacheMB > 0 {
		cache = e.cacheFor(ctx, p, arms, &m)
	}
	if cache != nil {
		close = func() { cache.Close() }
	}
	if cache == nil && e.record == "" {
		return m, close, nil
	}
	k := &keeping{runEval: e, cache: cache, arms: arms}
	m.Keep, m.End = func(answers []evals.Kept) error { return k.keep(context.WithoutCancel(ctx), answers) }, k.end
	return m, close, nil
}

// cacheFor opens the cache for the arms whose answers may be kept. A cache that
// can't be used costs calls, never a run.
func (e *runEval) cacheFor(ctx context.Context, p *config.Project, arms []*registry.Resolved, m *evals.Memory) *assets.Cache {
	if !slices.ContainsFunc(arms, cacheable) {
		return nil
	}
	cache, err := assets.OpenCache(ctx, assets.CachePath(p.Root), int64(p.Evals.CacheMB)<<20)
	if err != nil {
		fmt.Fprintln(e.Stderr, "warning: the cache of calls is not used:", plain(err.Error()))
		return nil
	}
	if moved := cache.Replaced(); moved != "" {
		fmt.Fprintf(e.Stderr, "warning: the cache of calls was damaged; it lies in %s now\n", e.show(moved))
	}
	if e.fresh {
		return cache
	}
	m.Recall = func(ctx context.Context, release string, keys []string) (map[string]assets.Answer, error) {
		if !cached(arms, release) {
			return nil, nil
		}
		found, err := cache.Get(ctx, release, keys)
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(e.Stderr, "warning: the cache of calls is not used:", plain(err.Error()))
			return nil, nil
		}
		return found, err
	}
	return cache
}

func cacheable(a *registry.Resolved) bool {
	ok, _ := a.Release.Cacheable()
	return ok
}

// cached says whether answers of a release go into the cache.
func cached(arms []*registry.Resolved, release string) bool {
	return slices.ContainsFunc(arms, func(a *registry.Resolved) bool { return a.Release.Digest == release && cacheable(a) })
}

// player answers from the cassette alone.
func (e *runEval) player(arms []*registry.Resolved) (evals.Memory, error) {
	c, err := assets.ReadCassette(e.path(e.replay))
	if errors.Is(err, fs.ErrNotExist) {
		return evals.Memory{}, usage(fmt.Errorf("--replay: %w", err))
	}
	if err != nil {
		return evals.Memory{}, fmt.Errorf("--replay: %w", err)
	}
	for _, a := range arms {
		if !slices.Contains(c.Releases(), a.Release.Digest) {
			return evals.Memory{}, usage(fmt.Errorf("--replay %s: it was recorded for another release than %s %s (%.19s…); record it again with --record",
				e.replay, a.Agent.ID, a.Release.Version, a.Release.Digest))
		}
	}
	return evals.Memory{From: e.replay, Only: true, Recall: c.Get}, nil
}

// keeping puts what calls brought into the cache and, once the run has all that
// it needs, everything into the cassette.
type keeping struct {
	*runEval
	cache    *assets.Cache // nil = not used, or not any more
	arms     []*registry.Resolved
	recorded []assets.Recorded
}

func (k *keeping) keep(ctx context.Context, answers []evals.Kept) error {
	var fresh []assets.Answer
	for _, a := range answers {
		if k.record != "" {
			k.recorded = append(k.recorded, assets.Recorded{ID: a.ID, Answer: a.Answer})
		}
		if a.Made && cached(k.arms, a.Release) {
			fresh = append(fresh, a.Answer)
		}
	}
	if k.cache == nil || len(fresh) == 0 {
		return nil
	}
	if err := k.cache.Put(ctx, fresh); err != nil {
		fmt.Fprintln(k.Stderr, "warning: the answers are not in the cache:", plain(err.Error()))
		k.cache = nil
	}
	return nil
}

func (k *keeping) end(finished bool) error {
	if k.record == "" || !finished {
		return nil
	}
	header := assets.CassetteHeader{Created: time.Now()}
	for _, a := range k.arms {
		header.Releases = append(header.Releases, a.Release.Digest)
	}
	if err := assets.WriteCassette(k.path(k.record), header, slices.Values(k.recorded), k.secrets(k.arms)); err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	fmt.Fprintf(k.Stderr, "recorded %d answers in %s\n", len(k.recorded), k.record)
	return nil
}

// secrets are the keys that the arms use, by the environment variable.
func (e *runEval) secrets(arms []*registry.Resolved) map[string]string {
	names := map[string]bool{}
	for _, a := range arms {
		if h := a.Agent.Runtime.HTTP; h != nil {
			names[h.APIKeyEnv] = true
		}
		if m, ok := modelCalls(a.Agent); ok {
			names[m.APIKeyEnv] = true
			for _, name := range generators.KeyVariables(m.Model) {
				names[name] = true
			}
		}
	}
	out := map[string]string{}
	for name := range names {
		if value := strings.TrimSpace(e.Getenv(name)); name != "" && value != "" {
			out[name] = value
		}
	}
	return out
}

// modelCalls is how an agent calls its model, where it is one.
func modelCalls(a *registry.Agent) (m registry.ModelRuntime, ok bool) {
	if a.Runtime.Model == nil {
		return m, false
	}
	p, err := a.Prompt()
	if err != nil {
		return m, false // the run says so
	}
	m, _, err = a.Calls(p)
	return m, err == nil
}
