package registry

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// ref is what a reference asks for: the object of that name as it is now, or as
// it was at a place in git's history, or the content of a digest.
type ref struct {
	kind Kind
	name string
	at   string // what stands behind the "@"; "" = the working tree

	version version // when it can be one; numbers is nil when it can't
	digest  string  // hex digits behind "sha256:"
}

// String is the reference as it is written.
func (r ref) String() string {
	if r.at == "" {
		return r.name
	}
	return r.name + "@" + r.at
}

const maxRef = 500 // bytes; longer than any name that git can keep in a file

var contentDigest = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{12,64}$`) })

// parseRef reads NAME@AT, where AT is a version, its beginning, a label,
// "sha256:…" or anything that git can resolve. The name ends at the first "@",
// so AT may hold more of them. ok is false when s has no such form: then it is a
// plain ID or a file, of agents only. For the other kinds there is always a
// reference or an error; a file's path stands for its name.
func parseRef(kind Kind, s string) (r ref, ok bool, err error) {
	name, at, found := strings.Cut(s, "@")
	if kind == KindAgent {
		if !found {
			return ref{}, false, nil
		}
		if !agentID().MatchString(name) || looksLikeFile(name) {
			if strings.Contains(at, "@") || strings.ContainsAny(at, `/\`) || !looksLikeFile(name) {
				return ref{}, false, nil // some path with an "@" in it
			}
			return ref{}, false, fmt.Errorf("agent %q: versions go with an agent's ID, such as %s@%s, not with its file",
				s, strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), at)
		}
	} else {
		name = kind.clean(name)
		if err := kind.CheckName(name); err != nil {
			return ref{}, false, err
		}
		if !found {
			return ref{kind: kind, name: name}, true, nil
		}
	}
	r = ref{kind: kind, name: name, at: at}
	r.version, _ = parseVersion(at)
	if hex, isDigest := strings.CutPrefix(at, "sha256:"); isDigest {
		if !contentDigest().MatchString(hex) {
			return ref{}, false, &notValid{fmt.Sprintf("%s %q: a digest has 64 lower-case hex digits, of which the first 12 or more are given", kind, s)}
		}
		r.digest = hex
	}
	switch {
	case at == "":
		err = &notValid{fmt.Sprintf("%s %q: nothing stands behind the @; write a version such as %s@1.0.0, a label, or a branch, tag or commit of git", kind, s, name)}
	case len(at) > maxRef || strings.HasPrefix(at, "-") || !utf8.ValidString(at) || strings.ContainsFunc(at, unicode.IsControl):
		err = &notValid{fmt.Sprintf("%s %q: what stands behind the @ is neither a version nor a name in git", kind, s)}
	}
	if err != nil {
		return ref{}, false, err
	}
	return r, true, nil
}

// parseObject is parseRef where every reference is a name: an agent's file
// stands for its ID, too.
func parseObject(kind Kind, s string) (ref, error) {
	if kind == KindAgent {
		name, at, found := strings.Cut(s, "@")
		name = kind.clean(name)
		if err := kind.CheckName(name); err != nil {
			return ref{}, err
		}
		if !found {
			return ref{kind: kind, name: name}, nil
		}
		s = name + "@" + at
	}
	r, ok, err := parseRef(kind, s)
	if err == nil && !ok {
		err = kind.CheckName(s)
	}
	return r, err
}

// Relative is the reference that ref means beside the agent id: "2.0.0" or
// "main" is that version of the same agent, "production" what that label names.
// What holds an ID of its own, names another agent of the project or is a file
// stays as it is.
func (g Registry) Relative(id, ref string) string {
	switch before, after, found := strings.Cut(ref, "@"); {
	case ref == "" || looksLikeFile(ref) && exists(g.file(ref)):
		return ref
	case found && agentID().MatchString(before) && !strings.HasPrefix(after, "{"): // HEAD@{1} is git's
		return ref
	case slices.Contains(Agents(g.Root), ref):
		return ref
	case strings.HasSuffix(ref, ".yaml") || strings.HasSuffix(ref, ".yml"):
		return ref
	}
	return id + "@" + ref
}
