package ci

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// Compare is a semantic diff of two versions of an object. Files that are no
// prose, such as programs and their data, are compared by their bytes: another
// one is a change, and so is a test set that can't be read as cases.
func Compare(ctx context.Context, before, after *registry.Object, o semdiff.Options) (*semdiff.Report, error) {
	a, b := side(before), side(after)
	if after.Kind == registry.KindTestSet && (before.Files[0].Text == nil || after.Files[0].Text == nil) {
		return otherBytes(before, after), nil
	}
	r, err := semdiff.Compare(ctx, a, b, o)
	if err != nil && after.Kind == registry.KindTestSet && ctx.Err() == nil {
		return otherBytes(before, after), nil
	}
	if err != nil {
		return nil, err
	}
	addFiles(r, before, after)
	return r, nil
}

// otherBytes compares what nobody can read.
func otherBytes(before, after *registry.Object) *semdiff.Report {
	r := &semdiff.Report{Kind: string(after.Kind), Name: after.Name, From: RefOf(before), To: RefOf(after), Changes: []semdiff.Change{}, Units: []semdiff.Unit{}}
	if was, now := before.Files[0], after.Files[0]; was.Digest != now.Digest {
		addFile(r, semdiff.KindLogic, "another file, which can't be read as cases", now.Path, was.Path+" "+short(was.Digest), now.Path+" "+short(now.Digest))
	}
	return r
}

// CompareText is Compare for objects that can't be read as what they are: their
// own files as plain text. The verdict is Changed at least, unless the bytes are
// the same.
func CompareText(ctx context.Context, kind registry.Kind, name string, before, after semdiff.File, o semdiff.Options) (*semdiff.Report, error) {
	r, err := semdiff.Compare(ctx, semdiff.Side{Kind: "text", Name: name, Files: []semdiff.File{before}}, semdiff.Side{Kind: "text", Name: name, Files: []semdiff.File{after}}, o)
	if err != nil {
		return nil, err
	}
	r.Kind = string(kind)
	if r.Verdict != semdiff.Identical {
		r.Verdict = max(r.Verdict, semdiff.Changed)
	}
	return r, nil
}

// side is an object as the semantic diff takes it: its prose.
func side(o *registry.Object) semdiff.Side {
	s := semdiff.Side{Kind: string(o.Kind), Name: o.Name, Ref: RefOf(o)}
	for i, f := range o.Files {
		if i == 0 || prose(f) {
			s.Files = append(s.Files, semdiff.File{Name: fileName(o, i), Path: f.Path, Text: f.Text})
		}
	}
	return s
}

// RefOf is how people call a version: its number, what was asked for, a commit,
// or the working tree.
func RefOf(o *registry.Object) string {
	switch {
	case o.Version != "":
		return o.Version
	case o.Ref != "":
		return o.Ref
	case o.Commit != "":
		return o.Commit[:min(len(o.Commit), 12)]
	}
	return "working tree"
}

// fileName is what the object calls one of its files.
func fileName(o *registry.Object, i int) string {
	f := o.Files[i]
	base := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	switch kind, rest, _ := strings.Cut(f.Path, "/"); {
	case i == 0:
		return ""
	case kind == "prompts" && strings.HasPrefix(base, "_"):
		return "partial " + strings.TrimSuffix(strings.TrimPrefix(path.Join(path.Dir(rest), base[1:]), "/"), path.Ext(rest))
	case kind == "prompts":
		return "prompt " + strings.TrimSuffix(rest, path.Ext(rest))
	case kind == "tools":
		return "tool " + base
	case kind == "models":
		return "model " + strings.TrimSuffix(rest, path.Ext(rest))
	}
	return f.Path
}

// proseLimit is the size in bytes up to which a file is read as prose.
const proseLimit = 1 << 20

// prose says whether a file is for people or models to read.
func prose(f registry.ObjectFile) bool {
	if f.Text == nil || len(f.Text) > proseLimit || !utf8.Valid(f.Text) {
		return false
	}
	switch kind, _, _ := strings.Cut(f.Path, "/"); kind {
	case "prompts", "tools", "models", "agents":
		return true
	}
	return slices.Contains([]string{".md", ".txt", ".prompt", ".mustache", ".hbs", ".jinja", ".j2"}, strings.ToLower(path.Ext(f.Path)))
}

// addFiles adds what changed in files that are no prose.
func addFiles(r *semdiff.Report, before, after *registry.Object) {
	old := map[string]string{}
	for i, f := range before.Files {
		if i > 0 && !prose(f) {
			old[f.Path] = f.Digest
		}
	}
	for i, f := range after.Files {
		if i == 0 || prose(f) {
			continue
		}
		was, known := old[f.Path]
		delete(old, f.Path)
		switch now := f.Path + " " + short(f.Digest); {
		case !known:
			addFile(r, semdiff.KindAdded, "file "+f.Path+" added", f.Path, "", now)
		case was != f.Digest:
			addFile(r, semdiff.KindLogic, "file "+f.Path+" changed", f.Path, f.Path+" "+short(was), now)
		}
	}
	for _, f := range before.Files {
		if was, gone := old[f.Path]; gone {
			addFile(r, semdiff.KindRemoved, "file "+f.Path+" removed", f.Path, f.Path+" "+short(was), "")
		}
	}
	slices.SortStableFunc(r.Changes, func(a, b semdiff.Change) int { return int(b.Verdict - a.Verdict) })
}

// addFile adds one change of a whole file.
func addFile(r *semdiff.Report, kind semdiff.Kind, say, file, a, b string) {
	u := semdiff.Unit{What: "file", Section: "files", Verdict: semdiff.Changed, Score: 1, Before: a, After: b}
	if a != "" {
		u.BeforeSpan.File = file
	}
	if b != "" {
		u.AfterSpan.File = file
	}
	r.Units = append(r.Units, u)
	r.Changes = append(r.Changes, semdiff.Change{Kind: kind, Verdict: semdiff.Changed, Say: say, Before: a, After: b,
		Places: []semdiff.Place{{Unit: len(r.Units) - 1, Before: u.BeforeSpan, After: u.AfterSpan}}})
	r.Verdict, r.Score = max(r.Verdict, semdiff.Changed), 1
}

// short is the beginning of a digest.
func short(digest string) string {
	return fmt.Sprintf("%.19s", digest)
}
