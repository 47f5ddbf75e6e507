package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// shape is the size of the repository.
type shape struct {
	commits int // each changes one prompt
	prompts int
	tags    int // versions of each prompt
	loose   bool
}

// name of the i-th prompt; one in four lies in a folder.
func name(i int) string {
	if i%4 == 0 {
		return fmt.Sprintf("team%02d/prompt%04d", i%16, i)
	}
	return fmt.Sprintf("prompt%04d", i)
}

// text is a prompt of usual length; every tenth includes a partial and names a
// tool.
func text(i, revision int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nmodel: openai/gpt-5.4-mini\ndescription: Prompt %d, revision %d\nconfig: {temperature: 0.2, maxOutputTokens: 400}\n", i, revision)
	if i%10 == 0 {
		b.WriteString("tools: [lookup]\n")
	}
	b.WriteString("input:\n  schema:\n    name: string, of the customer\n    order?: string, number of the order\n---\n{{role \"system\"}}\n")
	if i%10 == 0 {
		b.WriteString("{{> tone}}\n")
	}
	fmt.Fprintf(&b, "You answer customers of shop %d.\n\n", i)
	for rule := range 12 {
		fmt.Fprintf(&b, "- Rule %d: never promise more than %d days, unless {{name}} asks for it.\n", rule, rule+revision)
	}
	b.WriteString("{{role \"user\"}}\n{{#if order}}Order {{order}}: {{/if}}{{input}}\n")
	return b.String()
}

// build makes the repository by git fast-import, checked out, with a label
// "production" at the newest version but one of each prompt.
func build(dir string, s shape) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := git(dir, nil, "init", "-q", "-b", "main"); err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() {
		w := bufio.NewWriterSize(write, 1<<20)
		history(w, s)
		write.CloseWithError(w.Flush())
	}()
	if err := git(dir, read, "fast-import", "--quiet"); err != nil {
		return err
	}
	var labels bytes.Buffer
	for i := range s.prompts {
		fmt.Fprintf(&labels, "create refs/genops/prompt/%s/production refs/tags/prompts/%[1]s/v1.%d.0\n", name(i), max(s.tags-2, 0))
	}
	steps := [][]string{{"reset", "-q", "--hard", "main"}}
	if !s.loose {
		steps = append(steps, []string{"pack-refs", "--all"})
	}
	if err := git(dir, &labels, "update-ref", "--stdin"); err != nil {
		return err
	}
	for _, step := range steps {
		if err := git(dir, nil, step...); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "genops.yaml"), nil, 0o644)
}

// history writes the stream of git-fast-import.
func history(w io.Writer, s shape) {
	const who = "bench <bench@example.invalid>"
	put := func(path, text string) { fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text) }
	commit := func(n int) {
		fmt.Fprintf(w, "commit refs/heads/main\nmark :%d\ncommitter %s %d +0000\ndata 6\nchange\n", n+1, who, 1_700_000_000+60*n)
	}
	commit(0)
	put(".gitignore", ".genops/\n")
	put("prompts/_tone.prompt", "Be friendly, and brief.\n")
	put("tools/lookup.yaml", "description: Looks an order up\ninputSchema: {order: string}\n")
	for i := range s.prompts {
		put("prompts/"+name(i)+".prompt", text(i, 0))
	}
	every := max((s.commits-1)/(s.prompts*s.tags), 1) // revisions between two versions
	for n := 1; n < s.commits; n++ {
		commit(n)
		i, revision := (n-1)%s.prompts, (n-1)/s.prompts+1
		put("prompts/"+name(i)+".prompt", text(i, revision))
		if v := revision/every - 1; revision%every == 0 && v < s.tags {
			fmt.Fprintf(w, "tag prompts/%s/v1.%d.0\nfrom :%d\ntagger %s %d +0000\ndata 7\nrelease\n", name(i), v, n+1, who, 1_700_000_000+60*n)
		}
	}
}

func git(dir string, in io.Reader, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, in
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}
