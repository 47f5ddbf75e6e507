package cli

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/config"
)

// media is what every command on media runs starts from.
type media struct {
	*State
	root       string // of the project, or the working directory where there is none
	config     *config.Media
	generators map[string]config.Generator // of config/generators.json
}

// How a provider that keeps failing is left alone.
const (
	breakerPause = 5 * time.Second
	breakerOpens = 6
)

// media reads the project's configuration of media runs. It needs no project:
// without one, runs are kept below the working directory.
func (s *State) media() (*media, error) {
	root, err := config.Find(s.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		root = s.Dir
	case err != nil:
		return nil, err
	default:
		if _, err := config.Load(root); err != nil {
			return nil, err
		}
	}
	x := &media{State: s, root: root}
	if x.config, err = config.LoadMedia(root); err != nil {
		return nil, err
	}
	x.generators, err = config.LoadGenerators(root, s.Getenv)
	return x, err
}

func (x *media) runsFolder() assets.Runs { return assets.RunsOf(x.root) }

// store is the folder of assets that may be used again.
func (x *media) store() string { return filepath.Join(x.root, ".genops", "assets") }

// find finds a media run by its name, or the beginning or end of it, or its
// folder.
func (x *media) find(ref string) (assets.Folder, error) {
	if f := runAt(x.path(ref)); isRun(f) {
		return f, nil
	}
	f, err := x.runsFolder().Find(ref)
	return f, usage(err)
}

// runAt is the run that a folder may hold.
func runAt(dir string) assets.Folder { return assets.Folder{ID: filepath.Base(dir), Dir: dir} }

func isRun(f assets.Folder) bool {
	var m struct{ Kind string }
	return f.ReadJSON(assets.ManifestFile, &m) == nil
}

// inUse explains that another process works on a run.
func inUse(err error, run string) error {
	if errors.Is(err, assets.ErrInUse) {
		return &underWay{run, err}
	}
	return err
}

// underWay says no more than what a user needs; the cause is in it.
type underWay struct {
	run   string
	cause error
}

func (e *underWay) Error() string { return "run " + e.run + " is under way in another process" }
func (e *underWay) Unwrap() error { return e.cause }
