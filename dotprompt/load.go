package dotprompt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

const extension = ".prompt"

// Load reads dir/NAME.prompt and the partials it includes. name may lie in a
// sub-folder ("billing/refund") and may name a variant ("refund.formal").
// {{> header}} is dir/_header.prompt, else _header.prompt beside the prompt;
// {{> common/header}} is dir/common/_header.prompt. Nothing outside of dir is
// read, links included. An unknown name is an error that is fs.ErrNotExist and
// lists the known ones; others are as for Parse.
func Load(dir, name string) (*Prompt, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("prompt %q: %w", name, err)
	}
	defer root.Close()
	return LoadFS(root.FS(), filepath.ToSlash(dir), name)
}

// LoadFS is Load for the root of any file system. dir only goes into the names
// of files in errors; it may be "".
func LoadFS(fsys fs.FS, dir, name string) (*Prompt, error) {
	file, data, err := readPrompt(fsys, dir, name)
	if err != nil {
		return nil, err
	}
	return Parse(file, data, func(partial string) (string, []byte, error) {
		return readPartial(fsys, dir, path.Dir(name), partial)
	})
}

func readPrompt(fsys fs.FS, dir, name string) (file string, data []byte, err error) {
	at := name + extension
	if !fs.ValidPath(at) || strings.HasPrefix(path.Base(at), "_") {
		return "", nil, fmt.Errorf("%s is not the name of a prompt: %w", config.Shorten(name), fs.ErrInvalid)
	}
	file = path.Join(dir, at)
	data, err = readFile(fsys, at)
	if isMissing(err) {
		err = unknown("prompt", name, file, list(fsys, false))
	}
	return file, data, err
}

func readPartial(fsys fs.FS, dir, beside, name string) (file string, data []byte, err error) {
	for _, folder := range []string{".", beside} {
		at := path.Join(folder, path.Dir(name), "_"+path.Base(name)+extension)
		if !fs.ValidPath(at) || strings.Contains(name, `\`) {
			return "", nil, fmt.Errorf("%s is not the name of a partial: %w", config.Shorten(name), fs.ErrInvalid)
		}
		file = path.Join(dir, at)
		if data, err = readFile(fsys, at); !isMissing(err) {
			return file, data, err
		}
	}
	file = path.Join(dir, path.Dir(name), "_"+path.Base(name)+extension)
	return "", nil, unknown("partial", name, file, list(fsys, true))
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	if size > config.MaxSize {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", name, size, config.MaxSize)
	}
	data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err = data.ReadFrom(f)
	return data.Bytes(), err
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func unknown(what, name, file string, known []string) error {
	return &notExist{fmt.Sprintf("unknown %s %s: %s does not exist", what, config.Shorten(name), file) + nearest(name, known)}
}

// notExist is fs.ErrNotExist with words of its own.
type notExist struct{ msg string }

func (e *notExist) Error() string        { return e.msg }
func (e *notExist) Is(target error) bool { return target == fs.ErrNotExist }

// maxListed bounds how many names an error lists.
const maxListed = 50

// list names the prompts below the root, or the partials.
func list(fsys fs.FS, partials bool) (names []string) {
	fs.WalkDir(fsys, ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if at != "." && strings.HasPrefix(path.Base(at), ".") {
				return fs.SkipDir
			}
			return nil
		}
		base, ok := strings.CutSuffix(path.Base(at), extension)
		bare, isPartial := strings.CutPrefix(base, "_")
		if ok && isPartial == partials {
			names = append(names, path.Join(path.Dir(at), bare))
		}
		if len(names) == maxListed {
			return fs.SkipAll
		}
		return nil
	})
	return names
}

// Bounds on partials.
const (
	maxPartials = 1000
	maxChain    = 50 // of partials that include each other
)

// loader compiles partials, each once.
type loader struct {
	find    Partials
	known   map[string]*template
	open    []string // partials under way, outermost first
	sources []Source // sorted by name
}

// load returns the partial of that name, which is included at a place. A
// partial that does not exist is nil where it is optional.
func (l *loader) load(name string, at pos, optional bool) (*template, error) {
	if t, ok := l.known[name]; ok {
		return t, nil
	}
	if i := slices.Index(l.open, name); i >= 0 {
		return nil, at.errorf("partials include each other in a circle: %s", strings.Join(append(l.open[i:], name), " → "))
	}
	if len(l.open) >= maxChain || len(l.known) >= maxPartials {
		return nil, at.errorf("more than %d partials, or a chain of more than %d", maxPartials, maxChain)
	}
	file, text, err := l.find(name)
	if optional && isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, at.errorf("%v", err)
	}
	clean, err := config.UTF8(file, text)
	if err != nil {
		return nil, err
	}
	l.open = append(l.open, name)
	t, err := compile(file, string(clean), 1, l.load)
	l.open = l.open[:len(l.open)-1]
	if err != nil {
		return nil, err
	}
	l.known[name] = t
	i, _ := slices.BinarySearchFunc(l.sources, name, func(s Source, n string) int { return strings.Compare(s.Name, n) })
	l.sources = slices.Insert(l.sources, i, Source{Name: name, File: file, Text: text})
	return t, nil
}

// noPartials is the Partials of a prompt that has none.
func noPartials(name string) (string, []byte, error) {
	return "", nil, &notExist{"unknown partial " + config.Shorten(name) + ": there are no partials here"}
}

// digest is over each source's name and text, with their lengths before them.
func digest(sources []Source) string {
	h := sha256.New()
	for _, s := range sources {
		for _, b := range [][]byte{[]byte(s.Name), s.Text} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
			h.Write(b)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
