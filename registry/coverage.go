package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Coverage says which contents of an object have evidence.
type Coverage struct {
	Kind     Kind              `json:"kind"`
	Name     string            `json:"name"`
	Versions []CoverageVersion `json:"versions"` // newest first; only the one that was asked for, if one was
	Covered  int               `json:"covered"`  // how many have evidence
	Passing  int               `json:"passing"`  // how many pass: no test set's newest run failed, and one passed
}

// CoverageVersion is one content with its evidence, the newest first.
type CoverageVersion struct {
	Version  string     `json:"version"` // "" = what was asked for is no version
	Labels   []string   `json:"labels"`
	Digest   string     `json:"digest"`
	Passes   bool       `json:"passes"`
	Evidence []Recorded `json:"evidence"`
}

// Coverage lists the evidence of all versions of an object, or of what stands
// behind "@" in a reference. What nothing has is fs.ErrNotExist.
func (g Registry) Coverage(ctx context.Context, kind Kind, name, at string) (*Coverage, error) {
	versions := []string{at}
	if at == "" {
		if _, err := parseObject(kind, name); err != nil {
			return nil, err
		}
		all, err := g.Versions(ctx, kind, name)
		if err != nil {
			return nil, err
		}
		versions = nil
		for _, v := range all {
			versions = append(versions, v.Version)
		}
		if len(all) == 0 {
			if _, err := g.repository(ctx); err != nil {
				return nil, (&loader{}).explain(ref{kind: kind, name: name}, err)
			}
			if _, err := g.Object(ctx, kind, name); err != nil {
				return nil, err
			}
		}
	}
	all, err := g.Evidence(ctx, kind, name)
	if err != nil {
		return nil, err
	}
	c := &Coverage{Kind: kind, Name: name, Versions: []CoverageVersion{}}
	for _, v := range versions {
		o, err := g.Object(ctx, kind, name+"@"+v)
		if err != nil {
			return nil, fmt.Errorf("%s %s@%s: %w", kind, name, v, err)
		}
		found := about(all, o.Digest)
		s := standingOf(found)
		one := CoverageVersion{Version: o.Version, Labels: append([]string{}, o.Labels...), Digest: o.Digest, Passes: s.Passes(), Evidence: append([]Recorded{}, found...)}
		c.Versions = append(c.Versions, one)
		if len(found) > 0 {
			c.Covered++
		}
		if one.Passes {
			c.Passing++
		}
	}
	return c, nil
}

// Covered is an object's latest version, or one that a label is on, with what
// its evidence comes to.
type Covered struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Labels   []string `json:"labels"`
	Latest   bool     `json:"latest"`
	Passes   bool     `json:"passes"`
	Runs     int      `json:"runs"`
	Standing string   `json:"standing"` // in words
}

// Covered lists, for all objects of a kind, the latest version and those that
// labels are on, with what their evidence comes to.
func (g Registry) Covered(ctx context.Context, kind Kind) ([]Covered, error) {
	l, err := g.open(ctx, kind, true)
	defer l.close()
	if err != nil {
		return nil, err
	}
	past, err := l.r.histories(ctx, kind)
	if err != nil {
		return nil, err
	}
	evidence, err := l.r.evidence(ctx, l.content, kind, "")
	if err != nil {
		return nil, err
	}
	byName := map[string][]Recorded{}
	for _, e := range evidence {
		byName[e.Name] = append(byName[e.Name], e)
	}
	all := []Covered{}
	for _, name := range slices.Sorted(maps.Keys(past)) {
		h := past[name]
		var known []version
		for _, t := range h.versions {
			known = append(known, t.version)
		}
		newest := newestRelease(known)
		for _, t := range h.versions {
			p := place{commit: t.commit, version: t.version.String(), tag: t.tag}
			c := Covered{Name: name, Version: p.version, Labels: append([]string{}, h.labelsAt(p)...), Latest: t.version.compare(*newest) == 0}
			if !c.Latest && len(c.Labels) == 0 {
				continue
			}
			if o, err := l.at(ref{kind: kind, name: name, at: p.version}, p, *h); err != nil {
				c.Standing = "can't be read: " + err.Error()
			} else {
				s := standingOf(about(byName[name], o.Digest))
				c.Passes, c.Runs, c.Standing = s.Passes(), s.Runs, s.String()
			}
			all = append(all, c)
		}
	}
	return all, nil
}
