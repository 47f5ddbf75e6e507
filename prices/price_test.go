package prices

import (
	"math"
	"testing"
	"time"
)

var long = Price{Input: 2, CachedInput: 0.5, CacheWrite: 2.5, Output: 10, MaxOutputTokens: 1000,
	Long: &Long{Above: 200_000, Input: 4, CachedInput: 1, CacheWrite: 5, Output: 15}}

func TestCost(t *testing.T) {
	for _, test := range []struct {
		price                             Price
		input, cached, cacheWrite, output int
		want                              float64
	}{
		{long, 1e5, 0, 0, 0, 0.2},
		{long, 0, 0, 0, 1e6, 10},
		{long, 1e5, 4e4, 1e4, 1e4, 0.1 + 0.02 + 0.025 + 0.1},
		{long, 200_000, 0, 0, 0, 0.4},
		{long, 200_001, 0, 1, 1e5, 0.8 + 0.000005 + 1.5},
		{long, 10, 20, 0, 0, 20 * 0.5 / 1e6}, // more cached than there was
		{long, -5, -1, -1, -1, 0},
		{Price{}, 1e9, 0, 0, 1e9, 0},
	} {
		if got := test.price.Cost(test.input, test.cached, test.cacheWrite, test.output); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestWorst(t *testing.T) {
	for _, test := range []struct {
		price         Price
		bytes, tokens int
		want          float64
	}{
		{long, 1e5, 100, 0.25 + 0.001},
		{long, 1e5, 0, 0.25 + 0.01},
		{long, 1e6, 100, 5 + 0.0015},
		{long, 1e6, 0, 5 + 0.015},
		{Price{Input: 1, Output: 1}, 10, 0, math.Inf(1)},
		{Price{Input: 1}, 1e6, 0, 1},
		{Price{}, 1e6, 0, 0},
		{Price{Input: 1, CachedInput: 3, Output: 1}, 1e6, 1e6, 4},
	} {
		if got := test.price.Worst(test.bytes, test.tokens); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// No call with at most a token for each byte costs more than Worst.
func TestWorstBoundsCost(t *testing.T) {
	for _, e := range Default().Entries() {
		for _, bytes := range []int{0, 1, 1000, 99_999, 100_001, 200_001, 272_001, 2_000_000} {
			worst := e.Worst(bytes, 500)
			for _, input := range []int{0, bytes / 2, bytes} {
				for _, parts := range [][2]int{{0, 0}, {input, 0}, {0, input}, {input / 3, input / 3}} {
					if cost := e.Cost(input, parts[0], parts[1], 500); cost > worst+1e-12 {
						t.Fatalf("%s %s: %d of %d bytes, parts %v: %v is more than %v", e.Provider, e.Model, input, bytes, parts, cost, worst)
					}
				}
			}
		}
	}
}

func TestOld(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for asOf, want := range map[string]bool{"": false, "nonsense": false, "2026-11-22": false, "2026-08-24": false, "2026-08-23": true, "2027-01-01": false} {
		if got := (Price{AsOf: asOf}).Old(now); got != want {
			t.Errorf("%q: %v", asOf, got)
		}
	}
}

func TestSame(t *testing.T) {
	same, other := long, long
	same.AsOf, same.Source, same.Context = "2026-01-01", "x", 5
	l := *long.Long
	same.Long = &l
	if !long.Same(same) || !same.Same(long) {
		t.Error("dates and sources do not change a price")
	}
	l2 := l
	l2.Output++
	other.Long = &l2
	if long.Same(other) || long.Same(Price{}) || (Price{}).Same(long) {
		t.Error("another long price is another price")
	}
}
