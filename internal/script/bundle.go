package script

import (
	"context"
	"errors"

	"github.com/dop251/goja"
)

func bundleFrame(f frame) frame { return reply(f.id, "fault", "no bundles yet") }

// export runs a module and returns the function that it exports.
func (m *machine) export(module goja.Callable, name string) (goja.Callable, error) {
	return nil, errors.New("no modules yet")
}

func (e *Engine) bundled(ctx context.Context, c Code) (Code, error) {
	return c, errors.New("no modules yet")
}
