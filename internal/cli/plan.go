package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/pipeline"
)

// forecast is what a plan comes to.
type forecast struct {
	Items      int                 `json:"items"`
	Requests   int                 `json:"requests"`
	Equal      int                 `json:"equal,omitempty"` // of Requests: an earlier one asks for the same, so they are not sent
	PriceUSD   float64             `json:"price_usd"`       // at most, as far as prices are known
	Unpriced   []string            `json:"unpriced,omitempty"`
	Pilot      int                 `json:"pilot,omitempty"` // items that are made and judged before all others
	Seconds    float64             `json:"seconds"`         // expected, as far as known
	Generators []generatorForecast `json:"generators"`
	Losses     []lossLine          `json:"losses,omitempty"`
	Notes      []string            `json:"notes,omitempty"`
}

type generatorForecast struct {
	Name     string   `json:"name"`
	Requests int      `json:"requests"`
	PriceUSD *float64 `json:"price_usd"` // null = not known
	Seconds  *float64 `json:"seconds"`   // null = not known
	sent     int      // of Requests: those that are no twins
}

type lossLine struct {
	Generator string `json:"generator"`
	Field     string `json:"field"`
	Say       string `json:"say"`
	Requests  int    `json:"requests"`
}

// count counts a plan's requests, prices and losses.
func (p *mediaPlan) count() (*forecast, error) {
	f := &forecast{Items: len(p.items), Notes: p.notes, Pilot: min(p.manifest.Pilot, len(p.items))}
	by := map[string]*generatorForecast{}
	losses := map[lossLine]int{}
	err := p.requests("")(func(q *pipeline.Planned) error {
		f.Requests++
		if q.TwinOf != nil {
			f.Equal++
		}
		name := q.Request.Media.Provider
		g := by[name]
		if g == nil {
			zero := 0.0
			g = &generatorForecast{Name: name, PriceUSD: &zero}
			by[name] = g
		}
		g.Requests++
		if q.TwinOf == nil {
			g.sent++
		}
		switch {
		case q.PriceUSD == nil:
			g.PriceUSD = nil
		case g.PriceUSD != nil:
			*g.PriceUSD += *q.PriceUSD
		}
		for _, l := range q.Losses {
			losses[lossLine{Generator: name, Field: l.Field, Say: l.Say}]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, m := range p.plan.Makers {
		g := by[m.Name]
		if g == nil {
			continue
		}
		if m.Seconds > 0 {
			s := m.Seconds * float64(g.sent) / float64(max(m.Width, 1))
			g.Seconds = &s
			f.Seconds = max(f.Seconds, s)
		}
		if g.PriceUSD == nil {
			f.Unpriced = append(f.Unpriced, m.Name)
		} else {
			f.PriceUSD += *g.PriceUSD
		}
		f.Generators = append(f.Generators, *g)
	}
	for l, n := range losses {
		l.Requests = n
		f.Losses = append(f.Losses, l)
	}
	slices.SortFunc(f.Losses, func(a, b lossLine) int {
		return strings.Compare(a.Generator+"\x00"+a.Field+a.Say, b.Generator+"\x00"+b.Field+b.Say)
	})
	return f, nil
}

// withoutKeys is the state for a plan: a key that is not set is a note.
func withoutKeys(s *State, notes *[]string) *State {
	planning := *s
	planning.Getenv = func(name string) string {
		if value := s.Getenv(name); value != "" || !strings.HasSuffix(name, "_KEY") {
			return value
		}
		if note := name + " is not set: generate will need it"; !slices.Contains(*notes, note) {
			*notes = append(*notes, note)
		}
		return "not-set"
	}
	return &planning
}

func newPlan(s *State) *cobra.Command {
	g := &generate{State: s, planning: true, unasked: true}
	c := &cobra.Command{
		Use:   "plan (--prompt TEXT | --brief FILE)",
		Short: "Say what generate would make, for how much, and what is lost; spends nothing",
		Long: `Plan expands a brief and writes every request in its generator's own syntax, as
generate does, and tells how many there are, what they cost at most, how long they
probably take, and what each generator can't express. It asks generators only what
they have, and makes nothing.`,
		Example: "  genops plan --brief campaign.yaml --generators comfyui,openai\n  genops plan --prompt 'a red bicycle' --count 20 --json",
		Args:    exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, p, err := g.planned(c.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if g.json {
				return writeJSON(s.Stdout, p.forecast)
			}
			return s.tellForecast(p.forecast)
		}}
	g.what(c)
	return c
}

// shownNotes bounds how many notes generate tells.
const shownNotes = 10

// tell tells what a user should know before the first request goes out: the
// notes of layer 1, and what generators can't express.
func (p *mediaPlan) tell() {
	var lines []string
	if usd := p.stimulus.spent(); usd > 0 {
		lines = append(lines, fmt.Sprintf("optimize: the keywords of %s cost $%.4f", plain(p.stimulus.ref), usd))
	}
	for _, n := range p.notes {
		lines = append(lines, "note: "+plain(n))
	}
	for _, l := range p.forecast.Losses {
		lines = append(lines, fmt.Sprintf("lost: %s, %s: %s (%d request(s))", plain(l.Generator), plain(l.Field), plain(l.Say), l.Requests))
	}
	for _, line := range lines[:min(len(lines), shownNotes)] {
		fmt.Fprintln(p.x.Stderr, line)
	}
	if more := len(lines) - shownNotes; more > 0 {
		fmt.Fprintf(p.x.Stderr, "… and %d more notes; `%s plan` tells them all\n", more, p.x.Program)
	}
}

func (s *State) tellForecast(f *forecast) error {
	fmt.Fprintf(s.Stdout, "%d item(s), %d request(s)", f.Items, f.Requests)
	if f.Equal > 0 {
		fmt.Fprintf(s.Stdout, ", of which %d ask for exactly what another one asks for: these are made once", f.Equal)
	}
	fmt.Fprint(s.Stdout, "\n\n")
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "GENERATOR\tREQUESTS\tPRICE AT MOST\tTIME, ABOUT")
	for _, g := range f.Generators {
		price, took := "not known", "not known"
		if g.PriceUSD != nil {
			price = fmt.Sprintf("$%.2f", *g.PriceUSD)
		}
		if g.Seconds != nil {
			took = (time.Duration(*g.Seconds*1000) * time.Millisecond).Round(100 * time.Millisecond).String()
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", plain(g.Name), g.Requests, price, took)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if f.Pilot > 0 && f.Pilot < f.Items {
		fmt.Fprintf(s.Stdout, "\nA pilot of %d item(s) goes first: about $%.2f of it.\n", f.Pilot, f.PriceUSD*float64(f.Pilot)/float64(f.Items))
	}
	if len(f.Losses) > 0 {
		fmt.Fprintln(s.Stdout, "\nLost on the way:")
		for _, l := range f.Losses {
			fmt.Fprintf(s.Stdout, "  %s, %s: %s (%d request(s))\n", plain(l.Generator), plain(l.Field), plain(l.Say), l.Requests)
		}
	}
	for _, n := range f.Notes {
		fmt.Fprintln(s.Stdout, "note: "+plain(n))
	}
	return nil
}
