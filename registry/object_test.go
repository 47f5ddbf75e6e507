package registry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/GaboBase/arch-genops/dotprompt"
)

// promptFiles are a prompt with a partial and a tool, and other objects.
func promptFiles(word string) map[string]string {
	return map[string]string{
		"genops.yaml":                "",
		".gitignore":                 ".genops/\n",
		"prompts/support.prompt":     "---\nmodel: openai/m\ndescription: Says " + word + "\ntools: [lookup]\n---\n{{> tone}} " + word + " {{name}}",
		"prompts/_tone.prompt":       "Be kind.",
		"prompts/team/refund.prompt": "---\ndescription: " + word + "\n---\n{{> team/deep}}",
		"prompts/team/_deep.prompt":  "Deep.",
		"tools/lookup.yaml":          "description: Looks up",
		"agents/A.yaml":              "id: A\nruntime: {model: {prompt: support, model: models/fast}}\nfiles: [data]\n",
		"data/a.txt":                 "1",
		"models/fast.yaml":           "provider: openai\nmodel: m\nparameters: {temperature: 0}\n",
		"testsets/t.jsonl":           `{"input": "` + word + `"}` + "\n",
	}
}

func object(t testing.TB, g Registry, kind Kind, ref string) *Object {
	t.Helper()
	o, err := g.Object(context.Background(), kind, ref)
	if err != nil {
		t.Fatalf("%s %s: %v", kind, ref, err)
	}
	return o
}

func noObject(t testing.TB, g Registry, kind Kind, ref string, words ...string) error {
	t.Helper()
	o, err := g.Object(context.Background(), kind, ref)
	if err == nil {
		t.Errorf("%s %s: %+v, not an error", kind, ref, o)
		return nil
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s %s: error %q lacks %q", kind, ref, err, w)
		}
	}
	return err
}

// promptHistory is a repository with versions 1.0.0, 1.1.0, 2.0.0 of all objects
// and "production" at 1.1.0.
func promptHistory(t testing.TB, options ...string) string {
	t.Helper()
	top := t.TempDir()
	git(t, top, append([]string{"init", "-q", "-b", "main"}, options...)...)
	for _, v := range []string{"1.0.0", "1.1.0", "2.0.0"} {
		commit(t, top, promptFiles(v), "prompts/support/v"+v, "prompts/team/refund/v"+v, "agents/A/v"+v, "models/fast/v"+v, "testsets/t/v"+v)
	}
	for _, ref := range []string{"prompt/support", "prompt/team/refund", "agent/A", "model/fast", "testset/t"} {
		kind, name, _ := strings.Cut(ref, "/")
		git(t, top, "update-ref", "refs/genops/"+ref+"/production", "refs/tags/"+kind+"s/"+name+"/v1.1.0")
	}
	return top
}

var everyKind = map[Kind]string{KindPrompt: "support", KindAgent: "A", KindModel: "fast", KindTestSet: "t"}

