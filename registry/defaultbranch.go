package registry

import (
	"context"
	"strings"
)

// DefaultBranch is the branch that others leave and are merged into: what origin
// says that it is, else the first one there is of main, master, trunk and develop,
// also where only origin has it; "main" when nothing says.
func (g Registry) DefaultBranch(ctx context.Context) string {
	r, err := g.repository(ctx)
	if err != nil {
		return "main"
	}
	names := []string{"main", "master", "trunk", "develop"}
	if head, err := r.run(ctx, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"); err == nil {
		if name, ok := strings.CutPrefix(strings.TrimSpace(head), "origin/"); ok && name != "" {
			names = append([]string{name}, names...)
		}
	}
	all, err := r.run(ctx, "for-each-ref", "--format=%(refname)", "refs/heads/", "refs/remotes/origin/")
	if err != nil {
		return "main"
	}
	there := map[string]bool{}
	for ref := range strings.SplitSeq(all, "\n") {
		there[strings.TrimSpace(ref)] = true
	}
	for _, name := range names {
		switch {
		case there["refs/heads/"+name]:
			return name
		case there["refs/remotes/origin/"+name]:
			return "origin/" + name
		}
	}
	return "main"
}
