package judged_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
	"github.com/GaboBase/arch-genops/validators/judged/recorded"
)

var peerModes = []judged.Mode{judged.Exact, judged.ExactSchema, judged.Old, judged.OldSchema}

// TestRecorded replays our own recorded cases, and those beside the repository
// where they are.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if shared := "../../../shared/parity/deepeval.json"; exists(shared) {
		files = append(files, shared)
	}
	seen := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		records, err := recorded.Read(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, r := range records {
			for _, mode := range peerModes {
				seen += replay(t, r, mode)
			}
		}
	}
	if seen == 0 {
		t.Error("no record was replayed")
	}
	t.Logf("%d measurements", seen)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func replay(t *testing.T, r recorded.Record, mode judged.Mode) int {
	want, ok, err := r.ExpectedIn(mode)
	if err != nil {
		t.Fatalf("%s: %v", r.ID, err)
	}
	if !ok {
		return 0
	}
	got, err := r.Run(t.Context(), mode)
	if pass, score := want.Equal(got, err); !pass || !score {
		t.Errorf("%s %v (%s): got score %v raw %v pass %v err %v; want score %s success %v error %+v",
			r.ID, mode, r.Note, got.Score, got.Raw, got.Pass, err, want.Score, want.Success, want.Error)
	}
	return 1
}
