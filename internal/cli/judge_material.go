package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// material is what a judge is shown.
type material struct {
	names    []string
	subjects []pipeline.Subject
	cases    []testsets.Case // by subject; zero where none is known
	others   []string        // by subject: another answer to the same input; "" = none is known
}

// add takes an answer with what the test set knows of its case.
func (m *material) add(c testsets.Case, name, input, output string) {
	m.names, m.subjects, m.cases = append(m.names, name), append(m.subjects, subjectOf(c, name, input, output)), append(m.cases, c)
}

// key names an answer in a stage of asking.
func (m *material) key(stage string, i int) string {
	return fmt.Sprintf("%s/%d/%s", stage, i, judges.OutputDigest(m.names[i]+"\x00"+m.subjects[i].Asset.Text))
}

func (m *material) bytes() (n int) {
	for _, s := range m.subjects {
		n += len(s.Request.Input) + len(s.Asset.Text) + len(strings.Join(s.Context, "\n"))
	}
	return n
}

// judgePair is two answers to one input.
type judgePair struct {
	judged.Pair
	name string
}

// pairs sets each answer beside another one to the same input: one that was
// given by somebody else, or the one that was expected.
func (m *material) pairs() []judgePair {
	var out []judgePair
	for i, s := range m.subjects {
		if other := m.others[i]; other != "" {
			out = append(out, judgePair{judged.Pair{Input: s.Request.Input, First: s.Asset.Text, Second: other}, m.names[i]})
		}
	}
	return out
}

// pairUp looks for other answers to the same inputs.
func (m *material) pairUp() {
	byInput := map[string][]string{}
	for _, s := range m.subjects {
		byInput[s.Request.Input] = append(byInput[s.Request.Input], s.Asset.Text)
	}
	m.others = make([]string, len(m.subjects))
	for i, s := range m.subjects {
		if want, ok := s.Expected.(string); ok && want != s.Asset.Text {
			m.others[i] = want
		}
		for _, text := range byInput[s.Request.Input] {
			if text != s.Asset.Text && m.others[i] == "" {
				m.others[i] = text
			}
		}
	}
}

// material gathers up to n answers, in an order that depends on them alone, and
// the cases that are known.
func (e *check) material(p *config.Project) (*material, map[string]testsets.Case, error) {
	cases, err := e.casesOf(p, e.testSet)
	if err != nil {
		return nil, nil, err
	}
	m := &material{}
	switch {
	case e.labels.path != "":
		err = e.fromLabels(p, m, cases)
	case e.run != "":
		cases, err = e.fromRun(p, m, cases)
	default:
		fromSet(m, cases)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(m.subjects) == 0 && e.labels.path != "" {
		return nil, nil, usage(fmt.Errorf("judge check: %s holds no outputs (a column output, or --column output=NAME); name the --run whose answers were labelled in its place", e.labels.path))
	}
	if len(m.subjects) == 0 && e.run == "" && e.testSet != "" {
		return nil, nil, usage(fmt.Errorf("judge check: %s holds no outputs (actual_output); name a --run whose answers are to be judged", e.testSet))
	}
	if len(m.subjects) < 2 {
		return nil, nil, usage(fmt.Errorf("judge check: %s known, 2 are the least", counted(len(m.subjects), "answer")))
	}
	m.pairUp()
	m.draw(e.n)
	return m, cases, nil
}

// draw keeps n of the answers.
func (m *material) draw(n int) {
	order := make([]int, len(m.names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return strings.Compare(judges.OutputDigest(m.names[a]+"\x00"+m.subjects[a].Asset.Text), judges.OutputDigest(m.names[b]+"\x00"+m.subjects[b].Asset.Text))
	})
	kept := &material{}
	for _, i := range order[:min(n, len(order))] {
		kept.names, kept.subjects = append(kept.names, m.names[i]), append(kept.subjects, m.subjects[i])
		kept.cases, kept.others = append(kept.cases, m.cases[i]), append(kept.others, m.others[i])
	}
	*m = *kept
}

// subjectOf is an answer with what the test set knows of its case.
func subjectOf(c testsets.Case, name, input, output string) pipeline.Subject {
	if input == "" {
		input = c.Input
	}
	r := pipeline.Request{ID: name, Input: input, Vars: c.Vars}
	for _, m := range c.Messages {
		r.Messages = append(r.Messages, pipeline.Message{Role: m.Role, Content: m.Content})
	}
	return pipeline.Subject{Request: r, Asset: pipeline.Asset{Text: output}, Expected: c.Expected, Context: c.Context, Metadata: c.Metadata}
}

func (e *check) fromLabels(p *config.Project, m *material, cases map[string]testsets.Case) error {
	labels, err := e.labels.read(e.State, p)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, row := range labels.Rows {
		item := judges.Item{Case: row.Case, Output: row.Output}
		key := row.Case + "\x00" + row.Input + "\x00" + row.Output
		if row.Output == "" || seen[key] {
			continue
		}
		seen[key] = true
		m.add(cases[row.Case], item.Name(), row.Input, row.Output)
	}
	return nil
}

// fromRun takes a run's answers; without a test set the cases are the run's.
func (e *check) fromRun(p *config.Project, m *material, cases map[string]testsets.Case) (map[string]testsets.Case, error) {
	id, err := evalRun(p.Root, "--run", e.run)
	if err != nil {
		return nil, err
	}
	f, err := evals.RunsOf(p.Root).Find(id)
	if err != nil {
		return nil, usage(fmt.Errorf("--run: %w", err))
	}
	if cases == nil {
		if cases, err = f.Cases(); err != nil {
			return nil, err
		}
	}
	answers, err := f.Answers("pass_rate")
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if c := cases[a.ID]; !a.Errored && asks(&c, e.metric) {
			m.add(c, a.ID, a.Input, a.Output)
		}
	}
	return cases, nil
}

// fromSet takes the outputs that a test set holds, as DeepEval's do.
func fromSet(m *material, cases map[string]testsets.Case) {
	for _, id := range slices.Sorted(maps.Keys(cases)) {
		c := cases[id]
		if text, ok := c.Metadata["actual_output"].(string); ok && text != "" {
			m.add(c, id, c.Input, text)
		}
	}
}

// casesOf are those of a test set by ID; nil when none is named.
func (s *State) casesOf(p *config.Project, name string) (map[string]testsets.Case, error) {
	if name == "" {
		return nil, nil
	}
	path, err := s.testSetPath(p.Root, name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set, err := testsets.Read(inProject(p.Root, path), data, testsets.Options{})
	if err != nil {
		return nil, err
	}
	out := map[string]testsets.Case{}
	for _, c := range set.Cases {
		out[c.ID] = c
	}
	return out, nil
}

// inParallel calls do for each number below n, so many at a time. After an error it
// begins no other call; what failed alike is told once.
func inParallel(n, width int, do func(int) error) error {
	var mu sync.Mutex
	var errs []error
	slots := make(chan struct{}, max(width, 1))
	var wait sync.WaitGroup
	ended := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(errs) > 0
	}
	for i := range n {
		slots <- struct{}{}
		if ended() {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
				errs = append(errs, err)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
