package conversation

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/GaboBase/arch-genops/dotprompt"
)

//go:embed simulated-user.prompt
var builtIn []byte

// PromptFile is the file of a project, with slashes, that stands in for the
// built-in prompt of simulated users.
const PromptFile = "prompts/simulated-user.prompt"

// Prompt is the prompt by which a model plays users: the project's own, else the
// built-in one.
func Prompt(root string) (*dotprompt.Prompt, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(PromptFile)))
	name := PromptFile
	if errors.Is(err, fs.ErrNotExist) {
		name, data, err = "simulated-user.prompt", builtIn, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the prompt of simulated users: %w", err)
	}
	return dotprompt.Parse(name, data, func(partial string) (string, []byte, error) {
		file := "prompts/_" + partial + ".prompt"
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		return file, text, err
	})
}
