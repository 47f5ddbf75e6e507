package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// witness begins to look which versions the run is about; nil when the project
// keeps its evidence to itself.
func (e *runEval) witness(ctx context.Context, p *config.Project, o *evals.Options, r *registry.Resolved) *registry.Witness {
	if p.Evals.Evidence != "git" || o.Subset.Active() || len(o.Rules) == 0 {
		return nil
	}
	return e.registry(p).Witness(ctx, r, o.SetName)
}

// testify adds the run's verdict to the versions that it is about. A run is no
// worse when that fails, so it is a warning.
func (e *runEval) testify(ctx context.Context, p *config.Project, w *registry.Witness, o *evals.Options, r *evals.Result) {
	if w == nil || !r.IsEvidence() {
		return
	}
	evidence, err := evidenceOf(p.Root, o, r)
	if err == nil {
		var to registry.Attached
		to, err = w.Record(ctx, evidence)
		if to.Unsigned != nil {
			fmt.Fprintln(e.Stderr, "warning: the evidence is not signed:", plain(to.Unsigned.Error()))
		}
		if err == nil && len(to.To) > 0 {
			fmt.Fprintln(e.Stderr, plain(attachedLine(to.To)))
		}
	}
	if err != nil {
		fmt.Fprintln(e.Stderr, "warning: the evidence is not in the repository:", plain(err.Error()))
	}
}

func attachedLine(to []registry.Subject) string {
	var all []string
	for _, s := range to {
		all = append(all, fmt.Sprintf("%s %s@%s", s.Kind, s.Name, s.Version))
	}
	return "evidence attached to " + strings.Join(all, ", ")
}

// evidenceOf is what the repository keeps of a run.
func evidenceOf(root string, o *evals.Options, r *evals.Result) (registry.Evidence, error) {
	f, err := evals.RunsOf(root).Find(r.Run)
	if err != nil {
		return registry.Evidence{}, err
	}
	report, err := resultDigest(f)
	if err != nil {
		return registry.Evidence{}, err
	}
	e := registry.Evidence{Time: time.Now(), Run: r.Run, Agent: r.Agent, Release: r.Release, TestSet: registry.SetName(r.TestSet), TestSetDigest: r.TestSetDigest,
		Verdict: r.Verdict, N: r.Cases.Judged, Population: r.Population, Report: report}
	for i, rule := range r.Rules {
		d := registry.EvidenceRule{Rule: o.Rules[i].Key(), Verdict: rule.Verdict, N: rule.N, Estimate: rule.Estimate}
		if r.Baseline != nil {
			d.Baseline = r.Baseline.Release
		}
		e.Rules = append(e.Rules, d)
	}
	return e, nil
}

// resultDigest is the digest of a run's result.
func resultDigest(f evals.Folder) (string, error) {
	data, err := os.ReadFile(filepath.Join(f.Dir, assets.ResultFile))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// verified is what verify prints with --json.
type verified struct {
	*evals.Verification
	Git []registry.Recorded `json:"git_evidence,omitempty"` // of the run, as the repository has it
}

// inGit compares a run with the evidence of it in the repository.
func (s *State) inGit(ctx context.Context, f evals.Folder, v *verified) error {
	p, err := s.project()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a run without a project has no evidence in git
	}
	if err != nil {
		return err
	}
	v.Git, err = s.registry(p).EvidenceOfRun(ctx, f.ID)
	if err != nil || len(v.Git) == 0 {
		return err
	}
	report, err := resultDigest(f)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // told already
	}
	if err != nil {
		return err
	}
	for _, e := range v.Git {
		switch {
		case e.Report != report:
			v.Problems = append(v.Problems, fmt.Sprintf("the evidence in git of %s %s is about another %s", e.Kind, e.Name, assets.ResultFile))
		case e.Verdict != v.Recorded:
			v.Problems = append(v.Problems, fmt.Sprintf("the evidence in git of %s %s says %s", e.Kind, e.Name, e.Verdict))
		case e.Signature.Status == registry.SignatureBad:
			v.Problems = append(v.Problems, fmt.Sprintf("the evidence in git of %s %s has a bad signature", e.Kind, e.Name))
		}
	}
	v.Stands = v.Stands && len(v.Problems) == 0
	return nil
}
