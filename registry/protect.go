package registry

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Protection are the rules of labels, by LABEL, KIND/LABEL or KIND/NAME/LABEL.
// Where none fits a label is free.
type Protection map[string]config.LabelRule

// rule is the most special one that fits.
func (p Protection) rule(kind Kind, name, label string) (config.LabelRule, bool) {
	for _, key := range []string{string(kind) + "/" + name + "/" + label, string(kind) + "/" + label, label} {
		if r, ok := p[key]; ok {
			return r, true
		}
	}
	return config.LabelRule{}, false
}

// ProtectedError is a move that a rule forbids.
type ProtectedError struct {
	Kind        Kind
	Name, Label string
	Version     string   // "" = the label was to be removed
	Missing     []string // what the rule asks for and is not there
	Commands    []string // what would bring it about
}

func (e *ProtectedError) Error() string {
	move := "moved to " + e.Version
	if e.Version == "" {
		move = "removed"
	}
	text := fmt.Sprintf("label %s of %s %s is protected and was not %s:", e.Label, e.Kind, e.Name, move)
	for _, m := range e.Missing {
		text += "\n  " + m
	}
	for _, c := range e.Commands {
		text += "\n  try: " + c
	}
	return text
}

// permit refuses a move that the label's rule forbids.
func (j *journal) permit(ctx context.Context, m Move, s *standing, target tagged) error {
	at := labelOf{m.Kind, s.name, m.Label}
	back := m.action == ActionRollback && heldBefore(s.entries, m.Label, target.object)
	return j.allowed(ctx, m.Rules, at, target, s.h, back)
}

// labelOf is one label of one object.
type labelOf struct {
	kind        Kind
	name, label string
}

// heldBefore says whether the log knows the label on this version.
func heldBefore(entries []Entry, label, object string) bool {
	for _, e := range entries {
		if e.Label == label && e.moves() && e.ToID == object {
			return true
		}
	}
	return false
}

// allowed says whether the user may have the label on the target; a zero target
// takes it away, for which no evidence is asked. With back the version's past
// stands for evidence.
func (j *journal) allowed(ctx context.Context, rules Protection, at labelOf, target tagged, h lineage, back bool) error {
	rule, protected := rules.rule(at.kind, at.name, at.label)
	if !protected {
		return nil
	}
	e := &ProtectedError{Kind: at.kind, Name: at.name, Label: at.label}
	if !fits(rule.Who, email(j.who)) {
		e.Missing = append(e.Missing, fmt.Sprintf("%s may not move it: the rule names %s", j.who, strings.Join(rule.Who, ", ")))
	}
	if target.object != "" && !back {
		e.Version = target.version.String()
		if err := j.lacking(ctx, rule, at, target, h, e); err != nil {
			return err
		}
	}
	if len(e.Missing) == 0 {
		return nil
	}
	return e
}

// fits says whether an address is one of the patterns; none fits all.
func fits(patterns []string, address string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(strings.ToLower(p), strings.ToLower(address)); err == nil && ok {
			return true
		}
	}
	return len(patterns) == 0
}

// lacking adds the evidence that the rule asks for and the version lacks.
func (j *journal) lacking(ctx context.Context, rule config.LabelRule, at labelOf, target tagged, h lineage, e *ProtectedError) error {
	needs := rule.Evidence
	if len(needs) == 0 && rule.Signed {
		needs = []config.EvidenceRule{{}}
	}
	if len(needs) == 0 {
		return nil
	}
	digest, err := j.digestAt(at.kind, at.name, target, h)
	if err != nil {
		return err
	}
	all, err := j.evidence(ctx, j.archive.read, at.kind, at.name)
	if err != nil {
		return err
	}
	all = about(all, digest)
	for _, need := range needs {
		if why := lacks(all, need, rule.Signed, time.Now()); why != "" {
			e.Missing = append(e.Missing, fmt.Sprintf("it needs %s: %s", need, why))
			e.Commands = append(e.Commands, j.g.produce(at, e.Version, need.TestSet))
		}
	}
	return nil
}

// digestAt is the content of a version.
func (j *journal) digestAt(kind Kind, name string, t tagged, h lineage) (string, error) {
	l := &loader{g: j.g, kind: kind, r: j.repository, content: j.archive.read}
	v := t.version.String()
	o, err := l.at(ref{kind: kind, name: name, at: v}, place{commit: t.commit, version: v, tag: t.tag}, h)
	if err != nil {
		return "", err
	}
	return o.Digest, nil
}

// lacks says why evidence does not do what a rule asks; "" = it does. Only the
// newest run of each agent on each test set counts.
func lacks(all []Recorded, need config.EvidenceRule, signed bool, now time.Time) string {
	why := "there is none"
	seen := map[string]bool{}
	good := false
	for _, e := range all { // newest first
		key := e.TestSet + "\x00" + e.Agent
		if need.TestSet != "" && e.TestSet != SetName(need.TestSet) || seen[key] || e.Verdict == "undecided" && need.Verdict != "any" {
			continue
		}
		seen[key] = true
		switch {
		case need.MaxAge > 0 && now.Sub(e.Time) > need.MaxAge:
			why = fmt.Sprintf("run %s on %s is %s old", e.Run, e.TestSet, now.Sub(e.Time).Round(time.Hour))
		case signed && e.Signature.Status != SignatureGood:
			why = fmt.Sprintf("the signature of run %s on %s is %s", e.Run, e.TestSet, e.Signature.Status)
		case e.Verdict != "pass" && need.Verdict != "any":
			return fmt.Sprintf("run %s on %s: %s", e.Run, e.TestSet, e.Verdict)
		default:
			good = true
		}
	}
	if good {
		return ""
	}
	return why
}

// produce is the command that would bring evidence about.
func (g Registry) produce(at labelOf, version, set string) string {
	if set == "" {
		set = "TESTSET"
	}
	agent, rest := at.name+"@"+version, ""
	if at.kind != KindAgent {
		agent, rest = "AGENT", fmt.Sprintf("  (an agent with %s %s as version %s has it)", at.kind, at.name, version)
	}
	if at.kind == KindPrompt {
		for _, id := range Agents(g.Root) {
			if a, err := LoadAgent(g.Root, g.Root, id); err == nil && a.Runtime.Model != nil && KindPrompt.clean(a.Runtime.Model.Prompt) == at.name {
				agent = id
			}
		}
	}
	return fmt.Sprintf("genops run-eval --agent %s --test-set %s%s", agent, set, rest)
}