func TestObjectDigests(t *testing.T) {
	top := promptHistory(t)
	g := Registry{Root: top}
	for kind, name := range everyKind {
		here := object(t, g, kind, name)
		tagged := object(t, g, kind, name+"@2.0.0")
		if here.Digest != tagged.Digest || tagged.Version != "2.0.0" || tagged.Tag != kind.Dir()+"/"+name+"/v2.0.0" || here.Commit != "" {
			t.Errorf("%s: %s here, %s at %s %s", kind, here.Digest, tagged.Digest, tagged.Tag, tagged.Version)
		}
		old := object(t, g, kind, name+"@production")
		if old.Version != "1.1.0" || !slices.Equal(old.Labels, []string{"production"}) || kind != KindModel && old.Digest == here.Digest {
			t.Errorf("%s@production: %+v", name, old)
		}
		if by := object(t, g, kind, name+"@"+old.Digest[:len("sha256:")+12]); by.Digest != old.Digest || kind != KindModel && by.Version != "1.1.0" {
			t.Errorf("%s by digest: %s %s", name, by.Version, by.Digest)
		}
		if one := object(t, g, kind, name+"@1"); one.Version != "1.1.0" {
			t.Errorf("%s@1 is %s", name, one.Version)
		}
		// The same content in another repository and place.
		other := t.TempDir()
		for file, text := range promptFiles("2.0.0") {
			write(t, other, "deep/er/"+file, text)
		}
		if o := object(t, Registry{Root: filepath.Join(other, "deep", "er")}, kind, name); o.Digest != here.Digest {
			t.Errorf("%s elsewhere: %s, want %s", name, o.Digest, here.Digest)
		}
	}
	// A prompt without tools has dotprompt's own digest.
	p, err := dotprompt.Load(filepath.Join(top, "prompts"), "team/refund")
	if err != nil {
		t.Fatal(err)
	}
	if o := object(t, g, KindPrompt, "team/refund"); o.Digest != p.Digest() || len(o.Files) != 2 || o.Files[1].Path != "prompts/team/_deep.prompt" {
		t.Errorf("%+v, want %s", o, p.Digest())
	}
	// A model agent's is its release's.
	if r := resolve(t, top, "A@1.1.0"); r.Release.Digest != object(t, g, KindAgent, "A@production").Digest {
		t.Errorf("release %s, content %s", r.Release.Digest, object(t, g, KindAgent, "A@1.1.0").Digest)
	}
}

// A program is also found by its release's digest, once it was resolved.
func TestObjectByRelease(t *testing.T) {
	top := history(t)
	g := Registry{Root: top}
	r := resolve(t, top, "A@1.1.0")
	o := object(t, g, KindAgent, "A@1.1.0")
	if o.Digest == r.Release.Digest || len(o.Files) != 3 || o.Files[1].Path != "data.json" || o.Files[2].Path != "router" {
		t.Errorf("%+v", o)
	}
	for _, digest := range []string{o.Digest, r.Release.Digest} {
		if got := object(t, g, KindAgent, "A@"+digest); got.Version != "1.1.0" || got.Digest != o.Digest {
			t.Errorf("%s: %+v", digest, got)
		}
	}
}

// What an object includes is part of it.
func TestObjectParts(t *testing.T) {
	for file, of := range map[string]map[Kind]string{
		"prompts/_tone.prompt":      {KindPrompt: "support", KindAgent: "A"},
		"tools/lookup.yaml":         {KindPrompt: "support", KindAgent: "A"},
		"data/a.txt":                {KindAgent: "A"},
		"data/new.txt":              {KindAgent: "A"},
		"prompts/team/_deep.prompt": {},
	} {
		top := promptHistory(t)
		g := Registry{Root: top}
		data, _ := os.ReadFile(filepath.Join(top, file))
		write(t, top, file, string(data)+"#")
		for kind, name := range everyKind {
			changed := object(t, g, kind, name).Digest != object(t, g, kind, name+"@2.0.0").Digest
			if _, want := of[kind]; changed != want {
				t.Errorf("%s and %s %s: changed %v", file, kind, name, changed)
			}
			all, err := g.Objects(context.Background(), kind)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(all, func(s Summary) bool { return s.Name == name })
			if all[i].Dirty() != changed || all[i].Latest != "2.0.0" || all[i].Labels["production"] != "1.1.0" {
				t.Errorf("%s: %+v", file, all[i])
			}
		}
	}
	// A change of the model file is one of the agent, but for what only costs.
	top := promptHistory(t)
	g := Registry{Root: top}
	before := object(t, g, KindAgent, "A").Digest
	write(t, top, "models/fast.yaml", "provider: openai\nmodel: m\nparameters: {temperature: 0.0}\nprices: {input: 1, output: 1}\n")
	if object(t, g, KindAgent, "A").Digest != before {
		t.Error("prices are part of the agent")
	}
	write(t, top, "models/fast.yaml", "provider: openai\nmodel: other\nparameters: {temperature: 0}\n")
	if object(t, g, KindAgent, "A").Digest == before {
		t.Error("the model's name is no part of the agent")
	}
}

