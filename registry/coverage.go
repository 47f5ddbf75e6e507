package registry

import (
	"context"
	"fmt"
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
