package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
)

// releasesDir remembers under which version and commit a digest was resolved.
var releasesDir = filepath.Join(checkoutsDir, "releases")

// remembered is one file there, named by the agent and the release's digest.
type remembered struct {
	Agent   string `json:"agent"`
	Release string `json:"release"`
	Version string `json:"version,omitempty"`
	Commit  string `json:"commit"`
	Tree    string `json:"tree"` // name of the checkout
}

// remember notes a release of a checkout. Writers of one digest write the same
// content, but for versions that share it: the last one stays.
func (g Registry) remember(r *Resolved, c checkout) error {
	data, err := json.Marshal(remembered{r.Agent.ID, r.Release.Digest, r.Version, r.Commit, c.tree})
	if err != nil {
		return err
	}
	name := filepath.Join(g.Root, releasesDir, r.Agent.ID+"@"+strings.TrimPrefix(r.Release.Digest, "sha256:"))
	if old, err := os.ReadFile(name); err == nil && string(old) == string(data) {
		return nil
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

var objectName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`) })

// byDigest finds a release among those that were resolved here, and in the
// working tree.
func (g Registry) byDigest(ctx context.Context, at ref) (*Resolved, error) {
	found, err := g.remembered(at)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		return g.digestHere(ctx, at)
	case 1:
		return g.again(ctx, at, found[0])
	}
	var all []string
	for _, m := range found {
		all = append(all, m.Release)
	}
	sort.Strings(all)
	return nil, fmt.Errorf("agent %q: several releases begin so: %s", at, some(all))
}

// remembered are the releases of the agent that were resolved here and whose
// digest begins so.
func (g Registry) remembered(at ref) (found []remembered, err error) {
	entries, err := os.ReadDir(filepath.Join(g.Root, releasesDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), at.name+"@"+at.digest) {
			continue
		}
		var m remembered
		data, err := os.ReadFile(filepath.Join(g.Root, releasesDir, e.Name()))
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil || m.Agent != at.name || !objectName().MatchString(m.Tree) || !objectName().MatchString(m.Commit) {
			return nil, fmt.Errorf("agent %q: the file %s is damaged; remove it", at, filepath.Join(releasesDir, e.Name()))
		}
		found = append(found, m)
	}
	return found, nil
}

// digestHere is the working tree, if that is what the digest means.
func (g Registry) digestHere(ctx context.Context, at ref) (*Resolved, error) {
	if _, err := agentPath(g.Root, g.Root, at.name); err == nil {
		r, err := g.workingTree(ctx, at.name)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(r.Release.Digest, "sha256:"+at.digest) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("agent %q: no such release is known here; a digest is known after its version was used once, as %s@VERSION: %w", at, at.name, fs.ErrNotExist)
}

// again resolves a release that was resolved before.
func (g Registry) again(ctx context.Context, at ref, m remembered) (*Resolved, error) {
	c, err := g.checkout(ctx, nil, m.Tree)
	if err != nil {
		return nil, known(fmt.Errorf("checking out agent %s: %w", at, err))
	}
	out, err := g.load(ctx, at, place{commit: m.Commit, version: m.Version}, c)
	if err != nil {
		return nil, err
	}
	if out.Release.Digest != m.Release {
		return nil, fmt.Errorf("agent %q: commit %.12s now gives the release %s: a program outside of the project, or what the build makes, is another one", at, m.Commit, out.Release.Digest)
	}
	return out, nil
}