// Wherever the project lies.
func TestObjectPlaces(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		top := promptHistory(t, "--object-format="+format)
		base := t.TempDir()
		at := func(name string) string { return filepath.Join(base, name) }
		want := object(t, Registry{Root: top}, KindPrompt, "support@production").Digest
		git(t, top, "worktree", "add", "-q", "--detach", at("tree"), "prompts/support/v1.0.0")
		git(t, base, "clone", "-q", "--bare", top, "bare.git")
		git(t, at("bare.git"), "fetch", "-q", "origin", "refs/genops/*:refs/genops/*")
		git(t, base, "clone", "-q", "--depth", "1", "--no-single-branch", "file://"+filepath.ToSlash(top), "shallow")
		git(t, at("shallow"), "fetch", "-q", "--depth", "1", "origin", "refs/tags/*:refs/tags/*", "refs/genops/*:refs/genops/*")
		git(t, base, "clone", "-q", top, "detached")
		git(t, at("detached"), "checkout", "-q", "--detach", "prompts/support/v1.0.0")
		git(t, at("detached"), "fetch", "-q", "origin", "refs/genops/*:refs/genops/*")
		git(t, at("detached"), "pack-refs", "--all")
		for _, name := range []string{"tree", "bare.git", "shallow", "detached"} {
			g := Registry{Root: at(name)}
			if o := object(t, g, KindPrompt, "support@production"); o.Digest != want || o.Version != "1.1.0" {
				t.Errorf("%s %s: %+v", format, name, o)
			}
			all, err := g.Objects(context.Background(), KindPrompt)
			if err != nil || len(all) != 2 || all[0].Latest != "2.0.0" {
				t.Errorf("%s %s: %+v %v", format, name, all, err)
			}
			state := map[string]State{"tree": StateModified, "detached": StateModified, "bare.git": StateClean, "shallow": StateClean}[name]
			if all[0].State != state {
				t.Errorf("%s %s: %s, want %s", format, name, all[0].State, state)
			}
		}
		if o := object(t, Registry{Root: at("bare.git")}, KindPrompt, "support"); o.Commit == "" || !strings.Contains(string(o.Files[0].Text), "2.0.0") {
			t.Errorf("HEAD of a bare repository: %+v", o)
		}
	}
}

// A project in a folder of a larger repository, also where that is bare.
func TestObjectFolder(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	for name, text := range promptFiles("1.0.0") {
		write(t, top, "teams/ü b/"+name, text)
	}
	commit(t, top, map[string]string{"README": "x"}, "prompts/support/v1.0.0")
	g := Registry{Root: filepath.Join(top, "teams", "ü b")}
	if o := object(t, g, KindPrompt, "support@1"); o.Path != "prompts/support.prompt" || o.Digest != object(t, g, KindPrompt, "support").Digest {
		t.Errorf("%+v", o)
	}
	all, err := g.Objects(context.Background(), KindPrompt)
	if err != nil || all[0].State != StateClean {
		t.Errorf("%+v %v", all, err)
	}
	base := t.TempDir()
	git(t, base, "clone", "-q", "--bare", top, "bare.git")
	root, prefix, data, err := BareProject(context.Background(), filepath.Join(base, "bare.git"), "genops.yaml")
	if err != nil || prefix != "teams/ü b" || len(data) != 0 {
		t.Fatalf("%q %q %v", prefix, data, err)
	}
	b := Registry{Root: root, Prefix: prefix}
	if o := object(t, b, KindPrompt, "support@1.0.0"); o.Digest != object(t, g, KindPrompt, "support").Digest || object(t, b, KindPrompt, "support").Digest != o.Digest {
		t.Errorf("%+v", o)
	}
	if all, err := b.Objects(context.Background(), KindPrompt); err != nil || len(all) != 2 || all[0].State != StateClean {
		t.Errorf("%+v %v", all, err)
	}
	git(t, base, "init", "-q", "--bare", "empty.git")
	if _, _, _, err := BareProject(context.Background(), filepath.Join(base, "empty.git"), "genops.yaml"); err == nil || !strings.Contains(err.Error(), "no commit yet") {
		t.Errorf("an empty bare repository: %v", err)
	}
}

