package evals

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// open resumes an unfinished run, or makes a new one.
func (r *runner) open(m *Manifest) (err error) {
	r.m = m
	if !r.Fresh && r.Release.Untraceable == "" {
		var old *Manifest
		if r.folder, old, r.ledger, err = RunsOf(r.Root).resumable(m); err != nil {
			return err
		}
		if r.ledger != nil {
			r.m, r.resumed = old, true
			r.folder.RemoveTemporary()
		}
	}
	if r.ledger == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	if err = r.folder.Claim(); err == nil {
		err = r.remember()
	}
	if err == nil {
		err = r.openBook()
	}
	if err == nil {
		err = r.load()
	}
	if err != nil {
		return errors.Join(err, r.closeBook(), r.ledger.Close())
	}
	c := r.tally.countCases()
	r.kept = c.Judged + c.Unjudged
	return nil
}

// create makes a new run. Its manifest comes last, when this process holds the
// ledger and what is carried stands in it: nobody resumes a run before.
func (r *runner) create() (err error) {
	if r.folder, err = RunsOf(r.Root).create(r.m, r.SetData); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	if r.ledger, err = assets.OpenLedger(r.folder.path(assets.LedgerFile)); err == nil {
		if err = r.takeOver(); err == nil {
			err = r.folder.writeManifest(r.m)
		}
		if err != nil {
			err = errors.Join(err, r.ledger.Close())
		}
	}
	if err != nil {
		os.RemoveAll(r.folder.Dir)
	}
	return err
}

// remember notes in the manifest what was tried before with the rules. What
// other runs decided while this one lay unfinished came before it too.
func (r *runner) remember() error {
	prior, damaged, err := priorTries(r.Root, r.m)
	if err != nil {
		return fmt.Errorf("reading earlier evidence: %w", err)
	}
	r.damaged = damaged
	if slices.Equal(prior, r.m.Prior) {
		return nil
	}
	r.m.Prior = prior
	return r.folder.writeManifest(r.m)
}

// load takes in what the ledger already holds.
func (r *runner) load() error {
	var open []assets.Call
	found := map[slot]*Judgement{}
	err := r.ledger.Calls(func(c assets.Call) error {
		at, ok := r.plan.at(c.Seq)
		if !ok {
			return fmt.Errorf("run %s: ledger record %d (%s) does not belong to this test set", r.m.Run, c.Seq, c.ID)
		}
		r.sends[c.Seq] = c.Sends
		if c.State != assets.Done {
			open = append(open, c)
			return nil
		}
		j, err := decodeJudgement(c)
		if err != nil {
			return fmt.Errorf("run %s: %w", r.m.Run, err)
		}
		r.records.set(c)
		if j.State == toJudge {
			r.leave(at, j)
			return nil
		}
		found[at] = j
		return r.known(c, j)
	})
	if err != nil {
		return err
	}
	if err := r.takeIn(found); err != nil {
		return err
	}
	r.bookLost(open)
	if r.RepeatAmbiguous {
		return nil
	}
	for _, c := range open {
		at, _ := r.plan.at(c.Seq)
		if r.plan.request(at).Dialogue != nil && !r.book.Log(c.Seq).Open() {
			continue // every turn that was sent was answered
		}
		r.record(at, c.Key, &Judgement{State: errored, CalledAt: r.began.Unix(),
			Error: "its fate is unknown since a crash, and evals.ambiguous is hold"})
	}
	return r.err
}

// takeIn counts what earlier starts of the run found out. Of a pair whose calls
// lie too far apart, the older one is made again.
func (r *runner) takeIn(found map[slot]*Judgement) error {
	var again []assets.Call
	for at, j := range found {
		seq := r.plan.seq(at)
		if r.purse != nil && r.sends[seq] > 0 {
			r.bookPaid(at, j)
		}
		r.bookJudging(j)
		key, err := r.plan.request(at).Key()
		if err != nil {
			return err
		}
		if r.outlived(found, at) {
			r.records[seq] = record{}
			if r.plan.request(at).Dialogue != nil {
				r.book.Log(seq).Forget()
			}
			again = append(again, assets.Call{Seq: seq, ID: r.plan.requestID(at), Key: key, Sends: r.sends[seq]})
			continue
		}
		r.keep(at, key, j)
		j.slim()
		r.tally.add(at, j)
	}
	return r.ledger.Sent(again)
}

// bookLost takes calls whose answer a crash took for carried out and paid.
func (r *runner) bookLost(open []assets.Call) {
	for _, c := range open {
		at, _ := r.plan.at(c.Seq)
		if q := r.plan.request(at); q.Dialogue != nil {
			r.bookTurns(q, c.Seq)
			continue
		}
		r.lost[c.Seq] = c.Sends
		if r.purse != nil {
			r.purse.Book(r.plan.request(at), 0, c.Sends)
		}
	}
}

// outlived says whether an answer is too old for its partner in a pair, or for
// one that is still to come.
func (r *runner) outlived(found map[slot]*Judgement, at slot) bool {
	if r.plan.baseline == nil || at.draw > 1 {
		return false
	}
	j, partner := found[at], found[slot{pos: at.pos, draw: 1, base: !at.base}]
	if partner == nil {
		partner = &Judgement{CalledAt: r.began.Unix()}
	}
	return j.CalledAt < partner.CalledAt && !r.plan.together(j, partner)
}

// known tells of a case that an earlier start judged.
func (r *runner) known(c assets.Call, j *Judgement) error {
	for _, tell := range []func(Detail) error{r.Known, r.Recorded} {
		if tell == nil {
			continue
		}
		if err := tell(j.detail(c)); err != nil {
			return err
		}
	}
	return nil
}

// leave takes in an answer that is still to be judged.
func (r *runner) leave(at slot, j *Judgement) {
	r.judgings.left[at] = *j
	if r.purse != nil && r.sends[r.plan.seq(at)] > 0 {
		r.bookPaid(at, j)
	}
	r.bookJudging(j)
}

// bookJudging books what an earlier start of the run paid the judge.
func (r *runner) bookJudging(j *Judgement) {
	if r.purse != nil && j.Judging != nil {
		r.purse.Book(pipeline.Request{ID: validators.JudgeRequests}, j.Judging.USD, 0)
	}
}
