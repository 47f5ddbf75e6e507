package genops

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/GaboBase/arch-genops"

// floors is the map of the house: a package imports only lower floors, never
// its own. A trailing "/*" stands for every folder directly below.
var floors = map[string]int{
	".":                              0,
	"examples":                       0,
	"internal/config":                0,
	"internal/database":              0,
	"internal/filelock":              0,
	"internal/freeport":              0,
	"internal/jsvalue":               0,
	"internal/junit":                 0,
	"internal/measure":               0,
	"internal/resident":              0,
	"internal/s3":                    0,
	"internal/s3/s3test":             1,
	"internal/stats":                 0,
	"internal/subprocess":            0,
	"testsets/parquet":               0,
	"dotprompt":                      1,
	"gate":                           1,
	"internal/database/databasetest": 1,
	"internal/nunjucks":              1,
	"internal/script":                1,
	"internal/xlsx":                  1,
	"judges":                         1,
	"prices":                         1,
	"testsets":                       1,
	"embedding":                      2,
	"promptfoo/project":              2,
	"registry":                       2,
	"semdiff/wordnet":                2,
	"assets":                         3,
	"generators/loopback":            3,
	"semdiff":                        3,
	"testsets/inspect":               3,
	"validators/assertions":          3,
	"validators/judged":              3,
	"ci":                             4,
	"generators/anthropicserver":     4,
	"generators/comfyserver":         4,
	"generators/googleserver":        4,
	"generators/openaiimageserver":   4,
	"generators/procedural":          4,
	"generators/stubserver":          4,
	"pipeline":                       4,
	"validators/assertions/recorded": 4,
	"validators/judged/recorded":     4,
	"validators/usermetric":          4,
	"conversation":                   5,
	"deployers":                      5,
	"generators":                     5,
	"internal/durable":               5,
	"pipeline/pipelinetest":          5,
	"validators":                     5,
	"evals":                          6,
	"promptfoo":                      6,
	"registry/importer":              6,
	"export":                         7,
	"internal/cli":                   9,
	"bench/*":                        10,
	"bench/dbos/linked":              10,
	"cmd/*":                          10,
	"semdiff/wordnet/build":          10,
}

func floorOf(dir string) (int, bool) {
	if f, ok := floors[dir]; ok {
		return f, true
	}
	f, ok := floors[filepath.ToSlash(filepath.Dir(dir))+"/*"]
	return f, ok
}

// TestFloors reads the import clauses of every file that is not a test.
func TestFloors(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen++
		checkFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("only %d files seen: the walk is broken", seen)
	}
}

func checkFile(t *testing.T, path string) {
	dir := filepath.ToSlash(filepath.Dir(path))
	floor, ok := floorOf(dir)
	if !ok {
		t.Errorf("%s: package %s has no floor; add it to the table", path, dir)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, imp := range file.Imports {
		name, _ := strconv.Unquote(imp.Path.Value)
		rest, inside := strings.CutPrefix(name, module)
		if !inside {
			continue
		}
		target := strings.TrimPrefix(rest, "/")
		if target == "" {
			target = "."
		}
		f, ok := floorOf(target)
		switch {
		case !ok:
			t.Errorf("%s imports %s, which has no floor", path, target)
		case f >= floor:
			t.Errorf("%s (floor %d) imports %s (floor %d): only lower floors may be imported", path, floor, target, f)
		}
	}
}
