package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

// Object is a prompt, agent, model or test set as it is in the working tree, or
// as it was at a place in git's history.
type Object struct {
	Kind    Kind
	Name    string
	Ref     string   // behind the "@", as it was asked for; "" = the working tree
	Version string   // "1.2.0"; "" when the reference leads to no version
	Tag     string   // of that version
	Commit  string   // "" = the working tree
	Path    string   // of its own file in the project, with slashes
	Digest  string   // "sha256:…" of its content, wherever it lies; see digestOf
	Labels  []string // that point at the version, sorted; of the working tree none
	Notes   []string // what was ambiguous or is missing, a sentence each
	Files   []ObjectFile

	Prompt *dotprompt.Prompt // of a prompt, and of an agent that has one
	Agent  *Agent            // of an agent; its paths are good for the working tree only
	Model  *Model            // of a model, and of an agent whose model is a file

	own      string   // what an agent file gives to the digest; "" = its bytes
	declared []string // paths that the agent's command and files name
}

// ObjectFile is one file that an object consists of.
type ObjectFile struct {
	Name   string // "" for the object's own file; the partial's or tool's name; else the path
	Path   string // in the project, with slashes
	Text   []byte // nil when the file is larger than 16 MiB
	Digest string // "sha256:…" of the file's bytes
}

// About is the object's own description; "" when it has none.
func (o *Object) About() string {
	switch {
	case o.Kind == KindPrompt && o.Prompt != nil:
		return o.Prompt.Description
	case o.Agent != nil:
		return o.Agent.About
	case o.Model != nil:
		return o.Model.About
	}
	return ""
}

// Object finds an object by reference and reads it without a checkout. A
// reference is
//
//	NAME                  the working tree; of a bare repository, HEAD
//	NAME@1.2.0, NAME@1    the version, or the latest that begins so
//	NAME@production       the version that this label points at
//	NAME@sha256:DIGEST    the content of that digest, here or in a version
//	NAME@REF              a branch, tag or commit of git
//
// in that order where a name is several. A file's path stands for its name. What
// does not exist is fs.ErrNotExist, with the nearest known name.
func (g Registry) Object(ctx context.Context, kind Kind, reference string) (*Object, error) {
	at, err := parseObject(kind, reference)
	if err != nil {
		return nil, err
	}
	if at.at == "" {
		l, err := g.open(ctx, kind, false)
		if err != nil {
			return nil, l.explain(at, err)
		}
		defer l.close()
		return l.here(at)
	}
	l, h, err := g.openPast(ctx, at)
	if err != nil {
		return nil, l.explain(at, err)
	}
	defer l.close()
	if at.digest != "" {
		return l.byDigest(at, h)
	}
	p, err := l.r.findIn(ctx, at, &h)
	if errors.Is(err, fs.ErrNotExist) && len(h.versions) == 0 {
		if _, missing := l.here(ref{kind: kind, name: at.name}); errors.Is(missing, fs.ErrNotExist) {
			return nil, missing
		}
	}
	if err != nil {
		return nil, err
	}
	return l.at(at, p, h)
}

// loader reads objects of one project, in the working tree and in history.
type loader struct {
	g       Registry
	kind    Kind
	r       *repository // nil when there is none, or none is needed
	content *content
	root    *os.Root
	project fs.FS  // the working tree, or HEAD of a bare repository
	head    string // commit that stands for the working tree of a bare repository
}

// open makes a loader of the working tree. The repository is opened for history,
// and when the project's root can be a bare one.
func (g Registry) open(ctx context.Context, kind Kind, history bool) (*loader, error) {
	l := &loader{g: g, kind: kind}
	if history || looksBare(g.Root) {
		r, err := g.repository(ctx)
		if err != nil {
			return l, err
		}
		l.r, l.content = r, r.content(ctx)
	}
	return l, l.workingTree(ctx)
}

// openPast makes a loader of history, and reads the refs of the object. Three
// calls of git run side by side: each takes milliseconds to start.
func (g Registry) openPast(ctx context.Context, at ref) (l *loader, h lineage, err error) {
	l = &loader{g: g, kind: at.kind}
	r, err := newRepository(g.Root)
	if err != nil {
		return l, h, err
	}
	var inspected error
	var wait sync.WaitGroup
	wait.Go(func() { inspected = r.inspect(ctx) })
	l.r, l.content = r, r.content(ctx)
	wait.Go(l.content.begin)
	h, err = r.history(ctx, at.kind, at.name, "refs/heads/"+at.at, "refs/tags/"+at.at)
	wait.Wait()
	if inspected != nil {
		err = inspected
	}
	if r.bare {
		r.prefix = g.Prefix
	}
	if err == nil {
		err = l.workingTree(ctx)
	}
	return l, h, err
}

// workingTree finds what stands for it.
func (l *loader) workingTree(ctx context.Context) error {
	if l.r != nil && l.r.bare {
		head, err := l.r.commit(ctx, "HEAD")
		if err == nil && head.commit == "" {
			err = errNoCommit
		}
		l.head, l.project = head.commit, treeFS{l.content, head.commit, l.r.prefix}
		return err
	}
	root, err := os.OpenRoot(l.g.Root)
	if err != nil {
		return err
	}
	l.root, l.project = root, root.FS()
	return nil
}

