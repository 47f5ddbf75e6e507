package cli

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/GaboBase/arch-genops/testsets"
)

// The material of a test set, and what each answer is compared with, is the same each
// time: a check that was cut short goes on with it.
func TestMaterialOfASetIsTheSame(t *testing.T) {
	cases := map[string]testsets.Case{}
	for i := range 20 {
		id := fmt.Sprintf("c%02d", i)
		cases[id] = testsets.Case{ID: id, Input: "one input", Metadata: map[string]any{"actual_output": "answer " + id}}
	}
	first := &material{}
	fromSet(first, cases)
	first.pairUp()
	for range 5 {
		again := &material{}
		fromSet(again, cases)
		if again.pairUp(); !reflect.DeepEqual(again, first) {
			t.Fatalf("%v\n%v", again.others, first.others)
		}
	}
}
