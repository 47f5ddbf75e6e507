package registry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain keeps the user's own git configuration out of the tests.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.invalid", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.invalid",
	} {
		os.Setenv(name, value)
	}
	os.Exit(m.Run())
}

// git runs git in dir and returns what it prints.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, commits all that is there and tags it.
func commit(t testing.TB, top string, files map[string]string, tags ...string) string {
	t.Helper()
	for name, text := range files {
		write(t, top, name, text)
	}
	git(t, top, "add", "-A")
	git(t, top, "commit", "-q", "--allow-empty", "-m", "x")
	for _, tag := range tags {
		git(t, top, "tag", "-a", "-m", tag, tag)
	}
	return git(t, top, "rev-parse", "HEAD")
}

const agentA = "id: A\nruntime: {process: {command: [./router, data.json]}}\n"

// files are those of the agent A, which answers with say.
func files(say string) map[string]string {
	return map[string]string{"agents/A.yaml": agentA, "router": "#!/bin/sh\necho " + say + "\n", "data.json": `"` + say + `"`, ".gitignore": ".genops/\n"}
}

// history is a repository with the versions 1.0.0, 1.1.0, 1.2.0-rc.1 and 2.0.0
// of A, and files of "here" in the working tree.
func history(t testing.TB) string {
	t.Helper()
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0-rc.1", "2.0.0"} {
		commit(t, top, files(v), "agents/A/v"+v)
	}
	for name, text := range files("here") {
		write(t, top, name, text)
	}
	return top
}

func resolve(t testing.TB, root, ref string) *Resolved {
	t.Helper()
	r, err := Registry{Root: root}.Resolve(context.Background(), ref)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return r
}

// said is what the agent's data file says.
func said(t testing.TB, r *Resolved) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.Root, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(data), `"`)
}

func wantError(t testing.TB, root, ref string, unknown bool, words ...string) {
	t.Helper()
	r, err := Registry{Root: root}.Resolve(context.Background(), ref)
	if err == nil {
		t.Errorf("%s: %+v, not an error", ref, r)
		return
	}
	if errors.Is(err, fs.ErrNotExist) != unknown {
		t.Errorf("%s: is the reference unknown? %v", ref, err)
	}
	for _, want := range words {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %q lacks %q", ref, err, want)
		}
	}
}

func TestResolveVersions(t *testing.T) {
	top := history(t)
	git(t, top, "branch", "feature/x", "agents/A/v1.1.0")
	git(t, top, "tag", "agents/A/v1.1", "agents/A/v1.0.0")    // no version
	git(t, top, "tag", "agents/A/v01.9.0", "agents/A/v1.0.0") // no version
	first := git(t, top, "rev-parse", "agents/A/v1.0.0^{commit}")
	for ref, want := range map[string][2]string{ // what it says, its version
		"A":                           {"here", ""},
		"agents/A.yaml":               {"here", ""},
		"A@1.0.0":                     {"1.0.0", "1.0.0"},
		"A@v1.0.0":                    {"1.0.0", "1.0.0"},
		"A@1":                         {"1.1.0", "1.1.0"},
		"A@v1":                        {"1.1.0", "1.1.0"},
		"A@1.0":                       {"1.0.0", "1.0.0"},
		"A@1.2.0-rc.1":                {"1.2.0-rc.1", "1.2.0-rc.1"},
		"A@2":                         {"2.0.0", "2.0.0"},
		"A@main":                      {"2.0.0", ""},
		"A@HEAD~3":                    {"1.0.0", ""},
		"A@feature/x":                 {"1.1.0", ""},
		"A@HEAD@{0}":                  {"2.0.0", ""},
		"A@" + first:                  {"1.0.0", ""},
		"A@" + first[:9]:              {"1.0.0", ""},
		"A@agents/A/v1.1.0":           {"1.1.0", ""},
		"A@refs/tags/agents/A/v2.0.0": {"2.0.0", ""},
	} {
		r := resolve(t, top, ref)
		if got := said(t, r); got != want[0] || r.Version != want[1] || len(r.Notes) != 0 {
			t.Errorf("%s: %s, version %q, notes %q, want %q", ref, got, r.Version, r.Notes, want)
		}
		if want[1] != "" && r.Release.Version != want[1] || r.Root != r.Agent.Root || (r.Commit == "") != (r.Root == top) {
			t.Errorf("%s: %+v", ref, r)
		}
		if r.Commit != "" && want[1] == "" && r.Release.Version != r.Commit[:12] {
			t.Errorf("%s: version %s of commit %s", ref, r.Release.Version, r.Commit)
		}
	}
}

