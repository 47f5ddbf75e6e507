package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

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
	judge, metric      string
	compat             string
	labels             labelFile
	run, testSet       string
	n, times           int
	together, others   []string // as given; their canonical names
	budget             float64
	limited, dry, json bool
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

Answers come from labels, from a run, or from a test set that holds outputs; what
their cases assert under the metric's name is what the judge is asked. What it will
cost is told before anything is asked; --dry-run stops there. A check that is cut
short goes on where it was when the same command is given again.`,
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
	f.StringVar(&e.compat, "compat", "", "`MODE` in which it is asked, as that of run-eval: default, exact or deepeval-4.1 (default: evals.judge.compat)")
	e.labels.flags(f)
	f.StringVar(&e.run, "run", "", "take the answers from this `RUN`")
	f.StringVar(&e.testSet, "test-set", "", "take the answers, or what belongs to them, from this `FILE`")
	f.IntVarP(&e.n, "n", "n", 30, "how many answers")
	f.IntVarP(&e.times, "times", "k", 3, "how often each is judged as it is")
	f.StringSliceVar(&e.together, "together", nil, "also ask about these `METRICS` and the checked one in one question, and compare with asking apart; repeatable")
	f.Float64Var(&e.budget, "budget", 0, "spend at most so many `USD`")
	f.BoolVar(&e.dry, "dry-run", false, "tell what would be asked and what it costs, and stop")
	f.BoolVar(&e.json, "json", false, "print the findings as one JSON object")
	completeRoot(s, c, "run", runNames)
	completeJudging(s, c)
	completeRoot(s, c, "test-set", testSets)
	return c
}

func (e *check) checkFlags() error {
	switch {
	case e.judge == "":
		return usage(errors.New("judge check: --judge is missing (see `genops judge check --help`)"))
	case e.metric == "":
		return usage(errors.New("judge check: --metric is missing"))
	case e.labels.path == "" && e.run == "" && e.testSet == "":
		return usage(errors.New("judge check: whose answers? give --labels, --run or --test-set"))
	case e.labels.path != "" && e.run != "":
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
	Resumed  int              `json:"resumed,omitempty"` // judgements taken over from an earlier start that was cut short
	Forecast judgeForecast    `json:"forecast"`
	Self     judges.Self      `json:"self_agreement"`
	Length   judges.Shift     `json:"verbosity"`
	Order    *judges.Position `json:"position"`           // null where no two answers to one input are known
	Together []judges.Joint   `json:"together,omitempty"` // several metrics in one question against each for itself
	Stored   string           `json:"stored,omitempty"`   // file that keeps Together
	Refused  string           `json:"refused,omitempty"`  // why runs must not ask together
	Replies  judges.Replies   `json:"replies"`
}

func (e *check) work(ctx context.Context) error {
	if err := e.checkFlags(); err != nil {
		return err
	}
	p, err := e.runsProject()
	if err != nil {
		return err
	}
	m, cases, err := e.material(p)
	if err != nil {
		return err
	}
	b, err := e.judgeOf(ctx, p, e.judge, e.metric, e.compat, cases)
	if err != nil {
		return err
	}
	e.metric = b.release.Metric
	if e.others, err = e.beside(b); err != nil {
		return err
	}
	each, err := b.each(m)
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
	j, err := openJournal(p.Root, out.Digest, "check", e.times, e.others)
	if err != nil {
		return err
	}
	out.Resumed = j.said()
	questions := rounds*len(m.subjects) + len(pairs)
	out.Forecast = e.forecast(b, m, len(pairs), max(1-float64(out.Resumed)/float64(questions), 0))
	e.announce(out, len(m.subjects), len(pairs))
	if err := b.allow(e.budget, e.limited, out.Forecast); err != nil || e.dry {
		if err == nil && e.json {
			err = writeJSON(e.Stdout, map[string]any{"release": out.Release, "answers": out.Answers, "forecast": out.Forecast, "resumed": out.Resumed})
		}
		return errors.Join(err, j.close(out.Resumed == 0))
	}
	if err := j.counted(b); err != nil {
		return err
	}
	tick, end := e.asking(questions)
	j.tick = tick
	ctx, stop := e.untilInterrupt(ctx)
	defer stop()
	closing := b.open(ctx, e.budget, e.limited)
	err = e.ask(ctx, p, b, m, each, pairs, j, out)
	closing()
	end()
	e.warnOf(b.judge)
	if err != nil {
		return errors.Join(spentError(err, e.budget), j.remember(b), j.close(false))
	}
	if err := j.close(true); err != nil {
		return err
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

// forecast says what all rounds, the other metrics, the question about several and
// pairs in both orders come to, of which a share is open.
func (e *check) forecast(b *member, m *material, pairs int, open float64) (f judgeForecast) {
	n, bytes := len(m.subjects), m.bytes()
	b.add(&f, b.kind, b.steps, n*(e.times+1), bytes*(e.times+1))
	b.add(&f, "pairwise", 2, pairs, bytes*pairs/max(n, 1))
	for _, other := range e.others {
		b.add(&f, other, max(len(b.judging.Calls(other)), 1), n, bytes)
	}
	if len(e.others) > 0 {
		b.add(&f, judged.TogetherPrompt, 1, n, bytes)
	}
	if f.Calls = int(math.Ceil(float64(f.Calls) * open)); f.USD != nil {
		*f.USD *= open
	}
	return f
}

// announce tells on stderr what is about to be asked.
func (e *check) announce(c *checked, answers, pairs int) {
	fmt.Fprintf(e.Stderr, "%d answers, each judged %d times and once padded, %d pairs in both orders: %s\n", answers, e.times, pairs, c.Forecast.words())
	if c.Resumed > 0 {
		fmt.Fprintf(e.Stderr, "%d judgements of an earlier start of this check are taken over\n", c.Resumed)
	}
}

// ask asks everything. Rounds follow one another, for a judge makes equal calls
// that are under way at the same time only once.
func (e *check) ask(ctx context.Context, p *config.Project, b *member, m *material, each []pipeline.Validator, pairs []judgePair, j *journal, out *checked) error {
	var rounds [][]judges.Word
	for r := range e.times {
		words, err := askAll(ctx, j, "round "+strconv.Itoa(r), each, m, p.Evals.Concurrency)
		if err != nil {
			return err
		}
		rounds = append(rounds, words)
	}
	padded := *m
	padded.subjects = slices.Clone(m.subjects)
	for i := range padded.subjects {
		text := &padded.subjects[i].Asset.Text
		*text = judges.Pad(*text)
	}
	words, err := askAll(ctx, j, "padded", each, &padded, p.Evals.Concurrency)
	if err != nil {
		return err
	}
	out.Self, out.Length = judges.AgreeWithSelf(m.names, rounds), judges.ShiftBetween(m.names, rounds[0], words)
	if len(pairs) > 0 {
		if out.Order, err = e.orders(ctx, p, b, pairs, j); err != nil {
			return err
		}
	}
	if len(e.others) > 0 {
		if out.Together, err = e.apartAndTogether(ctx, p, b, m, rounds[0], j); err != nil {
			return err
		}
	}
	all := append(rounds, words)
	if b.heard == nil {
		out.Replies = judges.RepliesOf(judges.Heard{}, all, nil)
		return nil
	}
	var usd *float64
	if _, priced := b.model.Price(); priced {
		spent := b.heard.spent()
		usd = &spent
	}
	out.Replies = judges.RepliesOf(b.heard.tally(), all, usd)
	return nil
}

// bothOrders is what a judge chose in either order; Why = it chose nothing in one.
type bothOrders struct {
	Both [2]judges.Choice
	Why  string `json:",omitempty"`
}

// orders lets the judge choose between two answers, in both orders.
func (e *check) orders(ctx context.Context, p *config.Project, b *member, pairs []judgePair, j *journal) (*judges.Position, error) {
	found := make([]bothOrders, len(pairs))
	err := inParallel(len(pairs), p.Evals.Concurrency, func(i int) error {
		key := fmt.Sprintf("pair/%d/%s", i, judges.OutputDigest(pairs[i].First+"\x00"+pairs[i].Second))
		return j.once(key, &found[i], func() error {
			for o, pair := range []judged.Pair{pairs[i].Pair, pairs[i].Swapped()} {
				choice, _, err := judged.Prefer(ctx, b.judge, pair, judged.DefaultRetries)
				var unusable *pipeline.Unusable
				if errors.As(err, &unusable) || errors.Is(err, validators.ErrJudgeEnded) || ctx.Err() != nil {
					return errors.Join(err, context.Cause(ctx))
				}
				if err != nil {
					found[i].Why = err.Error()
					return nil
				}
				found[i].Both[o] = choiceOf(choice)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var names []string
	var forward, backward []judges.Choice
	unjudged := 0
	for i, f := range found {
		if f.Why != "" {
			unjudged++
			continue
		}
		names, forward, backward = append(names, pairs[i].name), append(forward, f.Both[0]), append(backward, f.Both[1])
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
