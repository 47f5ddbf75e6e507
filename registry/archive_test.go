package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is written here is what git itself would write, and git reads it.
func TestArchiveObjects(t *testing.T) {
	for _, name := range []string{"sha1", "sha256"} {
		top := t.TempDir()
		git(t, top, "init", "-q", "--object-format="+name)
		ctx := context.Background()
		j, err := Registry{Root: top}.journal(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer j.close()
		if err := j.load(""); err != nil {
			t.Fatal(err)
		}
		long := strings.Repeat("long ", 100_000) // its size needs several bytes in a pack
		var want []string
		for _, f := range []string{"a/b", "a.b/c", "a-b/d", "a/b0", "a0"} {
			want = append(want, f)
			if err := j.add(f, []byte(f+long)); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.append(ctx, logRef, "", []archived{{"é/x", nil}}, "test", false, nil); err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		got := strings.Split(git(t, top, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", logRef), "\n")
		if slices.Sort(got); !slices.Equal(got, append(want, "é/x")) {
			t.Errorf("%s: %q", name, got)
		}
		if got := git(t, top, "cat-file", "blob", logRef+":a/b"); got != strings.TrimSpace("a/b"+long) {
			t.Errorf("%s: %.40q", name, got)
		}
		// Git makes the same tree of the same files.
		git(t, top, "read-tree", logRef)
		if tree := git(t, top, "write-tree"); tree != git(t, top, "rev-parse", logRef+"^{tree}") {
			t.Errorf("%s: git would write the tree %s", name, tree)
		}
		intact(t, top)
	}
}

func TestArchiveMerge(t *testing.T) {
	top := prompts(t)
	j, err := Registry{Root: top}.journal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	build := func(files ...string) string {
		t.Helper()
		j.tree = ""
		for _, f := range files {
			name, text, _ := strings.Cut(f, "=")
			if err := j.add(name, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		return j.tree
	}
	one := build("p/a/1=x", "p/a/2=x", "q=x", "both=mine")
	two := build("p/a/2=x", "p/b/3=x", "r/s=x", "both=theirs", "p/a/1=x")
	j.tree = one
	added, clashing, err := j.merge(two)
	if err != nil || fmt.Sprint(added, clashing) != "[p/b/3 r/s] [both]" {
		t.Errorf("%q, %q, %v", added, clashing, err)
	}
	files, err := j.files("", true)
	var got []string
	for _, f := range files {
		got = append(got, f.name+"="+string(f.data))
	}
	if want := "both=mine p/a/1=x p/a/2=x p/b/3=x q=x r/s=x"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("%q, %v", got, err)
	}
	if gone, err := j.missing(one, two); err != nil || fmt.Sprint(gone) != "[q both]" {
		t.Errorf("%q, %v", gone, err)
	}
	if gone, err := j.missing(one, ""); err != nil || len(gone) != 4 {
		t.Errorf("%q, %v", gone, err)
	}
	j.tree = one
	if err := j.add("q", []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another file at a path that is taken: %v", err)
	}
	if err := j.add("q/below", nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file below a file: %v", err)
	}
	if err := j.add("q", []byte("x")); err != nil || j.tree != one {
		t.Errorf("the same file again: %v", err)
	}
}

// Entries that were changed after they were written are named, and count nothing.
func TestLogDamaged(t *testing.T) {
	e := Entry{Time: time.Now().UTC(), Who: "t", Kind: KindPrompt, Name: "refund", Label: "production", Action: ActionLabel, To: "1.0.0"}
	f, err := e.file()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseEntry(f); err != nil || got.To != "1.0.0" {
		t.Errorf("%+v, %v", got, err)
	}
	f.data = bytes.Replace(f.data, []byte("1.0.0"), []byte("2.0.0"), 1)
	if _, err := parseEntry(f); err == nil || !strings.Contains(err.Error(), "changed after it was written") {
		t.Error(err)
	}
	top := prompts(t)
	move(t, top, "refund@1.0.0", "production")
	ctx := context.Background()
	j, err := Registry{Root: top}.journal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	tip, err := j.tip(ctx, logRef)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.load(tip); err != nil {
		t.Fatal(err)
	}
	if err := j.append(ctx, logRef, tip, []archived{f, {"prompt/refund/x.json", []byte("{")}}, "forged", false, nil); err != nil {
		t.Fatal(err)
	}
	c, err := Registry{Root: top}.Chronicle(ctx, KindPrompt, "refund", 0, nil)
	if err != nil || len(c.Damaged) != 2 || c.Labels[0].Note != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if m := move(t, top, "refund@1.1.0", "production"); m.From != "1.0.0" {
		t.Errorf("%+v", m)
	}
}

// A clock that goes wrong does not change the order of what was known.
func TestLogClock(t *testing.T) {
	now := time.Now()
	if got := after([]Entry{{Time: now.Add(time.Hour)}, {Time: now}}, now); !got.After(now.Add(time.Hour)) {
		t.Error(got)
	}
	if got := after(nil, now); !got.Equal(now) {
		t.Error(got)
	}
}

func FuzzTree(f *testing.F) {
	tree, err := format{}.tree([]leaf{{modeFile, "b", strings.Repeat("0a", 20)}, {modeTree, "a", strings.Repeat("ff", 20)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(tree.data, false)
	f.Add([]byte("100644 a\x00"), true)
	f.Add([]byte("40000 \x00aaaaaaaaaaaaaaaaaaaa"), false)
	f.Fuzz(func(t *testing.T, data []byte, long bool) {
		all, err := format{long}.entries(data)
		if err != nil {
			return
		}
		again, err := format{long}.tree(all)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := (format{long}).entries(again.data); err != nil || len(back) != len(all) {
			t.Errorf("%d entries, %d after writing them: %v", len(all), len(back), err)
		}
	})
}

func FuzzEntry(f *testing.F) {
	e := Entry{Time: time.Unix(1, 0).UTC(), Who: "t <t@e>", Kind: KindPrompt, Name: "a/b", Label: "production", Action: ActionRollback, From: "1.0.0", To: "0.9.0", Why: "x"}
	file, err := e.file()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file.data)
	f.Add([]byte(`{"time":"0001-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseEntry(archived{stampName(time.Unix(1, 0), data) + ".json", data})
		if err != nil {
			return
		}
		if got.Label == "" || got.Time.IsZero() {
			t.Errorf("%+v", got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Error(err)
		}
	})
}

func FuzzIdentity(f *testing.F) {
	f.Add("Ada <ada@example> 1700000000 +0100")
	f.Add("> <")
	f.Fuzz(func(t *testing.T, s string) {
		who, at, ok := cutIdentity(s)
		if ok && (at.IsZero() || !strings.HasSuffix(who, ">")) || !strings.HasPrefix(s, who) {
			t.Errorf("%q: %q, %v, %v", s, who, at, ok)
		}
		email(who)
	})
}