// The digest is that of the content, not of the place.
func TestResolveDigest(t *testing.T) {
	top := history(t)
	here := resolve(t, top, "A").Release.Digest
	commit(t, top, nil, "agents/A/v3.0.0")
	if got := resolve(t, top, "A@3").Release; got.Digest != here || got.Version != "3.0.0" {
		t.Errorf("version 3.0.0 is %s, the working tree with the same files %s", got.Digest, here)
	}
	old := resolve(t, top, "A@1.0.0").Release.Digest
	if old == here {
		t.Error("two versions, one digest")
	}
	for _, ref := range []string{"A@" + old, "A@" + old[:len("sha256:")+12]} {
		if r := resolve(t, top, ref); r.Release.Digest != old || r.Version != "1.0.0" || said(t, r) != "1.0.0" {
			t.Errorf("%s: %+v", ref, r)
		}
	}
	if err := os.RemoveAll(resolve(t, top, "A@1.0.0").Root); err != nil {
		t.Fatal(err)
	}
	if r := resolve(t, top, "A@"+old); said(t, r) != "1.0.0" {
		t.Errorf("without the checkout: %+v", r)
	}
	git(t, top, "tag", "-d", "agents/A/v1.0.0")
	t.Run("without git", func(t *testing.T) {
		t.Setenv("PATH", "")
		if r := resolve(t, top, "A@"+old); said(t, r) != "1.0.0" {
			t.Errorf("without its tag and without git: %+v", r)
		}
	})
	write(t, top, "data.json", "dirty")
	if r := resolve(t, top, "A@"+resolve(t, top, "A").Release.Digest); r.Commit != "" {
		t.Errorf("the working tree by its digest: %+v", r)
	}
	wantError(t, top, "A@sha256:0123456789ab", true, "no such release is known here")
	wantError(t, top, "A@sha256:0123", false, "the first 12 or more")
	wantError(t, top, "A@sha256:"+strings.Repeat("Z", 64), false, "lower-case hex digits")
}

func TestResolveUnknown(t *testing.T) {
	top := history(t)
	wantError(t, top, "A@1.1.1", true, `agent "A@1.1.1": no version 1.1.1`, `did you mean "1.1.0"?`, "newest first: 2.0.0, 1.2.0-rc.1, 1.1.0, 1.0.0")
	wantError(t, top, "A@1.2", true, "no version 1.2")
	wantError(t, top, "A@mian", true, `no branch, tag or commit "mian"`, `did you mean "main"?`)
	wantError(t, top, "B@1.0.0", true, "no file agents/B.yaml", "known: A")
	wantError(t, top, "A@", false, "nothing stands behind the @")
	wantError(t, top, "A@--all", false, "neither a version nor a name in git")
	wantError(t, top, "A@a\nb", false, "neither a version nor a name in git")
	wantError(t, top, "A@HEAD..main", true, "no branch, tag or commit")
	wantError(t, top, "A@main:agents", true, "no branch, tag or commit")
	wantError(t, top, "A.yaml@1.0.0", false, "such as A@1.0.0")
	wantError(t, top, "agents/A.yaml@1.0.0", false, "such as A@1.0.0")
	for range 12 {
		commit(t, top, nil)
	}
	git(t, top, "checkout", "-q", "--orphan", "empty")
	git(t, top, "rm", "-rfq", ".")
	commit(t, top, map[string]string{"README": "x"})
	wantError(t, top, "A@empty", true, "A@empty (commit ", "no file agents/A.yaml")
	wantError(t, top, "Z@1.0.0", true, `agent "Z"`)
	if got := said(t, resolve(t, top, "A@2")); got != "2.0.0" {
		t.Errorf("an agent that is no longer in the working tree: %s", got)
	}
}

func TestResolveWithoutVersions(t *testing.T) {
	plain := project(t, files("here"))
	wantError(t, plain, "A@1.0.0", false, "not in a git repository", "genops agent tag A 1.0.0")
	git(t, plain, "init", "-q")
	wantError(t, plain, "A@1.0.0", true, "no version yet; `genops agent tag A 1.0.0` makes one")
	wantError(t, plain, "A@HEAD", true, "no branch, tag or commit")
	resolve(t, plain, "A")
	t.Setenv("PATH", "")
	wantError(t, plain, "A@1.0.0", false, "git is not installed")
	resolve(t, plain, "A")
}

// A name that is a version and something else means the version, and says so.
func TestResolveAmbiguous(t *testing.T) {
	top := history(t)
	git(t, top, "branch", "1.0", "main")
	git(t, top, "tag", "2.0.0", "agents/A/v1.0.0")
	git(t, top, "tag", "v9.0.0", "agents/A/v1.0.0")
	git(t, top, "branch", "both", "main")
	git(t, top, "tag", "both", "agents/A/v1.0.0")
	git(t, top, "update-ref", "refs/remotes/origin/theirs", "agents/A/v1.1.0")
	for ref, want := range map[string][2]string{
		"A@1.0":    {"1.0.0", `"1.0" is a version of agent A and a name in git; taken: version 1.0.0 (A@refs/heads/1.0 is the other)`},
		"A@2.0.0":  {"2.0.0", `taken: version 2.0.0 (A@refs/tags/2.0.0 is the other)`},
		"A@v9.0.0": {"1.0.0", `agent A has no version v9.0.0; taken: what git calls "v9.0.0"`},
		"A@both":   {"1.0.0", `means several things in git (refs/heads/both, refs/tags/both); taken: commit `},
		"A@theirs": {"1.1.0", `taken: origin/theirs`},
	} {
		r := resolve(t, top, ref)
		if said(t, r) != want[0] || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], want[1]) {
			t.Errorf("%s: %s, notes %q", ref, said(t, r), r.Notes)
		}
	}
	commit(t, top, map[string]string{"agents/A.yaml": agentA + "version: '7'\n"}, "agents/A/v3.0.0")
	if r := resolve(t, top, "A@3"); r.Release.Version != "3.0.0" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "says version 7; taken: 3.0.0") {
		t.Errorf("%+v", r)
	}
	if r := resolve(t, top, "A@main"); r.Release.Version != "7" {
		t.Errorf("a declared version behind a branch: %+v", r)
	}
	write(t, top, "A@1.yaml", agentA) // a file goes first
	if r := resolve(t, top, "A@1.yaml"); r.Commit != "" {
		t.Errorf("a file with an @ in its name: %+v", r)
	}
}

