package importer

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/registry"
)

// Dotprompt plans the import of a folder of prompts in the Dotprompt format, or
// of one file. Files keep their bytes and their place below the folder; each
// prompt is compiled with its partials first, and one that can't be is not
// imported.
func Dotprompt(at, shown string) (*Plan, error) {
	p := &Plan{Source: shown, Format: "dotprompt"}
	info, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	only := ""
	if !info.IsDir() {
		at, only = filepath.Dir(at), filepath.Base(at)
		shown = path.Dir(filepath.ToSlash(shown))
	}
	root, err := os.OpenRoot(at)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	needed := map[string]bool{}
	err = fs.WalkDir(root.FS(), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".prompt") || only != "" && file != only:
			return nil
		case strings.HasPrefix(d.Name(), "_"):
			needed[file] = needed[file] || only == ""
			return nil
		}
		p.one(root.FS(), shown, file, needed)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for file, take := range needed {
		if !take {
			continue
		}
		data, err := fs.ReadFile(root.FS(), file)
		if err != nil {
			p.left(path.Join(shown, file), 0, "partial", "%v", err)
			continue
		}
		p.add("prompts/"+file, data, path.Join(shown, file))
	}
	return p.finish()
}

// one plans a prompt, and notes the partials that it needs.
func (p *Plan) one(folder fs.FS, shown, file string, needed map[string]bool) {
	name := strings.TrimSuffix(file, ".prompt")
	from := path.Join(shown, file)
	prompt, err := dotprompt.LoadFS(folder, filepath.ToSlash(shown), name)
	if err == nil {
		err = registry.KindPrompt.CheckName(registry.Normal(name))
	}
	if err != nil {
		p.left(from, 0, "prompt "+name, "%v", err)
		return
	}
	sources := prompt.Sources()
	p.add("prompts/"+registry.Normal(file), sources[0].Text, from)
	for _, s := range sources[1:] {
		if rel, ok := strings.CutPrefix(s.File, path.Clean(filepath.ToSlash(shown))+"/"); ok {
			needed[rel] = true
		} else {
			needed[s.File] = true
		}
	}
	for _, tool := range prompt.ToolNames {
		p.note("%s names the tool %s, which prompts here take from tools/%s.yaml", from, tool, tool)
	}
}
