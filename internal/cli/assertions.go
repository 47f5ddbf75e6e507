package cli

import (
	"path/filepath"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// assertionPorts is what promptfoo's assertions in a test set may use: the
// sandbox for JavaScript and its patterns, and the files beside the test set. Its
// child starts with the first script. close ends it.
func assertionPorts(testSet string) (deps assertions.Deps, close func(), err error) {
	engine, err := script.New(script.Config{})
	if err != nil {
		return deps, nil, err
	}
	return assertions.Deps{JavaScript: engine, Regexps: engine, Dir: filepath.Dir(testSet)}, func() { engine.Close() }, nil
}
