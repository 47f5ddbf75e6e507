package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaCache finds assets by the exact request that made them. Their bytes are
// in the project's store. An asset that can't be kept or found again is bought
// again: that is told, and ends nothing.
type mediaCache struct {
	w      *mediaWork
	cache  *assets.Cache
	shared assets.Dir
	mu     sync.Mutex // several providers keep and look at the same time
	batch  []assets.Answer
	said   bool
}

// keptMedia is a cache row.
type keptMedia struct {
	Run    string          `json:"run"`
	Record pipeline.Record `json:"record"`
}

// cache opens the project's cache. One that can't be opened costs reuse, not the
// run: it is told, and nothing is found or kept.
func (w *mediaWork) cache() *mediaCache {
	c := &mediaCache{w: w, shared: assets.Dir{Path: w.store(), Also: w.run.Store.Path}}
	var err error
	if c.cache, err = assets.OpenCache(context.Background(), assets.CachePath(w.root), 0); err != nil {
		c.warn(err)
	}
	return c
}

// warn tells the first trouble; the caller holds mu.
func (c *mediaCache) warn(err error) {
	if !c.said {
		c.said = true
		c.w.view.say(fmt.Sprintf("! assets are not kept for reuse: %v", err))
	}
}

// keep notes an asset that was paid for.
func (c *mediaCache) keep(key string, r pipeline.Record) error {
	if c.cache == nil || r.Digest == "" {
		return nil
	}
	var adoptErr error
	if c.w.run.Store.Remote == nil { // else it is found there
		adoptErr = c.shared.Adopt(r.Digest)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if adoptErr != nil {
		c.warn(adoptErr)
		return nil
	}
	data, err := json.Marshal(keptMedia{c.w.run.ID, r})
	if err != nil {
		return err
	}
	c.batch = append(c.batch, assets.Answer{Key: key, Release: mediaRelease, CalledAt: time.Unix(r.At, 0), Result: data, CostUSD: r.CostUSD})
	if len(c.batch) >= 200 {
		c.flush()
	}
	return nil
}

// mediaRelease is under which release media are kept: their keys hold the real one.
const mediaRelease = "media"

// flush writes what was kept; the caller holds mu.
func (c *mediaCache) flush() {
	if len(c.batch) > 0 {
		if err := c.cache.Put(context.Background(), c.batch); err != nil {
			c.warn(err)
		}
		c.batch = nil
	}
}

// find looks for the asset of an equal request.
func (c *mediaCache) find(key string) (pipeline.Record, bool) {
	if c.cache == nil {
		return pipeline.Record{}, false
	}
	found, err := c.cache.Get(context.Background(), mediaRelease, []string{key})
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.warn(err)
		return pipeline.Record{}, false
	}
	a, ok := found[key]
	if !ok {
		return pipeline.Record{}, false
	}
	var k keptMedia
	if json.Unmarshal(a.Result, &k) != nil || !k.Record.OK() {
		return pipeline.Record{}, false
	}
	if _, err := c.w.run.Store.Get(k.Record.Digest); err != nil {
		return pipeline.Record{}, false // its bytes are gone: it is made again
	}
	k.Record.Reused = k.Run
	return k.Record, true
}

func (c *mediaCache) close() {
	if c.cache != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.flush()
		c.cache.Close()
	}
}
