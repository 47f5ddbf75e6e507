package registry

import (
	"errors"
	"fmt"
	"io/fs"
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
		return nil, a.promptError(err)
	}
	return p, nil
}

func (a *Agent) promptError(err error) error {
	return &config.Error{File: display(a.Root, a.Path), Line: a.lines["runtime.model.prompt"], Key: "runtime.model.prompt", Msg: err.Error()}
}

// loadPrompt reads prompts/NAME.prompt, or the file that a path with its ending
// names, below the folder root.
func loadPrompt(root, name string) (*dotprompt.Prompt, error) {
	dir, name, err := promptPath(name)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Join(root, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noFolder(dir, name)
	}
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return dotprompt.LoadFS(folder.FS(), dir, name)
}

// readPrompt is loadPrompt in any file system.
func readPrompt(project fs.FS, name string) (*dotprompt.Prompt, error) {
	dir, name, err := promptPath(name)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(project, dir); errors.Is(err, fs.ErrNotExist) {
		return nil, noFolder(dir, name)
	} else if err != nil {
		return nil, err
	}
	folder, err := fs.Sub(project, dir)
	if err != nil {
		return nil, err
	}
	return dotprompt.LoadFS(folder, dir, name)
}

// promptPath takes a prompt's name, or its file's path, apart into the folder
// that prompts are read from and the name below it.
func promptPath(name string) (dir, base string, err error) {
	dir, base = promptsDir, name
	if bare, isFile := strings.CutSuffix(name, promptEnding); isFile {
		dir, base = path.Dir(filepath.ToSlash(bare)), path.Base(filepath.ToSlash(bare))
	}
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return "", "", fmt.Errorf("%s%s lies outside of the project", path.Join(dir, base), promptEnding)
	}
	return dir, base, nil
}

func noFolder(dir, name string) error {
	return &notExist{fmt.Sprintf("there is no folder %s/ for %s%s", dir, name, promptEnding)}
}

// notExist is fs.ErrNotExist with words of its own.
type notExist struct{ msg string }

func (e *notExist) Error() string        { return e.msg }
func (e *notExist) Is(target error) bool { return target == fs.ErrNotExist }
