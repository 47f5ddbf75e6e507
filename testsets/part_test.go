package testsets

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"testing"
)

// labelled makes a set of n cases whose labels are of unequal size.
func labelledSet(n int) *Set {
	s := &Set{Name: "s", Path: "s.json"}
	for i := range n {
		label := []string{"a", "a", "a", "a", "b", "b", "c"}[i%7]
		s.Cases = append(s.Cases, Case{ID: fmt.Sprintf("k%04d", i), Input: "x", Expected: label, Weight: 1, Slice: map[string]string{"lang": fmt.Sprint(i % 3)}})
	}
	s.Labels = []string{"a", "b", "c"}
	return s
}

// TestPartIsProportional: each part has its share of the set and of each label.
func TestPartIsProportional(t *testing.T) {
	for _, shares := range [][]float64{{80, 20}, {1, 1, 1}, {200, 500}, {8, 1, 1}} {
		s := labelledSet(700)
		part, err := s.Part(Parting{Shares: shares, By: "label", Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		var total float64
		for _, x := range shares {
			total += x
		}
		count := map[string]float64{}
		for i, p := range part {
			count[fmt.Sprint(p, s.Cases[i].Expected)]++
			count[fmt.Sprint(p)]++
		}
		for k, x := range shares {
			for label, n := range map[string]float64{"a": 400, "b": 200, "c": 100} {
				if want := x / total * n; math.Abs(count[fmt.Sprint(k, label)]-want) > 2 {
					t.Errorf("%v: part %d has %v of %s, want about %.1f", shares, k, count[fmt.Sprint(k, label)], label, want)
				}
			}
			if want := x / total * 700; math.Abs(count[fmt.Sprint(k)]-want) >= 1 {
				t.Errorf("%v: part %d has %v cases, want %.1f", shares, k, count[fmt.Sprint(k)], want)
			}
		}
	}
}

// TestPartOfManySmallStrata: a hundred labels of three cases still split 80/20.
func TestPartOfManySmallStrata(t *testing.T) {
	s := &Set{}
	for i := range 300 {
		s.Cases = append(s.Cases, Case{ID: fmt.Sprint(i), Expected: fmt.Sprint("label", i/3)})
	}
	part, err := s.Part(Parting{Shares: []float64{4, 1}, By: "label"})
	if n := len(part) - sum(part); err != nil || n != 240 {
		t.Errorf("%d in the first part, %v", n, err)
	}
}

func sum(xs []int) (n int) {
	for _, x := range xs {
		n += x
	}
	return n
}

func TestPartIsDeterministic(t *testing.T) {
	s := labelledSet(100)
	of := func(s *Set, seed uint64) map[string]int {
		part, err := s.Part(Parting{Shares: []float64{1, 1}, By: "slice.lang", Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for i, p := range part {
			got[s.Cases[i].ID] = p
		}
		return got
	}
	first := of(s, 1)
	slices.Reverse(s.Cases)
	if fmt.Sprint(of(s, 1)) != fmt.Sprint(first) {
		t.Error("the order of the cases matters")
	}
	if fmt.Sprint(of(s, 2)) == fmt.Sprint(first) {
		t.Error("the seed does not matter")
	}
}

func TestPartKeepsClusters(t *testing.T) {
	s := labelledSet(200)
	for i := range s.Cases {
		if i%2 == 0 {
			s.Cases[i].Cluster = fmt.Sprint("thread", i/20)
		}
	}
	together := [][]int{{1, 3, 5}, {5, 0}}
	part, err := s.Part(Parting{Shares: []float64{3, 1}, Seed: 5, Together: together})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, p := range part {
		c := s.Cases[i].Cluster
		if q, ok := at[c]; ok && c != "" && q != p {
			t.Fatalf("cluster %s is in parts %d and %d", c, p, q)
		}
		at[c] = p
	}
	if part[1] != part[3] || part[5] != part[1] || part[0] != part[1] {
		t.Errorf("what belongs together is in parts %v", part[:6])
	}
	if n := sum(part); n < 40 || n > 60 {
		t.Errorf("%d of 200 in the second part, want about 50", n)
	}
}

func TestPartErrors(t *testing.T) {
	s := labelledSet(10)
	for want, p := range map[string]Parting{
		"no shares: invalid argument":                                     {},
		"a share of 0 is not positive: invalid argument":                  {Shares: []float64{1, 0}},
		`"lable" is not known; known: label, slice.KEY: invalid argument`: {Shares: []float64{1}, By: "lable"},
		`no case has a slice "land"; known: lang: invalid argument`:       {Shares: []float64{1}, By: "slice.land"},
		"a share of NaN is not positive: invalid argument":                {Shares: []float64{math.NaN()}},
	} {
		if _, err := s.Part(p); !errors.Is(err, fs.ErrInvalid) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSubset(t *testing.T) {
	s := labelledSet(14)
	sub := s.Subset("part", func(i int) bool { return i%7 < 5 })
	if len(sub.Cases) != 10 || !slices.Equal(sub.Labels, []string{"a", "b"}) || sub.Name != "part" || len(s.Cases) != 14 {
		t.Errorf("%+v", sub)
	}
	s.Labels = []string{"c", "b", "a", "d"} // declared
	if sub := s.Subset("part", func(i int) bool { return i == 0 }); len(sub.Labels) != 4 {
		t.Errorf("declared labels: %v", sub.Labels)
	}
}
