package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// generate holds the flags that say what is to be made.
type generate struct {
	*State
	brief, prompt      string
	count              int
	seed, size, format string
	negative, texts    []string
	model              string
	style, mood        []string
	params, slots      []string
	names              []string // generators
	spread, strict     bool
	reuse, fresh       bool
	budget, minSuccess float64
	pilot              int
	deliver            string
	rules              []string
	json               bool
	events             string
	sharing            sharing
	changed            func(flag string) bool
	planning           bool // nothing is sent, so keys need not be there
	unasked            bool // the chat model of layer 1 is not asked
}

func newGenerate(s *State) *cobra.Command {
	g := &generate{State: s}
	c := &cobra.Command{
		Use:   "generate (--prompt TEXT | --brief FILE)",
		Short: "Make media assets: a brief through four layers",
		Long: `Generate runs a brief through four layers, each complete before the next begins:
optimize (packs, matrix, each generator's own syntax), synthesize (all requests,
recorded before they go out), assure (technical and policy checks, a gate) and
deliver (content-addressed files with their lineage, read back).

Without a key and without a service the built-in generator draws the pictures.
Each generator that is named makes every item; --spread deals them out instead.
Killed or interrupted, the same command goes on where it was: what is done is
never bought again, and of calls in flight the provider is asked first.

Exit codes: 0 pass, 1 error, 2 usage, 3 failed, 4 undecided.`,
		Example: `  genops generate --prompt "cyberpunk city at night" --count 5
  genops generate --brief campaign.yaml --generators comfyui,openai --budget 20 --deliver ./out
  genops generate --prompt "a ceramic mug on {{surface}}" --slot surface=oak,linen --style product --seed 7`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error { return g.run(c) },
	}
	g.what(c)
	f := c.Flags()
	f.BoolVar(&g.reuse, "reuse", false, "take assets of exactly equal requests from earlier runs instead of buying them again")
	f.BoolVar(&g.fresh, "fresh", false, "start a new run even if an unfinished one could be resumed")
	g.sharing.flags(f)
	f.StringVar(&g.events, "events", "", "write progress as JSON lines into this `FILE`, - for stderr")
	return c
}

// what are the flags that say what is to be made, by whom and for how much.
func (g *generate) what(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&g.prompt, "prompt", "", "what the picture shows: a `TEXT`, with {{slots}}")
	f.StringVar(&g.brief, "brief", "", "`FILE` with the items to make")
	f.IntVar(&g.count, "count", 1, "pictures of each prompt")
	f.StringVar(&g.seed, "seed", "", "`SEED` of the first picture; the others count on (default: from the brief; random for another each time)")
	f.StringVar(&g.size, "size", "", "`WIDTHxHEIGHT` in pixels (default 1024x1024)")
	f.StringVar(&g.format, "format", "", "png, jpeg or webp (default: the generator's own)")
	f.StringSliceVar(&g.negative, "negative", nil, "`WORDS` that must not be in the picture")
	f.StringArrayVar(&g.texts, "text", nil, "`TEXT` that must stand in the picture; repeatable")
	f.StringVar(&g.model, "model", "", "`MODEL` of the generator")
	f.StringSliceVar(&g.style, "style", nil, "style `PACKS` or words; several are alternatives (`genops packs list`)")
	f.StringSliceVar(&g.mood, "mood", nil, "mood `PACKS` or words; several are alternatives")
	f.StringArrayVar(&g.slots, "slot", nil, "`NAME=VALUE` of a slot; values with commas are alternatives; repeatable")
	f.StringArrayVar(&g.params, "param", nil, "`NAME=VALUE` for the generator, such as steps=30; repeatable")
	f.StringSliceVar(&g.names, "generators", nil, "`NAMES` of the generators (default: config/pipeline.yaml, else the built-in one)")
	f.BoolVar(&g.spread, "spread", false, "deal the items out among the generators instead of making each with all")
	f.BoolVar(&g.strict, "strict", false, "what a generator can't express is an error")
	f.Float64Var(&g.budget, "budget", 0, "spend at most so many `USD`; a plan beyond it is refused")
	f.Float64Var(&g.minSuccess, "min-success", 0, "`SHARE` of the requests that must succeed for layer 3 to begin")
	f.IntVar(&g.pilot, "pilot", 0, "make and judge so many `ITEMS`, spread over the plan, first; the rest only when they pass")
	f.StringArrayVar(&g.rules, "rule", nil, "a `RULE` over findings such as 'pass_rate>=0.95'; repeatable")
	f.StringVar(&g.deliver, "deliver", "", "`FOLDER` for the assets, or cdn (default ./out/RUN)")
	f.BoolVar(&g.json, "json", false, "print the result as one JSON object")
	for _, flag := range []string{"generators"} {
		c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return generatorNames(g.State), cobra.ShellCompDirectiveNoFileComp
		})
	}
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"png", "jpeg", "webp"}, cobra.ShellCompDirectiveNoFileComp))
	packs := func(kind string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return packNames(g.State, kind), cobra.ShellCompDirectiveNoFileComp
		}
	}
	c.RegisterFlagCompletionFunc("style", packs("style"))
	c.RegisterFlagCompletionFunc("mood", packs("mood"))
	g.changed = c.Flags().Changed
}

