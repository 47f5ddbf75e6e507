package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

const workers = 3

func (t trial) run(p *databasetest.Postgres, items, width int) (ok bool, err error) {
	x, err := newProxy(fmt.Sprintf("127.0.0.1:%d", p.Port))
	if err != nil {
		return false, err
	}
	defer x.cut()
	through := strings.Replace(p.URL, fmt.Sprint(":", p.Port), fmt.Sprint(":", x.port()), 1)
	counts := newCounter()
	defer counts.close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c, err := durable.Open(ctx, through)
	if err != nil {
		return false, err
	}
	defer c.Close()
	var all []*exec.Cmd
	defer func() {
		for _, w := range all {
			w.Process.Kill()
			w.Wait()
		}
	}()
	for range workers {
		w := exec.Command(os.Args[0], "--role", "worker", "--database", through, "--provider", counts.url(), "--width", fmt.Sprint(width))
		w.Stderr = os.Stderr
		if err := w.Start(); err != nil {
			return false, err
		}
		all = append(all, w)
	}
	run := strings.ReplaceAll(t.name, " ", "-")
	if err := c.Offer(ctx, run, 50, items, durable.Settings{Repeat: true}, requests(items)); err != nil {
		return false, err
	}
	began := time.Now()
	hurtAt := make(chan time.Time, 1)
	hurtErr := make(chan error, 1)
	go func() { hurtErr <- t.disturb(x, all[0], counts, items, hurtAt) }()
	if err := c.Wait(ctx, run, nil, nil); err != nil {
		return false, err
	}
	end := time.Now()
	if err := <-hurtErr; err != nil {
		return false, err
	}
	done, err := results(ctx, c, run, items)
	if err != nil {
		return false, err
	}
	return t.judge(done, items, width, counts, began, <-hurtAt, end), nil
}

// disturb hurts the run when half of it is done. A worker that is killed leaves
// the others so much to do that they are not through before.
func (t trial) disturb(x *proxy, victim *exec.Cmd, counts *counter, items int, at chan<- time.Time) error {
	for counts.calls() < items/2 {
		time.Sleep(10 * time.Millisecond)
	}
	at <- time.Now()
	switch {
	case t.kill:
		return victim.Process.Kill()
	case t.hurt != nil:
		return t.hurt(x)
	}
	return nil
}

// results counts the requests with an asset, as the run's own ledger gets them.
func results(ctx context.Context, c *durable.Cluster, run string, items int) (done int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-chaos-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	l, err := assets.OpenLedger(filepath.Join(dir, assets.LedgerFile))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	if err := c.Collect(ctx, run, items, l); err != nil {
		return 0, err
	}
	err = l.Calls(func(call assets.Call) error {
		if call.State != assets.Done {
			return nil
		}
		r, err := pipeline.DecodeRecord(call)
		if r.OK() && r.Text == call.ID {
			done++
		}
		return err
	})
	return done, errors.Join(err)
}

func (t trial) judge(done, items, width int, counts *counter, began, hurt, end time.Time) bool {
	asked, repeated := counts.sums()
	// In flight at the moment of the fault, and as many that were answered but not
	// recorded yet.
	allowed := 0
	switch {
	case t.kill:
		allowed = 2 * width
	case t.hurt != nil:
		allowed = 2 * width * workers
	}
	ok := done == items && asked == items && repeated <= allowed
	late := ""
	if t.kill {
		after := end.Sub(hurt) - durable.Lease
		late = fmt.Sprintf(", done %.1f s after the lease's end (bar %s)", after.Seconds(), doneBar)
		ok = ok && after <= doneBar
	}
	verdict := map[bool]string{true: "met", false: "MISSED"}[ok]
	fmt.Printf("%-36s %d items, %d lost, %d repeated (bar %d), %.1f s%s: %s\n", t.name, items, items-done, repeated, allowed, end.Sub(began).Seconds(), late, verdict)
	return ok
}
