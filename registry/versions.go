package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// VersionInfo is one version of an object, as its tag tells.
type VersionInfo struct {
	Version string    `json:"version"`
	Tag     string    `json:"tag"`    // without refs/tags/
	Commit  string    `json:"commit"` // that it names
	Object  string    `json:"object"` // the tag's own object, at which labels point; of a lightweight tag the commit
	Who     string    `json:"who"`    // who tagged it; of a lightweight tag the commit's author
	Email   string    `json:"email,omitempty"`
	When    time.Time `json:"when"`
	Message string    `json:"message"`
	Signed  bool      `json:"signed"`         // it carries a signature, which nobody has checked
	Labels  []string  `json:"labels"`         // that point at it, sorted
	Also    string    `json:"also,omitempty"` // other tags that claim to be this version and hold something else
}

// A record ends with three NULs and a newline: two end also the fields before an
// empty message.
const versionFormat = "--format=%(refname)%00%(objectname)%00%(*objectname)%00%(objecttype)%00%(*objecttype)%00%(taggername)%(authorname)%00%(taggeremail:trim)%(authoremail:trim)%00%(creatordate:unix)%00%(contents:signature)%00%(contents:subject)%0a%0a%(contents:body)%00%00%00"

const endOfVersion = "\x00\x00\x00"

// Versions lists the versions of an object, newest first; none is no error, and
// neither is a name that nothing has. The digest of one is that of
// Object(NAME@VERSION).
func (g Registry) Versions(ctx context.Context, kind Kind, name string) ([]VersionInfo, error) {
	at, err := parseObject(kind, name)
	if err != nil {
		return nil, err
	}
	r, err := g.repository(ctx)
	if errors.Is(err, errNoRepository) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h, err := r.history(ctx, kind, at.name)
	if err != nil || len(h.versions) == 0 {
		return nil, err
	}
	out, err := r.run(ctx, "for-each-ref", versionFormat, "refs/tags/"+kind.Dir()+"/"+at.name+"/")
	if err != nil {
		return nil, err
	}
	told := map[string]VersionInfo{}
	for record := range strings.SplitSeq(out, endOfVersion+"\n") {
		v, err := versionInfo(strings.Split(strings.TrimSuffix(record, endOfVersion), "\x00"))
		if err != nil {
			return nil, err
		}
		told[v.Tag] = v
	}
	var all []VersionInfo
	for _, t := range h.versions {
		v := told[t.tag]
		v.Version, v.Tag, v.Commit, v.Object = t.version.String(), t.tag, t.commit, t.object
		v.Labels = append([]string{}, h.labelsAt(place{version: v.Version, tag: t.tag})...) // never null in JSON
		v.Also = h.double(t)
		all = append(all, v)
	}
	return all, nil
}

// versionInfo reads one record of versionFormat.
func versionInfo(f []string) (VersionInfo, error) {
	const fields = 10
	if len(f) < fields {
		return VersionInfo{}, fmt.Errorf("git for-each-ref answered %q", f)
	}
	v := VersionInfo{Tag: strings.TrimPrefix(f[0], "refs/tags/"), Who: f[5], Email: f[6], Signed: f[8] != ""}
	if unix, err := strconv.ParseInt(f[7], 10, 64); err == nil {
		v.When = time.Unix(unix, 0).UTC()
	}
	v.Message = strings.TrimSpace(strings.Join(f[9:], "\x00"))
	return v, nil
}

// Names lists the names that the kind has in the working tree and in versions,
// sorted: what commands complete.
func (g Registry) Names(ctx context.Context, kind Kind) []string {
	var names []string
	l, err := g.open(ctx, kind, false)
	if err == nil {
		for _, f := range objectFiles(l.project, kind) {
			names = append(names, f.name)
		}
	}
	l.close()
	if r, err := g.repository(ctx); err == nil {
		all, _ := r.histories(ctx, kind)
		for name, h := range all {
			if len(h.versions) > 0 {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Labels lists the labels that objects of the kind have, sorted.
func (g Registry) Labels(ctx context.Context, kind Kind) []string {
	r, err := g.repository(ctx)
	if err != nil {
		return nil
	}
	all, _ := r.histories(ctx, kind)
	var names []string
	for _, h := range all {
		names = append(names, h.labelNames()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