func (g *generate) run(c *cobra.Command) error {
	if err := g.checkSharing(g.sharing); err != nil {
		return err
	}
	if g.events != "" && g.events != "-" { // before there is a run
		_, done, err := (&mediaWork{media: &media{State: g.State}}).eventsTo(g.events)
		if err != nil {
			return err
		}
		done()
	}
	w, err := g.begin(c.Context())
	if err != nil {
		return err
	}
	defer w.run.Close()
	w.reuse = g.reuse || w.config.Synthesize.Reuse
	return w.all(c.Context(), g.json, g.events)
}

// begin plans a run and makes it, or finds the one that the same command began.
func (g *generate) begin(ctx context.Context) (*mediaWork, error) {
	if x, err := g.media(); err == nil && x.stimulusModel() != "" {
		if w, err := g.underWay(ctx); err != nil || w != nil {
			return w, err
		}
	}
	x, p, err := g.planned(ctx)
	if err != nil {
		return nil, err
	}
	w, err := p.open(x, g.fresh, x.runsFolder())
	if err != nil {
		p.close()
		return nil, err
	}
	p.tell()
	w.sharing = g.sharing
	return w, nil
}

// planned reads the brief, expands it, and checks what can be known before
// anything is spent.
func (g *generate) planned(ctx context.Context) (*media, *mediaPlan, error) {
	if err := g.check(); err != nil {
		return nil, nil, err
	}
	x, err := g.media()
	if err != nil {
		return nil, nil, err
	}
	p := &mediaPlan{x: x}
	names := g.names
	if len(names) == 0 {
		names = x.config.Generators
	}
	if err := g.items(ctx, x, p); err != nil {
		return nil, nil, err
	}
	if g.planning {
		x.State = withoutKeys(x.State, &p.notes)
	}
	if p.makers, err = x.makers(names); err != nil {
		return nil, nil, err
	}
	if err := g.settle(ctx, x, p); err != nil {
		p.close()
		return nil, nil, err
	}
	return x, p, nil
}

func (g *generate) check() error {
	switch {
	case g.prompt == "" && g.brief == "":
		return usage(errors.New("generate: say what to make with --prompt TEXT or --brief FILE"))
	case g.prompt != "" && g.brief != "":
		return usage(errors.New("--prompt and --brief exclude each other"))
	case !isMoney(g.budget):
		return usage(fmt.Errorf("--budget %g: must be 0 or more", g.budget))
	case g.pilot < 0:
		return usage(fmt.Errorf("--pilot %d: must be 0 (none) or more", g.pilot))
	case !(g.minSuccess >= 0 && g.minSuccess <= 1):
		return usage(fmt.Errorf("--min-success %g: must be from 0 to 1", g.minSuccess))
	}
	return nil
}

