package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/GaboBase/arch-genops/internal/config"
)

// forms are the ways in which a file system may spell a name.
func forms(name string) []string {
	if nfd := norm.NFD.String(name); nfd != name {
		return []string{name, nfd}
	}
	return []string{name}
}

// objectFile is the own file of an object.
type objectFile struct{ name, path string }

// objectFiles lists the own files of a kind, sorted by name. What can't be read
// is left out.
func objectFiles(project fs.FS, kind Kind) (all []objectFile) {
	fs.WalkDir(project, kind.Dir(), func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
		default:
			if name, ok := kind.NameOf(at); ok {
				all = append(all, objectFile{name, at})
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b objectFile) int { return strings.Compare(a.name, b.name) })
	return all
}

// read reads an object of a project in any file system.
func (l *loader) read(project fs.FS, name string) (*Object, error) {
	file, err := locate(project, l.kind, name)
	if err != nil {
		return nil, err
	}
	return l.readFile(project, objectFile{name, file})
}

func (l *loader) readFile(project fs.FS, f objectFile) (*Object, error) {
	o := &Object{Kind: l.kind, Name: f.name, Path: f.path}
	var err error
	switch l.kind {
	case KindPrompt:
		err = o.readPrompt(project)
	case KindAgent:
		err = o.readAgent(project, l.g.Root)
	case KindModel:
		err = o.readModel(project)
	default:
		_, err = o.add(project, "", f.path)
	}
	if err != nil {
		return nil, err
	}
	o.Digest = digestOf(o)
	return o, nil
}

// add reads a file of the object.
func (o *Object) add(project fs.FS, name, file string) ([]byte, error) {
	data, err := fs.ReadFile(project, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, bare(err))
	}
	o.addText(name, file, data)
	return data, nil
}

func (o *Object) addText(name, file string, data []byte) {
	f := ObjectFile{Name: name, Path: file, Text: data, Digest: digest(data)}
	if len(data) > config.MaxSize {
		f.Text = nil
	}
	o.Files = append(o.Files, f)
}

func (o *Object) readPrompt(project fs.FS) error {
	// The name as the file system spells it.
	name := strings.TrimSuffix(strings.TrimPrefix(o.Path, promptsDir+"/"), promptEnding)
	p, err := readPrompt(project, name)
	if err != nil {
		return err
	}
	o.Prompt = p
	return o.addPrompt(project)
}

// addPrompt adds the files of the object's prompt: its own, its partials, and
// the tools that it names.
func (o *Object) addPrompt(project fs.FS) error {
	for _, s := range o.Prompt.Sources() {
		o.addText(s.Name, s.File, s.Text)
	}
	for _, name := range o.Prompt.ToolNames {
		file, data, err := readTool(project, name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && o.Kind == KindPrompt:
			o.Notes = append(o.Notes, fmt.Sprintf("the tool %q is named but not defined: %s", name, knownTools(project, name)))
		case errors.Is(err, fs.ErrNotExist):
			return unknownTool(project, o.Prompt, name)
		case err != nil:
			return err
		default:
			o.addText(name, file, data)
		}
	}
	return nil
}

func (o *Object) readAgent(project fs.FS, root string) error {
	data, err := o.add(project, "", o.Path)
	if err != nil {
		return err
	}
	a, err := parseAgent(root, filepath.Join(root, filepath.FromSlash(o.Path)), data, o.Name)
	if err != nil {
		return err
	}
	o.Agent = a
	if m := a.Runtime.Model; m != nil {
		if o.Prompt, err = readPrompt(project, m.Prompt); err != nil {
			return a.promptError(err)
		}
		if err := o.addPrompt(project); err != nil {
			return err
		}
		if err := o.addModel(project); err != nil {
			return err
		}
	}
	return o.addDeclared(project)
}

// addModel adds the model file that the agent or its prompt names, and computes
// what the agent file itself gives to the digest.
func (o *Object) addModel(project fs.FS) error {
	m, f, file, err := o.Agent.calls(project, o.Prompt)
	if err != nil {
		return err
	}
	if f != nil {
		if _, err := o.add(project, file, file); err != nil {
			return err
		}
		o.Model = f
	}
	o.own, err = o.Agent.modelPart(m, f)
	return err
}

// addDeclared adds the files that the agent's command names and those that its
// file declares.
func (o *Object) addDeclared(project fs.FS) error {
	var all []string
	if p := o.Agent.Runtime.Process; p != nil {
		all = inCommand(project, p.Command)
	}
	for _, pattern := range o.Agent.Files {
		matches, err := matching(project, pattern)
		if err != nil {
			return fmt.Errorf("agent %s: files: %w", o.Agent.ID, err)
		}
		all = append(all, matches...)
	}
	slices.Sort(all)
	o.declared = slices.Compact(all)
	for _, file := range o.declared {
		if slices.ContainsFunc(o.Files, func(f ObjectFile) bool { return f.Path == file }) {
			continue
		}
		if _, err := o.add(project, file, file); err != nil {
			return fmt.Errorf("agent %s: files: %w", o.Agent.ID, err)
		}
	}
	return nil
}

// inCommand lists the project's files that a command names: its program, when
// that lies in the project, and its arguments.
func inCommand(project fs.FS, command []string) (files []string) {
	for i, arg := range command {
		if _, after, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = after
		}
		arg = path.Clean(filepath.ToSlash(arg))
		if i == 0 && !strings.ContainsAny(command[0], `/\`) || !fs.ValidPath(arg) {
			continue
		}
		if info, err := fs.Stat(project, arg); err == nil && info.Mode().IsRegular() {
			files = append(files, arg)
		}
	}
	return files
}

// digestOf is the digest of an object's content, the same in the working tree,
// at a tag, in another folder or repository. That of a model or test set is the
// SHA-256 of its file. That of a prompt is dotprompt's, over the prompt and its
// partials; where it names tools, over that digest and the files of the tools.
// That of an agent is over its file, its prompt with the model's parameters,
// its tools and the project's files that it names: for an agent that is a model
// or an endpoint it is its release's, while the release of a program also
// counts what lies outside of the project, such as the interpreter.
func digestOf(o *Object) string {
	parts := map[string]string{}
	switch {
	case o.Kind == KindPrompt:
		parts["prompt"] = o.Prompt.Digest()
	case o.Kind == KindAgent:
		return o.agentDigest()
	}
	for _, f := range o.Files {
		switch {
		case o.Kind != KindPrompt:
			return f.Digest
		case strings.HasPrefix(f.Path, toolsDir+"/"):
			parts[f.Path] = f.Digest
		}
	}
	if len(parts) == 1 {
		return parts["prompt"]
	}
	return partsDigest(parts)
}

func (o *Object) agentDigest() string {
	parts := map[string]string{o.Path: o.own}
	if o.own == "" {
		parts[o.Path] = o.Files[0].Digest
	}
	if m := o.Agent.Runtime.Model; m != nil {
		parts["prompt "+m.Prompt] = o.Prompt.Digest()
	}
	for _, f := range o.Files {
		if strings.HasPrefix(f.Path, toolsDir+"/") || slices.Contains(o.declared, f.Path) {
			parts[f.Path] = f.Digest
		}
	}
	return partsDigest(parts)
}
