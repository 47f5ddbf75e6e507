package registry

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// State says how the working tree differs from an object's latest version.
type State string

// The states of an object.
const (
	StateClean    State = "clean"    // it holds what the latest version holds
	StateModified State = "modified" // it, or what it includes, differs
	StateNew      State = "new"      // it has no version yet
	StateDeleted  State = "deleted"  // it has versions, and is no longer there
	StateBroken   State = "broken"   // it can't be read; see Problem
)

// Summary is an object in a list.
type Summary struct {
	Kind    Kind
	Name    string
	Path    string            // "" = deleted
	Latest  string            // version; pre-releases count only where there is nothing else; "" = none
	Tag     string            // of Latest
	Commit  string            // of Latest
	Labels  map[string]string // label → version, "" = it points at none
	State   State
	About   string
	Digest  string // of the working tree's content; "" where it was deleted or is broken
	Problem string // what is wrong; "" = nothing
}

// Dirty says whether the working tree differs from the latest version.
func (s Summary) Dirty() bool { return s.State != StateClean }

// Objects lists the objects of a kind in the working tree and in versions,
// sorted by name. It takes the same few calls of git for one prompt and for a
// thousand. A file that can't be read is listed with its problem.
func (g Registry) Objects(ctx context.Context, kind Kind) ([]Summary, error) {
	l, err := g.open(ctx, kind, false)
	defer l.close()
	if err != nil && !errors.Is(err, errNoCommit) {
		return nil, err
	}
	if l.r == nil {
		l.r, err = g.repository(ctx)
		if errors.Is(err, errNoRepository) {
			l.r = nil
		} else if err != nil {
			return nil, err
		}
	}
	past := map[string]*lineage{}
	if l.r != nil {
		if l.content == nil {
			l.content = l.r.content(ctx)
		}
		if past, err = l.r.histories(ctx, kind); err != nil {
			return nil, err
		}
	}
	all := l.summaries(past)
	return l.states(ctx, all)
}

// listed is a summary under way.
type listed struct {
	Summary
	object *Object
	files  map[string][]byte // what was read to make the object; nil bytes = looked for, and not there
}

// summaries joins the files of the working tree with the versions.
func (l *loader) summaries(past map[string]*lineage) []*listed {
	byName := map[string]*listed{}
	var all []*listed
	if l.project != nil {
		for _, f := range objectFiles(l.project, l.kind) {
			if first := byName[f.name]; first != nil {
				first.Problem = fmt.Sprintf("two files have this name: %s and %s", first.Path, f.path)
				continue
			}
			s := &listed{Summary: Summary{Kind: l.kind, Name: f.name, Path: f.path, State: StateNew}}
			if err := l.kind.CheckName(f.name); err != nil {
				s.Problem = err.Error()
			}
			byName[f.name] = s
			all = append(all, s)
		}
	}
	for name, h := range past {
		s := byName[name]
		if s == nil && len(h.versions) == 0 {
			continue
		}
		if s == nil {
			s = &listed{Summary: Summary{Kind: l.kind, Name: name, State: StateDeleted}}
			all = append(all, s)
		}
		s.history(h)
	}
	slices.SortFunc(all, func(a, b *listed) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// history fills in what tags and labels say.
func (s *listed) history(h *lineage) {
	if t, ok := h.latest(); ok {
		s.Latest, s.Tag, s.Commit = t.version.String(), t.tag, t.commit
		if other := h.double(t); other != "" {
			s.Problem = fmt.Sprintf("two tags claim to be version %s and hold different commits: %s and %s", t.version, t.tag, other)
		}
	}
	for _, label := range h.labels {
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		t, ok := h.versionOf(label)
		s.Labels[label.label] = ""
		if ok {
			s.Labels[label.label] = t.version.String()
		} else if label.commit == "" || label.object != label.commit {
			s.Problem = fmt.Sprintf("the label %s points at a version that is gone", label.label)
		}
	}
}

// latest is the newest release, else the newest pre-release.
func (h *lineage) latest() (tagged, bool) {
	for _, t := range h.versions {
		if t.version.pre == "" {
			return t, true
		}
	}
	if len(h.versions) > 0 {
		return h.versions[0], true
	}
	return tagged{}, false
}

// states reads the working tree and compares it with the latest versions.
func (l *loader) states(ctx context.Context, all []*listed) ([]Summary, error) {
	l.readAll(all)
	if err := l.compare(ctx, all); err != nil {
		return nil, err
	}
	out := make([]Summary, len(all))
	for i, s := range all {
		out[i] = s.Summary
	}
	return out, nil
}

// readAll reads the objects of the working tree, on all processors.
func (l *loader) readAll(all []*listed) {
	var wait sync.WaitGroup
	work := make(chan *listed)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for s := range work {
				l.readOne(s)
			}
		})
	}
	for _, s := range all {
		if s.Path != "" {
			work <- s
		}
	}
	close(work)
	wait.Wait()
}

