package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/registry"
)

// project finds and loads the project that the user stands in.
func (s *State) project() (*config.Project, error) {
	root, err := config.Find(s.Dir)
	if err != nil {
		return nil, err
	}
	s.readEnv(root)
	return config.Load(root)
}

// readEnv lets the project's .env stand for variables that are not set: keys and
// addresses of models. Programs that are started do not see it.
func (s *State) readEnv(root string) {
	if s.envRead {
		return
	}
	s.envRead = true
	set := s.Getenv
	file := sync.OnceValue(func() map[string]string {
		return project.Environment(filepath.Join(root, config.Name), project.Options{})
	})
	s.Getenv = func(name string) string {
		if value := set(name); value != "" {
			return value
		}
		return file()[name]
	}
}

// self is what agent files mean by "genops".
func (s *State) self() registry.Self {
	return registry.Self{Path: s.Exe, Identity: "genops classify " + embedding.ClassifierVersion + " " + embedding.DefaultID}
}

// testSetsDir is where test sets live in a project.
const testSetsDir = "testsets"

var testSetEndings = []string{".json", ".jsonl", ".yaml", ".yml", ".csv", ".tsv", ".ndjson", ".parquet"}

// testSetPath finds the file of a test set: a path from the working directory
// or the project's root, or a name below testsets/, with or without its ending.
func (s *State) testSetPath(root, name string) (string, error) {
	if name == "" {
		return "", usage(errors.New("the test set's name is empty"))
	}
	tries := []string{s.path(name), filepath.Join(root, name), filepath.Join(root, testSetsDir, name)}
	for _, ending := range testSetEndings {
		tries = append(tries, filepath.Join(root, testSetsDir, name+ending))
	}
	for _, path := range tries {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	known := testSets(root)
	hint := "there is none in " + testSetsDir + "/"
	if len(known) > 0 {
		hint = "known: " + strings.Join(known, ", ")
		if near := config.Nearest(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q? %s", near, hint)
		}
	}
	return "", usage(fmt.Errorf("test set %q: no such file (%s): %w", name, hint, fs.ErrNotExist))
}

func testSets(root string) []string {
	var names []string
	dir := filepath.Join(root, testSetsDir)
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, quarantineEnding) {
			for _, ending := range testSetEndings {
				if strings.HasSuffix(path, ending) {
					rel, _ := filepath.Rel(dir, path)
					names = append(names, filepath.ToSlash(rel))
				}
			}
		}
		return nil
	})
	return names
}

// sameFile says whether two paths are one file.
func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

// inProject is path as a person in the project would write it.
func inProject(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return filepath.ToSlash(rel)
}

// embedder compares texts by the built-in table, loaded on first use.
type embedder struct{}

// Similarity is the cosine of two texts; false when one has no known word.
func (embedder) Similarity(a, b string) (float64, bool) {
	m, err := embedding.Default()
	if err != nil {
		return 0, false
	}
	x, okX := m.Embed(nil, a)
	y, okY := m.Embed(nil, b)
	if !okX || !okY {
		return 0, false
	}
	return embedding.Cosine(x, y), true
}