func TestLabelsBroken(t *testing.T) {
	top := promptHistory(t)
	g := Registry{Root: top}
	git(t, top, "tag", "-d", "prompts/support/v1.1.0")
	noObject(t, g, KindPrompt, "support@production", "points at a version whose tag is gone", "git fetch --tags")
	// The tag object is gone, too.
	id := git(t, top, "rev-parse", "refs/genops/prompt/team/refund/production")
	git(t, top, "tag", "-d", "prompts/team/refund/v1.1.0")
	if err := os.Remove(filepath.Join(top, ".git", "objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	noObject(t, g, KindPrompt, "team/refund@production", "points at "+id[:12]+", which is gone from this repository")
	all, err := g.Objects(context.Background(), KindPrompt)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	for _, s := range all {
		if !strings.Contains(s.Problem, "production points at a version that is gone") || s.Latest != "2.0.0" || s.State != StateClean {
			t.Errorf("%+v", s)
		}
	}
	object(t, g, KindPrompt, "team/refund@2.0.0")
}

func TestDoubleVersions(t *testing.T) {
	top := promptHistory(t)
	g := Registry{Root: top}
	for _, tag := range []string{"prompts/support/V2.0.0", "prompts/support/2.0.0", "prompts/support/v2.0.0+linux"} {
		git(t, top, "tag", tag, "main")
		object(t, g, KindPrompt, "support@2.0.0") // the same commit
		git(t, top, "tag", "-f", tag, "main~1")
		noObject(t, g, KindPrompt, "support@2.0.0", "two tags claim to be version 2.0.0", "prompts/support/v2.0.0", tag)
		noObject(t, g, KindPrompt, "support@2", "two tags", tag)
		object(t, g, KindPrompt, "support@1")
		all, _ := g.Objects(context.Background(), KindPrompt)
		if !strings.Contains(all[0].Problem, tag) {
			t.Errorf("%+v", all[0])
		}
		git(t, top, "tag", "-d", tag)
	}
}

func TestLabelPrecedence(t *testing.T) {
	top := promptHistory(t)
	g := Registry{Root: top}
	git(t, top, "branch", "production", "main")
	git(t, top, "update-ref", "refs/genops/prompt/support/2.0.0", "refs/tags/prompts/support/v1.0.0")
	o := object(t, g, KindPrompt, "support@production")
	if o.Version != "1.1.0" || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], `"production" is a label of prompt support and a name in git; taken: the label (support@refs/heads/production is the other)`) {
		t.Errorf("%s %q", o.Version, o.Notes)
	}
	if o := object(t, g, KindPrompt, "support@2.0.0"); o.Version != "2.0.0" {
		t.Errorf("a label that looks like a version: %s", o.Version)
	}
	if o := object(t, g, KindPrompt, "support@refs/heads/production"); o.Version != "" || o.Commit == "" {
		t.Errorf("%+v", o)
	}
	git(t, top, "update-ref", "refs/genops/prompt/support/loose", "main~2~0")
	git(t, top, "tag", "-d", "prompts/support/v1.0.0")
	if o := object(t, g, KindPrompt, "support@loose"); o.Version != "" || !strings.Contains(o.Notes[0], "which is no version") {
		t.Errorf("%+v", o)
	}
}

