package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

// toolsDir is where the tools live that prompts name.
const toolsDir = "tools"

var toolEndings = []string{".yaml", ".yml", ".json"}

// Tools reads the tools that a prompt of the agent names without defining them,
// from tools/NAME.yaml or .json.
func (a *Agent) Tools(p *dotprompt.Prompt) ([]dotprompt.Tool, error) {
	var out []dotprompt.Tool
	err := a.toolFiles(p, func(file string, data []byte) error {
		t, err := dotprompt.ParseTool(file, data)
		out = append(out, t)
		return err
	})
	return out, err
}

// toolFiles yields the file of each tool that a prompt names.
func (a *Agent) toolFiles(p *dotprompt.Prompt, yield func(file string, data []byte) error) error {
	root, err := os.OpenRoot(a.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range p.ToolNames {
		file, data, err := readTool(root.FS(), name)
		if errors.Is(err, fs.ErrNotExist) {
			return unknownTool(root.FS(), p, name)
		}
		if err == nil {
			err = yield(file, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func unknownTool(project fs.FS, p *dotprompt.Prompt, name string) error {
	return fmt.Errorf("%s: the tool %q is named but not defined: %s; define it in %s/%s.yaml, or under toolDefs",
		p.File, name, knownTools(project, name), toolsDir, name)
}

// readTool reads tools/NAME.yaml or .json of a project.
func readTool(project fs.FS, name string) (file string, data []byte, err error) {
	if strings.ContainsAny(name, `/\`) {
		return "", nil, fs.ErrNotExist
	}
	for _, ending := range toolEndings {
		file = path.Join(toolsDir, name+ending)
		if !fs.ValidPath(file) {
			return "", nil, fs.ErrNotExist
		}
		if data, err = fs.ReadFile(project, file); !errors.Is(err, fs.ErrNotExist) {
			return file, data, err
		}
	}
	return "", nil, fs.ErrNotExist
}

func knownTools(project fs.FS, name string) string {
	var known []string
	entries, _ := fs.ReadDir(project, toolsDir)
	for _, e := range entries {
		for _, ending := range toolEndings {
			if base, ok := strings.CutSuffix(e.Name(), ending); ok {
				known = append(known, base)
			}
		}
	}
	if len(known) == 0 {
		return "there is no tool in " + toolsDir + "/ yet"
	}
	hint := "known: " + strings.Join(known, ", ")
	if near := config.Nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return hint
}
