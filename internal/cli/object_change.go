package cli

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// mostSaid is how many changes are told in words.
const mostSaid = 5

// compareObjects says what changed in meaning between two versions. A file that
// can't be read as what it is, or that is no text, is another one when its bytes
// are.
func compareObjects(ctx context.Context, before, after *registry.Object) (registry.Change, error) {
	c := registry.Change{Verdict: semdiff.Identical.String(), Say: []string{}}
	if before.Digest == after.Digest {
		return c, nil
	}
	r, err := semdiff.Compare(ctx, sideOf(before), sideOf(after), semdiff.Options{})
	if err != nil {
		return c, err
	}
	verdict := r.Verdict
	for _, change := range r.Changes {
		if len(c.Say) < mostSaid {
			c.Say = append(c.Say, change.Say)
		} else {
			c.Rest++
		}
	}
	if other := otherFiles(before, after); len(other) > 0 {
		verdict, c.Say = max(verdict, semdiff.Changed), append(c.Say, "files: "+strings.Join(other, ", "))
	}
	c.Verdict = verdict.String()
	return c, nil
}

func sideOf(o *registry.Object) semdiff.Side {
	s := semdiff.Side{Kind: string(o.Kind), Name: o.Name, Ref: orMark(o.Version, o.Ref)}
	for i, f := range o.Files {
		name := ""
		switch dir, _, _ := strings.Cut(f.Path, "/"); {
		case i == 0:
		case f.Text == nil || !utf8.Valid(f.Text):
			continue
		case dir == "prompts" && strings.Contains(f.Path, "/_"):
			name = "partial " + f.Name
		case dir == "prompts":
			name = "prompt " + f.Name
		case dir == "tools":
			name = "tool " + f.Name
		default:
			name = f.Path
		}
		s.Files = append(s.Files, semdiff.File{Name: name, Path: f.Path, Text: f.Text})
	}
	return s
}

// otherFiles names the files that are no text and not the same in two versions.
func otherFiles(before, after *registry.Object) (names []string) {
	digests := map[string][2]string{}
	for side, o := range []*registry.Object{before, after} {
		for _, f := range o.Files {
			if f.Text == nil || !utf8.Valid(f.Text) {
				d := digests[f.Path]
				d[side] = f.Digest
				digests[f.Path] = d
			}
		}
	}
	for name, d := range digests {
		if d[0] != d[1] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
