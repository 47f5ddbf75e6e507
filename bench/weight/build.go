package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const module = "github.com/GaboBase/arch-genops"

// sizes builds the program as a user does and as a release does; what follows
// measures the first.
func (s *scale) sizes() error {
	stripped := filepath.Join(s.dir, "stripped"+exeSuffix())
	for _, b := range []struct {
		what, out string
		flags     []string
	}{
		{"binary, go build", s.genops, nil},
		{"binary, go build -trimpath -ldflags '-s -w'", stripped, []string{"-trimpath", "-ldflags", "-s -w"}},
	} {
		args := append([]string{"build", "-o", b.out}, b.flags...)
		if err := goCommand(nil, append(args, module+"/cmd/genops")...); err != nil {
			return err
		}
		info, err := os.Stat(b.out)
		if err != nil {
			return err
		}
		s.row(b.what, mb(info.Size()), "", true)
	}
	return nil
}

// size is that of a program that was built elsewhere.
func (s *scale) size() error {
	info, err := os.Stat(s.genops)
	if err != nil {
		return err
	}
	s.row("binary", mb(info.Size()), "", true)
	return nil
}

// cold builds every command with empty caches, so that all modules are loaded
// down and the standard library is compiled too.
func (s *scale) cold() error {
	env := []string{"GOMODCACHE=" + filepath.Join(s.dir, "modules"), "GOCACHE=" + filepath.Join(s.dir, "cache"),
		"GOFLAGS=-modcacherw"} // else the modules could not be removed afterwards
	start := time.Now()
	if err := goCommand(env, "build", "-o", filepath.Join(s.dir, "cold")+string(filepath.Separator), module+"/cmd/..."); err != nil {
		return err
	}
	took := time.Since(start)
	s.row("cold build of all commands, with downloads", took.Round(time.Second).String(), "<= "+coldBar.String(), took <= coldBar)
	return nil
}

func goCommand(env []string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0"), env...) // as make build does
	cmd.Stderr = os.Stderr
	if env != nil {
		cmd.Stderr = io.Discard // names every module that is loaded down
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}
