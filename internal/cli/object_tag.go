package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectTag(s *State, kind registry.Kind) *cobra.Command {
	var t registry.Tagging
	var bump, asJSON bool
	c := &cobra.Command{Use: "tag NAME [VERSION]", Short: fmt.Sprintf("Make a version of %s: an annotated git tag", aNoun(kind)),
		Long: fmt.Sprintf(`Tag makes the annotated tag %s/NAME/vVERSION on HEAD or --commit, signed when git is told
to sign tags. It refuses a number that exists or would be a downgrade, files of the %s
that are not committed as they are (with what it includes), and content that a version
has already.

--bump takes the number from what changed in meaning since the newest version: breaking
is the next major, changed the next minor, anything else the next patch; below 1.0.0
breaking is a minor, too. Nothing changed: nothing is tagged.`, kind.Dir(), kind),
		Example:           fmt.Sprintf("  genops %s tag %s 1.3.0 -m 'stricter limits'\n  genops %[1]s tag %[2]s --bump --dry-run\n  genops %[1]s tag %[2]s 1.2.9 --commit hotfix --allow-older", kind, sampleName(kind)),
		Args:              between(1, 2, "NAME and VERSION, or NAME and --bump"),
		ValidArgsFunction: completeName(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			t.Kind, t.Name = kind, args[0]
			switch {
			case len(args) == 2 && bump:
				return usage(fmt.Errorf("%s: VERSION and --bump exclude each other", c.CommandPath()))
			case len(args) == 1 && !bump:
				return usage(fmt.Errorf("%s: the VERSION is missing; --bump proposes one", c.CommandPath()))
			case len(args) == 2:
				t.Version = args[1]
			}
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			t.Compare = compareObjects
			out, err := g.Tag(c.Context(), t)
			if errors.Is(err, registry.ErrNothingNew) && bump {
				return s.nothingToTag(err, asJSON)
			}
			if err != nil {
				return s.refusal(err)
			}
			s.notes(out.Notes)
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			s.showTagged(out)
			return nil
		}}
	f := c.Flags()
	f.StringVarP(&t.Message, "message", "m", "", "`TEXT` of the tag (default: name, version and what changed)")
	f.StringVar(&t.Commit, "commit", "", "tag this `REF` instead of HEAD")
	f.BoolVar(&bump, "bump", false, "take the number from what changed")
	f.BoolVar(&t.Older, "allow-older", false, "allow a number below the newest, above all of its own minor line")
	f.BoolVar(&t.Same, "force", false, "allow content that a version has already")
	f.BoolVar(&t.DryRun, "dry-run", false, "only say what would be tagged")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("commit", completeBranches(s))
	return c
}

// nothingToTag is no failure: the newest content has its version.
func (s *State) nothingToTag(why error, asJSON bool) error {
	if asJSON {
		return writeJSON(s.Stdout, map[string]any{"tagged": false, "why": why.Error()})
	}
	fmt.Fprintln(s.Stdout, plain(why.Error()))
	return nil
}

func (s *State) showTagged(t *registry.Tagged) {
	did := "tagged"
	if t.DryRun {
		did = "would be tagged"
	}
	fmt.Fprintf(s.Stdout, "%s %s %s %s: %s on commit %.12s\n", t.Kind, plain(t.Name), t.Version, did, plain(t.Tag), t.Commit)
	if t.Why != "" {
		fmt.Fprintln(s.Stdout, "  number: "+t.Why)
	}
	s.showChange(t.Change, t.Before)
}

// showChange says in a few lines what changed.
func (s *State) showChange(c *registry.Change, before string) {
	if c == nil {
		return
	}
	fmt.Fprintf(s.Stdout, "  %s since %s\n", c.Verdict, before)
	for _, say := range c.Say {
		fmt.Fprintln(s.Stdout, "    "+oneLine(say, 160))
	}
	if c.Rest > 0 {
		fmt.Fprintf(s.Stdout, "    and %d more\n", c.Rest)
	}
}
