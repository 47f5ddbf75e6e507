package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators"
)

// TestDocumentedCommands: every command line in the documentation names commands
// and flags that there are.
func TestDocumentedCommands(t *testing.T) {
	top := filepath.Join("..", "..")
	files, err := filepath.Glob(filepath.Join(top, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob(filepath.Join(top, "examples", "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range append(append(files, examples...), filepath.Join(top, "README.md")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range documented(string(data)) {
			n++
			if err := parses(line); err != nil {
				t.Errorf("%s: %s: %v", file, line, err)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d commands were found", n)
	}
}

// documented finds the command lines of a document: lines of code blocks, and
// code within sentences. Those that only hint at what they stand for are left out.
func documented(text string) (lines []string) {
	for i, part := range strings.Split(text, "\n```") {
		if i%2 == 1 {
			for _, line := range strings.Split(part, "\n") {
				lines = append(lines, strings.Split(line, " && ")...)
			}
			continue
		}
		for _, m := range regexp.MustCompile("`(genops [^`]+)`").FindAllStringSubmatch(part, -1) {
			lines = append(lines, strings.Join(strings.Fields(m[1]), " "))
		}
	}
	kept := lines[:0]
	for _, line := range lines {
		line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "$ "), " #")
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "genops ") && !strings.ContainsAny(line, "…|<(") {
			kept = append(kept, line)
		}
	}
	return kept
}

// parses finds the command of a line and reads its flags.
func parses(line string) error {
	words := regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`).FindAllString(line, -1)[1:]
	for i := range words {
		words[i] = strings.Trim(words[i], `'"`)
	}
	root := newRoot(&State{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Program: "genops"})
	c, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if len(rest) > 0 && c.HasSubCommands() && !strings.HasPrefix(rest[0], "-") {
		if rest[0] == strings.ToUpper(rest[0]) { // NAME stands for any of them
			return nil
		}
		return unknownCommand(c, rest[0])
	}
	return c.ParseFlags(rest)
}

// TestReadmeCountsMetrics: README's number of judged metrics is that of the list.
func TestReadmeCountsMetrics(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range validators.Known() {
		if metricLineOf(m).Kind == "judged" {
			n++
		}
	}
	if want := fmt.Sprintf("- %d metrics with DeepEval's meaning", n); !strings.Contains(string(readme), want) {
		t.Errorf("no %q", want)
	}
}
