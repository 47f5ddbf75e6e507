package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/usermetric"
)

// ownUse is one place that names a metric of the user's.
type ownUse struct {
	assertion testsets.Assertion
	place     string // FILE:LINE, or a flag
}

// ownMetrics gets the metrics that the user wrote in Python ready. Each one is
// loaded and made once, so that all that is missing is told, with its place,
// before anything is spent. close ends the processes.
func (e *runEval) ownMetrics(ctx context.Context, p *config.Project, o *evals.Options) (close func(), err error) {
	uses := e.ownUses(p, o)
	if len(uses) == 0 {
		return func() {}, nil
	}
	if e.framework != config.DeepEvalPython {
		return nil, usage(fmt.Errorf("%s: %s is a metric in Python: it runs with evals.framework: %s in %s, which lets runs start your Python",
			uses[0].place, uses[0].assertion.Type, config.DeepEvalPython, config.Name))
	}
	deadline := e.timeout
	runner, err := script.NewRunner(script.RunnerConfig{Runtime: script.Python, Dir: p.Root, Deadline: 3*deadline + 10*time.Second, Env: quietDeepEval(os.Environ())})
	if err != nil {
		return nil, e.ownMissing(uses, func(ownUse) error { return err }, o)
	}
	fmt.Fprintf(e.Stderr, "starts python: %s (%s)\n", plain(runner.Program()), plain(uses[0].place+": "+uses[0].assertion.Type))
	o.Deps.Own = usermetric.New(ctx, usermetric.Config{Python: userPython{runner}, Root: p.Root, Deadline: deadline})
	close = func() { runner.Close() }
	if err := e.ownMissing(uses, func(u ownUse) error { return checkOwn(ctx, u, o) }, o); err != nil {
		close()
		return nil, err
	}
	return close, nil
}

// quietDeepEval keeps DeepEval from reporting its use to its makers, unless the
// user says otherwise.
func quietDeepEval(env []string) []string {
	const name = "DEEPEVAL_TELEMETRY_OPT_OUT="
	if slices.ContainsFunc(env, func(line string) bool { return strings.HasPrefix(line, name) }) {
		return env
	}
	return append(env, name+"1")
}

// ownUses lists the metrics that rules and assertions name, each once with the
// same arguments.
func (e *runEval) ownUses(p *config.Project, o *evals.Options) (uses []ownUse) {
	seen := map[string]bool{}
	add := func(a testsets.Assertion, place func() string) {
		r, ok := usermetric.Parse(a.Type)
		if !ok {
			return
		}
		threshold := ""
		if a.Threshold != nil {
			threshold = fmt.Sprint(*a.Threshold)
		}
		if key := r.String() + "\x00" + string(a.Value) + "\x00" + threshold; !seen[key] {
			seen[key] = true
			uses = append(uses, ownUse{a, place()})
		}
	}
	for _, r := range o.Rules {
		add(testsets.Assertion{Type: r.Metric}, func() string { return e.placeOf(p.Root, r.Source, o.Agent.Path, r.Metric) })
	}
	for i := range o.Set.Cases {
		testsets.EachAssertion(o.Set.Cases[i].Assert, func(a, _ *testsets.Assertion) {
			add(*a, func() string { return fmt.Sprintf("%s:%d", o.SetName, max(a.Line, o.Set.Cases[i].Line)) })
		})
	}
	return uses
}

// placeOf is FILE:LINE where a metric's name stands in the file that a rule is
// from; for a flag it is the flag.
func (e *runEval) placeOf(root, source, agentFile, metric string) string {
	files := []string{source}
	if source == "metrics" { // of --metrics, the agent file or the project
		files = []string{inProject(root, agentFile), config.Name}
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			continue
		}
		if at := bytes.Index(data, []byte(metric)); at >= 0 {
			return fmt.Sprintf("%s:%d", file, 1+bytes.Count(data[:at], []byte("\n")))
		}
	}
	if source == "metrics" {
		return "--metrics"
	}
	return source
}

// ownMissing asks about each use and lists what is wrong. With evals.on_unavailable:
// skip, the project's own rules on what is not installed are left out.
func (e *runEval) ownMissing(uses []ownUse, check func(ownUse) error, o *evals.Options) error {
	var wrong []string
	for _, u := range uses {
		err := check(u)
		if err == nil {
			continue
		}
		line := fmt.Sprintf("%s: %s: %v", u.place, u.assertion.Type, err)
		missing := errors.Is(err, usermetric.ErrUnavailable) || errors.Is(err, script.ErrUnavailable)
		ofProject := func(r evals.Rule) bool { return r.Metric == u.assertion.Type && r.Default }
		if missing && o.SkipUnavailable && slices.ContainsFunc(o.Rules, ofProject) && len(o.Rules) > 1 {
			o.Rules = slices.DeleteFunc(o.Rules, ofProject)
			fmt.Fprintln(e.Stderr, "warning: "+plain(line)+": it is not judged")
			continue
		}
		wrong = append(wrong, plain(line))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("metrics of yours can't run; nothing was called:\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// checkOwn loads a metric. The run's manifest gets its file's digest; where a
// model judges in it, that is a judge like any other: labels have to vouch for it.
func checkOwn(ctx context.Context, u ownUse, o *evals.Options) error {
	v, err := validators.New(u.assertion, o.Deps)
	if err != nil {
		return err
	}
	own, ok := v.(*validators.OwnMetric)
	if !ok {
		return fmt.Errorf("it is no metric in Python")
	}
	known, err := own.Check(ctx)
	if err != nil {
		return err
	}
	r, _ := usermetric.Parse(u.assertion.Type)
	o.Own = append(o.Own, evals.OwnMetric{Name: r.String(), Digest: known.Digest, Version: known.Version})
	if known.Model != "" && !slices.ContainsFunc(o.Judges, func(j judges.Release) bool { return j.Metric == r.String() }) {
		o.Judges = append(o.Judges, judges.Release{Judge: known.Model, Metric: r.String(), Definition: known.Digest, Params: map[string]string{"deepeval": known.Version}})
	}
	return nil
}

// userPython runs the program of package usermetric.
type userPython struct{ *script.Runner }

// Run implements usermetric.Python.
func (p userPython) Run(ctx context.Context, body string, request any) (json.RawMessage, error) {
	v, err := p.Call(ctx, script.Code{Kind: script.KindFunctionBody, Source: body, Params: []string{"request"}}, map[string]any{"request": request})
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
