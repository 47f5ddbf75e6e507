package evals

import (
	"fmt"
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/testsets"
)

func casesNamed(ids ...string) []testsets.Case {
	out := make([]testsets.Case, len(ids))
	for i, id := range ids {
		out[i] = testsets.Case{ID: id, Weight: 1}
	}
	return out
}

func drawn(cases []testsets.Case, order []int) []string {
	out := make([]string, len(order))
	for pos, i := range order {
		out[pos] = cases[i].ID
	}
	return out
}

// The order decides which evidence a gate sees: it must not change between
// versions or machines.
func TestDrawOrderIsFixed(t *testing.T) {
	cases := casesNamed("a", "b", "c", "d", "e", "f")
	order, units := drawOrder(cases, 42, nil)
	if got := fmt.Sprint(drawn(cases, order)); got != "[a d b e c f]" || len(units) != 6 {
		t.Errorf("drawn %s in %d units", got, len(units))
	}
	if got := DefaultSeed("sha256:1", "sha256:2"); got != 5785716919207728 {
		t.Errorf("default seed %d", got)
	}
}

func TestDefaultSeedFitsJSON(t *testing.T) {
	seen := map[uint64]bool{}
	for i := range 1000 {
		s := DefaultSeed(fmt.Sprint(i), "set")
		if s >= 1<<53 || seen[s] || s == DefaultSeed(fmt.Sprint(i), "other") || s != DefaultSeed(fmt.Sprint(i), "set") {
			t.Fatalf("seed %d of release %d", s, i)
		}
		seen[s] = true
	}
}

// Over many seeds every case stands equally often at every place, and follows
// every other one equally often.
func TestDrawOrderIsUniform(t *testing.T) {
	const n, seeds = 6, 12000
	cases := casesNamed("a", "b", "c", "d", "e", "f")
	var places, pairs [n][n]float64
	for seed := range uint64(seeds) {
		order, _ := drawOrder(cases, seed, nil)
		for pos, i := range order {
			places[i][pos]++
			if pos > 0 {
				pairs[order[pos-1]][i]++
			}
		}
	}
	var atPlaces, ofPairs float64 // chi-squared
	for i := range n {
		for j := range n {
			want := float64(seeds) / n
			atPlaces += (places[i][j] - want) * (places[i][j] - want) / want
			if want = float64(seeds) / n; i != j {
				ofPairs += (pairs[i][j] - want) * (pairs[i][j] - want) / want
			}
		}
	}
	// 25 and 29 degrees of freedom: beyond 60 in fewer than one case in 1,000.
	if atPlaces > 60 || ofPairs > 60 {
		t.Errorf("chi-squared of places %.1f, of pairs %.1f", atPlaces, ofPairs)
	}
}

func clustered() []testsets.Case {
	var cases []testsets.Case
	for i := range 40 {
		c := testsets.Case{ID: fmt.Sprintf("c%02d", i), Weight: 1}
		if i%4 != 0 {
			c.Cluster = fmt.Sprintf("k%d", i%7)
		}
		cases = append(cases, c)
	}
	return cases
}

func TestDrawOrderKeepsClustersWhole(t *testing.T) {
	cases := clustered()
	order, units := drawOrder(cases, 7, nil)
	if got := slices.Sorted(slices.Values(order)); len(got) != 40 || got[0] != 0 || got[39] != 39 {
		t.Fatalf("not every case once: %v", got)
	}
	seen := map[string]bool{}
	end := 0
	for _, u := range units {
		if u.start != end || u.end <= u.start {
			t.Fatalf("units do not follow each other: %v", units)
		}
		end = u.end
		cluster := cases[order[u.start]].Cluster
		if seen[cluster] || cluster == "" && u.end-u.start != 1 {
			t.Errorf("unit %v of cluster %q", u, cluster)
		}
		seen[cluster] = cluster != ""
		for pos := u.start; pos < u.end; pos++ {
			if cases[order[pos]].Cluster != cluster || pos > u.start && order[pos] < order[pos-1] {
				t.Errorf("unit %v holds %v", u, order[u.start:u.end])
			}
		}
	}
	if end != 40 {
		t.Errorf("the units end at %d", end)
	}
}

// What is left out does not move the rest.
func TestDrawOrderOfASubset(t *testing.T) {
	cases := clustered()
	order, _ := drawOrder(cases, 7, nil)
	whole := drawn(cases, order)
	var some []testsets.Case
	for i, c := range cases {
		if i%3 != 0 {
			some = append(some, c)
		}
	}
	order, _ = drawOrder(some, 7, nil)
	got := drawn(some, order)
	if want := slices.DeleteFunc(whole, func(id string) bool { return !slices.Contains(got, id) }); !slices.Equal(got, want) {
		t.Errorf("drawn %v\nwant  %v", got, want)
	}
}

// What another run drew comes first, in its order, and the rest as ever.
func TestDrawOrderAfterAnother(t *testing.T) {
	cases := clustered()
	order, units := drawOrder(cases, 7, nil)
	first := drawn(cases, order)[:units[11].end]
	order, again := drawOrder(cases, 99, first)
	got := drawn(cases, order)
	if !slices.Equal(got[:len(first)], first) || !slices.Equal(units[:12], again[:12]) {
		t.Errorf("drawn %v\nwant first %v", got, first)
	}
	other, _ := drawOrder(cases, 99, nil)
	rest := slices.DeleteFunc(drawn(cases, other), func(id string) bool { return slices.Contains(first, id) })
	if !slices.Equal(got[len(first):], rest) {
		t.Errorf("the rest is %v, want %v", got[len(first):], rest)
	}
}