// Names in another Unicode form are the same name.
func TestUnicodeNames(t *testing.T) {
	const nfc, nfd = "caf\u00e9", "cafe\u0301"
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"prompts/" + nfd + ".prompt": "x"}, "prompts/"+nfc+"/v1.0.0")
	g := Registry{Root: top}
	for _, name := range []string{nfc, nfd, "prompts/" + nfd + ".prompt"} {
		for _, ref := range []string{name, name + "@1.0.0", name + "@main"} {
			if strings.Contains(name, "/") && ref != name {
				continue
			}
			if o := object(t, g, KindPrompt, ref); o.Name != nfc || o.Path != "prompts/"+nfd+".prompt" {
				t.Errorf("%+q: %+v", ref, o)
			}
		}
	}
	all, err := g.Objects(context.Background(), KindPrompt)
	if err != nil || len(all) != 1 || all[0].Name != nfc || all[0].State != StateClean {
		t.Errorf("%+v %v", all, err)
	}
	write(t, top, "prompts/"+nfc+".prompt", "y")
	if all, _ := g.Objects(context.Background(), KindPrompt); len(all) != 1 || !strings.Contains(all[0].Problem, "two files have this name") {
		t.Errorf("%+v", all)
	}
}

// The tree of a commit is a file system as good as any.
func TestTreeFS(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	id := commit(t, top, map[string]string{"a.txt": "one", "empty": "", "sub/b.txt": "two", "sub/deep/c c.txt": "three"})
	for _, format := range []string{"", "sub"} {
		r, err := openRepository(context.Background(), top)
		if err != nil {
			t.Fatal(err)
		}
		c := r.content(context.Background())
		defer c.Close()
		want := []string{"a.txt", "empty", "sub/b.txt", "sub/deep/c c.txt"}
		if format == "sub" {
			want = []string{"b.txt", "deep/c c.txt"}
		}
		if err := fstest.TestFS(treeFS{c, id, format}, want...); err != nil {
			t.Error(err)
		}
	}
}

func TestTreeOddities(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	write(t, top, "prompts/real.prompt", "real")
	for link, target := range map[string]string{"prompts/link.prompt": "real.prompt", "prompts/out.prompt": "../../secret", "prompts/loop.prompt": "loop.prompt", "prompts/gone.prompt": "nothing"} {
		if err := os.Symlink(target, filepath.Join(top, link)); err != nil {
			t.Skip(err)
		}
	}
	write(t, top, "prompts/big.prompt", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("ab", 32)+"\nsize 5\n")
	commit(t, top, nil)
	sub := t.TempDir()
	git(t, sub, "init", "-q", "-b", "main")
	commit(t, sub, map[string]string{"x.prompt": "x"})
	git(t, top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", sub, "prompts/vendor")
	commit(t, top, nil)
	g := Registry{Root: top}
	if o := object(t, g, KindPrompt, "link@main"); string(o.Files[0].Text) != "real" {
		t.Errorf("%+v", o)
	}
	noObject(t, g, KindPrompt, "out@main", "symbolic link that leads out")
	noObject(t, g, KindPrompt, "loop@main", "symbolic link")
	if err := noObject(t, g, KindPrompt, "gone@main"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to nothing: %v", err)
	}
	noObject(t, g, KindPrompt, "big@main", "kept by Git LFS and is not here", "git lfs fetch")
	noObject(t, g, KindPrompt, "vendor/x@main", "git submodule")
}

func TestBrokenPrompts(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{
		"prompts/front.prompt":       "---\nmodel: [\n---\nx",
		"prompts/open.prompt":        "---\nmodel: x\nx",
		"prompts/lacking.prompt":     "one\n{{> nowhere}}",
		"prompts/circle.prompt":      "{{> a}}",
		"prompts/_a.prompt":          "{{> b}}",
		"prompts/_b.prompt":          "{{> a}}",
		"prompts/fine.prompt":        "x",
		"prompts/a b.prompt":         "x",
		"prompts/no tag.lock.prompt": "x",
	})
	g := Registry{Root: top}
	for ref, want := range map[string]string{
		"front": "prompts/front.prompt:", "open": "never closed", "lacking": "prompts/lacking.prompt:2: unknown partial", "circle": "in a circle: a → b → a",
	} {
		noObject(t, g, KindPrompt, ref, want)
		noObject(t, g, KindPrompt, ref+"@main", want)
	}
	all, err := g.Objects(context.Background(), KindPrompt)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]State{}
	for _, s := range all {
		states[s.Name] = s.State
		if (s.State == StateBroken) != (s.Problem != "") {
			t.Errorf("%+v", s)
		}
	}
	if states["fine"] != StateNew || len(states) != 7 || states["a b"] != StateBroken || states["front"] != StateBroken {
		t.Errorf("%v", states)
	}
}

