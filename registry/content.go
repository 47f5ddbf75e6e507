package registry

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"sync"
)

// content reads objects of a repository through one git program that stays
// open: a process for each of a thousand prompts would take seconds. It is safe
// for concurrent use; Close ends the program.
type content struct {
	r   *repository
	ctx context.Context

	mu     sync.Mutex
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	err    error // after it the answers no longer fit the questions
}

// content opens a reader that lives as long as ctx. The program starts with the
// first question.
func (r *repository) content(ctx context.Context) *content { return &content{r: r, ctx: ctx} }

func (c *content) start() error {
	if c.cmd != nil {
		return nil
	}
	// Links are followed by git, within the commit.
	c.cmd = c.r.command(c.ctx, "cat-file", "--batch", "--follow-symlinks")
	c.cmd.Stderr = &c.stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c.out = bufio.NewReaderSize(out, 64<<10)
	return c.cmd.Start()
}

// begin starts the program before the first question.
func (c *content) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = c.start()
	}
}

// get returns what a revision such as COMMIT:PATH is, "blob", "tree", "commit"
// or "tag", and its bytes. Nothing there is fs.ErrNotExist.
func (c *content) get(revision string) (kind string, data []byte, err error) {
	if strings.ContainsAny(revision, "\n\x00") {
		return "", nil, fs.ErrNotExist
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = c.start()
	}
	if c.err != nil {
		return "", nil, c.err
	}
	kind, data, err = c.ask(revision)
	if _, odd := err.(*oddObject); err != nil && !odd && err != fs.ErrNotExist {
		c.err = c.r.failed(c.ctx, "cat-file", err, c.stderr.String())
		return "", nil, c.err
	}
	return kind, data, err
}

// oddObject is a place where git has something, but no content.
type oddObject struct{ what string }

func (e *oddObject) Error() string { return e.what }

func (c *content) ask(revision string) (kind string, data []byte, err error) {
	if _, err := io.WriteString(c.in, revision+"\n"); err != nil {
		return "", nil, err
	}
	head, err := c.out.ReadString('\n')
	if err != nil {
		return "", nil, err
	}
	head = strings.TrimSuffix(head, "\n")
	// A link that leads nowhere is told as "KIND SIZE", and then its own text.
	if word, size, ok := strings.Cut(head, " "); ok && (word == "symlink" || word == "dangling" || word == "loop" || word == "notdir") {
		var n int
		if _, err := fmt.Sscanf(size, "%d", &n); err == nil && fmt.Sprint(n) == size {
			text, err := c.body(n)
			if err != nil || word == "notdir" || word == "dangling" {
				return "", nil, orMissing(err)
			}
			return "", nil, &oddObject{fmt.Sprintf("is a symbolic link that leads out of the repository or in a circle (%q): a version can't follow it", tail(string(text)))}
		}
	}
	if strings.HasSuffix(head, " missing") || strings.HasSuffix(head, " submodule") {
		return "", nil, fs.ErrNotExist
	}
	if strings.HasSuffix(head, " ambiguous") {
		return "", nil, &oddObject{"is ambiguous: several objects of git begin so"}
	}
	var id string
	var size int
	if _, err := fmt.Sscanf(head, "%s %s %d", &id, &kind, &size); err != nil || !objectName().MatchString(id) {
		return "", nil, fmt.Errorf("git cat-file answered %q", tail(head))
	}
	data, err = c.body(size)
	return kind, data, err
}

func orMissing(err error) error {
	if err == nil {
		return fs.ErrNotExist
	}
	return err
}

// body reads so many bytes and the newline behind them.
func (c *content) body(size int) ([]byte, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(c.out, data); err != nil {
		return nil, err
	}
	_, err := c.out.Discard(1)
	return data, err
}

// Close ends the program.
func (c *content) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd != nil && c.cmd.Process != nil {
		c.in.Close()
		io.Copy(io.Discard, c.out)
		c.cmd.Wait()
	}
	if c.err == nil {
		c.err = fs.ErrClosed
	}
}
