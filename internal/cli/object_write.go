package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

// writingVerbs are those that change the registry, and that tell how it changed.
func writingVerbs(s *State, kind registry.Kind) []*cobra.Command {
	return []*cobra.Command{
		newObjectTag(s, kind),
		newObjectLabel(s, kind),
		newObjectLog(s, kind),
		newObjectRollback(s, kind),
		newObjectEvidence(s, kind),
	}
}

// writing finds the registry that the user stands in, and the rules of its
// labels.
func (s *State) writing(ctx context.Context) (registry.Registry, registry.Protection, error) {
	p, err := s.projectOrBare(ctx)
	if err != nil {
		return registry.Registry{}, nil, err
	}
	g := s.registry(p.Project)
	g.Prefix = p.prefix
	return g, registry.Protection(p.Registry.Labels), nil
}

// refusal gives errors of the registry's writing verbs their exit codes: a rule
// that forbids is a failed gate, a wrong name a mistake in the call.
func (s *State) refusal(err error) error {
	var protected *registry.ProtectedError
	switch {
	case errors.As(err, &protected):
		s.complain(err, exitFailed)
		return exit{exitFailed}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		return usage(err)
	}
	return err
}

func (s *State) notes(notes []string) {
	for _, n := range notes {
		fmt.Fprintln(s.Stderr, "note:", plain(n))
	}
}

// thenLabel completes the object first, and a label after it.
func thenLabel(s *State, kind registry.Kind) cobra.CompletionFunc {
	first := completeObject(s, kind)
	return func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return first(c, args, word)
		}
		return completeLabels(s, c, kind, args[0]), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeLabels lists the labels that the object has, and those that rules
// know.
func completeLabels(s *State, c *cobra.Command, kind registry.Kind, name string) []string {
	at := s.completing(c)
	g, rules, err := at.writing(c.Context())
	if err != nil {
		return nil
	}
	name, _, _ = strings.Cut(name, "@")
	var all []string
	versions, _ := g.Versions(c.Context(), kind, name)
	for _, v := range versions {
		all = append(all, v.Labels...)
	}
	for key := range rules {
		all = append(all, key[strings.LastIndexByte(key, '/')+1:])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// completing is the state where completion runs: before -C is obeyed.
func (s *State) completing(c *cobra.Command) *State {
	at := *s
	if f := c.Flag("dir"); f != nil && f.Value.String() != "" {
		at.Dir = s.path(f.Value.String())
	}
	return &at
}

// completeVersions lists the versions of the object in the first argument.
func completeVersions(s *State, kind registry.Kind) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		g, err := s.completing(c).objects(c.Context())
		if err != nil || len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		name, _, _ := strings.Cut(args[0], "@")
		versions, _ := g.Versions(c.Context(), kind, name)
		var all []string
		for _, v := range versions {
			all = append(all, v.Version+"\t"+oneLine(v.Message, 40))
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// completeRemotes lists git's remotes.
func completeRemotes(s *State) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return s.gitWords(c, "remote"), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeBranches lists git's branches, those of remotes too, newest first.
func completeBranches(s *State) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return s.gitWords(c, "for-each-ref", "--format=%(refname:short)", "--sort=-committerdate", "--count=200", "refs/heads", "refs/remotes"),
			cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// gitWords are the words that git answers; none when it can't.
func (s *State) gitWords(c *cobra.Command, args ...string) []string {
	git := exec.CommandContext(c.Context(), "git", args...)
	git.Dir = s.completing(c).Dir
	out, _ := git.Output()
	return strings.Fields(string(out))
}

// between is how many arguments a command takes.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usage(fmt.Errorf("%s wants %s (see `%s --help`)", c.CommandPath(), what, c.CommandPath()))
		}
		return nil
	}
}
