package promptfoo

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// ports are what prompts, variables and filters that are code run with.
func (r *Runner) ports() project.Ports {
	p := project.Ports{Exec: r.exec}
	if r.Languages != nil {
		p.Script, p.Python = r.Languages, r.Languages
	}
	return p
}

// exec runs a command line of the user's in a folder with more arguments, and
// returns what it prints.
func (r *Runner) exec(ctx context.Context, command, dir string, args []string) (string, error) {
	words, err := splitCommand(command)
	if err != nil {
		return "", err
	}
	if len(words) == 0 {
		return "", fmt.Errorf("the command %q is empty", command)
	}
	return runProgram(ctx, dir, r.environ(nil), words[0], append(words[1:], args...))
}

// render fills a template with variables, the environment and the
// configuration's own filters.
func (r *Runner) render(text string, vars map[string]any) (string, error) {
	return r.Project.Fill(context.Background(), text, objectOf(vars), r.ports())
}

// templates is the port of package assertions.
type templates struct{ run *Runner }

// Render fills a template.
func (t templates) Render(text string, vars map[string]any) (string, error) {
	return t.run.render(text, vars)
}
