package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// findShared is find, and else asks the database for the run, and brings it here.
func (x *media) findShared(ctx context.Context, ref string, flags sharing) (assets.Folder, error) {
	f, err := x.find(ref)
	if err == nil || flags.Database == "" {
		return f, err
	}
	if err := checkDatabase(flags.Database); err != nil {
		return f, err
	}
	c, err := durable.Open(ctx, flags.Database)
	if err != nil {
		return f, err
	}
	defer c.Close()
	return x.fetch(ctx, c, ref, flags)
}

// fetch makes a run's folder from what the database knows of it.
func (x *media) fetch(ctx context.Context, c *durable.Cluster, name string, flags sharing) (f assets.Folder, err error) {
	if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) {
		return f, usage(fmt.Errorf("run %q: that is no name of a run", name))
	}
	s, err := c.Find(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		names, _ := c.List(ctx)
		return f, usage(fmt.Errorf("%w (it has %d runs: %s)", err, len(names), strings.Join(names, ", ")))
	}
	if err != nil {
		return f, err
	}
	var m pipeline.MediaManifest
	if err := json.Unmarshal([]byte(s.Manifest), &m); err != nil {
		return f, fmt.Errorf("run %s: its manifest in the database is not readable: %w", name, err)
	}
	f = assets.Folder{ID: name, Dir: filepath.Join(x.runsFolder().Dir, name)}
	run, err := pipeline.CreateMediaRunAt(f, &m, []byte(s.Brief), x.store())
	if err != nil {
		return f, err
	}
	err = run.WriteLines(pipeline.RequestsFile, func(line func(any) error) error {
		return c.Planned(ctx, name, s.Requests)(func(p *pipeline.Planned) error { return line(p) })
	})
	if err == nil {
		err = assets.WriteFile(f.Path(assets.ManifestFile), []byte(s.Manifest))
	}
	if err == nil {
		_, err = x.share(run, sharing{Database: flags.Database, Assets: cmp.Or(flags.Assets, s.Assets)})
	}
	if err == nil {
		err = run.Complete(pipeline.Optimize, pipeline.LayerState{Total: s.Requests, OK: s.Requests})
	}
	if err == nil {
		err = pull(ctx, c, run, s)
	}
	if err = errors.Join(err, run.Close()); err != nil {
		return f, errors.Join(fmt.Errorf("bringing run %s here: %w", name, err), os.RemoveAll(f.Dir))
	}
	return f, nil
}

// changedElsewhere says whether another machine went on with a run that is finished
// here; a run that the database no longer has is nobody else's.
func (x *media) changedElsewhere(ctx context.Context, run *pipeline.MediaRun) (bool, error) {
	mark, err := sharingOf(run.Folder)
	if err != nil || mark.Database == "" {
		return false, err
	}
	c, err := durable.Open(ctx, mark.Database)
	if err != nil {
		return false, err
	}
	defer c.Close()
	s, err := c.Find(ctx, run.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	here, err := json.Marshal(run.States)
	return string(here) != s.Layers, err
}

// layersOf are the layers of a run that are complete by the database.
func layersOf(s durable.Shared) (there map[pipeline.Layer]pipeline.LayerState, err error) {
	if err := json.Unmarshal([]byte(cmp.Or(s.Layers, "{}")), &there); err != nil {
		return nil, fmt.Errorf("run %s: its layers in the database are not readable: %w", s.Run, err)
	}
	return there, nil
}

// pull brings what the database knows of a run's layers here, when it is not what
// is known here: it may be more, or less when a layer was opened again elsewhere.
func pull(ctx context.Context, c *durable.Cluster, run *pipeline.MediaRun, s durable.Shared) error {
	here, err := json.Marshal(run.States)
	if err != nil || string(here) == s.Layers {
		return err
	}
	there, err := layersOf(s)
	if err == nil {
		err = c.Collect(ctx, run.ID, s.Requests, run.Ledger)
	}
	if err == nil {
		err = run.WriteLines(pipeline.FindingsFile, func(line func(any) error) error {
			return c.Findings(ctx, run.ID, s.Requests)(func(j *pipeline.Judged) error { return line(j) })
		})
	}
	if err == nil {
		err = run.WriteLines(pipeline.ReceiptsFile, func(line func(any) error) error {
			return c.Receipts(ctx, run.ID, s.Requests)(func(r *pipeline.Receipt) error { return line(r) })
		})
	}
	if err != nil {
		return err
	}
	if s.Result == "" {
		err = os.Remove(run.Path(assets.ResultFile))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	} else {
		err = assets.WriteFile(run.Path(assets.ResultFile), []byte(s.Result))
	}
	if err != nil {
		return err
	}
	run.States = there
	return run.WriteJSON(pipeline.LayersFile, there)
}
