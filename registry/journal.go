package registry

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// journal writes archives, and moves refs with what it writes. It belongs to
// one goroutine.
type journal struct {
	g Registry
	*writer
	*archive // as it was read last
}

// journal opens the project's repository for a change.
func (g Registry) journal(ctx context.Context) (*journal, error) {
	r, err := g.repository(ctx)
	if err != nil {
		return nil, err
	}
	return g.journalIn(ctx, r)
}

func (g Registry) journalIn(ctx context.Context, r *repository) (*journal, error) {
	w, err := r.writer(ctx)
	if err != nil {
		return nil, err
	}
	return &journal{g, w, newArchive(w.format, w.content(ctx))}, nil
}

func (j *journal) close() { j.archive.read.Close() }

// load takes an archive from a commit; "" is an empty one. What was added and
// not written is forgotten.
func (j *journal) load(commit string) error {
	known := j.archive.known
	j.archive = newArchive(j.writer.format, j.archive.read)
	j.archive.known = known
	_, err := j.archive.load(commit)
	return err
}

// log adds an entry to the log at tip, and makes the changes with it.
func (j *journal) log(ctx context.Context, tip string, e Entry, changes []refChange) error {
	f, err := e.file()
	if err != nil {
		return err
	}
	subject := fmt.Sprintf("%s %s: %s %s %s → %s", e.Kind, e.Name, e.Action, e.Label, orNowhere(e.From), orNowhere(e.To))
	return j.append(ctx, logRef, tip, []archived{f}, subject, j.signing, changes)
}

// append adds files to the archive that was loaded from tip, and moves the refs
// in changes with it: all or nothing. The archive's ref goes first, and its
// commit names what follows, so that a machine that dies in between leaves the
// record that heal completes.
func (j *journal) append(ctx context.Context, ref, tip string, files []archived, subject string, sign bool, changes []refChange) error {
	for _, f := range files {
		if err := j.add(f.name, f.data); err != nil {
			return err
		}
	}
	var parents []string
	if tip != "" {
		parents = []string{tip}
	}
	next, err := j.seal(ctx, parents, subject, sign, changes)
	if err != nil {
		return err
	}
	return j.move(ctx, subject, append([]refChange{{ref, tip, next}}, changes...))
}

const trailer = "Moves: "

// seal writes the archive as it is now, in a commit with these parents.
func (j *journal) seal(ctx context.Context, parents []string, subject string, sign bool, changes []refChange) (string, error) {
	var message strings.Builder
	message.WriteString(subject + "\n")
	if len(changes) > 0 {
		message.WriteString("\n")
	}
	for _, c := range changes {
		fmt.Fprintf(&message, "%s%s %s %s\n", trailer, c.Ref, orDash(c.Old), orDash(c.New))
	}
	objects, err := j.objects()
	if err != nil {
		return "", err
	}
	return j.commit(ctx, gitCommit{tree: j.tree, parents: parents, message: message.String()}, objects, sign, time.Now())
}

func orDash(id string) string {
	if id == "" {
		return "-"
	}
	return id
}

// staleAfter is when a lock is taken for one that a dead process left: the
// renames that it guards take no time at all.
const staleAfter = 3 * time.Second

// heal completes what a machine that died left half done: the log's last commit
// is there, a ref that it names is not moved, and the lock of that ref, which
// holds the new value, is still there and old. A ref that was moved back by hand
// has no such lock and is left alone.
func (j *journal) heal(ctx context.Context) error {
	locks := staleLocks(filepath.Join(j.common, filepath.FromSlash(strings.TrimSuffix(labelsDir, "/"))))
	if len(locks) == 0 {
		return nil
	}
	kind, data, err := j.archive.read.get(logRef)
	if err != nil || kind != "commit" {
		return nil // without a log nothing was begun
	}
	for line := range strings.Lines(parseCommit(data).message) {
		words := strings.Fields(strings.TrimPrefix(line, trailer))
		if !strings.HasPrefix(line, trailer) || len(words) != 3 {
			continue
		}
		c := refChange{words[0], strings.TrimPrefix(words[1], "-"), strings.TrimPrefix(words[2], "-")}
		lock := filepath.Join(j.common, filepath.FromSlash(c.Ref)+".lock")
		if held, err := os.ReadFile(lock); err != nil || c.New == "" || strings.TrimSpace(string(held)) != c.New {
			continue
		}
		now, err := j.refs(ctx, c.Ref)
		if err != nil {
			return err
		}
		at := ""
		if len(now) > 0 && now[0].name == c.Ref {
			at = now[0].object
		}
		if at != c.Old {
			continue
		}
		if err := os.Remove(lock); err != nil {
			return err
		}
		if err := j.move(ctx, "genops: complete", []refChange{c}); err != nil {
			return fmt.Errorf("completing the move of %s that the log has: %w", c.Ref, err)
		}
	}
	return nil
}

// staleLocks finds old lock files below a folder.
func staleLocks(dir string) (locks []string) {
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".lock") {
			return nil
		}
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > staleAfter {
			locks = append(locks, path)
		}
		return nil
	})
	return locks
}
