package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

func newTestset(s *State) *cobra.Command {
	c := group("testset", "Look into test sets, convert and divide them; their versions and labels", "  genops testset inspect intents_v2.json\n  genops testset convert goldens.json -o intents.jsonl",
		newTestsetInspect(s), newTestsetConvert(s), newTestsetSample(s), newTestsetSplit(s))
	c.AddCommand(objectVerbs(s, registry.KindTestSet)...)
	return c
}

// setFlags say how a test set is read.
func setFlags(c *cobra.Command, o *testsets.Options) {
	f := c.Flags()
	f.StringVar(&o.Format, "format", "", "read it as this `FORMAT` instead of recognising it: "+strings.Join(testsets.Formats(), ", "))
	f.StringVar(&o.Input, "input-key", "", "`KEY` of the input in rows")
	f.StringVar(&o.Expected, "expected-key", "", "`KEY` of the expected value in rows")
	f.StringSliceVar(&o.LabelNames, "label-names", nil, "`NAMES` of the labels 0, 1, 2, … where the file holds numbers")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(testsets.Formats(), cobra.ShellCompDirectiveNoFileComp))
}

// readSet reads a test set: a file, or a name below the project's testsets/.
// What the reader has to say goes to stderr.
func (s *State) readSet(name string, o testsets.Options) (*testsets.Set, string, error) {
	path, err := s.findSet(name)
	if err != nil {
		return nil, "", err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	set, err := testsets.Read(s.show(path), data, o)
	if err != nil {
		return nil, "", err
	}
	return set, path, nil
}

// findSet works outside of a project too.
func (s *State) findSet(name string) (string, error) {
	path := s.path(name)
	if info, err := os.Stat(path); name != "" && err == nil && !info.IsDir() {
		return path, nil
	}
	if root, err := config.Find(s.Dir); err == nil {
		return s.testSetPath(root, name)
	}
	return "", usage(fmt.Errorf("test set %q: no such file: %w", name, fs.ErrNotExist))
}

// setOutput is a file that a test set is written to.
type setOutput struct {
	path   string // absolute
	shown  string // as the user wrote it
	format string
}

// setOutputs checks where test sets go before anything is computed.
func (s *State) setOutputs(input string, files []string, format string) ([]setOutput, error) {
	if format != "" {
		if _, _, err := testsets.Encode(&testsets.Set{}, format); err != nil {
			return nil, usage(fmt.Errorf("--to: %w", err))
		}
	}
	var all []setOutput
	for _, file := range files {
		o := setOutput{path: s.path(file), shown: file, format: format}
		if file == "" {
			return nil, usage(errors.New("-o: a name is empty"))
		}
		if info, err := os.Stat(filepath.Dir(o.path)); err != nil || !info.IsDir() {
			return nil, usage(fmt.Errorf("-o %s: no such folder", file))
		}
		if info, err := os.Stat(o.path); err == nil && info.IsDir() {
			return nil, usage(fmt.Errorf("-o %s: it is a folder", file))
		}
		if sameFile(o.path, input) || filepath.Clean(o.path) == filepath.Clean(input) {
			return nil, usage(fmt.Errorf("-o %s: it is the test set itself, which is never overwritten", file))
		}
		for _, before := range all {
			if before.path == o.path || sameFile(before.path, o.path) {
				return nil, usage(fmt.Errorf("-o %s: it is named twice", file))
			}
		}
		if format == "" {
			var err error
			if o.format, err = testsets.EncodingFor(filepath.Ext(file)); err != nil {
				return nil, usage(fmt.Errorf("-o %s: %w (or name a format by --to)", file, err))
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// writeSets writes each set to its file, none of them unless all can be
// written as they are asked for.
func (s *State) writeSets(sets []*testsets.Set, outs []setOutput, strict bool) error {
	encoded := make([][]byte, len(sets))
	var refused []string
	for i, set := range sets {
		data, lost, err := testsets.Encode(set, outs[i].format)
		if err != nil {
			return err
		}
		encoded[i] = data
		for _, what := range lost {
			if strict {
				refused = append(refused, outs[i].shown+": "+what)
				continue
			}
			fmt.Fprintf(s.Stderr, "! %s, as %s, does not keep: %s\n", plain(outs[i].shown), outs[i].format, plain(what))
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("nothing was written, --strict: the format can't express all:\n  %s", strings.Join(refused, "\n  "))
	}
	for i, data := range encoded {
		if err := writeWhole(outs[i].path, data); err != nil {
			return fmt.Errorf("-o %s: %w", outs[i].shown, err)
		}
	}
	return nil
}

// setNotes shows what the reader left out.
func (s *State) setNotes(set *testsets.Set) {
	for _, note := range set.Notes {
		fmt.Fprintf(s.Stderr, "! %s: %s\n", plain(set.Path), plain(note))
	}
}

// comparing shows a bar on a terminal while inputs are compared; end removes it.
func (s *State) comparing() (progress func(done, total int), end func()) {
	if !s.Terminal {
		return nil, func() {}
	}
	const width = 24
	began, shown := time.Now(), time.Time{}
	progress = func(done, total int) {
		if now := time.Now(); now.Sub(began) > 300*time.Millisecond && now.Sub(shown) > 100*time.Millisecond {
			shown = now
			full := done * width / max(total, 1)
			line := fmt.Sprintf("comparing inputs %s%s %d %%", strings.Repeat("█", full), strings.Repeat("░", width-full), 100*done/max(total, 1))
			fmt.Fprintf(s.Stderr, "\r\x1b[2K%s", clip(line, s.Columns))
		}
	}
	return progress, func() {
		if !shown.IsZero() {
			fmt.Fprint(s.Stderr, "\r\x1b[2K")
		}
	}
}

// writeWhole writes a file whole or not at all.
func writeWhole(path string, data []byte) error {
	return evals.WriteReport(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// oneLine is text for a cell of a table: on one line, of at most n characters.
func oneLine(text string, n int) string {
	const enough = 4 // bytes of a character
	if len(text) > enough*n+enough {
		text = strings.ToValidUTF8(text[:enough*n+enough], "")
	}
	text = strings.Join(strings.Fields(plain(text)), " ")
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}
