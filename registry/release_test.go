package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// release computes the release of an agent file in a project.
func release(t testing.TB, root, agent string, self Self) (Release, error) {
	t.Helper()
	write(t, root, "agents/A.yaml", agent)
	a, err := LoadAgent(root, root, "A")
	if err != nil {
		t.Fatal(err)
	}
	return a.Release(root, self)
}

func must(t testing.TB, root, agent string) Release {
	t.Helper()
	r, err := release(t, root, agent, Self{Identity: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(r Release) string {
	var all []string
	for _, p := range r.Parts {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

const router = `id: A
runtime: {process: {command: ["./router", "--stdio", "--config=conf/x.json", "examples.json", "conf", "absent.json"]}}
files: ["data/*.json", "lib", "notes.md"]
`

func routerFiles() map[string]string {
	return map[string]string{"router": "#!/bin/sh\n", "conf/x.json": "{}", "examples.json": "[]", "data/a.json": "1", "data/b.json": "2", "data/c.txt": "3",
		"lib/x.py": "x", "lib/deep/y.py": "y", "lib/__pycache__/x.cpython-312.pyc": "made", "notes.md": "n", "other.json": "o"}
}

func TestReleaseParts(t *testing.T) {
	root := project(t, routerFiles())
	r := must(t, root, router)
	want := "agents/A.yaml conf/x.json data/a.json data/b.json examples.json lib/deep/y.py lib/x.py notes.md program ./router"
	if got := names(r); got != want {
		t.Errorf("parts %s\nwant  %s", got, want)
	}
	if r.Version != strings.TrimPrefix(r.Digest, "sha256:")[:12] || r.Untraceable != "" {
		t.Errorf("%+v", r)
	}
}

// The digest depends on the content of every part and on nothing else: not on
// where the project lies.
func TestReleaseDigest(t *testing.T) {
	root := project(t, routerFiles())
	before := must(t, root, router)
	if again := must(t, project(t, routerFiles()), router); again.Digest != before.Digest {
		t.Error("the same project elsewhere is another release")
	}
	for _, name := range []string{"router", "conf/x.json", "examples.json", "data/a.json", "lib/deep/y.py", "notes.md"} {
		files := routerFiles()
		files[name] += " changed"
		if must(t, project(t, files), router).Digest == before.Digest {
			t.Errorf("the digest does not depend on %s", name)
		}
	}
	for _, name := range []string{"other.json", "data/c.txt", "lib/__pycache__/x.cpython-312.pyc"} {
		files := routerFiles()
		files[name] += " changed"
		if must(t, project(t, files), router).Digest != before.Digest {
			t.Errorf("the digest depends on %s", name)
		}
	}
	if must(t, root, router+"# a comment\n").Digest == before.Digest {
		t.Error("the digest does not depend on the agent file")
	}
	write(t, root, "lib/new.py", "")
	if must(t, root, router).Digest == before.Digest {
		t.Error("the digest does not depend on a new file in a declared folder")
	}
	// A file that was moved is another release, even with the same content.
	files := routerFiles()
	files["lib/z.py"], files["lib/x.py"] = files["lib/x.py"], ""
	delete(files, "lib/x.py")
	if must(t, project(t, files), router).Digest == before.Digest {
		t.Error("the digest does not depend on names")
	}
}

func TestReleaseOfGenops(t *testing.T) {
	root := project(t, map[string]string{"examples.json": "[]"})
	const agent = "id: A\nruntime: {process: {command: [genops, classify, --examples, examples.json]}}\n"
	one, err := release(t, root, agent, Self{Path: "/usr/bin/genops", Identity: "table 1"})
	if err != nil {
		t.Fatal(err)
	}
	two, _ := release(t, root, agent, Self{Path: "/home/me/genops", Identity: "table 1"})
	three, _ := release(t, root, agent, Self{Path: "/usr/bin/genops", Identity: "table 2"})
	if names(one) != "agents/A.yaml examples.json program genops" || one.Untraceable != "" {
		t.Errorf("%s, %s", names(one), one.Untraceable)
	}
	if one.Digest != two.Digest || one.Digest == three.Digest {
		t.Error("genops does not stand in the digest by its identity alone")
	}
}

func TestReleaseVersionAndTrace(t *testing.T) {
	root := project(t, map[string]string{"src/agent.py": "x"})
	const module = "id: A\nruntime: {process: {command: [python3, -m, agent]}}\n"
	if r := must(t, root, module); !strings.Contains(r.Untraceable, "python3 -m") {
		t.Errorf("untraceable: %q", r.Untraceable)
	}
	if r := must(t, root, module+"version: '3'\n"); r.Untraceable != "" || r.Version != "3" {
		t.Errorf("with a version: %+v", r)
	}
	if r := must(t, root, module+"files: [src]\n"); r.Untraceable != "" || r.Version == "" {
		t.Errorf("with files: %+v", r)
	}
	if r := must(t, root, "id: A\nruntime: {http: {url: 'http://x/v1', model: m}}\n"); r.Untraceable != "" || names(r) != "agents/A.yaml" {
		t.Errorf("http: %+v", r)
	}
}

func TestReleaseFilesErrors(t *testing.T) {
	root := project(t, map[string]string{"a.json": "1"})
	outside := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(outside, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{
		"../x.json":     "lies outside of the project",
		"..":            "lies outside of the project",
		"a/../../x":     "lies outside of the project",
		outside:         "must be relative to the project",
		"absent.json":   "no such file",
		"*.yml":         "no such file",
		"[":             "syntax error in pattern",
		"agents/x/y/*":  "no such file",
		"nothing/**/*z": "no such file",
	} {
		_, err := release(t, root, "id: A\nruntime: {process: {command: [./a]}}\nfiles: ['"+pattern+"']\n", Self{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "agent A: files:") {
			t.Errorf("%s: %v", pattern, err)
		}
		if want == "no such file" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is not fs.ErrNotExist", pattern, err)
		}
	}
}

// Files outside of the project that the command names go by that name: another
// machine, where the project lies elsewhere, has the same release.
func TestReleaseOutside(t *testing.T) {
	digests := map[string]bool{}
	for _, depth := range []string{"p", "much/deeper/p"} {
		base := t.TempDir()
		root := filepath.Join(base, filepath.FromSlash(depth))
		write(t, filepath.Dir(root), "shared.bin", "model")
		write(t, root, "router", "#!/bin/sh\n")
		r := must(t, root, "id: A\nruntime: {process: {command: [./router, --model=../shared.bin, ../shared.bin]}}\n")
		if !strings.Contains(names(r), "../shared.bin") || strings.Contains(names(r), base) {
			t.Errorf("parts %s", names(r))
		}
		digests[r.Digest] = true
	}
	if len(digests) != 1 {
		t.Error("the digest depends on where the project lies")
	}
	base := t.TempDir()
	write(t, base, "A.yaml", "id: A\nruntime: {process: {command: [./router]}}\n")
	a, err := LoadAgent(project(t, nil), base, "A.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Release(project(t, nil), Self{})
	if err != nil || names(r) != "A.yaml" {
		t.Errorf("an agent file from outside: %s, error %v", names(r), err)
	}
}

// What is no plain file, such as a folder or a pipe, names no file: it can't be
// read, or would never end.
func TestNamedFile(t *testing.T) {
	root := project(t, map[string]string{"a.json": "1", "dir/b": "2"})
	for arg, want := range map[string]string{
		"a.json": "a.json", "--flag=a.json": "a.json", "-f=dir/b": "dir/b", "x=a.json": "", "dir": "", "": "", "--flag=": "", "--flag": "", "absent": "", os.DevNull: "",
	} {
		got := namedFile(root, arg)
		if want != "" {
			want = filepath.Join(root, filepath.FromSlash(want))
		}
		if got != want {
			t.Errorf("%s names %q, want %q", arg, got, want)
		}
	}
}

func TestProgram(t *testing.T) {
	root := project(t, map[string]string{"bin/agent": "#!/bin/sh\n"})
	for _, name := range []string{"./bin/agent", "bin/agent", filepath.Join(root, "bin", "agent")} {
		if got, err := Program(root, name); err != nil || got != filepath.Join(root, "bin", "agent") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := Program(root, "agent"); err == nil {
		t.Errorf("a bare name was found in the project: %s", got)
	}
}
