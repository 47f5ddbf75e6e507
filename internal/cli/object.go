package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// newKind makes the commands of one kind of object: `genops prompt VERB`.
func newKind(s *State, kind registry.Kind) *cobra.Command {
	name := sampleName(kind)
	return group(string(kind), kindAbout(kind),
		fmt.Sprintf("  genops %s list\n  genops %[1]s show %s@production", kind, name), objectVerbs(s, kind)...)
}

// objectVerbs are the verbs that all kinds have.
func objectVerbs(s *State, kind registry.Kind) []*cobra.Command {
	all := []*cobra.Command{
		newObjectList(s, kind),
		newObjectShow(s, kind),
		newObjectResolve(s, kind),
		newObjectDiff(s, kind),
	}
	if kind == registry.KindPrompt || kind == registry.KindAgent {
		all = append(all, newObjectRender(s, kind))
	}
	return append(all, writingVerbs(s, kind)...)
}

func kindAbout(kind registry.Kind) string {
	switch kind {
	case registry.KindPrompt:
		return "Prompts in the project's git repository: versions and labels"
	case registry.KindAgent:
		return "Agents in the project's git repository: versions and labels"
	}
	return "Models in the project's git repository: versions and labels"
}

// noun is the kind in a sentence.
func noun(kind registry.Kind) string {
	if kind == registry.KindTestSet {
		return "test set"
	}
	return string(kind)
}

// aNoun is the noun with its article.
func aNoun(kind registry.Kind) string {
	if kind == registry.KindAgent {
		return "an agent"
	}
	return "a " + noun(kind)
}

// sampleName is a name for examples.
func sampleName(kind registry.Kind) string {
	switch kind {
	case registry.KindPrompt:
		return "support"
	case registry.KindAgent:
		return "ASM-001"
	case registry.KindModel:
		return "fast"
	}
	return "refunds"
}

// objects finds the registry that the user stands in: a project, or a bare
// repository that holds one.
func (s *State) objects(ctx context.Context) (registry.Registry, error) {
	p, err := s.projectOrBare(ctx)
	if err != nil {
		return registry.Registry{}, err
	}
	g := s.registry(p.Project)
	g.Prefix = p.prefix
	return g, nil
}

// somewhere is a project, and where in a bare repository it lies.
type somewhere struct {
	*config.Project
	prefix string
}

// projectOrBare is project, and also reads the genops.yaml that a bare
// repository holds at HEAD.
func (s *State) projectOrBare(ctx context.Context) (somewhere, error) {
	p, err := s.project()
	if !errors.Is(err, fs.ErrNotExist) {
		return somewhere{Project: p}, err
	}
	root, prefix, data, found := registry.BareProject(ctx, s.Dir, config.Name)
	if found != nil {
		if errors.Is(found, fs.ErrNotExist) {
			return somewhere{}, err // the usual hint
		}
		return somewhere{}, found
	}
	p, err = config.ParseProject(root, "HEAD:"+strings.TrimPrefix(prefix+"/"+config.Name, "/"), data)
	return somewhere{p, prefix}, err
}

// unknownIsUsage turns what the user named wrongly into a usage error.
func unknownIsUsage(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return usage(err)
	}
	return err
}

// object finds the object of a reference and tells what was ambiguous.
func (s *State) object(ctx context.Context, g registry.Registry, kind registry.Kind, ref string) (*registry.Object, error) {
	o, err := g.Object(ctx, kind, ref)
	if err != nil {
		return nil, unknownIsUsage(err)
	}
	for _, note := range o.Notes {
		fmt.Fprintln(s.Stderr, "note:", plain(note))
	}
	return o, nil
}
