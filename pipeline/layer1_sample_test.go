package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// matrix is a brief of one item with dimensions of the given sizes.
func matrix(sizes ...int) *Brief {
	b := &Brief{Name: "m", Top: Ask{}}
	for d, n := range sizes {
		slot := Slot{Name: string(rune('a' + d))}
		for v := range n {
			slot.Values = append(slot.Values, fmt.Sprint("v", v))
		}
		b.Top.Slots = append(b.Top.Slots, slot)
		b.Top.Prompt.Text += "{{" + slot.Name + "}} "
	}
	return b
}

// counts is how often each alternative stands in the items, by dimension.
func counts(items []Item) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, i := range items {
		for k, v := range i.Vars {
			if all[k] == nil {
				all[k] = map[string]int{}
			}
			all[k][v]++
		}
	}
	return all
}

// TestSampleIsBalanced: every alternative of a dimension stands in ⌊n/k⌋ or
// ⌈n/k⌉ combinations, none stands there twice.
func TestSampleIsBalanced(t *testing.T) {
	for _, c := range []struct {
		n     int
		sizes []int
	}{
		{20, []int{4, 5, 3}}, {7, []int{10, 10}}, {50, []int{10, 10}}, {99, []int{10, 10}}, {30, []int{6, 6}}, {1000, []int{100, 100, 100}},
		{200, []int{300, 300, 300}}, {1, []int{9, 9}}, {59, []int{3, 4, 5}}, {12, []int{2, 2, 2, 2}},
	} {
		for seed := range uint64(5) {
			b := matrix(c.sizes...)
			s := Seed(seed)
			b.Top.Sample, b.Top.Seed = &c.n, &s
			items, notes := expanded(t, b, ItemOptions{})
			if len(items) != c.n || len(notes) != 0 {
				t.Fatalf("%v: %d items, want %d; %v", c.sizes, len(items), c.n, notes)
			}
			subjects := map[string]bool{}
			for _, i := range items {
				subjects[i.Prompt.Subject] = true
			}
			if len(subjects) != c.n {
				t.Errorf("%v, %d: %d different combinations", c.sizes, c.n, len(subjects))
			}
			// The complement of a balanced sample of a full product is balanced
			// too, but its counts may be ⌊n/k⌋ - 1 … ⌈n/k⌉ + 1 by rounding.
			standing := counts(items)
			for d, k := range c.sizes {
				name := string(rune('a' + d))
				for v := range k {
					n := standing[name][fmt.Sprint("v", v)]
					if n < c.n/k-1 || n > (c.n+k-1)/k+1 || 2*c.n <= product(c.sizes) && (n < c.n/k || n > (c.n+k-1)/k) {
						t.Errorf("%v, sample %d, seed %d: %s=v%d stands in %d", c.sizes, c.n, seed, name, v, n)
					}
				}
			}
		}
	}
}

func product(sizes []int) int {
	p := 1
	for _, s := range sizes {
		p *= s
	}
	return p
}

// TestSampleWithExclusions: none of what is excluded, and still about balanced.
func TestSampleWithExclusions(t *testing.T) {
	for seed := range uint64(10) {
		b := matrix(6, 6, 4)
		n, s := 36, Seed(seed)
		b.Top.Sample, b.Top.Seed = &n, &s
		b.Top.Exclude = []Exclusion{
			{Pairs: []Slot{{Name: "a", Values: []string{"v0"}}, {Name: "b", Values: []string{"v1", "v2"}}}},
			{Pairs: []Slot{{Name: "b", Values: []string{"v5"}}, {Name: "c", Values: []string{"v3"}}}},
			{Pairs: []Slot{{Name: "a", Values: []string{"v4"}}}},
		}
		items, _ := expanded(t, b, ItemOptions{})
		if len(items) != n {
			t.Fatalf("%d items", len(items))
		}
		for _, i := range items {
			v := i.Vars
			if v["a"] == "v0" && (v["b"] == "v1" || v["b"] == "v2") || v["b"] == "v5" && v["c"] == "v3" || v["a"] == "v4" {
				t.Errorf("%v is excluded", v)
			}
		}
		for name, k := range map[string]int{"a": 5, "b": 6, "c": 4} {
			for v, got := range counts(items)[name] {
				if want := n / k; got < want-2 || got > want+3 {
					t.Errorf("seed %d: %s=%s stands in %d, about %d are right", seed, name, v, got, want)
				}
			}
		}
	}
}

// TestSampleOfFew: who asks for more than there is gets all, and is told.
func TestSampleOfFew(t *testing.T) {
	b := matrix(2, 3)
	n := 10
	b.Top.Sample = &n
	items, notes := expanded(t, b, ItemOptions{})
	if len(items) != 6 || len(notes) != 1 || !strings.Contains(notes[0].Say, "there are only 6 combinations; all are made") {
		t.Errorf("%d items, %v", len(items), notes)
	}
	// A large product of which hardly anything is allowed.
	b = matrix(200, 200, 200)
	n, b.Top.Sample = 50, &n
	b.Top.Exclude = []Exclusion{{Pairs: []Slot{{Name: "a", Values: b.Top.Slots[0].Values[1:]}}}, {Pairs: []Slot{{Name: "b", Values: b.Top.Slots[1].Values[1:]}}}}
	items, _ = expanded(t, b, ItemOptions{})
	if len(items) != 50 {
		t.Errorf("%d items", len(items))
	}
}

// TestSampleDependsOnSeedAlone: no other entry, and another seed another sample.
func TestSampleDependsOnSeedAlone(t *testing.T) {
	draw := func(seed uint64) []string {
		b := matrix(10, 10)
		n, s := 10, Seed(seed)
		b.Top.Sample, b.Top.Seed = &n, &s
		items, _ := expanded(t, b, ItemOptions{})
		var out []string
		for _, i := range items {
			out = append(out, i.ID)
		}
		return out
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Errorf("%v %v %v", draw(1), draw(1), draw(2))
	}
}

// TestHardSample: exclusions that leave no balance end in a sample all the same.
func TestHardSample(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	b := matrix(100, 100, 100)
	n := 50_000
	b.Top.Sample = &n
	half := func(slot int) []string { return b.Top.Slots[slot].Values[:50] }
	b.Top.Exclude = []Exclusion{
		{Pairs: []Slot{{Name: "a", Values: half(0)}, {Name: "b", Values: half(1)}}},
		{Pairs: []Slot{{Name: "b", Values: b.Top.Slots[1].Values[50:]}, {Name: "c", Values: b.Top.Slots[2].Values[1:]}}},
	}
	began := time.Now()
	items, notes := expanded(t, b, ItemOptions{})
	took := time.Since(began)
	t.Logf("%d items in %v", len(items), took)
	if len(items) != n || len(notes) != 0 {
		t.Errorf("%d items in %v, %v", len(items), took, notes)
	}
}
