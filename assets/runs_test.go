package assets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRunsFind(t *testing.T) {
	runs := RunsOf(t.TempDir())
	if _, err := runs.Find("latest"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without any: %v", err)
	}
	for _, name := range []string{"20260101-000000.000-a-1aaaaa", "20260101-000000.000-b-2bbbbb", "20260102-000000.123-a-1aaaaa-02", "notes"} {
		if err := os.MkdirAll(filepath.Join(runs.Dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for ref, want := range map[string]string{
		"latest":                       "20260102-000000.123-a-1aaaaa-02",
		"20260101-000000.000-b-2bbbbb": "20260101-000000.000-b-2bbbbb",
		"20260102":                     "20260102-000000.123-a-1aaaaa-02",
		"2bbbbb":                       "20260101-000000.000-b-2bbbbb",
		"20260101":                     "",
		"":                             "",
		"notes":                        "",
		"zzz":                          "",
	} {
		f, err := runs.Find(ref)
		if f.ID != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", ref, f.ID, err)
		}
	}
}

func TestWriteFileIsWholeOrAbsent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for _, text := range []string{"one", "two"} {
		if err := WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(path); string(data) != text {
			t.Errorf("%q", data)
		}
	}
	if err := WriteFile(filepath.Join(dir, "absent", "x"), nil); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
