package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/judges"
)

// What the figures tell is said in words, and nothing that chance may tell as well.
func TestCalibratedInShort(t *testing.T) {
	for name, c := range map[string]struct {
		cells [4]int // both pass, only the judge, only people, neither
		says  string
	}{
		"good":       {[4]int{45, 3, 2, 30}, ""},
		"too kind":   {[4]int{45, 20, 2, 20}, "too kind: it passes 20 bad answers and fails 2 good ones"},
		"too strict": {[4]int{30, 1, 20, 30}, "too strict: it fails 20 good answers and passes 1 bad ones"},
		"by chance":  {[4]int{20, 20, 20, 20}, "no more than chance would"},
		"one answer": {[4]int{60, 20, 0, 0}, "no more than chance would"},
	} {
		var items []judges.Item
		for k, n := range c.cells {
			for range n {
				pass := k < 2
				items = append(items, judges.Item{Case: fmt.Sprint(len(items)), Label: float64((k + 1) % 2), Scores: []judges.Word{{Pass: pass, Score: map[bool]float64{true: 1}[pass]}}})
			}
		}
		a := judges.Assess(items, 0, 0.5)
		text := strings.Join(calibratedInShort(&a), " ")
		if c.says == "" && text != "" || !strings.Contains(text, c.says) {
			t.Errorf("%s: %q, want %q", name, text, c.says)
		}
	}
}
