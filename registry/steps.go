package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// CommitStep is one commit of files, and the version of an object that it is.
type CommitStep struct {
	Kind    Kind
	Name    string
	Version string            // "3.0.0"
	Files   map[string][]byte // path in the project, with slashes → the file
	Labels  []string          // that go to the version
	Message string
	When    time.Time // of the author's work; zero = now
	Why     string    // of the labels, for their log
}

// CommitSteps puts a commit for each step on the branch that is checked out, one
// after the other, and tags and labels each. The working tree has to be clean,
// and no file or version of the steps may exist. The branch moves once, at the
// end of all commits: until then nothing is changed. It returns the commits.
func (g Registry) CommitSteps(ctx context.Context, steps []CommitStep) ([]string, error) {
	r, err := g.repository(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.freeForSteps(ctx, r, steps); err != nil {
		return nil, err
	}
	commits, err := r.commitSteps(ctx, steps)
	if err != nil {
		return nil, err
	}
	for i, s := range steps {
		if _, err := g.Tag(ctx, Tagging{Kind: s.Kind, Name: s.Name, Version: s.Version, Commit: commits[i], Message: s.Message, Older: true, Same: true}); err != nil {
			return commits, fmt.Errorf("the commits were made (the last is %.12s), but not all tags: %w", commits[len(commits)-1], err)
		}
	}
	for _, s := range steps {
		for _, label := range s.Labels {
			if _, err := g.MoveLabel(ctx, Move{Kind: s.Kind, Ref: s.Name + "@" + s.Version, Label: label, Why: s.Why}); err != nil {
				return commits, fmt.Errorf("the versions were made, but not all labels: %w", err)
			}
		}
	}
	return commits, nil
}

// freeForSteps says what stands in the way of the steps.
func (g Registry) freeForSteps(ctx context.Context, r *repository, steps []CommitStep) error {
	if r.bare {
		return errors.New("a bare repository has no working tree to commit from")
	}
	if _, err := r.run(ctx, "symbolic-ref", "-q", "HEAD"); err != nil {
		return errors.New("HEAD is detached: check a branch out, so that the commits have a place")
	}
	status, err := r.run(ctx, "status", "--porcelain", "--untracked-files=normal", "--", ":/")
	if err != nil {
		return err
	}
	if status != "" {
		lines := strings.Split(status, "\n")
		return fmt.Errorf("the working tree is not clean (%s): commit or stash that first", some(lines))
	}
	past := map[Kind]map[string]*lineage{}
	for _, s := range steps {
		if past[s.Kind] == nil {
			if past[s.Kind], err = r.histories(ctx, s.Kind); err != nil {
				return err
			}
		}
		if h := past[s.Kind][s.Name]; h != nil && len(h.versions) > 0 {
			return fmt.Errorf("%s %s has versions already: its history can't be put before or after them", s.Kind, s.Name)
		}
	}
	return nil
}

// identity is what git calls a person and a time: NAME <EMAIL> SECONDS ZONE.
var identity = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*<.*>) [0-9]+ [+-][0-9]+$`) })

// commitSteps makes the commits beside all branches, and then moves the branch
// that is checked out, with its files.
func (r *repository) commitSteps(ctx context.Context, steps []CommitStep) ([]string, error) {
	who, err := r.run(ctx, "var", "GIT_COMMITTER_IDENT")
	if err != nil {
		return nil, err
	}
	m := identity().FindStringSubmatch(who)
	if m == nil {
		return nil, fmt.Errorf("git var answered %q", who)
	}
	head, err := r.commit(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	const beside = "refs/genops-import/steps"
	stream := r.stream(steps, beside, head.commit, m[1])
	cmd := r.command(ctx, "fast-import", "--quiet", "--force", "--done")
	cmd.Stdin = stream
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, r.failed(ctx, "fast-import", err, stderr.String())
	}
	defer r.run(context.WithoutCancel(ctx), "update-ref", "-d", beside)
	commits := strings.Fields(out.String())
	if len(commits) != len(steps) {
		return nil, fmt.Errorf("git fast-import answered %q", tail(out.String()))
	}
	if _, err := r.run(ctx, "merge", "-q", "--ff-only", commits[len(commits)-1]); err != nil {
		return nil, err
	}
	return commits, nil
}

// stream is the input of git-fast-import: a commit for each step, of which it is
// to print the name.
func (r *repository) stream(steps []CommitStep, ref, head, who string) io.Reader {
	var b bytes.Buffer
	data := func(text []byte) { fmt.Fprintf(&b, "data %d\n%s\n", len(text), text) }
	now := time.Now().Unix()
	for i, s := range steps {
		when := now
		if !s.When.IsZero() {
			when = s.When.Unix()
		}
		fmt.Fprintf(&b, "commit %s\nmark :%d\nauthor %s %d +0000\ncommitter %s %d +0000\n", ref, i+1, who, when, who, now)
		data([]byte(s.Message))
		if i == 0 && head != "" {
			fmt.Fprintf(&b, "from %s\n", head)
		}
		for _, file := range slices.Sorted(maps.Keys(s.Files)) {
			at := file
			if r.prefix != "" {
				at = r.prefix + "/" + file
			}
			fmt.Fprintf(&b, "M 100644 inline %s\n", quoted(at))
			data(s.Files[file])
		}
		fmt.Fprintf(&b, "get-mark :%d\n", i+1)
	}
	b.WriteString("done\n")
	return &b
}

// quoted is a path as git-fast-import reads it.
func quoted(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}
