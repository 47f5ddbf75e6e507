package registry

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

// promptsDir is where prompts live in a project.
const promptsDir = "prompts"

const promptEnding = ".prompt"

// Prompt loads the prompt of a model agent with its partials, from where the
// agent's paths start. What is wrong with it, such as a model that neither file
// names, is a *config.Error at the agent file's line.
func (a *Agent) Prompt() (*dotprompt.Prompt, error) {
	m := a.Runtime.Model
	if m == nil {
		return nil, fmt.Errorf("agent %s has no prompt: its runtime is no model", a.ID)
	}
	p, err := loadPrompt(a.Root, m.Prompt)
	if err == nil && m.Model == "" && p.Model == "" {
		err = fmt.Errorf("%s names no model; give it in its front matter (model: openai/NAME) or as runtime.model.model", p.File)
	}
	if err != nil {
		return nil, &config.Error{File: display(a.Root, a.Path), Line: a.lines["runtime.model.prompt"], Key: "runtime.model.prompt", Msg: err.Error()}
	}
	return p, nil
}

// loadPrompt reads prompts/NAME.prompt, or the file that a path with its ending
// names.
func loadPrompt(root, name string) (*dotprompt.Prompt, error) {
	dir := promptsDir
	if base, isFile := strings.CutSuffix(name, promptEnding); isFile {
		dir, name = path.Dir(filepath.ToSlash(base)), path.Base(filepath.ToSlash(base))
	}
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return nil, fmt.Errorf("%s%s lies outside of the project", path.Join(dir, name), promptEnding)
	}
	folder, err := os.OpenRoot(filepath.Join(root, filepath.FromSlash(dir)))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s/ for %s%s", dir, name, promptEnding)
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return dotprompt.LoadFS(folder.FS(), dir, name)
}
