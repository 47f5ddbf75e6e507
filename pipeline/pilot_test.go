package pipeline_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// planOf is a plan of n items; makers says who makes the one at a position.
func planOf(n int, makers func(i int) []string) pipeline.PlannedSource {
	return func(yield func(*pipeline.Planned) error) error {
		seq := int64(0)
		for i := range n {
			for _, m := range makers(i) {
				p := &pipeline.Planned{Seq: seq, Item: pipeline.Item{ID: fmt.Sprint("item-", i)}, Request: pipeline.Request{Media: &pipeline.MediaJob{Provider: m}}}
				if err := yield(p); err != nil {
					return err
				}
				seq++
			}
		}
		return nil
	}
}

func TestPilotIsSpread(t *testing.T) {
	for seed := range 50 {
		only, items, err := pipeline.PilotOf(20, fmt.Sprint(seed), planOf(500, func(int) []string { return []string{"a", "b"} }))
		if err != nil || items != 20 || len(only) != 40 {
			t.Fatalf("%d items, %d requests, %v; want 20 with 2 each", items, len(only), err)
		}
		columns := map[int64]bool{} // of a matrix with ten of them
		for k, seq := range slices.Sorted(maps.Keys(only)) {
			item := seq / 2
			if part := int64(k / 2); item < part*25 || item >= (part+1)*25 {
				t.Errorf("seed %d: item %d does not stand for part %d", seed, item, part)
			}
			columns[item%10] = true
		}
		if len(columns) < 4 {
			t.Errorf("seed %d: the pilot sees %d of 10 columns", seed, len(columns))
		}
	}
}

func TestPilotHasEachGenerator(t *testing.T) {
	only, items, err := pipeline.PilotOf(3, "x", planOf(300, func(i int) []string {
		if i >= 290 && i != 299 {
			return []string{"rare"}
		}
		return []string{"common"}
	}))
	if err != nil || items < 3 || items > 4 {
		t.Fatalf("%d items, %v", items, err)
	}
	rare := 0
	for seq := range only {
		if seq >= 290 && seq != 299 {
			rare++
		}
	}
	if rare != 1 {
		t.Errorf("%d requests of the rare generator in %v", rare, only)
	}
	only, items, err = pipeline.PilotOf(1000, "x", planOf(5, func(int) []string { return []string{"a"} }))
	if err != nil || items != 5 || len(only) != 5 {
		t.Errorf("more than there is: %d items, %d requests, %v", items, len(only), err)
	}
	if only, items, err = pipeline.PilotOf(3, "x", planOf(0, nil)); err != nil || items != 0 || len(only) != 0 {
		t.Errorf("of nothing: %d items, %v", items, err)
	}
}

func TestSynthesisOfAPart(t *testing.T) {
	r := newRun(t, 40)
	p := &painter{}
	s := synthesis(r, p)
	s.Only = map[int64]bool{3: true, 30: true}
	var last pipeline.SynthesisProgress
	s.Progress = func(p pipeline.SynthesisProgress) { last = p }
	if err := s.Run(t.Context(), 40, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 2 || len(p.made) != 2 {
		t.Errorf("%d records, %d made", ok, len(p.made))
	}
	if g := last.Providers[0]; g.Done != 2 || g.Queued != 0 {
		t.Errorf("the view ends with %+v", g)
	}
	if err := synthesis(r, p).Run(t.Context(), 40, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 40 || len(p.made) != 40 {
		t.Errorf("then %d records, %d made", ok, len(p.made))
	}
}