func (l *loader) readOne(s *listed) {
	seen := &recorder{FS: l.project, files: map[string][]byte{}}
	o, err := l.readFile(seen, objectFile{s.Name, s.Path})
	if err != nil {
		s.State, s.Problem = StateBroken, err.Error()
		return
	}
	s.object, s.files, s.About, s.Digest = o, seen.files, o.About(), o.Digest
}

// compare finds out which objects differ from their latest version: first by
// what git calls the bytes of the files, then, where that differs, by the
// content.
func (l *loader) compare(ctx context.Context, all []*listed) error {
	var ask []string
	var want []string
	var of []*listed
	for _, s := range all {
		if s.object == nil || s.Commit == "" {
			continue
		}
		s.State = StateClean
		if l.kind == KindAgent { // its globs may match other files there
			s.State = StateModified
			continue
		}
		for file, data := range s.files {
			ask = append(ask, s.Commit+":"+l.inRepository(file))
			want = append(want, blobName(len(s.Commit), data))
			of = append(of, s)
		}
	}
	if len(ask) > 0 {
		found, err := l.r.check(ctx, ask)
		if err != nil {
			return err
		}
		for i, s := range of {
			if found[i] != want[i] {
				s.State = StateModified
			}
		}
	}
	for _, s := range all {
		if s.State == StateModified && l.same(s) {
			s.State = StateClean
		}
	}
	return nil
}

// same compares the contents themselves. Line ends that git turned on checkout
// are no difference.
func (l *loader) same(s *listed) bool {
	o, err := l.read(treeFS{l.content, s.Commit, l.r.prefix}, s.Name)
	if err != nil {
		return false
	}
	return o.Digest == s.Digest || slices.EqualFunc(o.Files, s.object.Files, func(a, b ObjectFile) bool {
		return a.Name == b.Name && a.Path == b.Path && a.Text != nil && b.Text != nil && bytes.Equal(unixLines(a.Text), unixLines(b.Text))
	})
}

func unixLines(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

func (l *loader) inRepository(file string) string {
	if p := l.r.prefix; p != "" {
		return p + "/" + file
	}
	return file
}

// blobName is what git calls a file's bytes, in a repository whose names have so
// many hex digits; "" for a file that is not there.
func blobName(digits int, data []byte) string {
	if data == nil {
		return ""
	}
	var h hash.Hash = sha1.New()
	if digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// recorder remembers which files were read, and which were looked for in vain.
type recorder struct {
	fs.FS
	files map[string][]byte
}

// ReadFile implements fs.ReadFileFS.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	switch {
	case err == nil:
		r.files[name] = data[:len(data):len(data)]
		if data == nil {
			r.files[name] = []byte{}
		}
	case errors.Is(err, fs.ErrNotExist):
		r.files[name] = nil
	}
	return data, err
}

// Open implements fs.FS.
func (r *recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		r.files[name] = nil
	}
	return f, err
}
