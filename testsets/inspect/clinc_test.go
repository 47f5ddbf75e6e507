package inspect

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/GaboBase/arch-genops/testsets"
)

// clinc returns the test split and the training split of CLINC150.
func clinc(t testing.TB) (test, train *testsets.Set) {
	data, err := os.ReadFile("../../../shared/data/clinc150/data_full.json")
	if err != nil {
		t.Skipf("no real data here: %v", err)
	}
	if test, err = testsets.Read("test.json", data, testsets.Options{}); err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	rows := append([]byte(`{"train": `), all["train"]...)
	if train, err = testsets.Read("train.json", append(rows, '}'), testsets.Options{}); err != nil {
		t.Fatal(err)
	}
	return test, train
}

// TestCLINC150: its authors removed duplicates; near ones are left.
func TestCLINC150(t *testing.T) {
	test, train := clinc(t)
	r := report(t, test, Options{Bar: 0.9, Against: train})
	if r.Cases != 5500 || len(r.Labels.Counts) != 151 || r.Labels.Counts[0] != (Count{"oos", 1000}) {
		t.Errorf("%d cases, %v", r.Cases, r.Labels.Counts[0])
	}
	if l := r.Leaks[0]; l.Near < 50 || l.Near > 1000 {
		t.Errorf("%d exact, %d near, %d conflicts", l.Exact, l.Near, l.Conflicts)
	}
	t.Logf("duplicates %d, near pairs %d (%d conflicts); into train: %d exact, %d near, %d conflicts", r.Duplicates.Cases, r.Near.Pairs, r.Near.Conflicts,
		r.Leaks[0].Exact, r.Leaks[0].Near, r.Leaks[0].Conflicts)
}

func BenchmarkInspectCLINC150(b *testing.B) {
	test, train := clinc(b)
	b.Run("test", func(b *testing.B) {
		for b.Loop() {
			report(b, test, Options{Bar: 0.9})
		}
	})
	b.Run("train", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := Twins(context.Background(), train, 0, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
