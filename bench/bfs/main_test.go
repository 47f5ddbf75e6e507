package main

import (
	"testing"
	"testing/synctest"
)

// The model of layer 2 is compared with the real pipeline.Synthesis, which runs
// whole scenarios under a false clock: the makespan must agree within a few
// percent, and the 429s in their order of magnitude.
func TestModelIsThePipeline(t *testing.T) {
	for _, name := range []string{"paid", "untold", "tail", "small"} {
		t.Run(name, func(t *testing.T) {
			list, err := chosen(name)
			if err != nil {
				t.Fatal(err)
			}
			sc := list[0]
			sc.twins, sc.optimize = 0, 0
			for seed := range uint64(2) {
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					c, err := synthesized(&sc, seed, dir)
					if err != nil {
						t.Fatal(err)
					}
					t.Log(c)
					if ratio := c.real.Seconds() / c.model.Seconds(); ratio < 0.95 || ratio > 1.05 {
						t.Errorf("the makespan is %.3f of the model's", ratio)
					}
				})
			}
		})
	}
}