func TestRelative(t *testing.T) {
	root := project(t, map[string]string{"agents/A.yaml": agentA, "agents/B.yaml": agentA, "other.yaml": agentA})
	g := Registry{Root: root}
	for ref, want := range map[string]string{
		"2.0.0": "A@2.0.0", "main": "A@main", "feature/x": "A@feature/x", "sha256:0123456789abcdef": "A@sha256:0123456789abcdef",
		"HEAD@{1}": "A@HEAD@{1}", "HEAD~2": "A@HEAD~2",
		"A": "A", "B": "B", "B@2.0.0": "B@2.0.0", "other.yaml": "other.yaml", "agents/B.yaml": "agents/B.yaml", "absent.yaml": "absent.yaml", "": "",
	} {
		if got := g.Relative("A", ref); got != want {
			t.Errorf("%q: %q, want %q", ref, got, want)
		}
	}
}

// Wherever the project lies: a worktree, a shallow or bare clone, a detached
// HEAD, a folder of a larger repository.
func TestResolvePlaces(t *testing.T) {
	top := history(t)
	base := t.TempDir()
	at := func(name string) string { return filepath.Join(base, name) }
	git(t, top, "worktree", "add", "-q", "--detach", at("tree"), "agents/A/v1.0.0")
	git(t, base, "clone", "-q", "--bare", top, "bare.git")
	git(t, base, "clone", "-q", "--depth", "1", "file://"+filepath.ToSlash(top), "shallow")
	for _, name := range []string{"tree", "bare.git"} {
		if got := said(t, resolve(t, at(name), "A@1.1.0")); got != "1.1.0" {
			t.Errorf("%s: %s", name, got)
		}
	}
	wantError(t, at("shallow"), "A@1.1.0", true, "shallow", "git fetch --tags")
	git(t, at("shallow"), "fetch", "-q", "--depth", "1", "origin", "tag", "agents/A/v1.1.0")
	if got := said(t, resolve(t, at("shallow"), "A@1.1.0")); got != "1.1.0" {
		t.Errorf("shallow: %s", got)
	}
	git(t, base, "init", "-q", "--object-format=sha256", "long")
	commit(t, at("long"), files("long"), "agents/A/v1.0.0")
	if got := said(t, resolve(t, at("long"), "A@"+resolve(t, at("long"), "A@1").Release.Digest)); got != "long" {
		t.Errorf("sha256: %s", got)
	}
	// Git's hooks are told where they stand; another repository is not there.
	t.Setenv("GIT_DIR", filepath.Join(base, "bare.git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(base, "none"))
	resolve(t, at("tree"), "A@2.0.0")
	if _, err := os.Stat(filepath.Join(at("tree"), ".genops", "checkouts")); err != nil {
		t.Error(err)
	}
}

func TestResolveFolder(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"README": "no project yet"}, "agents/A/v0.1.0")
	below := map[string]string{"secret.txt": "outside"}
	for name, text := range files("1.0.0") {
		below["teams/ü b/"+name] = text
	}
	commit(t, top, below, "agents/A/v1.0.0")
	root := filepath.Join(top, "teams", "ü b")
	r := resolve(t, root, "A@1.0.0")
	if said(t, r) != "1.0.0" || !strings.HasPrefix(r.Root, filepath.Join(root, ".genops", "checkouts")) {
		t.Errorf("%+v", r)
	}
	entries, _ := os.ReadDir(r.Root)
	if len(entries) != 4 { // agents, data.json, router, .gitignore
		t.Errorf("the checkout holds %v", entries)
	}
	if r.Release.Digest != resolve(t, root, "A").Release.Digest {
		t.Error("the same files, another digest")
	}
	wantError(t, root, "A@0.1.0", true, "has no folder teams/ü b")
	// A change elsewhere in the repository is no change of the project.
	commit(t, top, map[string]string{"secret.txt": "other"}, "agents/A/v1.0.1")
	if again := resolve(t, root, "A@1.0.1"); again.Root != r.Root {
		t.Error("the same folder was checked out twice")
	}
	commit(t, top, map[string]string{"teams/ü b/agents/A.yaml": "id: A\nruntime: {process: {command: [./router, --key=../../secret.txt]}}\n"}, "agents/A/v2.0.0")
	wantError(t, root, "A@2.0.0", false, "--key=../../secret.txt", "outside of the project")
}
