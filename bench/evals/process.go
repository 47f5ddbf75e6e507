package main

import (
	"context"

	"github.com/GaboBase/arch-genops/internal/measure"
)

func runProcess(dir string, env []string, name string, args ...string) (measure.Usage, error) {
	return measure.Run(context.Background(), dir, env, name, args...)
}

// best keeps the quickest of several runs.
type best struct{ measure.Usage }

func (b *best) add(u measure.Usage) {
	if b.Wall == 0 || u.Wall < b.Wall {
		b.Usage = u
	}
}
