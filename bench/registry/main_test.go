package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/registry"
)

// The repository is what the figures are said to be about.
func TestBuild(t *testing.T) {
	for _, loose := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "r")
		if err := build(dir, shape{commits: 161, prompts: 20, tags: 4, loose: loose}); err != nil {
			t.Fatal(err)
		}
		g := registry.Registry{Root: dir}
		all, err := g.Objects(context.Background(), registry.KindPrompt)
		if err != nil || len(all) != 20 {
			t.Fatalf("%d prompts, %v", len(all), err)
		}
		for _, s := range all {
			if s.Latest != "1.3.0" || s.Labels["production"] != "1.2.0" || s.State != registry.StateClean || s.About == "" {
				t.Errorf("%+v", s)
			}
		}
		o, err := g.Object(context.Background(), registry.KindPrompt, name(10)+"@production")
		if err != nil || o.Version != "1.2.0" || len(o.Files) != 3 {
			t.Errorf("%+v %v", o, err)
		}
		versions, err := g.Versions(context.Background(), registry.KindPrompt, name(3))
		if err != nil || len(versions) != 4 {
			t.Errorf("%+v %v", versions, err)
		}
	}
}
