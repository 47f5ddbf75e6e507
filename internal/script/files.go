package script

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// bundleTime is the limit of bundling one file.
const bundleTime = 30 * time.Second

// bundles are the files that an engine has bundled, as they were at first use.
type bundles struct {
	mu    sync.Mutex
	files map[string]*bundled
}

type bundled struct {
	once sync.Once
	b    bundle
	err  error

	mu       sync.Mutex
	programs map[string]program // by function and parameters
}

// Needs says what a piece of code can run in, and if it is not the sandbox,
// why: with file and line, so that it can be listed before anything is spent.
// A file that is no JavaScript is a *Thrown; one that is missing wraps
// fs.ErrNotExist. Names that a script makes up while it runs are not seen: such
// a call ends with ErrUnavailable.
func (e *Engine) Needs(ctx context.Context, code Code) (Runtime, []Need, error) {
	var b bundle
	if why := code.nodeOnly(); why != "" {
		return Node, []Need{{Reason: why, File: code.File}}, nil
	}
	if code.Kind == KindFile || code.Kind == KindProvider {
		f, err := e.bundle(ctx, code)
		if err != nil {
			return "", nil, err
		}
		b = f.b
		if code.Kind == KindProvider {
			b.Needs = append([]Need{{Reason: "is a provider", File: code.File}}, b.Needs...)
		}
	} else {
		raw, err := e.ask(ctx, bundleRequest{Code: code})
		if err != nil {
			return "", nil, err
		}
		if err := json.Unmarshal(raw, &b); err != nil {
			return "", nil, fmt.Errorf("reading what a script needs: %w", err)
		}
	}
	if b.Thrown != nil {
		return "", nil, b.Thrown
	}
	if len(b.Needs) > 0 {
		return Node, b.Needs, nil
	}
	return Embedded, nil, nil
}

func (e *Engine) ask(ctx context.Context, r bundleRequest) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return e.do(ctx, &call{word: "bundle", body: body, limit: bundleTime})
}

// bundle bundles a file once.
func (e *Engine) bundle(ctx context.Context, code Code) (*bundled, error) {
	dir, err := filepath.Abs(code.Dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, code.File)
	e.bundles.mu.Lock()
	if e.bundles.files == nil {
		e.bundles.files = map[string]*bundled{}
	}
	f := e.bundles.files[path]
	if f == nil {
		f = &bundled{programs: map[string]program{}}
		e.bundles.files[path] = f
	}
	e.bundles.mu.Unlock()
	f.once.Do(func() { f.err = f.load(ctx, e, dir, code.File) })
	if f.err != nil { // it may be there the next time
		e.bundles.mu.Lock()
		if e.bundles.files[path] == f {
			delete(e.bundles.files, path)
		}
		e.bundles.mu.Unlock()
	}
	return f, f.err
}

func (f *bundled) load(ctx context.Context, e *Engine, dir, file string) error {
	if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
		return fmt.Errorf("reading the script %s: %w", file, err)
	}
	raw, err := e.ask(context.WithoutCancel(ctx), bundleRequest{Dir: dir, File: file})
	if err != nil {
		return fmt.Errorf("bundling %s: %w", file, err)
	}
	return json.Unmarshal(raw, &f.b)
}

// program is the bundle as a program that calls one of its functions.
func (e *Engine) fileProgram(ctx context.Context, code Code) (program, error) {
	f, err := e.bundle(ctx, code)
	switch {
	case err != nil:
		return program{}, err
	case f.b.Thrown != nil:
		return program{}, f.b.Thrown
	case len(f.b.Needs) > 0:
		return program{}, fmt.Errorf("%w: %s needs node: %s", ErrUnavailable, code.File, f.b.Needs[0])
	}
	key := fmt.Sprint(code.Value, code.Tree, code.Picks, code.Live) + code.Function + "\x00" + strings.Join(code.Params, "\x00")
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.programs[key]; ok {
		return p, nil
	}
	code.Source = f.b.Source
	p, err := newProgram(code)
	if err == nil {
		f.programs[key] = p
	}
	return p, err
}

// nodeBundle is a user's file with its own imports as one CommonJS module for
// node; packages stay where they are.
func (e *Engine) nodeBundle(ctx context.Context, code Code) (string, error) {
	dir, err := filepath.Abs(code.Dir)
	if err != nil {
		return "", err
	}
	raw, err := e.ask(ctx, bundleRequest{Dir: dir, File: code.File, Node: true})
	if err != nil {
		return "", fmt.Errorf("bundling %s: %w", code.File, err)
	}
	var b bundle
	if err := json.Unmarshal(raw, &b); err != nil {
		return "", fmt.Errorf("bundling %s: %w", code.File, err)
	}
	if b.Thrown != nil {
		return "", b.Thrown
	}
	return b.Source, nil
}
