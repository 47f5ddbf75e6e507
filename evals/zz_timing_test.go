package evals

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestZZTiming(t *testing.T) {
	for _, w := range []int{50, 50, 50, 16, 200} {
		p := newProject(t, labelled(5000), nil)
		o := p.options(t, echo, "intent_accuracy>=0.9")
		o.Full, o.Fresh, o.Width = true, true, w
		t0 := time.Now()
		began := t0
		m, err := o.manifest(began)
		t1 := time.Now()
		pl, err2 := newPlan(m, o.Set, o.Deps)
		t2 := time.Now()
		ta, err3 := newTally(pl)
		r := &runner{Options: o, plan: pl, tally: ta, began: began, sends: make([]int, len(pl.cases)*pl.repeats)}
		err4 := r.open(context.Background(), m)
		t3 := time.Now()
		err5 := r.run(context.Background())
		t4 := time.Now()
		err6 := r.ledger.Close()
		t5 := time.Now()
		_, err7 := r.finish()
		t6 := time.Now()
		t.Log(w, "manifest", t1.Sub(t0), "plan", t2.Sub(t1), "open", t3.Sub(t2), "run", t4.Sub(t3), "close", t5.Sub(t4), "finish", t6.Sub(t5), errors.Join(err, err2, err3, err4, err5, err6, err7))
	}
}
