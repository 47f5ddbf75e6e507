package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/measure"
	"github.com/GaboBase/arch-genops/pipeline"
)

// result is what a role measured; CPU and RSS are of its whole process.
type result struct {
	N    int           `json:"n"`
	Took time.Duration `json:"took"`
	CPU  time.Duration `json:"-"`
	RSS  int64         `json:"-"` // bytes; 0 = not told here
}

// runChild runs a role. A child's peak starts at its parent's, whose memory it
// shares until it runs its own program; so the bench itself stays small.
func runChild(cmd *exec.Cmd) (r result, err error) {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	err = json.Unmarshal(out, &r)
	r.CPU, r.RSS = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), measure.PeakRSS(cmd.ProcessState)
	return r, err
}

// child is the bench as one of its roles.
type child struct {
	what, dir, database string
	n, width            int
	latency             time.Duration
}

func (c *child) run() error {
	if c.what == "worker" {
		return c.worker()
	}
	var took time.Duration
	var err error
	switch c.what {
	case "sync":
		took, err = c.sync()
	case "ledger":
		took, err = c.ledger()
	case "items":
		took, err = c.items()
	default:
		err = fmt.Errorf("unknown role %q", c.what)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result{N: c.n, Took: took})
}

// sync appends to a file and syncs it, as a commit of one record does.
func (c *child) sync() (time.Duration, error) {
	f, err := os.Create(filepath.Join(c.dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	began := time.Now()
	for range c.n {
		if _, err := f.Write(make([]byte, 512)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// ledger writes what a run of trivial items writes, and does nothing else.
func (c *child) ledger() (time.Duration, error) {
	l, err := assets.OpenLedger(filepath.Join(c.dir, assets.LedgerFile))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	var calls []assets.Call
	for i := range c.n {
		q := planned(i)
		calls = append(calls, assets.Call{Seq: q.Seq, ID: q.Request.ID, Key: q.Key, Sends: 1})
		if len(calls) < c.width && i+1 < c.n {
			continue
		}
		if err := l.Sent(calls); err != nil {
			return 0, err
		}
		for _, call := range calls {
			call.Result = []byte(`{"provider":"bench","type":"text/plain","bytes":4,"text":"done","at":1767225600}`)
			l.Done(call)
		}
		calls = calls[:0]
	}
	err = l.Close()
	return time.Since(began), err
}

// items runs layer 2 over items that cost nothing but their latency.
func (c *child) items() (time.Duration, error) {
	run, err := pipeline.CreateMediaRunAt(assets.Folder{ID: "bench", Dir: filepath.Join(c.dir, "run")}, manifest(), []byte("name: bench\n"), filepath.Join(c.dir, "store"))
	if err != nil {
		return 0, err
	}
	defer run.Close()
	err = run.WriteLines(pipeline.RequestsFile, func(line func(any) error) error {
		for i := range c.n {
			if err := line(planned(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	g := &trivial{latency: c.latency}
	s := &pipeline.Synthesis{Providers: map[string]pipeline.Provider{"bench": {Name: "bench", Generator: g, Width: c.width, Retries: 3}},
		Ledger: run.Ledger, Store: run.Store}
	began := time.Now()
	if err := s.Run(context.Background(), c.n, run.Planned()); err != nil {
		return 0, err
	}
	took := time.Since(began)
	done := 0
	err = run.Records(func(_ int64, _ int, r *pipeline.Record) error {
		if r != nil && r.OK() {
			done++
		}
		return nil
	})
	if err == nil && (done != c.n || g.calls.Load() != int64(c.n)) {
		err = fmt.Errorf("%d of %d items are done, after %d calls", done, c.n, g.calls.Load())
	}
	return took, errors.Join(err)
}
