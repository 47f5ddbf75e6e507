package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/testsets/inspect"
)

func newTestsetSample(s *State) *cobra.Command {
	var keys testsets.Options
	var p testsets.Parting
	var out, to string
	var n int
	var strict bool
	c := &cobra.Command{
		Use:   "sample FILE -n N -o OUT",
		Short: "Draw some cases of a test set",
		Long: `Sample draws cases at random, clusters whole, in the order of the file. With --by
every label, or every value of a slice, has its share. The same seed draws the
same cases. The name of the sample, or each case's metadata where a format has no
name, tells what it was drawn from.`,
		Example: `  genops testset sample intents_v2.json -n 200 --by label -o smoke.json
  genops testset sample refunds.jsonl -n 50 --seed 7 --by slice.lang -o few.jsonl`,
		Args: exactly(1, "one FILE"), ValidArgsFunction: completeFrom(s, testSets),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" || n < 1 {
				return usage(errors.New("testset sample: -n, at least 1, and -o are needed"))
			}
			set, path, err := s.readSet(args[0], keys)
			if err != nil {
				return err
			}
			outs, err := s.setOutputs(path, []string{out}, to)
			if err != nil {
				return err
			}
			if n >= len(set.Cases) {
				return usage(fmt.Errorf("-n %d: the set has only %d cases", n, len(set.Cases)))
			}
			p.Shares = []float64{float64(n), float64(len(set.Cases) - n)}
			parts, err := s.part(set, p, 1)
			if err != nil {
				return err
			}
			s.setNotes(set)
			sample := parts[0]
			drawn := len(sample.Cases)
			if drawn == 0 {
				return fmt.Errorf("-n %d: every cluster is larger, and clusters are drawn whole", n)
			}
			describePart(sample, outs[0].format, fmt.Sprintf("%d of %d cases", drawn, len(set.Cases)), p.Seed)
			if err := s.writeSets(parts, outs, strict); err != nil {
				return err
			}
			fmt.Fprintf(s.Stdout, "%s: %d of %d cases as %s, seed %d\n", plain(out), drawn, len(set.Cases), outs[0].format, p.Seed)
			if drawn != n {
				fmt.Fprintf(s.Stdout, "%d were asked for; clusters are drawn whole\n", n)
			}
			return nil
		},
	}
	setFlags(c, &keys)
	outFlags(c, &out, &to, &strict)
	partFlags(c, &p)
	c.Flags().IntVarP(&n, "number", "n", 0, "how many `CASES` to draw")
	return c
}

func newTestsetSplit(s *State) *cobra.Command {
	var keys testsets.Options
	var p testsets.Parting
	var ratio, out, to string
	var keepNear, strict bool
	near := inspect.DefaultNear
	c := &cobra.Command{
		Use:   "split FILE --ratio 80/20 -o A,B",
		Short: "Divide a test set",
		Long: `Split divides a test set at random into files that have no case in common, as
many as --ratio has numbers. Clusters are never cut; --keep-near keeps near-
duplicates together too. With --by every file has its share of each label, or of
each value of a slice. Cases that have a twin in another file are reported.`,
		Example: `  genops testset split intents_v2.json --ratio 80/20 --by label --keep-near -o train.json,test.json
  genops testset split rows.csv --ratio 70/15/15 --seed 7 -o train.csv,dev.csv,test.csv`,
		Args: exactly(1, "one FILE"), ValidArgsFunction: completeFrom(s, testSets),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return usage(errors.New("testset split: -o is missing"))
			}
			if !(near > 0 && near <= 1) {
				return usage(fmt.Errorf("--near %g: must be more than 0 and at most 1", near))
			}
			var err error
			if p.Shares, err = shares(ratio); err != nil {
				return usage(err)
			}
			files := strings.Split(out, ",")
			if len(files) != len(p.Shares) {
				return usage(fmt.Errorf("-o %s: --ratio %s wants %d files, separated by commas", out, ratio, len(p.Shares)))
			}
			set, path, err := s.readSet(args[0], keys)
			if err != nil {
				return err
			}
			outs, err := s.setOutputs(path, files, to)
			if err != nil {
				return err
			}
			s.setNotes(set)
			if keepNear {
				if p.Together, err = s.twins(c.Context(), set, near); err != nil {
					return err
				}
			}
			parts, err := s.part(set, p, len(p.Shares))
			if err != nil {
				return err
			}
			for i, part := range parts {
				if len(part.Cases) == 0 {
					return fmt.Errorf("-o %s: no case is left for it; clusters and what belongs together stay whole", outs[i].shown)
				}
				describePart(part, outs[i].format, fmt.Sprintf("part %d of %s, %d of %d cases", i+1, ratio, len(part.Cases), len(set.Cases)), p.Seed)
				part.Path = outs[i].shown
			}
			if err := s.writeSets(parts, outs, strict); err != nil {
				return err
			}
			for i, part := range parts {
				fmt.Fprintf(s.Stdout, "%s: %d of %d cases as %s\n", plain(outs[i].shown), len(part.Cases), len(set.Cases), outs[i].format)
			}
			return s.reportLeaks(c.Context(), parts, near, keepNear)
		},
	}
	setFlags(c, &keys)
	outFlags(c, &out, &to, &strict)
	partFlags(c, &p)
	f := c.Flags()
	f.StringVar(&ratio, "ratio", "80/20", "`SHARES` of the cases, as many as there are files")
	f.BoolVar(&keepNear, "keep-near", false, "keep duplicates and near-duplicates in one file")
	f.Float64Var(&near, "near", near, "least cosine of near-duplicates")
	f.Lookup("output").Usage = "write to these `FILES`, separated by commas"
	return c
}

