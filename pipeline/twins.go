package pipeline

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// firsts finds equal requests of one run: the Seq of the first one by the
// beginning of its Key, of which 128 bits are enough.
type firsts map[[16]byte]int64

// mark notes in a request that an earlier one asks for exactly the same. Such a
// twin costs nothing.
func (f firsts) mark(p *Planned) {
	var short [16]byte
	if n, err := hex.Decode(short[:], []byte(p.Key)[:min(len(p.Key), 32)]); err != nil || n < len(short) {
		return // no digest: it is nobody's twin
	}
	first, ok := f[short]
	if !ok {
		f[short] = p.Seq
		return
	}
	free := 0.0
	p.TwinOf, p.PriceUSD = &first, &free
}

// Follow gives twins what the first of their kind got: its asset, or why there is
// none. Twins whose first one has no result yet stay open. took, if not nil, is
// told of each one that changed. It may be called again at any time.
func Follow(l Ledger, requests PlannedSource, took func(*Planned, *Record)) error {
	first, twins := map[int64]*leader{}, map[int64]assets.Call{}
	err := requests(func(p *Planned) error {
		if p.TwinOf != nil && *p.TwinOf >= 0 {
			first[*p.TwinOf], twins[p.Seq] = &leader{}, assets.Call{}
		}
		return nil
	})
	if err != nil || len(twins) == 0 {
		return err
	}
	err = l.Calls(func(c assets.Call) error {
		if _, ok := twins[c.Seq]; ok {
			twins[c.Seq] = c
		}
		if lead := first[c.Seq]; lead != nil && c.State == assets.Done {
			return lead.take(c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = requests(func(p *Planned) error {
		have, ok := twins[p.Seq]
		if !ok || !first[*p.TwinOf].done {
			return nil
		}
		return first[*p.TwinOf].give(l, p, have, took)
	})
	if err != nil {
		return err
	}
	return l.Flush()
}

// leader is a request that others are twins of.
type leader struct {
	id     string
	record Record
	done   bool
}

func (f *leader) take(c assets.Call) (err error) {
	f.id = c.ID
	if f.record, err = DecodeRecord(c); err == nil {
		f.done = !f.record.Open
	}
	return err
}

// give records the leader's result for a twin, unless that has an asset or a call
// of its own, or the same result already.
func (f *leader) give(l Ledger, p *Planned, have assets.Call, took func(*Planned, *Record)) error {
	before := have.BeforeUSD
	if have.State == assets.Done {
		old, err := DecodeRecord(have)
		if err != nil {
			return err
		}
		if old.OK() || old.Twin == f.id && old.Err == f.err() && old.Moderated == f.record.Moderated {
			return nil
		}
		before = old.SpentUSD()
	} else if have.State == assets.Sent {
		return nil // in doubt, from a time when it was sent: it is settled by itself
	}
	r := f.record
	r.Twin, r.Err, r.Held, r.BeforeUSD = f.id, f.err(), false, before
	r.CostUSD, r.Unpriced, r.LatencyMS, r.Uncertain, r.At = 0, false, 0, 0, time.Now().Unix()
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	l.Done(assets.Call{Seq: p.Seq, ID: p.Request.ID, Key: p.Key, State: assets.Done, Sends: have.Sends, Result: data})
	if took != nil {
		took(p, &r)
	}
	return nil
}

// err is why a twin has no asset.
func (f *leader) err() string {
	switch {
	case f.record.OK() || f.record.Moderated != "":
		return f.record.Err
	case f.record.Held:
		return "the equal request " + f.id + " is held"
	}
	return "the equal request " + f.id + " failed: " + f.record.Err
}

// followed counts what a twin got.
func (s *Synthesis) followed(p *Planned, r *Record) {
	if !s.wanted(p.Seq) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, st := s.count[p.Request.Media.Provider], &s.status[p.Seq]
	c.add(st.state, -1)
	st.state = failed
	if r.OK() {
		st.state = succeeded
	}
	c.add(st.state, 1)
}
