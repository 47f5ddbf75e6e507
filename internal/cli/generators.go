package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
)

func newGenerators(s *State) *cobra.Command {
	return group("generators", "List the generators of media, and check whether they can be used",
		"  genops generators list\n  genops generators check comfyui", newGeneratorsList(s), newGeneratorsCheck(s))
}

// generatorLine is one generator in a list.
type generatorLine struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	About  string `json:"about"`
	From   string `json:"from"` // config/generators.json, or built-in
	KeyEnv string `json:"key_env,omitempty"`
	HasKey *bool  `json:"has_key,omitempty"` // whether that variable is set; nil = no key is needed
	URL    string `json:"url,omitempty"`
}

func (x *media) lines() []generatorLine {
	all := mediaConfigs(x.generators)
	var out []generatorLine
	for _, name := range slices.Sorted(maps.Keys(all)) {
		g := all[name]
		k := kindNamed(g.Kind)
		l := generatorLine{Name: name, Kind: g.Kind, About: k.about, From: "built-in", KeyEnv: g.APIKeyEnv, URL: g.URL}
		if _, own := x.generators[name]; own {
			l.From = config.GeneratorsFile
		}
		if g.Kind == "comfyui" && g.URL == "" && x.Getenv("STABLE_DIFFUSION_API") != "" {
			l.From = "STABLE_DIFFUSION_API"
			if l.KeyEnv == "" && x.Getenv("STABLE_DIFFUSION_KEY") != "" {
				l.KeyEnv = "STABLE_DIFFUSION_KEY"
			}
		}
		if l.KeyEnv == "" {
			l.KeyEnv = k.key
		}
		if l.KeyEnv != "" {
			set := x.Getenv(l.KeyEnv) != ""
			l.HasKey = &set
		}
		out = append(out, l)
	}
	return out
}

func newGeneratorsList(s *State) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List the generators that can be named",
		Long:    "List shows the generators of " + config.GeneratorsFile + " and the built-in ones. It calls nobody.",
		Example: "  genops generators list --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			x, err := s.media()
			if err != nil {
				return err
			}
			lines := x.lines()
			if asJSON {
				return writeJSON(s.Stdout, lines)
			}
			t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tKIND\tKEY\tFROM\tWHAT IT IS")
			for _, l := range lines {
				key := "none needed"
				if l.HasKey != nil {
					key = l.KeyEnv + " is not set"
					if *l.HasKey {
						key = l.KeyEnv
					}
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", plain(l.Name), l.Kind, key, l.From, l.About)
			}
			return t.Flush()
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

// generatorCheck is what a check of one generator found.
type generatorCheck struct {
	Name      string                `json:"name"`
	OK        bool                  `json:"ok"`
	Error     string                `json:"error,omitempty"`
	LatencyMS int64                 `json:"latency_ms"`
	Inventory *generators.Inventory `json:"inventory,omitempty"`
}

func newGeneratorsCheck(s *State) *cobra.Command {
	var asJSON bool
	var timeout time.Duration
	c := &cobra.Command{Use: "check [NAME...]", Short: "Ask generators whether they can be used, and what they have",
		Long: `Check asks each generator (default: all of ` + config.GeneratorsFile + `, else the built-in
one): is the key there, does it answer, which models, LoRAs and samplers does it
have. It makes no picture and costs nothing. Exit code 1 when one can't be used.`,
		Example: "  genops generators check\n  genops generators check comfyui --json",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return generatorNames(s), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			x, err := s.media()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = slices.Sorted(maps.Keys(x.generators))
			}
			if len(args) == 0 {
				args = []string{"procedural"}
			}
			makers, err := x.makers(args)
			if err != nil {
				return err
			}
			defer x.closeMakers(makers)
			var out []generatorCheck
			bad := false
			for _, m := range makers {
				r := checkMaker(c.Context(), m, timeout)
				bad = bad || !r.OK
				out = append(out, r)
			}
			if asJSON {
				err = writeJSON(s.Stdout, out)
			} else {
				for _, r := range out {
					s.tellCheck(r)
				}
			}
			if err == nil && bad {
				err = exit{exitError}
			}
			return err
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	c.Flags().DurationVar(&timeout, "timeout", 20*time.Second, "for one generator")
	return c
}

func checkMaker(ctx context.Context, m *maker, timeout time.Duration) generatorCheck {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r := generatorCheck{Name: m.name, OK: true}
	at := time.Now()
	if i, ok := m.generator.(interface {
		Inventory(context.Context) (generators.Inventory, error)
	}); ok {
		inventory, err := i.Inventory(ctx)
		if err != nil {
			r.OK, r.Error = false, err.Error()
		} else {
			r.Inventory = &inventory
		}
	}
	r.LatencyMS = time.Since(at).Milliseconds()
	return r
}

func (s *State) tellCheck(r generatorCheck) {
	if !r.OK {
		fmt.Fprintf(s.Stdout, "%s: can't be used: %s\n", plain(r.Name), plain(r.Error))
		return
	}
	fmt.Fprintf(s.Stdout, "%s: ready (%d ms)\n", plain(r.Name), r.LatencyMS)
	if r.Inventory == nil {
		return
	}
	i := r.Inventory
	for _, row := range []struct {
		what  string
		names []string
	}{{"models", i.Models}, {"LoRAs", i.LoRAs}, {"hypernetworks", i.Hypernetworks}, {"embeddings", i.Embeddings}, {"samplers", i.Samplers},
		{"schedulers", i.Schedulers}, {"sizes", i.Sizes}, {"qualities", i.Qualities}, {"formats", i.Formats}, {"params", i.Params}} {
		if len(row.names) > 0 {
			fmt.Fprintf(s.Stdout, "  %-13s %s\n", row.what, plain(few(row.names, 12)))
		}
	}
	if i.Server != "" {
		fmt.Fprintf(s.Stdout, "  %-13s %s\n", "server", plain(i.Server))
	}
}

// few lists at most n names.
func few(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more (--json lists all)", strings.Join(names[:n], ", "), len(names)-n)
}

// generatorNames completes names of generators.
func generatorNames(s *State) []string {
	x, err := s.media()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(mediaConfigs(x.generators)))
}
