package main

import (
	"errors"
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

func killIt(int, bool) error { return errors.ErrUnsupported }
