package promptfoo

import (
	"context"

	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// ports are what prompts, variables and filters that are code run with.
func (r *Runner) ports() project.Ports {
	p := project.Ports{Exec: RunCommand}
	if r.Languages != nil {
		p.Script, p.Python = r.Languages, r.Languages
	}
	return p
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
