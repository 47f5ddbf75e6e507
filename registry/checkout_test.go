package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/internal/filelock"
)

func TestCheckout(t *testing.T) {
	top := history(t)
	write(t, top, "agents/A.yaml", "id: A\ndirty: [")
	one := resolve(t, top, "A@2.0.0")
	if again := resolve(t, top, "A@main"); again.Root != one.Root {
		t.Error("one tree, two checkouts")
	}
	// What comes later, of a build or of the agent, is none of its business.
	write(t, one.Root, "made/later.txt", "x")
	resolve(t, top, "A@2.0.0")
	// A moved tag is another content, another folder.
	git(t, top, "tag", "-f", "agents/A/v2.0.0", "agents/A/v1.0.0^{commit}")
	if moved := resolve(t, top, "A@2.0.0"); moved.Root == one.Root || said(t, moved) != "1.0.0" || moved.Release.Digest == one.Release.Digest {
		t.Errorf("a moved tag: %+v", moved)
	}
	if runtime.GOOS != "windows" {
		if info, _ := os.Stat(filepath.Join(one.Root, "router")); info.Mode().Perm()&0o100 == 0 {
			t.Error("the program can't be started")
		}
	}
}

func TestCheckoutTampered(t *testing.T) {
	top := history(t)
	for name, change := range map[string]func(path string) error{
		"edited":   func(path string) error { return os.WriteFile(path, []byte("x"), 0o644) },
		"removed":  os.Remove,
		"a folder": func(path string) error { os.Remove(path); return os.Mkdir(path, 0o755) },
		"a link":   func(path string) error { os.Remove(path); return os.Symlink("router", path) },
	} {
		r := resolve(t, top, "A@1.0.0")
		if err := change(filepath.Join(r.Root, "data.json")); err != nil {
			t.Fatal(err)
		}
		wantError(t, top, "A@1.0.0", false, r.Root, "changed since: data.json", "remove that folder")
		if t.Failed() {
			t.Fatal(name)
		}
		os.RemoveAll(r.Root)
	}
	r := resolve(t, top, "A@1.0.0")
	manifest := r.Root + ".manifest"
	if err := os.WriteFile(manifest, []byte("garbage"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, top, "A@1.0.0", false, "its manifest can't be read")
	os.Remove(manifest)
	wantError(t, top, "A@1.0.0", false, "its manifest is missing")
}

// Git's attributes and configuration change nothing: the files are those that
// git keeps.
func TestCheckoutAttributes(t *testing.T) {
	top := history(t)
	commit(t, top, map[string]string{".gitattributes": "*.txt export-ignore\n*.subst export-subst\n*.crlf eol=crlf\n*.f filter=f\n",
		"a.txt": "kept", "b.subst": "$Format:%H$", "c.f": "plain", "d.sh": "one\ntwo\n"}, "agents/A/v3.0.0")
	git(t, top, "config", "core.autocrlf", "true")
	git(t, top, "config", "filter.f.smudge", "echo smudged")
	r := resolve(t, top, "A@3")
	for name, want := range map[string]string{"a.txt": "kept", "b.subst": "$Format:%H$", "c.f": "plain", "d.sh": "one\ntwo\n"} {
		if got, err := os.ReadFile(filepath.Join(r.Root, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// tree makes a commit of entries that git add would refuse, "MODE TYPE OBJECT\tNAME".
func tree(t *testing.T, top, tag string, lines ...string) {
	t.Helper()
	mktree := exec.Command("git", "mktree", "--missing")
	mktree.Dir, mktree.Stdin = top, strings.NewReader(git(t, top, "ls-tree", "HEAD")+"\n"+strings.Join(lines, "\n")+"\n")
	out, err := mktree.CombinedOutput()
	if err != nil {
		t.Fatalf("git mktree: %v\n%s", err, out)
	}
	git(t, top, "tag", "agents/A/v"+tag, git(t, top, "commit-tree", "-m", "x", strings.TrimSpace(string(out))))
}

func blob(t *testing.T, top, text string) string {
	t.Helper()
	cmd := exec.Command("git", "hash-object", "-w", "--stdin")
	cmd.Dir, cmd.Stdin = top, strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestCheckoutRefuses(t *testing.T) {
	top := history(t)
	out := filepath.Join(t.TempDir(), "out")
	missing := strings.Repeat("1", 40)
	for i, c := range []struct{ line, want string }{
		{"120000 blob " + blob(t, top, "../../etc") + "\tl", `l: is a symbolic link to "../../etc"`},
		{"120000 blob " + blob(t, top, out) + "\tl", "l: is a symbolic link to"},
		{"120000 blob " + blob(t, top, "agents/../../x") + "\tl", "outside of the project"},
		{"120000 blob " + blob(t, top, "") + "\tl", "outside of the project"},
		{"160000 commit " + missing + "\tlib", "lib is a git submodule"},
		{"100644 blob " + missing + "\tgone", "gone: git has no content for it"},
		{"100644 blob " + blob(t, top, "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("a", 64)+"\nsize 7\n") + "\tmodel.bin", "model.bin: is kept by Git LFS and is not here"},
		{"100644 blob " + blob(t, top, "version https://git-lfs.github.com/spec/v1\n") + "\tmodel.bin", "model.bin: is a pointer of Git LFS"},
	} {
		v := fmt.Sprintf("9.0.%d", i)
		tree(t, top, v, c.line)
		wantError(t, top, "A@"+v, false, "checking out agent A@"+v, c.want)
	}
	left, _ := filepath.Glob(filepath.Join(top, ".genops", "checkouts", "*"))
	for _, name := range left {
		if !strings.HasSuffix(name, ".lock") {
			t.Errorf("a refused version leaves %s", name)
		}
	}
}

func TestCheckoutLinksAndLargeFiles(t *testing.T) {
	top := history(t)
	content := "large"
	d := sha256.Sum256([]byte(content))
	id := hex.EncodeToString(d[:])
	write(t, top, ".git/lfs/objects/"+id[:2]+"/"+id[2:4]+"/"+id, content)
	tree(t, top, "5.0.0", "120000 blob "+blob(t, top, "agents/A.yaml")+"\tlink", "120000 blob "+blob(t, top, "./agents")+"\tdir",
		"100644 blob "+blob(t, top, "version https://git-lfs.github.com/spec/v1\noid sha256:"+id+"\nsize 5\n")+"\tmodel.bin")
	r := resolve(t, top, "A@5")
	for name, want := range map[string]string{"link": agentA, "dir/A.yaml": agentA, "model.bin": content} {
		if got, err := os.ReadFile(filepath.Join(r.Root, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	resolve(t, top, "A@5")
}

func TestInsideLink(t *testing.T) {
	for _, c := range []struct {
		name, target string
		inside       bool
	}{
		{"l", "x", true}, {"l", "./x", true}, {"a/l", "../x", true}, {"a/b/l", "../../x/y", true}, {"a/l", "..", true}, {"l", ".", true}, {"l", "a//b", true},
		{"l", "..", false}, {"l", "../x", false}, {"a/l", "../../x", false}, {"l", "/etc", false}, {"l", "x/../y", false}, {"a/l", "../b/../../x", false},
		{"l", "", false}, {"l", `..\x`, false}, {"l", "C:x", false}, {"l", "x/..", false},
	} {
		if insideLink(c.name, c.target) != c.inside {
			t.Errorf("%s -> %s: inside is %v", c.name, c.target, !c.inside)
		}
	}
}

// targets lists the paths of up to n words, each after a slash.
func targets(n int, words ...string) (all []string) {
	last := []string{""}
	for range n {
		var next []string
		for _, begin := range last {
			for _, w := range words {
				next = append(next, begin+"/"+w)
			}
		}
		all = append(all, next...)
		last = next
	}
	return all
}

// Of two links that lead through each other, none that is let through leads out.
func TestInsideLinkHolds(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, "project")
	write(t, root, "a/b/file", "")
	refused, led := 0, 0
	for _, inner := range targets(2, "..", "b", "l") {
		for _, outer := range targets(4, "..", "a", "l") {
			os.Remove(filepath.Join(root, "a", "l"))
			os.Remove(filepath.Join(root, "l"))
			for name, target := range map[string]string{"a/l": inner[1:], "l": outer[1:]} {
				if !insideLink(name, target) {
					refused++
				} else if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
					t.Skip(err)
				}
			}
			for _, name := range []string{"a/l", "l"} {
				got, err := filepath.EvalSymlinks(filepath.Join(root, name))
				if err != nil {
					continue // a circle, or nothing there
				}
				led++
				if got != root && !strings.HasPrefix(got, root+string(filepath.Separator)) {
					t.Fatalf("a/l -> %s and l -> %s: %s leads to %s", inner[1:], outer[1:], name, got)
				}
			}
		}
	}
	if refused < 100 || led < 100 {
		t.Errorf("%d refused, %d led anywhere: the test is broken", refused, led)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add("sha256:00 \"a\"\n")
	f.Add(string(manifest{"a\nb": "sha256:01", "ü \"": "link:02"}.bytes()))
	f.Add("x")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseManifest(text)
		if err != nil {
			return
		}
		again, err := parseManifest(string(m.bytes()))
		if err != nil || !maps.Equal(m, again) {
			t.Errorf("%q: %q is read as %q, %v", text, m, again, err)
		}
	})
}

func TestLocalPath(t *testing.T) {
	for name, want := range map[string]bool{"a/b": true, ".gitignore": true, "a b/ü": true, "../a": false, "/a": false, "a/../b": false, ".git/config": false, "a/.GIT/x": false, "a//b": false, "": false, ".": false} {
		if localPath(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

// Many at once make one checkout, and none sees half of it.
func TestCheckoutTogether(t *testing.T) {
	top := history(t)
	many := map[string]string{}
	for i := range 200 {
		many[fmt.Sprintf("data/%03d.txt", i)] = strings.Repeat("x", i)
	}
	commit(t, top, many, "agents/A/v4.0.0")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			r, err := Registry{Root: top}.Resolve(context.Background(), "A@4")
			if err != nil {
				t.Error(err)
				return
			}
			if all, _ := os.ReadDir(filepath.Join(r.Root, "data")); len(all) != 200 {
				t.Errorf("%d files", len(all))
			}
		})
	}
	wait.Wait()
}

// What a killed process left is cleared away, and a process that gives up
// leaves nothing.
func TestCheckoutInterrupted(t *testing.T) {
	top := history(t)
	r := resolve(t, top, "A@1.0.0")
	if err := os.Rename(r.Root, r.Root+".tmp"); err != nil {
		t.Fatal(err)
	}
	write(t, r.Root+".tmp", "half", "x")
	again := resolve(t, top, "A@1.0.0")
	if _, err := os.Stat(filepath.Join(again.Root, "half")); err == nil {
		t.Error("the checkout holds what a killed process left")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Registry{Root: top}).Resolve(ctx, "A@1.1.0"); err == nil {
		t.Error("a cancelled context is no error")
	}
	os.RemoveAll(again.Root)
	held, err := os.OpenFile(again.Root+".lock", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := filelock.Lock(held, true); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	_, err = Registry{Root: top, Notify: func(text string) {
		if !strings.Contains(text, "waiting: another process checks out the same version") {
			t.Errorf("told %q", text)
		}
		cancel()
	}}.Resolve(ctx, "A@1.0.0")
	if err == nil || ctx.Err() == nil {
		t.Errorf("the lock of another was not waited for: %v", err)
	}
}
