package ci

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

// stages are what follows for one agent: its tests whenever something of it
// changed, evals as strict as the gate of the agent or of the test set, and a
// deployment when the agent itself changed.
func (f *Facts) stages(a *AgentFacts, now Agent) (out []Stage) {
	if a.Problem != "" {
		return nil // nothing of it can run
	}
	why := reason(now)
	if now.Verdict > semdiff.Identical && a.Tests > 0 {
		out = append(out, Stage{Stage: "test", Agent: a.ID, Gate: now.Gate, Reason: why, Command: f.command("test", "--agent", a.ID)})
	}
	for _, e := range a.Evals {
		if s, ok := f.eval(a, now, e, why); ok {
			out = append(out, s)
		}
	}
	if now.Gate == Full || now.Gate == Block {
		s := Stage{Stage: "deploy", Agent: a.ID, Gate: now.Gate, Strategy: f.Deployment.Strategy, Steps: f.Deployment.Steps, Reason: why}
		if now.Gate == Block {
			s.Reason = "blocked: " + why
		}
		out = append(out, s)
	}
	return out
}

// eval is the run of an agent on a test set, if the changes call for one.
func (f *Facts) eval(a *AgentFacts, now Agent, e EvalFacts, why string) (Stage, bool) {
	gate := now.Gate
	if set := GateFor(f.CI.Gates, e.Verdict); e.Verdict > semdiff.Identical && Stricter(gate, set) != gate {
		gate, why = set, fmt.Sprintf("test set %s: %s", e.TestSet, e.Verdict)
	}
	if gate == Skip || e.Path == "" {
		return Stage{}, false
	}
	s := Stage{Stage: "eval", Agent: a.ID, TestSet: e.TestSet, Gate: gate, Reason: why, Undecided: "fail"}
	args := []string{"run-eval", "--agent", a.ID, "--test-set", e.TestSet}
	if gate == Smoke {
		args = append(args, "--max-cases", fmt.Sprint(f.CI.SmokeCases))
		s.Undecided = "accept"
	}
	s.Command = f.command(args...)
	return s, true
}

// reason is why an agent is reached, in one line.
func reason(a Agent) string {
	const most = 3
	text := strings.Join(a.Reasons[:min(len(a.Reasons), most)], "; ")
	if more := len(a.Reasons) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// command is a command line of genops for a POSIX shell.
func (f *Facts) command(args ...string) string {
	program := f.Program
	if program == "" {
		program = "genops"
	}
	words := []string{program}
	for _, a := range args {
		words = append(words, Quote(a))
	}
	return strings.Join(words, " ")
}

// Quote writes a word so that a POSIX shell takes it as it is.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
