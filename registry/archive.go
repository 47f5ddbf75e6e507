package registry

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// An archive is the content of a ref that only grows: files that are added once and
// never changed, in folders. Its history is that of the additions; two of them
// are merged by taking what either has. This is what keeps the log of labels and
// the evidence.
//
// An archive holds new objects until they are written, so that several additions are
// one commit. It belongs to one goroutine.
type archive struct {
	format format
	read   *content
	tree   string // of the archive now; "" = empty
	fresh  map[string]gitObject
	order  []string          // of fresh
	known  map[string][]byte // trees and commits that were read, by object
}

func newArchive(f format, read *content) *archive {
	return &archive{format: f, read: read, fresh: map[string]gitObject{}, known: map[string][]byte{}}
}

// get reads a tree or commit.
func (a *archive) get(id, want string) ([]byte, error) {
	if data, ok := a.known[id]; ok {
		return data, nil
	}
	kind, data, err := a.read.get(id)
	if err == nil && kind != want {
		err = fmt.Errorf("is a %s, not a %s", kind, want)
	}
	if err != nil {
		return nil, fmt.Errorf("git's object %.12s: %w", id, err)
	}
	a.known[id] = data
	return data, nil
}

// warm reads what add will need for a path.
func (a *archive) warm(name string) error {
	tree := a.tree
	for part := range strings.SplitSeq(name, "/") {
		entries, err := a.folder(tree)
		if err != nil {
			return err
		}
		tree = ""
		for _, e := range entries {
			if e.name == part && e.isTree() {
				tree = e.id
			}
		}
		if tree == "" {
			return nil
		}
	}
	return nil
}

// put keeps a new object and returns its name.
func (a *archive) put(o gitObject) string {
	id := a.format.id(o)
	if _, known := a.fresh[id]; !known {
		a.fresh[id] = o
		a.order = append(a.order, id)
	}
	return id
}

// objects are the new ones of the archive as it is now.
func (a *archive) objects() ([]gitObject, error) {
	used := map[string]bool{a.tree: true}
	var all []gitObject
	for _, id := range slices.Backward(a.order) { // what names others came after them
		o := a.fresh[id]
		if !used[id] {
			continue // of a step in between
		}
		all = append(all, o)
		if o.kind != "tree" {
			continue
		}
		entries, err := a.format.entries(o.data)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			used[e.id] = true
		}
	}
	return all, nil
}

// folder reads a tree; "" is an empty one.
func (a *archive) folder(id string) ([]leaf, error) {
	if id == "" {
		return nil, nil
	}
	if o, ok := a.fresh[id]; ok {
		return a.format.entries(o.data)
	}
	data, err := a.get(id, "tree")
	if err != nil {
		return nil, err
	}
	return a.format.entries(data)
}

// add puts a file at a path. The same file twice is one; another one at a path
// that is taken is fs.ErrExist.
func (a *archive) add(name string, data []byte) error {
	blob := a.put(gitObject{"blob", data})
	tree, err := a.insert(a.tree, strings.Split(name, "/"), blob)
	if err != nil {
		return fmt.Errorf("adding %s: %w", name, err)
	}
	a.tree = tree
	return nil
}

func (a *archive) insert(tree string, parts []string, blob string) (string, error) {
	entries, err := a.folder(tree)
	if err != nil {
		return "", err
	}
	at := -1
	for i, e := range entries {
		if e.name == parts[0] && e.isTree() == (len(parts) > 1) {
			at = i
		} else if e.name == parts[0] {
			return "", fs.ErrExist
		}
	}
	e := leaf{modeFile, parts[0], blob}
	if len(parts) > 1 {
		below := ""
		if at >= 0 {
			below = entries[at].id
		}
		if e.id, err = a.insert(below, parts[1:], blob); err != nil {
			return "", err
		}
		e.mode = modeTree
	}
	switch {
	case at < 0:
		entries = append(entries, e)
	case e.mode == modeFile && entries[at].id != blob:
		return "", fs.ErrExist
	default:
		entries[at] = e
	}
	o, err := a.format.tree(entries)
	if err != nil {
		return "", err
	}
	return a.put(o), nil
}

// merge adds all that another tree holds, and names what was new here. A path
// that both have with another content stays as it is here and is named as
// clashing: a file that is in no archive twice by chance was tampered with.
func (a *archive) merge(other string) (added, clashing []string, err error) {
	a.tree, err = a.union("", a.tree, other, &added, &clashing)
	return added, clashing, err
}

func (a *archive) union(at, mine, theirs string, added, clashing *[]string) (string, error) {
	if mine == theirs || theirs == "" {
		return mine, nil
	}
	here, err := a.folder(mine)
	if err != nil {
		return "", err
	}
	there, err := a.folder(theirs)
	if err != nil {
		return "", err
	}
	index := map[string]int{}
	for i, e := range here {
		index[e.name] = i
	}
	for _, e := range there {
		name := path.Join(at, e.name)
		i, both := index[e.name]
		switch {
		case !both && !e.isTree():
			here, *added = append(here, e), append(*added, name)
		case e.isTree() && (!both || here[i].isTree()):
			below := ""
			if both {
				below = here[i].id
			}
			id, err := a.union(name, below, e.id, added, clashing)
			if err != nil {
				return "", err
			}
			if both {
				here[i].id = id
			} else {
				here = append(here, leaf{modeTree, e.name, id})
			}
		case here[i].id != e.id:
			*clashing = append(*clashing, name)
		}
	}
	o, err := a.format.tree(here)
	if err != nil {
		return "", err
	}
	if id := a.format.id(o); id == mine || id == theirs {
		return id, nil // nothing to write
	}
	return a.put(o), nil
}

// missing names what a tree has and another one lacks.
func (a *archive) missing(from, in string) ([]string, error) {
	var added, clashing []string
	probe := newArchive(a.format, a.read)
	probe.tree, probe.fresh = in, maps.Clone(a.fresh)
	_, err := probe.union("", in, from, &added, &clashing)
	return append(added, clashing...), err
}

// archived is a file of an archive.
type archived struct {
	name string // within the folder that was asked for
	data []byte
}

// files reads what lies in a folder; with all, also in those below.
func (a *archive) files(dir string, all bool) ([]archived, error) {
	tree := a.tree
	for part := range strings.SplitSeq(dir, "/") {
		if part == "" {
			continue
		}
		entries, err := a.folder(tree)
		if err != nil {
			return nil, err
		}
		tree = ""
		for _, e := range entries {
			if e.name == part && e.isTree() {
				tree = e.id
			}
		}
		if tree == "" {
			return nil, nil
		}
	}
	var out []archived
	err := a.walk("", tree, all, &out)
	return out, err
}

func (a *archive) walk(at, tree string, all bool, out *[]archived) error {
	entries, err := a.folder(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(at, e.name)
		switch {
		case e.isTree() && all:
			if err := a.walk(name, e.id, all, out); err != nil {
				return err
			}
		case !e.isTree():
			data := a.fresh[e.id].data
			if data == nil {
				if _, data, err = a.read.get(e.id); err != nil {
					return fmt.Errorf("reading %s: %w", name, err)
				}
			}
			*out = append(*out, archived{name, data})
		}
	}
	return nil
}

// load makes the archive that a commit holds; "" is an empty one.
func (a *archive) load(commit string) (gitCommit, error) {
	a.tree = ""
	if commit == "" {
		return gitCommit{}, nil
	}
	data, err := a.get(commit, "commit")
	if err != nil {
		return gitCommit{}, err
	}
	c := parseCommit(data)
	a.tree = c.tree
	return c, nil
}
