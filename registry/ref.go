package registry

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ref is what a reference to an agent asks for: the agent ID as it is now, or
// as it was at a place in git's history, or the release of a digest.
type ref struct {
	id string
	at string // what stands behind the "@"; "" = the working tree

	version version // when it can be one; numbers is nil when it can't
	digest  string  // hex digits behind "sha256:"
}

// String is the reference as it is written.
func (r ref) String() string {
	if r.at == "" {
		return r.id
	}
	return r.id + "@" + r.at
}

const maxRef = 500 // bytes; longer than any name that git can keep in a file

var releaseDigest = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// parseRef reads ID@AT, where AT is a version, its beginning, "sha256:…" or
// anything that git can resolve. ok is false when s has no such form: it is a
// plain ID or a file. The ID ends at the first "@", so AT may hold more of them.
func parseRef(s string) (r ref, ok bool, err error) {
	id, at, found := strings.Cut(s, "@")
	if !found {
		return ref{}, false, nil
	}
	if !agentID.MatchString(id) || looksLikeFile(id) {
		if strings.Contains(at, "@") || strings.ContainsAny(at, `/\`) || !looksLikeFile(id) {
			return ref{}, false, nil // some path with an "@" in it
		}
		return ref{}, false, fmt.Errorf("agent %q: versions go with an agent's ID, such as %s@%s, not with its file",
			s, strings.TrimSuffix(filepath.Base(id), filepath.Ext(id)), at)
	}
	r = ref{id: id, at: at}
	r.version, _ = parseVersion(at)
	if hex, isDigest := strings.CutPrefix(at, "sha256:"); isDigest {
		if !releaseDigest.MatchString(hex) {
			return ref{}, false, fmt.Errorf("agent %q: a release's digest has 64 lower-case hex digits, of which the first 12 or more are given", s)
		}
		r.digest = hex
	}
	switch {
	case at == "":
		err = fmt.Errorf("agent %q: nothing stands behind the @; write a version such as %s@1.0.0, or a branch, tag or commit of git", s, id)
	case len(at) > maxRef || strings.HasPrefix(at, "-") || !utf8.ValidString(at) || strings.ContainsFunc(at, unicode.IsControl):
		err = fmt.Errorf("agent %q: what stands behind the @ is neither a version nor a name in git", s)
	}
	if err != nil {
		return ref{}, false, err
	}
	return r, true, nil
}

// Relative is the reference that ref means beside the agent id: "2.0.0" or
// "main" is that version of the same agent. What holds an ID of its own, names
// another agent of the project or is a file stays as it is.
func (g Registry) Relative(id, ref string) string {
	switch before, after, found := strings.Cut(ref, "@"); {
	case ref == "" || looksLikeFile(ref) && exists(g.file(ref)):
		return ref
	case found && agentID.MatchString(before) && !strings.HasPrefix(after, "{"): // HEAD@{1} is git's
		return ref
	case slices.Contains(Agents(g.Root), ref):
		return ref
	case strings.HasSuffix(ref, ".yaml") || strings.HasSuffix(ref, ".yml"):
		return ref
	}
	return id + "@" + ref
}
