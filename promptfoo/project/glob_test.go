package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The order is the one in which promptfoo lists files.
func TestGlobOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".work")
	for _, name := range []string{"b/t.y", "a/t.y", "c/t.y", "c/d/t.y", "a/z/t.y", "a/b/t.y", "a/t0.y", "B/t.y", "c/u.y", "z.y", "10.y", "9.y", ".x.y", ".h/t.y", "a/.h/u.y"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"*.y":           "z.y 9.y 10.y",
		"*/t.y":         "c/t.y b/t.y a/t.y B/t.y",
		"**/*.y":        "z.y 9.y 10.y c/u.y c/t.y c/d/t.y b/t.y a/t0.y a/t.y a/z/t.y a/b/t.y B/t.y",
		"{a,c}/*.y":     "a/t0.y a/t.y c/u.y c/t.y",
		"{c,a}/**/t.y":  "c/t.y c/d/t.y a/t.y a/z/t.y a/b/t.y",
		"{z,10}.y":      "z.y 10.y",
		"{10,z}.{y,no}": "10.y z.y",
		"c/{t,u}*.y":    "c/u.y c/t.y",
		".*.y":          ".x.y",
		"**/.h/*.y":     "a/.h/u.y .h/t.y",
		"a":             "a",
		"none/*":        "",
	} {
		var got []string
		for _, path := range Glob(filepath.Join(dir, filepath.FromSlash(pattern))) {
			rel, _ := filepath.Rel(dir, path)
			got = append(got, filepath.ToSlash(rel))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", pattern, s, want)
		}
	}
}