var errNoCommit = errors.New("the repository has no commit yet")

func (l *loader) close() {
	if l.content != nil {
		l.content.Close()
	}
	if l.root != nil {
		l.root.Close()
	}
}

// explain says of a missing repository what to do.
func (l *loader) explain(at ref, err error) error {
	l.close()
	if errors.Is(err, errNoRepository) {
		return fmt.Errorf("%s %q: %w, so there are no versions: `git init`, commit, `genops %s tag %s 1.0.0`", at.kind, at, err, at.kind, at.name)
	}
	return fmt.Errorf("%s %q: %w", at.kind, at, err)
}

// here is the object in the working tree.
func (l *loader) here(at ref) (*Object, error) {
	o, err := l.read(l.project, at.name)
	if err != nil {
		return nil, err
	}
	o.Commit = l.head
	o.noteWeights(l.g.Root)
	return o, nil
}

// at is the object at a place in history.
func (l *loader) at(at ref, p place, h lineage) (*Object, error) {
	o, err := l.read(treeFS{l.content, p.commit, l.r.prefix}, at.name)
	if err != nil {
		return nil, fmt.Errorf("%s (commit %.12s): %w", at, p.commit, err)
	}
	o.Ref, o.Version, o.Tag, o.Commit = at.at, p.version, p.tag, p.commit
	o.Notes = append(p.notes, o.Notes...)
	o.Labels = h.labelsAt(p)
	o.noteWeights(l.g.Root)
	return o, nil
}

// noteWeights compares a file of weights with its digest.
func (o *Object) noteWeights(root string) {
	if o.Kind != KindModel {
		return
	}
	if err := o.Model.CheckFile(root); err != nil {
		o.Notes = append(o.Notes, err.Error())
	}
}

// labelsAt are the labels that point at a version, or else at a commit.
func (h *lineage) labelsAt(p place) (names []string) {
	for _, l := range h.labels {
		t, ok := h.versionOf(l)
		if p.version != "" && ok && t.tag == p.tag || p.version == "" && l.commit == p.commit {
			names = append(names, l.label)
		}
	}
	slices.Sort(names)
	return names
}

// byDigest finds content in the working tree and, newest first, in the versions.
func (l *loader) byDigest(at ref, h lineage) (*Object, error) {
	is := func(o *Object, err error) bool {
		return err == nil && strings.HasPrefix(o.Digest, "sha256:"+at.digest)
	}
	var found *Object
	for _, t := range h.versions {
		o, err := l.at(at, place{commit: t.commit, version: t.version.String(), tag: t.tag}, h)
		switch {
		case !is(o, err):
		case found == nil:
			found = o
		case found.Digest != o.Digest:
			return nil, fmt.Errorf("%s %q: several digests begin so: %s (version %s) and %s (version %s)", at.kind, at, found.Digest, found.Version, o.Digest, o.Version)
		}
	}
	if found != nil {
		return found, nil
	}
	if o, err := l.here(at); is(o, err) {
		o.Ref = at.at
		return o, nil
	}
	if at.kind == KindAgent { // a program's release is more than its content
		if known, err := l.g.remembered(at); err == nil && len(known) == 1 {
			return l.at(at, h.placeOf(known[0].Commit), h)
		}
	}
	return nil, &notExist{fmt.Sprintf("%s %q: neither the working tree nor one of the %d versions has this content", at.kind, at, len(h.versions))}
}

// placeOf is a commit, and the newest version that it is.
func (h *lineage) placeOf(commit string) place {
	for _, t := range h.versions {
		if t.commit == commit {
			return place{commit: commit, version: t.version.String(), tag: t.tag}
		}
	}
	return place{commit: commit}
}

// locate finds the object's own file. Names in another Unicode form are the same
// name.
func locate(project fs.FS, kind Kind, name string) (file string, err error) {
	for _, form := range forms(name) {
		for _, file := range kind.Files(form) {
			info, err := fs.Stat(project, file)
			switch {
			case err == nil && !info.IsDir():
				return file, nil
			case err != nil && !errors.Is(err, fs.ErrNotExist):
				return "", fmt.Errorf("%s: %w", file, bare(err))
			}
		}
	}
	return "", unknownObject(project, kind, name)
}

// bare takes the operation and path from an error that names the path itself.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// unknownObject names what there is instead.
func unknownObject(project fs.FS, kind Kind, name string) error {
	file := kind.Files(name)[0]
	var known []string
	for _, f := range objectFiles(project, kind) {
		known = append(known, f.name)
	}
	hint := fmt.Sprintf("there is none in %s/ yet", kind.Dir())
	if len(known) > 0 {
		hint = "known: " + some(known)
		if near := config.Nearest(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q? %s", near, hint)
		}
	}
	return &notExist{fmt.Sprintf("%s %q: no file %s (%s)", kind, name, file, hint)}
}
