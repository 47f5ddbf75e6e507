package main

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// runProcess runs a program, which has to succeed.
func runProcess(dir string, name string, args ...string) (measure.Usage, error) {
	u, err := measure.Run(context.Background(), dir, nil, name, args...)
	if err == nil && u.Code != 0 {
		err = fmt.Errorf("%s %v: exit code %d\n%s", name, args, u.Code, u.Stderr)
	}
	return u, err
}