func partFlags(c *cobra.Command, p *testsets.Parting) {
	f := c.Flags()
	f.StringVar(&p.By, "by", "", "give each file its share of every `KEY`: label, or slice.KEY")
	f.Uint64Var(&p.Seed, "seed", 1, "`SEED` of the draw")
}

// shares reads a ratio such as 80/20.
func shares(ratio string) (all []float64, err error) {
	for one := range strings.SplitSeq(ratio, "/") {
		x, err := strconv.ParseFloat(strings.TrimSpace(one), 64)
		if err != nil || !(x > 0) || x > 1e9 {
			return nil, fmt.Errorf("--ratio %q: must be positive numbers like 80/20", ratio)
		}
		all = append(all, x)
	}
	if len(all) < 2 {
		return nil, fmt.Errorf("--ratio %q: must be at least two numbers like 80/20", ratio)
	}
	return all, nil
}

// part makes the first n parts of a set.
func (s *State) part(set *testsets.Set, p testsets.Parting, n int) ([]*testsets.Set, error) {
	of, err := set.Part(p)
	if errors.Is(err, fs.ErrInvalid) {
		return nil, usage(fmt.Errorf("--by: %w", err))
	}
	if err != nil {
		return nil, err
	}
	parts := make([]*testsets.Set, n)
	for k := range parts {
		parts[k] = set.Subset(set.Name, func(i int) bool { return of[i] == k })
	}
	return parts, nil
}

// describePart says what a part was drawn from: in its name or, in formats that
// have none, in the metadata of its cases.
func describePart(part *testsets.Set, format, what string, seed uint64) {
	if format == "native" {
		part.Name = fmt.Sprintf("%s (%s, seed %d, %.19s)", part.Name, what, seed, part.Digest)
		return
	}
	part.Name = ""
	for i := range part.Cases {
		c := &part.Cases[i]
		if c.Metadata = maps.Clone(c.Metadata); c.Metadata == nil {
			c.Metadata = map[string]any{}
		}
		c.Metadata["drawn_from"], c.Metadata["drawn_seed"] = part.Digest, seed
	}
}

func (s *State) twins(ctx context.Context, set *testsets.Set, near float64) ([][]int, error) {
	progress, end := s.comparing()
	groups, note, err := inspect.Twins(ctx, set, near, progress)
	end()
	if note != "" {
		fmt.Fprintln(s.Stderr, "! --keep-near: "+note)
	}
	return groups, err
}

// reportLeaks says which cases have a twin in another part.
func (s *State) reportLeaks(ctx context.Context, parts []*testsets.Set, near float64, kept bool) error {
	clean := true
	for i := range parts {
		for j := range i {
			leaks, err := inspect.Leaks(ctx, parts[i], parts[j], near)
			if err != nil {
				return err
			}
			if l := leaks[0]; l.Exact+l.Near > 0 {
				clean = false
				fmt.Fprintf(s.Stdout, "! of %d cases in %s, %d are also in %s and %d nearly so\n", l.Cases, plain(l.Of), l.Exact, plain(l.Into), l.Near)
			}
		}
	}
	switch {
	case clean:
		fmt.Fprintf(s.Stdout, "no case has a twin (cosine >= %g) in another file\n", near)
	case !kept:
		fmt.Fprintln(s.Stdout, "--keep-near keeps such cases in one file")
	}
	return nil
}