// isMoney says whether x is an amount: flags are read with NaN and Inf, too.
func isMoney(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }

// settle makes the manifest and looks at the requests: each is lowered, the
// generators are asked whether they have what is needed, and the price must be
// within the budget.
func (g *generate) settle(ctx context.Context, x *media, p *mediaPlan) error {
	p.plan = pipeline.Plan{Makers: planMakers(p.makers), Spread: g.spread || x.config.Spread, Strict: g.strict || x.config.Optimize.Strict}
	var names []string
	for _, m := range p.makers {
		names = append(names, m.name)
	}
	m := p.manifest
	m.Started, m.Generators, m.Strict = time.Now(), names, p.plan.Strict
	m.BriefDigest, m.ResumeWith = assets.Digest(p.brief), g.commandLine()
	m.Rules = g.rules
	if len(m.Rules) == 0 {
		m.Rules = x.config.Assure.Rules
	}
	m.MinSuccess = x.config.MinSuccess.Synthesize
	if g.changed("min-success") {
		m.MinSuccess = g.minSuccess
	}
	if m.Pilot = x.config.Synthesize.Pilot; g.changed("pilot") {
		m.Pilot = g.pilot
	}
	if m.Deliver = x.config.Deliver.To; g.deliver != "" {
		m.Deliver = g.deliver
	}
	if m.Deliver != "" && m.Deliver != "cdn" {
		m.Deliver = g.path(m.Deliver)
	}
	if !g.planning {
		if err := x.reachable(m.Deliver); err != nil {
			return usage(err)
		}
	}
	m.BudgetUSD = g.limit(x)
	var releases []string
	for _, maker := range p.plan.Makers {
		releases = append(releases, maker.Release)
	}
	m.Config = assets.Digest([]byte(strings.Join(releases, "\n") + fmt.Sprint(p.plan.Spread)))
	for _, text := range m.Rules {
		if _, err := pipeline.ParseMediaRule(text, knownMetrics(), x.config.Assure.Alpha); err != nil {
			return usage(err)
		}
	}
	if err := m.SetFingerprint(); err != nil {
		return err
	}
	if err := x.check(ctx, p.makers, p.requests("")); err != nil {
		if !g.planning {
			return err
		}
		p.notes = append(p.notes, err.Error())
	}
	f, err := p.count()
	if err != nil {
		return usage(err)
	}
	p.forecast = f
	if m.BudgetUSD == nil {
		return nil
	}
	switch {
	case len(f.Unpriced) > 0:
		return usage(fmt.Errorf("the price of %s is not known, so --budget can't be kept: give price_usd in %s", strings.Join(f.Unpriced, ", "), config.GeneratorsFile))
	case p.stimulus.spent() > 0 && f.PriceUSD+p.stimulus.spent() > *m.BudgetUSD:
		return usage(fmt.Errorf("%d requests cost up to $%.2f, and the keywords of %s cost $%.4f already: more than the budget of $%.2f; no request was sent", f.Requests, f.PriceUSD, p.stimulus.ref, p.stimulus.spent(), *m.BudgetUSD))
	case f.PriceUSD > *m.BudgetUSD:
		return usage(fmt.Errorf("%d requests cost up to $%.2f, more than the budget of $%.2f; nothing was sent (`%s plan` shows the prices)", f.Requests, f.PriceUSD, *m.BudgetUSD, g.Program))
	}
	return nil
}

// limit is the budget of the run; nil = none.
func (g *generate) limit(x *media) *float64 {
	if g.changed("budget") {
		return &g.budget
	}
	if limit := x.config.Synthesize.BudgetUSD; limit > 0 {
		return &limit
	}
	return nil
}
