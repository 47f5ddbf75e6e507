package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/examples"
	"github.com/GaboBase/arch-genops/internal/config"
)

// writeWorkflow writes the workflow where GitHub looks for it: at the top of the
// repository, of which the project may be a folder. What somebody wrote there is
// never lost without --force.
func (p *ciPlan) writeWorkflow(ctx context.Context) error {
	project, err := p.project()
	if err != nil {
		return err
	}
	prefix, err := p.registry(project).Folder(ctx)
	if err != nil {
		return fmt.Errorf("--write: %w", err)
	}
	text, err := workflow(project, prefix)
	if err != nil {
		return err
	}
	top := project.Root
	for range strings.Count(prefix, "/") + min(len(prefix), 1) {
		top = filepath.Dir(top)
	}
	file := filepath.Join(top, filepath.FromSlash(examples.WorkflowFile))
	state := "written"
	switch old, err := os.ReadFile(file); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case bytes.Equal(old, text):
		state = "unchanged"
	case !p.force:
		return fmt.Errorf("%s is there already and says something else; --force overwrites it", p.show(file))
	}
	if state == "written" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := assets.WriteFile(file, text); err != nil {
			return err
		}
	}
	if p.json {
		return writeJSON(p.Stdout, map[string]string{"file": p.show(file), "state": state})
	}
	fmt.Fprintf(p.Stdout, "%s: %s\n", p.show(file), state)
	return nil
}

// workflow is the workflow of a project that lies in a folder of its repository.
func workflow(p *config.Project, prefix string) ([]byte, error) {
	runners, err := json.Marshal(p.Pipeline.Runners)
	if err != nil {
		return nil, err
	}
	text := bytes.ReplaceAll(examples.Workflow(), []byte(examples.RunnersToken), runners)
	if prefix == "" {
		return text, nil
	}
	folder, err := json.Marshal(prefix)
	if err != nil {
		return nil, err
	}
	text = bytes.Replace(text, []byte("\njobs:\n"), fmt.Appendf(nil, "\ndefaults:\n  run:\n    working-directory: %s\n\njobs:\n", folder), 1)
	for _, dir := range []string{".genops/tests", ".genops/runs"} {
		inside, err := json.Marshal(prefix + "/" + dir)
		if err != nil {
			return nil, err
		}
		text = bytes.ReplaceAll(text, []byte("path: "+dir), append([]byte("path: "), inside...))
	}
	return text, nil
}
