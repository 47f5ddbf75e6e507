package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/ci"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/registry"
)

func newCI(s *State) *cobra.Command {
	return group("ci", "What a branch calls for: tests, evals, deployments", "  genops ci plan --base main\n  genops ci comment --base main -o comment.md",
		newCIPlan(s), newCIComment(s))
}

// branchFlags say which branch is looked at.
type branchFlags struct {
	base      string
	committed bool
}

func (f *branchFlags) flags(s *State, c *cobra.Command) {
	c.Flags().StringVar(&f.base, "base", "", "`REF` that the branch left, as git calls it (default: the target of the pull or merge request that CI runs for, else the default branch)")
	c.RegisterFlagCompletionFunc("base", completeBranches(s))
	c.Flags().BoolVar(&f.committed, "committed", false, "leave out what is not committed")
}

// plan reads git and decides.
func (s *State) plan(ctx context.Context, f branchFlags) (ci.Plan, somewhere, error) {
	p, err := s.projectOrBare(ctx)
	if err != nil {
		return ci.Plan{}, p, err
	}
	g := s.registry(p.Project)
	g.Prefix = p.prefix
	facts, err := (&ci.Collector{Registry: g}).Collect(ctx, s.baseOf(ctx, g, f.base), f.committed)
	if err != nil {
		return ci.Plan{}, p, unknownIsUsage(err)
	}
	facts.CI, facts.Deployment, facts.Program = p.CI, p.Deployment, "genops"
	return ci.Make(*facts), p, nil
}

// baseOf is --base, or what CI says that the branch is to be merged into, else the
// repository's default branch.
func (s *State) baseOf(ctx context.Context, g registry.Registry, base string) string {
	for _, name := range []string{"GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"} {
		if target := s.Getenv(name); base == "" && target != "" {
			return target
		}
	}
	if base == "" {
		return g.DefaultBranch(ctx)
	}
	return base
}

// ciPlan holds the flags of ci plan.
type ciPlan struct {
	*State
	branch               branchFlags
	json                 bool
	github, write, force bool
	output               string
}

func newCIPlan(s *State) *cobra.Command {
	p := &ciPlan{State: s}
	c := &cobra.Command{Use: "plan", Short: "Which tests, evals and deployments the branch calls for",
		Long: `Plan compares the branch with the place where it left --base: every prompt, agent,
model and test set that changed, by itself or through what it includes, and every
file that an agent runs on. From what that means it says what follows for each
agent: its own tests, evals on its test sets, a deployment.

  formatting  skip    no eval
  reworded    smoke   an eval of ci.smoke_cases cases at most, which may stay undecided
  changed     full    the whole eval, then deployment
  breaking    block   the evals run; a person decides about the deployment

ci.gates in genops.yaml changes the second column. A changed genops.yaml reaches
every agent. It works without a network.

Exit codes: 0, or 3 when the gate is block; 1 error, 2 usage.`,
		Example: "  genops ci plan --base main\n  genops ci plan --base origin/main --json\n  genops ci plan --github --write",
		Args:    exactly(0, "flags only"),
		RunE:    func(c *cobra.Command, _ []string) error { return p.run(c.Context()) }}
	f := c.Flags()
	p.branch.flags(s, c)
	f.BoolVar(&p.json, "json", false, "print the plan as one JSON object, for any CI")
	f.BoolVar(&p.github, "github", false, "also set the outputs matrix, stages, deploy, verdict and gate of a step in GitHub Actions")
	f.BoolVar(&p.write, "write", false, "with --github: write the workflow .github/workflows/genops.yml with pipeline.runners, and nothing else")
	f.BoolVar(&p.force, "force", false, "with --write: overwrite a workflow that was changed")
	f.StringVarP(&p.output, "output", "o", "", "also write the plan to this `FILE`: .json, .md or .txt")
	return c
}

func (p *ciPlan) run(ctx context.Context) error {
	switch {
	case p.write && !p.github:
		return usage(errors.New("--write needs --github"))
	case p.force && !p.write:
		return usage(errors.New("--force needs --write"))
	case p.write:
		return p.writeWorkflow(ctx)
	}
	if err := p.checkOutput(); err != nil {
		return err
	}
	plan, _, err := p.plan(ctx, p.branch)
	if err != nil {
		return err
	}
	if p.output != "" {
		if err := evals.WriteReport(p.path(p.output), func(w io.Writer) error { return p.form(w, plan) }); err != nil {
			return fmt.Errorf("-o %s: %w", p.output, err)
		}
	}
	if p.json {
		err = writeJSON(p.Stdout, plan)
	} else {
		color, width := p.terminal()
		err = export.PlanText(p.Stdout, plan, export.Terminal{Width: width, Color: color})
	}
	if err == nil && p.github {
		err = p.outputs(plan)
	}
	if err == nil && plan.Gate == ci.Block {
		err = exit{exitFailed}
	}
	return err
}

