package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// check holds the flags of judge check.
type check struct {
	*State
	judge, metric        string
	labels, run, testSet string
	n, times             int
	together, others     []string // as given; their canonical names
	budget               float64
	limited, dry, json   bool
}

func newJudgeCheck(s *State) *cobra.Command {
	e := &check{State: s}
	c := &cobra.Command{
		Use:   "check --judge MODEL --metric METRIC [--labels FILE | --run RUN | --test-set FILE]",
		Short: "Find out what sways a judge: chance, length, order, and how often it fails",
		Long: `Check asks a judge about the same answers several times and in other forms. It
tells how often the judge agrees with itself, whether neutral padding makes an
answer better in its eyes (verbosity bias), whether of two answers it prefers what
is shown first (position bias), and how often its replies are malformed, refuse, or
come to no verdict. No labels are needed; each figure has its interval and n. With
--together it also tells whether one question about several metrics gives the same
verdicts as asking about each.

Answers come from labels, from a run, or from a test set that holds outputs. What
it will cost is told before anything is asked; --dry-run stops there.`,
		Example: `  genops judge check --judge openai:gpt-5.4 --metric coherence --run latest -n 50
  genops judge check --judge models/judge --metric faithfulness --test-set goldens.json --dry-run`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			e.limited = c.Flags().Changed("budget")
			return e.work(c.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&e.judge, "judge", "", "`MODEL` that judges, such as openai:gpt-5.4 or models/NAME")
	f.StringVar(&e.metric, "metric", "", "`METRIC` that it is asked about")
	f.StringVar(&e.labels, "labels", "", "take the answers from this `FILE` of labels")
	f.StringVar(&e.run, "run", "", "take the answers from this `RUN`")
	f.StringVar(&e.testSet, "test-set", "", "take the answers, or what belongs to them, from this `FILE`")
	f.IntVarP(&e.n, "n", "n", 30, "how many answers")
	f.IntVarP(&e.times, "times", "k", 3, "how often each is judged as it is")
	f.StringArrayVar(&e.together, "together", nil, "also ask about this `METRIC` and the others in one question, and compare with asking apart; repeatable")
	f.Float64Var(&e.budget, "budget", 0, "spend at most so many `USD`")
	f.BoolVar(&e.dry, "dry-run", false, "tell what would be asked and what it costs, and stop")
	f.BoolVar(&e.json, "json", false, "print the findings as one JSON object")
	completeRoot(s, c, "run", runNames)
	completeRoot(s, c, "test-set", testSets)
	return c
}

func (e *check) checkFlags() error {
	switch {
	case e.judge == "":
		return usage(errors.New("judge check: --judge is missing (see `genops judge check --help`)"))
	case e.metric == "":
		return usage(errors.New("judge check: --metric is missing"))
	case e.labels == "" && e.run == "" && e.testSet == "":
		return usage(errors.New("judge check: whose answers? give --labels, --run or --test-set"))
	case e.labels != "" && e.run != "":
		return usage(errors.New("--labels and --run exclude each other"))
	case e.n < 2:
		return usage(fmt.Errorf("-n %d: must be at least 2", e.n))
	case e.times < 2 || e.times > 20:
		return usage(fmt.Errorf("-k %d: must be between 2 and 20", e.times))
	case !(e.budget >= 0):
		return usage(fmt.Errorf("--budget %g: must be 0 or more", e.budget))
	}
	return nil
}

// checked is what the command found out.
type checked struct {
	Release  judges.Release   `json:"release"`
	Digest   string           `json:"release_digest"`
	Answers  int              `json:"answers"`
	Forecast judgeForecast    `json:"forecast"`
	Self     judges.Self      `json:"self_agreement"`
	Length   judges.Shift     `json:"verbosity"`
	Order    *judges.Position `json:"position"`           // null where no two answers to one input are known
	Together []judges.Joint   `json:"together,omitempty"` // several metrics in one question against each for itself
	Stored   string           `json:"stored,omitempty"`   // file that keeps Together
	Refused  string           `json:"refused,omitempty"`  // why runs must not ask together
	Replies  judges.Replies   `json:"replies"`
}

// judgeForecast is what is about to be asked.
type judgeForecast struct {
	Calls int      `json:"calls"`
	USD   *float64 `json:"expected_usd"` // null when no price is known
}

func (e *check) work(ctx context.Context) error {
	if err := e.checkFlags(); err != nil {
		return err
	}
	p, err := e.project()
	if err != nil {
		return err
	}
	b, err := e.judgeOf(p, e.judge, e.metric, "")
	if err != nil {
		return err
	}
	e.metric = b.release.Metric
	if e.others, err = e.beside(b); err != nil {
		return err
	}
	m, err := e.material(p)
	if err != nil {
		return err
	}
	out := &checked{Release: b.release, Digest: b.release.Digest(), Answers: len(m.subjects)}
	pairs := m.pairs()
	if b.model == nil {
		pairs = nil // a choice between two answers is a model's
	}
	rounds := e.times + 1
	if len(e.others) > 0 {
		rounds += len(e.others) + 1
	}
	calls, usd, known := b.forecast(len(m.subjects)*rounds, m.bytes()*rounds)
	calls += 2 * len(pairs)
	if known && b.model != nil {
		usd += 2 * float64(len(pairs)) * usd / float64(max(calls-2*len(pairs), 1))
	}
	if out.Forecast = (judgeForecast{Calls: calls}); known {
		out.Forecast.USD = &usd
	}
	e.announce(out.Forecast, len(m.subjects), len(pairs))
	if err := b.allow(e.budget, e.limited, calls, usd, known); err != nil || e.dry {
		return err
	}
	closing := b.open(ctx, e.budget, e.limited)
	err = e.ask(ctx, p, b, m, pairs, out)
	closing()
	if err != nil {
		return spentError(err, e.budget)
	}
	if len(out.Together) > 0 {
		if err := e.keepTogether(p, b, out); err != nil {
			return err
		}
	}
	if e.json {
		return writeJSON(e.Stdout, out)
	}
	showChecked(e.Stdout, out)
	return nil
}

// announce tells on stderr what is about to be asked.
func (e *check) announce(f judgeForecast, answers, pairs int) {
	cost := "; no price is known"
	if f.USD != nil {
		cost = fmt.Sprintf("; expected $%.4f", *f.USD)
	}
	fmt.Fprintf(e.Stderr, "%d answers, each judged %d times and once padded, %d pairs in both orders: about %d calls%s\n", answers, e.times, pairs, f.Calls, cost)
}

// ask asks everything. Rounds follow one another, for a judge makes equal calls
// that are under way at the same time only once.
func (e *check) ask(ctx context.Context, p *config.Project, b *member, m *material, pairs []judgePair, out *checked) error {
	var rounds [][]judges.Word
	for range e.times {
		words, err := askAll(ctx, b.validator, m.subjects, p.Evals.Concurrency)
		if err != nil {
			return err
		}
		rounds = append(rounds, words)
	}
	padded := make([]pipeline.Subject, len(m.subjects))
	for i, s := range m.subjects {
		s.Asset.Text = judges.Pad(s.Asset.Text)
		padded[i] = s
	}
	words, err := askAll(ctx, b.validator, padded, p.Evals.Concurrency)
	if err != nil {
		return err
	}
	out.Self, out.Length = judges.AgreeWithSelf(m.names, rounds), judges.ShiftBetween(m.names, rounds[0], words)
	if len(pairs) > 0 {
		if out.Order, err = e.orders(ctx, p, b, pairs); err != nil {
			return err
		}
	}
	if len(e.others) > 0 {
		if out.Together, err = e.apartAndTogether(ctx, p, b, m, rounds[0]); err != nil {
			return err
		}
	}
	all := append(rounds, words)
	if b.heard == nil {
		out.Replies = judges.RepliesOf(0, 0, 0, all, 0)
		return nil
	}
	h := b.heard
	out.Replies = judges.RepliesOf(int(h.asked.Load()), int(h.again.Load()), int(h.refused.Load()), all, h.spent())
	return nil
}

// orders lets the judge choose between two answers, in both orders.
func (e *check) orders(ctx context.Context, p *config.Project, b *member, pairs []judgePair) (*judges.Position, error) {
	type choices struct {
		both [2]judges.Choice
		err  error
	}
	found := make([]choices, len(pairs))
	err := inParallel(len(pairs), p.Evals.Concurrency, func(i int) error {
		for o, pair := range []judged.Pair{pairs[i].Pair, pairs[i].Swapped()} {
			choice, _, err := judged.Prefer(ctx, b.judge, pair, judged.DefaultRetries)
			var unusable *pipeline.Unusable
			if errors.As(err, &unusable) || errors.Is(err, validators.ErrJudgeEnded) || ctx.Err() != nil {
				return err
			}
			if err != nil {
				found[i].err = err
				return nil
			}
			found[i].both[o] = choiceOf(choice)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var names []string
	var forward, backward []judges.Choice
	unjudged := 0
	for i, f := range found {
		if f.err != nil {
			unjudged++
			continue
		}
		names, forward, backward = append(names, pairs[i].name), append(forward, f.both[0]), append(backward, f.both[1])
	}
	order := judges.PositionOf(names, forward, backward, unjudged)
	return &order, nil
}

func choiceOf(p judged.Preference) judges.Choice {
	switch p {
	case judged.First:
		return 1
	case judged.Second:
		return -1
	}
	return 0
}
