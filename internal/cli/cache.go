package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/config"
)

func newCache(s *State) *cobra.Command {
	return group("cache", "Show and clear the cache of calls", "  genops cache stats\n  genops cache clear --older-than 24h", newCacheStats(s), newCacheClear(s))
}

// openCache opens the cache of the project p; nil when there is none yet.
func (s *State) openCache(c *cobra.Command, p *config.Project) (*assets.Cache, error) {
	path := assets.CachePath(p.Root)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	cache, err := assets.OpenCache(c.Context(), path, int64(p.Evals.CacheMB)<<20)
	if err == nil && cache.Replaced() != "" {
		fmt.Fprintf(s.Stderr, "warning: the cache was damaged; it is %s now, and a new one was made\n", s.show(cache.Replaced()))
	}
	return cache, err
}

func newCacheStats(s *State) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "stats", Short: "Show what the cache holds, by release", Example: "  genops cache stats", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := s.project()
			if err != nil {
				return err
			}
			cache, err := s.openCache(c, p)
			if err != nil {
				return err
			}
			stats := assets.CacheStats{Path: assets.CachePath(p.Root), MaxBytes: int64(p.Evals.CacheMB) << 20, Releases: []assets.CachedAnswers{}}
			if cache != nil {
				defer cache.Close()
				if stats, err = cache.Stats(c.Context()); err != nil {
					return err
				}
			}
			stats.Path = s.show(stats.Path)
			if asJSON {
				return writeJSON(s.Stdout, stats)
			}
			return s.cacheTable(stats)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (s *State) cacheTable(stats assets.CacheStats) error {
	if stats.Total.Answers == 0 {
		fmt.Fprintln(s.Stdout, "the cache is empty")
		return nil
	}
	fmt.Fprintf(s.Stdout, "%d answer(s) that cost $%.4f in %s, %.1f MB of at most %.0f MB\n\n",
		stats.Total.Answers, stats.Total.CostUSD, stats.Path, float64(stats.FileBytes)/1e6, float64(stats.MaxBytes)/1e6)
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RELEASE\tANSWERS\tMB\tCOST\tOLDEST\tNEWEST")
	for _, r := range stats.Releases {
		fmt.Fprintf(t, "%s\t%d\t%.1f\t$%.4f\t%s\t%s\n", plain(shortDigest(r.Release)), r.Answers, float64(r.Bytes)/1e6, r.CostUSD,
			r.Oldest.Local().Format(time.DateTime), r.Newest.Local().Format(time.DateTime))
	}
	return t.Flush()
}

// shortDigest is enough of a digest to tell it apart.
func shortDigest(digest string) string {
	const enough = len("sha256:") + 12
	return digest[:min(len(digest), enough)]
}

func newCacheClear(s *State) *cobra.Command {
	var olderThan time.Duration
	var release string
	c := &cobra.Command{Use: "clear", Short: "Remove answers from the cache",
		Long:    "Clear removes all answers, or those that both flags choose. Calls whose answers are gone are made again.",
		Example: "  genops cache clear --older-than 24h", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if olderThan < 0 {
				return usage(fmt.Errorf("--older-than %s: must be 0 or more", olderThan))
			}
			p, err := s.project()
			if err != nil {
				return err
			}
			cache, err := s.openCache(c, p)
			if err != nil {
				return err
			}
			removed, bytes := 0, int64(0)
			if cache != nil {
				defer cache.Close()
				if release, err = findRelease(c, cache, release); err != nil {
					return err
				}
				removed, bytes, err = cache.Clear(c.Context(), assets.CacheFilter{OlderThan: olderThan, Release: release})
				if err != nil {
					return err
				}
			}
			fmt.Fprintf(s.Stdout, "removed %d answer(s), %.1f MB\n", removed, float64(bytes)/1e6)
			return nil
		}}
	c.Flags().DurationVar(&olderThan, "older-than", 0, "only calls made longer than this `TIME` ago, e.g. 24h")
	c.Flags().StringVar(&release, "release", "", "only answers of the release with this `DIGEST`, or with its beginning")
	completeRoot(s, c, "release", cachedReleases)
	return c
}

// cachedReleases lists the digests of the releases that the cache knows.
func cachedReleases(root string) (digests []string) {
	path := assets.CachePath(root)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	cache, err := assets.OpenCache(context.Background(), path, 0)
	if err != nil {
		return nil
	}
	defer cache.Close()
	stats, _ := cache.Stats(context.Background())
	for _, r := range stats.Releases {
		digests = append(digests, r.Release)
	}
	return digests
}

// findRelease finds the release whose digest begins so, with or without its
// "sha256:".
func findRelease(c *cobra.Command, cache *assets.Cache, begins string) (string, error) {
	if !c.Flags().Changed("release") {
		return "", nil
	}
	stats, err := cache.Stats(c.Context())
	if err != nil {
		return "", err
	}
	var found, known []string
	for _, r := range stats.Releases {
		known = append(known, shortDigest(r.Release))
		_, hex, _ := strings.Cut(r.Release, ":")
		if begins != "" && (strings.HasPrefix(r.Release, begins) || strings.HasPrefix(hex, begins)) {
			found = append(found, r.Release)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", usage(fmt.Errorf("--release %q: the cache holds no answer of such a release; known: %s", begins, strings.Join(known, ", ")))
	}
	return "", usage(fmt.Errorf("--release %q is the beginning of %d releases' digests; give more of it", begins, len(found)))
}
