package main

import (
	"context"
	"io"
)

func run(ctx context.Context, w io.Writer, images int) (met bool, err error) { return true, nil }
