package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

// talk runs a git command that speaks with a remote. Like other changes it
// outlives this process; progress gets what git tells meanwhile.
func (r *repository) talk(ctx context.Context, progress io.Writer, args ...string) (out, complaint string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := r.command(ctx, args...)
	subprocess.OwnSession(cmd)
	cmd.WaitDelay = 10 * time.Second // git removes its locks when it is asked to stop
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if progress != nil {
		cmd.Stderr = io.MultiWriter(&stderr, progress)
	}
	err = cmd.Run()
	complaint = complaints(stderr.String())
	if err != nil {
		err = r.failed(ctx, verbOf(args), err, complaint)
	}
	return stdout.String(), complaint, err
}

// complaints is what git says without its progress.
func complaints(stderr string) string {
	var lines []string
	for line := range strings.Lines(stderr) {
		if i := strings.LastIndexByte(strings.TrimRight(line, "\r\n"), '\r'); i >= 0 {
			line = line[i+1:]
		}
		line = strings.TrimSpace(line)
		if line == "" || strings.Contains(line, "% (") || strings.HasPrefix(line, "hint:") || strings.HasPrefix(line, "To ") || strings.HasPrefix(line, "From ") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// offered lists what a remote has: refs below refs/genops/, by what follows, and
// version tags.
func (s *syncing) offered(ctx context.Context) (genops, tags map[string]string, err error) {
	patterns := []string{"ls-remote", "--refs", "--", s.remote, labelsDir + "*"}
	for _, dir := range tagDirs() {
		patterns = append(patterns, dir+"*")
	}
	out, _, err := s.talk(ctx, nil, patterns...)
	if err != nil {
		return nil, nil, s.unreachable(err)
	}
	genops, tags = map[string]string{}, map[string]string{}
	for line := range strings.Lines(out) {
		object, name, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || !objectName().MatchString(object) {
			return nil, nil, fmt.Errorf("git ls-remote answered %q", tail(line))
		}
		if below, ok := strings.CutPrefix(name, labelsDir); ok {
			genops[below] = object
		}
		for _, dir := range tagDirs() {
			if strings.HasPrefix(name, dir) {
				tags[strings.TrimPrefix(name, "refs/tags/")] = object
			}
		}
	}
	return genops, tags, nil
}

// unreachable says of a failed talk which remote it was with.
func (s *syncing) unreachable(err error) error {
	var git *gitError
	if errors.As(err, &git) {
		return fmt.Errorf("remote %s: %w", s.remote, err)
	}
	return err
}

// receive brings the remote's refs/genops/* into the incoming refs, whatever
// was there before, and with tags its version tags, which must not differ from
// those here.
func (s *syncing) receive(ctx context.Context, progress io.Writer, tags bool) error {
	var old []refChange
	for below, object := range s.incoming {
		old = append(old, refChange{incomingDir + s.remote + "/" + below, object, ""})
	}
	if len(old) > 0 {
		if err := s.move(ctx, "genops fetch", old); err != nil {
			return err
		}
	}
	args := []string{"-c", "fetch.output=full", "fetch", "--atomic", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", "--refmap="}
	if progress != nil {
		args = append(args, "--progress")
	}
	args = append(args, "--", s.remote, "+"+labelsDir+"*:"+incomingDir+s.remote+"/*")
	if tags {
		for _, dir := range tagDirs() {
			args = append(args, dir+"*:"+dir+"*")
		}
	}
	_, complaint, err := s.talk(ctx, progress, args...)
	if err == nil {
		return nil
	}
	if differing := rejectedTags(complaint); len(differing) > 0 {
		return &TagsDifferError{s.remote, differing}
	}
	return s.unreachable(err)
}

// rejectedTags names the tags that git refused to overwrite.
func rejectedTags(complaint string) (tags []string) {
	for line := range strings.Lines(complaint) {
		if strings.Contains(line, "[rejected]") && strings.Contains(line, "clobber") {
			if words := strings.Fields(line); len(words) > 2 {
				tags = append(tags, words[2])
			}
		}
	}
	return tags
}

// TagsDifferError are versions that are one thing here and another at the
// remote. Nothing was changed.
type TagsDifferError struct {
	Remote string
	Tags   []string
}

func (e *TagsDifferError) Error() string {
	first := e.Tags[0]
	return fmt.Sprintf("versions differ between here and %s: %s; a version is never changed, so one side moved a tag. Nothing was changed. To take theirs: `git tag -d %s` and `genops fetch`; to keep yours as another version: tag it with a new number first",
		e.Remote, some(e.Tags), first)
}