func (p *ciPlan) checkOutput() error {
	switch ext := filepath.Ext(p.output); {
	case p.output == "":
		return nil
	case ext != ".json" && ext != ".md" && ext != ".txt":
		return usage(fmt.Errorf("-o %s: known endings: .json, .md, .txt", p.output))
	}
	if info, err := p.stat(filepath.Dir(p.output)); err != nil || !info.IsDir() {
		return usage(fmt.Errorf("-o %s: no such folder", p.output))
	}
	return nil
}

func (p *ciPlan) form(w io.Writer, plan ci.Plan) error {
	switch filepath.Ext(p.output) {
	case ".json":
		return writeJSON(w, plan)
	case ".md":
		return export.PlanMarkdown(w, plan, export.CommentLimit)
	}
	return export.PlanText(w, plan, export.Terminal{})
}

// outputs sets the outputs of a step: in the file that GitHub names, else on
// stdout. The matrix has the stages that run something here.
func (p *ciPlan) outputs(plan ci.Plan) error {
	matrix := struct {
		Include []ci.Stage `json:"include"`
	}{[]ci.Stage{}}
	deploy := []string{}
	for _, s := range plan.Stages {
		if s.Command != "" {
			matrix.Include = append(matrix.Include, s)
		} else if s.Gate != ci.Block {
			deploy = append(deploy, s.Agent)
		}
	}
	const most = 256 // jobs of one matrix
	if len(matrix.Include) > most {
		return fmt.Errorf("%d stages follow, and GitHub runs at most %d jobs of one matrix: run `genops ci plan --json` and its stages in one job", len(matrix.Include), most)
	}
	include, err := json.Marshal(matrix)
	if err != nil {
		return err
	}
	agents, err := json.Marshal(deploy)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("matrix=%s\nstages=%d\ndeploy=%s\nverdict=%s\ngate=%s\n", include, len(matrix.Include), agents, plan.Verdict, plan.Gate)
	file := p.Getenv("GITHUB_OUTPUT")
	if file == "" {
		to := p.Stdout
		if p.json {
			to = p.Stderr
		}
		_, err = io.WriteString(to, text)
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func newCIComment(s *State) *cobra.Command {
	var branch branchFlags
	var output string
	var asJSON bool
	c := &cobra.Command{Use: "comment", Short: "The plan and what changed, as a comment of a pull request",
		Long: `Comment writes Markdown: what the branch calls for, and what changed in meaning.
It begins with a hidden line, ` + "`" + export.CommentMarker + "`" + `, by which CI finds the comment that
it wrote before. It is at most 65,536 characters long, which is what GitHub takes:
the least important texts are left out first.`,
		Example: "  genops ci comment --base main -o comment.md",
		Args:    exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			if output != "" && filepath.Ext(output) != ".md" {
				return usage(fmt.Errorf("-o %s: the ending must be .md", output))
			}
			plan, _, err := s.plan(c.Context(), branch)
			if err != nil {
				return err
			}
			var text strings.Builder
			if err := export.PlanMarkdown(&text, plan, export.CommentLimit); err != nil {
				return err
			}
			if output != "" {
				if err := evals.WriteReport(s.path(output), func(w io.Writer) error { _, err := io.WriteString(w, text.String()); return err }); err != nil {
					return fmt.Errorf("-o %s: %w", output, err)
				}
			}
			switch {
			case asJSON:
				return writeJSON(s.Stdout, map[string]any{"marker": export.CommentMarker, "body": text.String(), "verdict": plan.Verdict, "gate": plan.Gate})
			case output == "":
				_, err = io.WriteString(s.Stdout, text.String())
			}
			return err
		}}
	branch.flags(s, c)
	c.Flags().StringVarP(&output, "output", "o", "", "write it to this `FILE`.md instead of stdout")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object: marker, body, verdict, gate")
	return c
}
