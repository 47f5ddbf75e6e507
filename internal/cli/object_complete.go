package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

// completeObject completes the first argument: names, and behind an "@" the
// object's labels and versions.
func completeObject(s *State, kind registry.Kind) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeRef(s, c, kind, word)
	}
}

// completeName is completeObject for verbs that take no "@".
func completeName(s *State, kind registry.Kind) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 || strings.Contains(word, "@") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, _ := completeRef(s, c, kind, word)
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeKindLabels completes a flag with the labels that objects of the kind have.
func completeKindLabels(s *State, kind registry.Kind) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		g, err := s.completing(c).objects(c.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return g.Labels(c.Context(), kind), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRef completes one reference to an object of a kind. A name keeps the
// cursor, so that an "@" can follow.
func completeRef(s *State, c *cobra.Command, kind registry.Kind, word string) ([]string, cobra.ShellCompDirective) {
	g, err := s.completing(c).objects(c.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	name, at, versioned := strings.Cut(word, "@")
	if !versioned {
		return starting(g.Names(c.Context(), kind), word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var all []string
	for _, ref := range refsOf(g, c, kind, name) {
		if strings.HasPrefix(ref, at) {
			all = append(all, name+"@"+ref)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// refsOf lists the labels and versions of an object, each with what it is behind
// a tab.
func refsOf(g registry.Registry, c *cobra.Command, kind registry.Kind, name string) []string {
	versions, err := g.Versions(c.Context(), kind, name)
	if err != nil {
		return nil
	}
	var labels, all []string
	for _, v := range versions {
		all = append(all, v.Version+"\t"+oneLine(v.Message, 40))
		for _, l := range v.Labels {
			labels = append(labels, l+"\t"+v.Version)
		}
	}
	slices.Sort(labels)
	return append(labels, all...)
}

func starting(names []string, with string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, with) })
}

// completeAgainst completes --against: labels and versions of the agent under
// test, and other agents.
func completeAgainst(s *State, c *cobra.Command, word string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(word, "@") {
		return completeRef(s, c, registry.KindAgent, word)
	}
	g, err := s.completing(c).objects(c.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	id := ""
	if f := c.Flag("agent"); f != nil {
		id, _, _ = strings.Cut(f.Value.String(), "@")
	}
	var all []string
	if id != "" {
		all = refsOf(g, c, registry.KindAgent, id)
	}
	return starting(append(all, g.Names(c.Context(), registry.KindAgent)...), word), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