func TestVersions(t *testing.T) {
	top := promptHistory(t)
	git(t, top, "tag", "prompts/support/v3.0.0-rc.1", "main")
	git(t, top, "tag", "-a", "-m", "a subject\n\nand a\nbody\n", "prompts/support/v0.9.0", "main~2")
	all, err := Registry{Root: top}.Versions(context.Background(), KindPrompt, "support")
	if err != nil || len(all) != 5 {
		t.Fatalf("%+v %v", all, err)
	}
	var names []string
	for _, v := range all {
		names = append(names, v.Version)
		if v.Who != "t" || v.Email != "t@example.invalid" || v.When.IsZero() || v.Commit == "" || (v.Object == v.Commit) != (v.Version == "3.0.0-rc.1") {
			t.Errorf("%+v", v)
		}
	}
	if got := strings.Join(names, " "); got != "3.0.0-rc.1 2.0.0 1.1.0 1.0.0 0.9.0" {
		t.Error(got)
	}
	if all[4].Message != "a subject\n\nand a\nbody" || !slices.Equal(all[2].Labels, []string{"production"}) || all[1].Message != "prompts/support/v2.0.0" {
		t.Errorf("%+v", all)
	}
	summaries, _ := Registry{Root: top}.Objects(context.Background(), KindPrompt)
	if summaries[0].Latest != "2.0.0" {
		t.Errorf("a pre-release is the latest: %+v", summaries[0])
	}
	if none, err := (Registry{Root: t.TempDir()}).Versions(context.Background(), KindPrompt, "x"); err != nil || none != nil {
		t.Errorf("%v %v", none, err)
	}
	if names := (Registry{Root: top}).Names(context.Background(), KindPrompt); !slices.Equal(names, []string{"support", "team/refund"}) {
		t.Errorf("%q", names)
	}
}

// Line ends that a checkout turned, and large files, are no change.
func TestCleanStates(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	big := strings.Repeat(`{"input": "a"}`+"\n", 100)
	pointer := "version https://git-lfs.github.com/spec/v1\noid " + digest([]byte(big)) + "\nsize 1500\n"
	commit(t, top, map[string]string{"testsets/crlf.jsonl": "{\"input\": \"a\"}\n", "testsets/big.jsonl": pointer}, "testsets/crlf/v1.0.0", "testsets/big/v1.0.0")
	write(t, top, "testsets/crlf.jsonl", "{\"input\": \"a\"}\r\n")
	write(t, top, "testsets/big.jsonl", big)
	all, err := Registry{Root: top}.Objects(context.Background(), KindTestSet)
	if err != nil || len(all) != 2 || all[0].State != StateClean || all[1].State != StateClean {
		t.Errorf("%+v %v", all, err)
	}
	write(t, top, "testsets/crlf.jsonl", "{\"input\": \"b\"}\r\n")
	if all, _ = (Registry{Root: top}).Objects(context.Background(), KindTestSet); all[1].State != StateModified {
		t.Errorf("%+v", all)
	}
}
