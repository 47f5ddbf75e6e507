package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/prices"
)

func newPrices(s *State) *cobra.Command {
	return group("prices", "Show and update what models cost", "  genops prices show gpt-5.4-mini\n  genops prices update FILE --dry-run", newPricesShow(s), newPricesUpdate(s))
}

// prices is the built-in table, with the project's own prices inside a project.
func (s *State) prices() (*prices.Table, error) {
	root, err := config.Find(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return prices.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	return prices.Load(root)
}

func newPricesShow(s *State) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "show [MODEL|PROVIDER]", Short: "Show what models cost, and where that is from",
		Long: `Show prints prices in USD per million tokens: the built-in list prices, and those
of the project's prices.yaml in their place. The built-in ones go stale: check them
before you trust them with a budget.`,
		Example: "  genops prices show openai\n  genops prices show openai:gpt-5.4-mini",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(errors.New("prices show wants at most one MODEL or PROVIDER"))
			}
			return nil
		},
		ValidArgsFunction: completeFrom(s, pricedNames),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := s.prices()
			if err != nil {
				return err
			}
			entries := t.Entries()
			if len(args) == 1 {
				if entries, err = findPrices(t, args[0]); err != nil {
					return usage(err)
				}
			}
			if asJSON {
				return writeJSON(s.Stdout, map[string]any{"unit": "USD per million tokens", "built_in_as_of": t.AsOf, "prices": entries})
			}
			return s.priceTable(t, entries)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (s *State) priceTable(t *prices.Table, entries []prices.Entry) error {
	fmt.Fprintf(s.Stdout, "USD per million tokens; the built-in list prices are as of %s, so check them\n\n", t.AsOf)
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROVIDER\tMODEL\tINPUT\tCACHED\tCACHE WRITE\tOUTPUT\tMAX OUTPUT\tAS OF\tFROM")
	old := 0
	for _, e := range entries {
		from, most := e.Source, ""
		if e.Project {
			from = prices.File + ": " + from
		}
		if e.MaxOutputTokens > 0 {
			most = strconv.Itoa(e.MaxOutputTokens)
		}
		if e.Old(time.Now()) {
			old++
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%v\t%v\t%v\t%s\t%s\t%s\n", plain(e.Provider), plain(e.Model), e.Input, e.CachedInput, e.CacheWrite, e.Output, most, e.AsOf, plain(strings.TrimSuffix(from, ": ")))
		if l := e.Long; l != nil {
			fmt.Fprintf(w, "\t  above %d tokens\t%v\t%v\t%v\t%v\t\t\t\n", l.Above, l.Input, l.CachedInput, l.CacheWrite, l.Output)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if old > 0 {
		fmt.Fprintf(s.Stderr, "warning: prices older than 90 days: %d; put what you pay into %s, or use `genops prices update`\n", old, prices.File)
	}
	return nil
}

// findPrices finds what a person means: a provider, PROVIDER:MODEL,
// PROVIDER/MODEL, or a model of any provider.
func findPrices(t *prices.Table, what string) ([]prices.Entry, error) {
	providers, models := priceNames(t)
	var found []prices.Entry
	for _, e := range t.Entries() {
		if e.Provider == what {
			found = append(found, e)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if i := strings.IndexAny(what, ":/"); i > 0 {
		if e, ok := t.Find(what[:i], what[i+1:]); ok {
			return []prices.Entry{e}, nil
		}
	}
	for _, provider := range providers {
		if e, ok := t.Find(provider, what); ok {
			found = append(found, e)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if prices.Local(what) {
		e, _ := t.Find(what, "")
		return []prices.Entry{e}, nil
	}
	hint := "`genops prices show` lists them"
	if near := config.Nearest(what, append(providers, models...)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, fmt.Errorf("no price of %q is known; %s", what, hint)
}

func priceNames(t *prices.Table) (providers, models []string) {
	for _, e := range t.Entries() {
		providers, models = append(providers, e.Provider), append(models, e.Model)
	}
	return slices.Compact(providers), models
}

// pricedNames lists what `prices show` takes.
func pricedNames(root string) []string {
	t, err := prices.Load(root)
	if err != nil {
		return nil
	}
	providers, models := priceNames(t)
	return append(providers, models...)
}

func newPricesUpdate(s *State) *cobra.Command {
	var dry bool
	c := &cobra.Command{Use: "update FILE [MODEL|PROVIDER]...", Short: "Take prices from a file into the project's prices.yaml",
		Long: `Update reads prices from FILE, shows what they change, and writes those that are
new or different into the project's prices.yaml; nothing is removed. FILE has the
shape of prices.yaml, or is LiteLLM's model_prices_and_context_window.json. With
names of models or providers, only their prices are taken.`,
		Example: "  genops prices update model_prices_and_context_window.json openai anthropic --dry-run",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("prices update wants a FILE"))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := s.project()
			if err != nil {
				return err
			}
			update, skipped, err := prices.ReadUpdate(s.path(args[0]))
			if errors.Is(err, fs.ErrNotExist) {
				return usage(err)
			}
			if err != nil {
				return err
			}
			t, err := prices.Load(p.Root)
			if err != nil {
				return err
			}
			changes, err := chosen(t.Changes(update), update, args[1:])
			if err != nil {
				return usage(err)
			}
			if !dry && len(changes) > 0 {
				if err := prices.Merge(p.Root, changes); err != nil {
					return err
				}
			}
			s.showChanges(changes, skipped, dry)
			return nil
		}}
	c.Flags().BoolVar(&dry, "dry-run", false, "only show what would change")
	return c
}

// chosen are the changes of the named models and providers, or all when none is
// named.
func chosen(all []prices.Change, update *prices.Table, names []string) ([]prices.Change, error) {
	if len(names) == 0 {
		return all, nil
	}
	type model struct{ provider, model string }
	wanted := map[model]bool{}
	for _, what := range names {
		known := false
		for _, e := range update.Entries() {
			if slices.Contains([]string{e.Provider, e.Model, e.Provider + ":" + e.Model, e.Provider + "/" + e.Model}, what) {
				known, wanted[model{e.Provider, e.Model}] = true, true
			}
		}
		if !known {
			return nil, fmt.Errorf("%q: the file has no price of such a model or provider", what)
		}
	}
	return slices.DeleteFunc(all, func(c prices.Change) bool { return !wanted[model{c.Provider, c.Model}] }), nil
}

func (s *State) showChanges(changes []prices.Change, skipped prices.Skipped, dry bool) {
	added := 0
	for _, c := range changes {
		if c.Old == nil {
			added++
		}
		fmt.Fprintf(s.Stdout, "%s %s: %s\n", plain(c.Provider), plain(c.Model), describeChange(c))
	}
	if skipped != (prices.Skipped{}) {
		fmt.Fprintf(s.Stdout, "left out: %d of other providers, %d that are no chat models, %d without a price\n", skipped.Provider, skipped.Mode, skipped.Price)
	}
	where := "written to " + prices.File
	switch {
	case len(changes) == 0:
		where = "nothing to write"
	case dry:
		where = "nothing was written (--dry-run)"
	}
	fmt.Fprintf(s.Stdout, "%d added, %d changed, none removed; %s\n", added, len(changes)-added, where)
}

func describeChange(c prices.Change) string {
	p := c.New
	if c.Old == nil {
		return fmt.Sprintf("new, input %v, cached %v, cache write %v, output %v", p.Input, p.CachedInput, p.CacheWrite, p.Output)
	}
	var parts []string
	for _, r := range []struct {
		name          string
		before, after float64
	}{
		{"input", c.Old.Input, p.Input}, {"cached", c.Old.CachedInput, p.CachedInput},
		{"cache write", c.Old.CacheWrite, p.CacheWrite}, {"output", c.Old.Output, p.Output},
	} {
		if r.before != r.after {
			parts = append(parts, fmt.Sprintf("%s %v → %v (%s)", r.name, r.before, r.after, percent(r.before, r.after)))
		}
	}
	if c.Old.MaxOutputTokens != p.MaxOutputTokens {
		parts = append(parts, fmt.Sprintf("max output %d → %d", c.Old.MaxOutputTokens, p.MaxOutputTokens))
	}
	if len(parts) == 0 {
		return "other rates for long input"
	}
	return strings.Join(parts, ", ")
}

func percent(before, after float64) string {
	x := prices.Percent(before, after)
	if math.IsInf(x, 0) {
		return "was free"
	}
	return fmt.Sprintf("%+.3g %%", 100*x)
}
