package registry

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestAdmit(t *testing.T) {
	parse := func(list ...string) (all []version) {
		for _, s := range list {
			v, ok := parseVersion(s)
			if !ok {
				t.Fatal(s)
			}
			all = append(all, v)
		}
		return all
	}
	for _, c := range []struct {
		known, v string
		older    bool
		want     string
	}{
		{"", "1.0.0", false, ""},
		{"1.2.0", "1.2.1", false, ""},
		{"1.2.0 2.0.0-rc.1", "1.3.0", false, ""},
		{"1.2.0 2.0.0-rc.1", "2.0.0", false, ""},
		{"1.2.0 2.0.0-rc.2", "2.0.0-rc.1", false, "downgrade"},
		{"1.2.0", "1.2.0-rc.1", false, "downgrade"},
		{"1.2.0", "1.2.0+linux", false, "exists"},
		{"1.2.0", "1.2.0", true, "exists"},
		{"1.2.8 1.3.0", "1.2.9", false, "--allow-older"},
		{"1.2.8 1.3.0", "1.2.9", true, ""},
		{"1.2.8 1.3.0", "1.2.7", true, "there is 1.2.8"},
		{"1.3.0", "1.2.0", true, ""},
	} {
		err := admit(parse(strings.Fields(c.known)...), parse(c.v)[0], c.older)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s after %s: %v, want %q", c.v, c.known, err, c.want)
		}
	}
	for _, c := range [][3]string{
		{"1.2.3", "breaking", "2.0.0"}, {"1.2.3", "changed", "1.3.0"}, {"1.2.3", "reworded", "1.2.4"}, {"1.2.9", "formatting", "1.2.10"},
		{"0.2.3", "breaking", "0.3.0"}, {"0.2.3", "changed", "0.3.0"}, {"2.0.0-rc.1", "changed", "2.0.0"},
		{"1.99999999999999999999.0", "changed", "1.100000000000000000000.0"},
	} {
		if got := parse(c[0])[0].bump(c[1]).String(); got != c[2] {
			t.Errorf("%s, %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	if got := newestRelease(parse("1.0.0", "2.0.0-rc.1", "1.1.0")); got.String() != "1.1.0" {
		t.Error(got)
	}
}

func TestTag(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	g := Registry{Root: top}
	ctx := context.Background()
	try := func(want string, tagging Tagging) *Tagged {
		t.Helper()
		tagging.Kind, tagging.Name = KindPrompt, "refund"
		out, err := g.Tag(ctx, tagging)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Fatalf("%+v: %v, want %q", tagging, err, want)
		}
		return out
	}
	write(t, top, "prompts/refund.prompt", "Refund {{>tone}}\n")
	write(t, top, "prompts/_tone.prompt", "kindly\n")
	try("no commit yet", Tagging{Version: "1.0.0"})
	git(t, top, "add", "prompts/_tone.prompt")
	git(t, top, "commit", "-q", "-m", "x")
	try("prompts/refund.prompt is not committed yet", Tagging{Version: "1.0.0"})
	commit(t, top, nil)
	out := try("", Tagging{Version: "v1.0.0", Message: "first\n# not a comment"})
	if out.Tag != "prompts/refund/v1.0.0" || git(t, top, "tag", "-l", "--format=%(objecttype) %(contents)", out.Tag) != "tag first\n# not a comment" {
		t.Errorf("%+v", out)
	}
	try("exists already", Tagging{Version: "1.0.0", Same: true})
	try("version 1.0.0 has the same content", Tagging{Version: "1.1.0"})
	try("", Tagging{Version: "1.0.1", Same: true})
	write(t, top, "prompts/_tone.prompt", "coldly\n")
	write(t, top, "prompts/other.prompt", "is none of its business\n")
	try("prompts/_tone.prompt: the working tree is not what HEAD has", Tagging{Version: "1.1.0", Same: true})
	try("", Tagging{Version: "1.0.2", Commit: "HEAD", Same: true})
	commit(t, top, nil)
	try("downgrade", Tagging{Version: "0.9.0"})
	compare := func(_ context.Context, a, b *Object) (Change, error) {
		if a.Version != "1.0.2" || b.Commit == "" {
			t.Errorf("compared: %+v, %+v", a, b)
		}
		return Change{Verdict: "changed", Say: []string{"kindly → coldly"}}, nil
	}
	out = try("", Tagging{Compare: compare, DryRun: true})
	if out.Version != "1.1.0" || out.Why != "changed since 1.0.2" || git(t, top, "tag", "-l", out.Tag) != "" {
		t.Errorf("%+v", out)
	}
	out = try("", Tagging{Compare: compare})
	if got := git(t, top, "tag", "-l", "--format=%(contents)", out.Tag); !strings.Contains(got, "prompt refund 1.1.0\n\nchanged since 1.0.2\n- kindly → coldly") {
		t.Error(got)
	}
	if _, err := g.Tag(ctx, Tagging{Kind: KindPrompt, Name: "refund", Compare: compare}); !errors.Is(err, ErrNothingNew) {
		t.Error(err)
	}
	try("no such branch, tag or commit", Tagging{Version: "3.0.0", Commit: "nowhere"})
	git(t, top, "checkout", "-q", "--detach")
	commit(t, top, map[string]string{"prompts/refund.prompt": "x"})
	git(t, top, "config", "tag.gpgSign", "true")
	git(t, top, "config", "gpg.format", "ssh")
	git(t, top, "config", "user.signingkey", "/nonexistent.pub")
	try("no tag was made: git is told to sign tags", Tagging{Version: "2.0.0"})
	if got := git(t, top, "tag", "-l", "*2.0.0"); got != "" {
		t.Error(got)
	}
}

// A prompt in a folder of a larger repository: its tags are called the same.
func TestTagFolder(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"a/genops.yaml": "", "a/prompts/billing/ré.prompt": "x", "b": "y"})
	g := Registry{Root: top + "/a"}
	write(t, top, "b", "dirty")
	if _, err := g.Tag(context.Background(), Tagging{Kind: KindPrompt, Name: "billing/ré", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	write(t, top, "a/prompts/billing/ré.prompt", "y")
	_, err := g.Tag(context.Background(), Tagging{Kind: KindPrompt, Name: "billing/ré", Version: "1.1.0"})
	if err == nil || !strings.Contains(err.Error(), "prompts/billing/ré.prompt: the working tree") {
		t.Error(err)
	}
	if m := move(t, top+"/a", "billing/ré@1", "production"); m.To != "1.0.0" {
		t.Errorf("%+v", m)
	}
	intact(t, top)
}

func TestVersionWithoutMessage(t *testing.T) {
	top := t.TempDir()
	git(t, top, "init", "-q", "-b", "main")
	commit(t, top, map[string]string{"prompts/refund.prompt": "Refund\n"})
	git(t, top, "tag", "-a", "--cleanup=verbatim", "-m", "", "prompts/refund/v1.0.0")
	git(t, top, "tag", "-a", "-m", "one", "-m", "two\n\nthree", "prompts/refund/v1.1.0")
	git(t, top, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
	git(t, top, "tag", "prompts/refund/v1.2.0")
	all, err := Registry{Root: top}.Versions(context.Background(), KindPrompt, "refund")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.Version+"="+v.Message)
	}
	if want := "1.2.0=|1.1.0=one\n\ntwo\n\nthree|1.0.0="; strings.Join(got, "|") != want {
		t.Errorf("%q, not %q", strings.Join(got, "|"), want)
	}
}
