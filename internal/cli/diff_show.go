package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/export"
)

// diffShow holds the flags that say how diffs are shown.
type diffShow struct {
	format  string
	json    bool
	width   int
	outputs []string
}

var diffFormats = []string{"terminal", "text", "markdown", "json", "html"}

func (w *diffShow) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&w.format, "format", "terminal", "`FORM` of what is printed: "+strings.Join(diffFormats, ", "))
	f.BoolVar(&w.json, "json", false, "print one JSON object; the same as --format json")
	f.IntVar(&w.width, "width", 0, "columns of terminal and text (default: the terminal's, else 80; texts stand side by side from 100 on)")
	f.StringArrayVarP(&w.outputs, "output", "o", nil, "also write the diff to this `FILE`: .html, .md, .json or .txt; repeatable")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(diffFormats, cobra.ShellCompDirectiveNoFileComp))
}

// byEnding are the forms of files.
var byEnding = map[string]string{".html": "html", ".md": "markdown", ".json": "json", ".txt": "text"}

func (w *diffShow) check(s *State) error {
	if w.json {
		w.format = "json"
	}
	switch {
	case !slices.Contains(diffFormats, w.format):
		return usage(fmt.Errorf("--format %s: known: %s", w.format, strings.Join(diffFormats, ", ")))
	case w.width != 0 && (w.width < 20 || w.width > 1000):
		return usage(fmt.Errorf("--width %d: must be between 20 and 1000", w.width))
	}
	for _, out := range w.outputs {
		if byEnding[strings.ToLower(filepath.Ext(out))] == "" {
			return usage(fmt.Errorf("-o %s: known endings: .html, .md, .json, .txt", out))
		}
		if info, err := s.stat(filepath.Dir(out)); err != nil || !info.IsDir() {
			return usage(fmt.Errorf("-o %s: no such folder", out))
		}
	}
	return nil
}

// write shows the diffs, and writes the files.
func (w *diffShow) write(s *State, d *export.Diffs) error {
	for _, out := range w.outputs {
		form := byEnding[strings.ToLower(filepath.Ext(out))]
		if err := evals.WriteReport(s.path(out), func(to io.Writer) error { return w.form(s, to, form, d) }); err != nil {
			return fmt.Errorf("-o %s: %w", out, err)
		}
	}
	return w.form(s, s.Stdout, w.format, d)
}

func (w *diffShow) form(s *State, to io.Writer, form string, d *export.Diffs) error {
	switch form {
	case "terminal":
		color, width := s.terminal()
		if w.width > 0 {
			width = w.width
		}
		return d.Text(to, export.Terminal{Width: width, Color: color})
	case "text":
		return d.Text(to, export.Terminal{Width: w.width})
	case "markdown":
		return d.Markdown(to, export.MarkdownLimit)
	case "html":
		return d.HTML(to)
	case "json":
		return writeJSON(to, d)
	}
	return errors.New("unknown form " + form)
}
