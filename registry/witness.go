package registry

import (
	"context"
	"slices"
)

// Subject is a version that a run says something about.
type Subject struct {
	Kind    Kind   `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Digest  string `json:"digest"` // of its content
}

// Witness finds out, while a run goes on, which versions the run is about: the
// agent, and the prompt, model and test set that it uses, as far as they are
// exactly what a version holds. When agent, prompt or model has versions and is
// none of them now, the run is an experiment and about no version. It belongs to
// one goroutine.
type Witness struct {
	done     chan struct{}
	subjects []Subject
	journal  *journal
	tip      string // of the evidence
	err      error
}

// newestSearched is among how many versions the content of a working tree is
// looked for.
const newestSearched = 30

// Witness begins with the run, because the working tree may change while it
// goes on. set is the test set's path in the project. Outside of a repository it
// finds nothing.
func (g Registry) Witness(ctx context.Context, r *Resolved, set string) *Witness {
	w := &Witness{done: make(chan struct{})}
	go func() {
		defer close(w.done)
		w.err = w.find(ctx, g, r, set)
	}()
	return w
}

// Attached is what Record wrote.
type Attached struct {
	To       []Subject // empty = nothing that ran is a version, and nothing was written
	Unsigned error     // why there is no signature although there is a key
}

// Record adds the evidence of the run to each version that it is about. Kind,
// Name, Version, Commit and Digest are filled in.
func (w *Witness) Record(ctx context.Context, e Evidence) (Attached, error) {
	<-w.done
	out := Attached{To: w.subjects}
	if w.err != nil || len(w.subjects) == 0 {
		return Attached{}, w.err
	}
	defer w.journal.close()
	var all []Evidence
	for _, s := range w.subjects {
		if s.Kind == KindAgent {
			e.AgentVersion = s.Version
		}
	}
	for _, s := range w.subjects {
		e.Kind, e.Name, e.Version, e.Commit, e.Digest = s.Kind, s.Name, s.Version, s.Commit, s.Digest
		all = append(all, e)
	}
	var err error
	out.Unsigned, err = w.journal.record(ctx, all, w.tip)
	return out, err
}

// used is an object that the run uses, and where it lies.
type used struct {
	kind Kind
	name string
	at   string // commit; "" = the working tree
}

func (w *Witness) find(ctx context.Context, g Registry, r *Resolved, set string) error {
	repo, err := g.repositoryIfAny(ctx)
	if repo == nil {
		return err
	}
	all := g.uses(r, set)
	var dirs []string
	for _, u := range all {
		dirs = append(dirs, "refs/tags/"+u.kind.Dir()+"/"+u.name+"/")
	}
	lines, err := repo.refs(ctx, dirs...)
	if err != nil || len(lines) == 0 {
		return err
	}
	c := repo.content(ctx)
	defer c.Close()
	for _, u := range all {
		past, _ := sortOut(u.kind, lines)
		h := past[u.name]
		if h == nil || len(h.versions) == 0 {
			continue
		}
		s, ok := g.subject(c, repo, u, h)
		switch {
		case ok:
			w.subjects = append(w.subjects, s)
		case u.kind != KindTestSet:
			w.subjects = nil // an experiment, which says nothing about the versions beside it
			return nil
		}
	}
	if !slices.ContainsFunc(w.subjects, func(s Subject) bool { return s.Kind != KindTestSet }) {
		w.subjects = nil // a test set alone is not what was judged
		return nil
	}
	if w.journal, err = g.journalIn(ctx, repo); err != nil {
		return err
	}
	return w.prepare(ctx)
}

// prepare reads what Record will need, so that two git processes are enough at
// the end of the run: its time counts.
func (w *Witness) prepare(ctx context.Context) (err error) {
	j := w.journal
	if w.tip, err = j.tip(ctx, evidenceRef); err != nil {
		return err
	}
	if err := j.load(w.tip); err != nil {
		return err
	}
	for _, s := range w.subjects {
		if err := j.warm(Evidence{Kind: s.Kind, Name: s.Name, Digest: s.Digest, Run: "x"}.path()); err != nil {
			return err
		}
	}
	j.close()
	j.archive.read = j.content(ctx) // none is open while the run goes on
	return nil
}

// uses are the objects of a run. Code that the release can't tell may be another
// one in the working tree, so then the agent is not named by its content.
func (g Registry) uses(r *Resolved, set string) (all []used) {
	a := r.Agent
	if r.Commit != "" || r.Release.Untraceable == "" {
		all = append(all, used{KindAgent, a.ID, r.Commit})
	}
	if m := a.Runtime.Model; m != nil {
		all = append(all, used{KindPrompt, KindPrompt.clean(m.Prompt), r.Commit})
		model := m.Model
		if p, err := a.Prompt(); err == nil && model == "" {
			model = p.Model
		}
		if name, ok := ModelOf(model); ok {
			all = append(all, used{KindModel, name, r.Commit})
		}
	}
	if name, ok := KindTestSet.NameOf(set); ok {
		all = append(all, used{KindTestSet, name, ""})
	}
	return all
}

// subject is the newest version whose content is what was used.
func (g Registry) subject(c *content, r *repository, u used, h *lineage) (Subject, bool) {
	l, err := g.open(c.ctx, u.kind, false)
	if err != nil {
		return Subject{}, false
	}
	defer l.close()
	l.r = r
	if l.content == nil {
		l.content = c
		defer func() { l.content = nil }()
	}
	var o *Object
	at := ref{kind: u.kind, name: u.name, at: u.at}
	if u.at == "" {
		o, err = l.here(at)
	} else {
		o, err = l.at(at, place{commit: u.at}, *h)
	}
	if err != nil {
		return Subject{}, false
	}
	for i, t := range h.versions {
		if i >= newestSearched && t.commit != u.at {
			continue
		}
		same := t.commit == u.at
		if !same {
			v, err := l.at(at, place{commit: t.commit, version: t.version.String(), tag: t.tag}, *h)
			same = err == nil && v.Digest == o.Digest
		}
		if same {
			return Subject{u.kind, u.name, t.version.String(), t.commit, o.Digest}, true
		}
	}
	return Subject{}, false
}
