package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// loader is one configuration under way.
type loader struct {
	ctx      context.Context
	opt      Options
	dir      string // absolute folder of the configuration
	shown    string // that folder as errors name it
	env      map[string]string
	root     *tree
	parts    []part // the configurations, mostly one
	project  *Project
	problems []Problem

	defaults *draft                // defaultTest
	options  map[*tree]TestOptions // read already
	texts    map[string]string     // files read, by absolute path
	parsed   map[string]*tree
	started  map[Program]bool
	told     map[string]bool // problems that are reported once
}

// Load reads the configuration at path, and those of Options.More with it: YAML, JSON, or JavaScript and TypeScript
// through Options.Script. Everything that is wrong or not supported is in the
// problems, in the order of the files; project is nil only when the configuration
// itself can't be read. A project with a fatal problem must not be run.
func Load(ctx context.Context, path string, opt Options) (project *Project, problems []Problem) {
	l := &loader{ctx: ctx, opt: opt, shown: cmp.Or(opt.Shown, filepath.Dir(path)), texts: map[string]string{}, parsed: map[string]*tree{}, started: map[Program]bool{}, told: map[string]bool{}, options: map[*tree]TestOptions{}}
	at := Place{path, 0}
	abs, err := filepath.Abs(path)
	if err != nil {
		l.fail(at, "", "%v", err)
		return nil, l.problems
	}
	l.dir = filepath.Dir(abs)
	l.project = &Project{Dir: l.dir, Shown: cmp.Or(opt.Shown, l.dir), Filters: map[string]Code{}}
	l.environment()
	l.readParts(abs, at)
	l.judgeOutputs()
	l.described()
	if l.root == nil {
		return nil, l.sorted()
	}
	l.all()
	l.project.Files = slices.Sorted(maps.Keys(l.texts))
	l.project.reader = l
	return l.project, l.sorted()
}

// all reads every part of the configuration.
func (l *loader) all() {
	l.configEnv()
	l.checkKeys(l.root, "", configKeys())
	l.settings()
	l.project.Raw = Public(l.root.object())
	l.filters()
	l.usual()
	l.readProviders()
	l.readPrompts()
	l.readDefault()
	l.readTests()
	l.derived()
	l.checkFilters()
}

// sorted orders the problems by file, in the order of reading, and line.
func (l *loader) sorted() []Problem {
	rank := map[string]int{}
	for _, p := range l.problems {
		if _, ok := rank[p.File]; !ok {
			rank[p.File] = len(rank)
		}
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(rank[a.File]-rank[b.File], a.Line-b.Line)
	})
	return l.problems
}

// unknown is the message for a word that is none of the known ones.
func unknown(kind, word string, known []string) string {
	return fmt.Sprintf("unknown %s %q%s known: %s", kind, word, cmp.Or(config.Hint(word, known), ";"), strings.Join(known, ", "))
}

func (l *loader) fail(at Place, key, format string, args ...any) {
	l.report(Problem{at, key, fmt.Sprintf(format, args...), true})
}

func (l *loader) note(at Place, key, format string, args ...any) {
	l.report(Problem{at, key, fmt.Sprintf(format, args...), false})
}

// report keeps a problem once.
func (l *loader) report(p Problem) {
	if !slices.Contains(l.problems, p) {
		l.problems = append(l.problems, p)
	}
}

// failErr reports an error of a reader; those that have places keep them.
func (l *loader) failErr(at Place, key string, err error) {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, one := range many.Unwrap() {
			l.failErr(at, key, one)
		}
		return
	}
	var placed *config.Error
	if errors.As(err, &placed) {
		if placed.File != "" {
			at = Place{placed.File, placed.Line}
		}
		l.fail(at, key, "%s", placed.Msg)
		return
	}
	l.fail(at, key, "%v", err)
}

// path resolves a name of a file, which starts at the folder base.
func (l *loader) path(base, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(base, name)
}

// show names an absolute path in errors: as the user would write it.
func (l *loader) show(path string) string {
	if rel, err := filepath.Rel(l.dir, path); err == nil && (!strings.HasPrefix(rel, "..") || !filepath.IsAbs(l.shown)) {
		return filepath.ToSlash(filepath.Join(l.shown, rel))
	}
	return path
}

// read returns the text of a file, once read.
func (l *loader) read(path string) (string, error) {
	if text, ok := l.texts[path]; ok {
		return text, nil
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("there is no file %s", l.show(path))
	case err != nil:
		return "", err
	}
	l.texts[path] = string(data)
	return string(data), nil
}

// parse reads a YAML or JSON file.
func (l *loader) parse(path string) (*tree, error) {
	if t, ok := l.parsed[path]; ok {
		return t, nil
	}
	text, err := l.read(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n" // a literal block at the end of a file ends in one, whether the file does or not
	}
	t := &tree{Place: Place{l.show(path), 1}}
	node, err := config.Parse(l.show(path), []byte(text))
	switch {
	case err != nil:
		// JSON may hold what YAML may not, such as half of a surrogate pair.
		v, jsonErr := jsvalue.Parse(text)
		if !strings.EqualFold(filepath.Ext(path), ".json") || jsonErr != nil {
			return nil, err
		}
		t = fromValue(v, t.Place)
	case node != nil:
		t = fromYAML(l.show(path), node)
	}
	l.parsed[path] = t
	return t, nil
}

// start notes a program that a run starts.
func (l *loader) start(at Place, kind, what, purpose string) {
	p := Program{at, kind, what, purpose}
	if same := (Program{Place{}, kind, what, purpose}); !l.started[same] {
		l.started[same] = true
		l.project.Programs = append(l.project.Programs, p)
	}
}
