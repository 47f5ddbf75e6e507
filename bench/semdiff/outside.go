package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// readPairs reads JSON lines of pairs from a file, of any length. An error
// names the file and the line.
func readPairs(path string) ([]pair, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parsePairs(path, file)
}

func parsePairs(name string, r io.Reader) ([]pair, error) {
	var all []pair
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading %s: line %d: %w", name, n, err)
		}
		if len(bytes.TrimSpace(text)) > 0 {
			p, bad := parsePair(text)
			if bad != nil {
				return nil, fmt.Errorf("reading %s: line %d: %w", name, n, bad)
			}
			all = append(all, p)
		}
		if err != nil {
			break
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("reading %s: no pairs in it", name)
	}
	return all, nil
}

func parsePair(text []byte) (pair, error) {
	var raw struct {
		ID            json.RawMessage
		Before, After *string
		Label         string
		Kind          *kind
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return pair{}, err
	}
	switch {
	case raw.Before == nil:
		return pair{}, errors.New(`no "before"`)
	case raw.After == nil:
		return pair{}, errors.New(`no "after"`)
	case raw.Label != "preserved" && raw.Label != "changed":
		return pair{}, fmt.Errorf("unknown label %q; known: preserved, changed", raw.Label)
	case len(raw.ID) > 0 && (raw.ID[0] == '{' || raw.ID[0] == '['):
		return pair{}, fmt.Errorf("id %s is neither a string nor a number", raw.ID)
	}
	p := pair{Before: *raw.Before, After: *raw.After, Label: raw.Label, raw: raw.ID}
	if raw.Kind != nil {
		p.Kind = *raw.Kind
	}
	return p, nil
}

// scoreOutside judges the pairs of a file and prints the summary line; before
// it a line a pair if emit is set. The figures by kind go to details, if any.
func scoreOutside(w, details io.Writer, path string, emit bool) error {
	pairs, err := readPairs(path)
	if err != nil {
		return err
	}
	all := judgeAll(semantic(), pairs)
	out := bufio.NewWriter(w)
	if emit {
		for _, j := range all {
			if err := json.NewEncoder(out).Encode(emitted{j.raw, j.score, j.report.Verdict.String()}); err != nil {
				return fmt.Errorf("writing the verdict of pair %s: %w", j.raw, err)
			}
		}
	}
	fmt.Fprintln(out, summary(measure(all)))
	if err := out.Flush(); err != nil {
		return err
	}
	if details != nil {
		names, groups := groupBy(all, func(j judged) string {
			if j.Kind == "" {
				return j.Label
			}
			return j.Label + " " + string(j.Kind)
		})
		for _, name := range names {
			fmt.Fprintf(details, "%-32s called changed %4d of %4d  %.4f\n", name, groups[name].called, groups[name].n, groups[name].share())
		}
	}
	return nil
}

// emitted is the line of a pair: its id as it was given.
type emitted struct {
	ID      json.RawMessage `json:"id"`
	Score   float64         `json:"score"`
	Verdict string          `json:"verdict"`
}

// summary is the line that other programs read.
func summary(f figures) string {
	number := func(x float64) string {
		if math.IsNaN(x) {
			return "n/a"
		}
		return fmt.Sprintf("%.4f", x)
	}
	return fmt.Sprintf("auroc=%s caught=%s flagged=%s", number(f.auroc), number(f.caught.share()), number(f.flagged.share()))
}
