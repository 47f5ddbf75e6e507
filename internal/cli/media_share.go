package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/internal/s3"
	"github.com/GaboBase/arch-genops/pipeline"
)

const (
	databaseUsage = "`URL` of a Postgres that `genops worker` processes share; its password comes from PGPASSWORD"
	assetsUsage   = "`WHERE` the assets are that processes share: s3://BUCKET/PREFIX (keys from AWS_*), or a folder"
)

// sharedFile says over what a run is shared, so that whoever goes on with it need
// not be told again.
const sharedFile = "shared.json"

// sharing is what the processes that work on a run share.
type sharing struct {
	Database string `json:"database,omitempty"`
	Assets   string `json:"assets,omitempty"`
}

// flags are --database and --assets.
func (s *sharing) flags(f *pflag.FlagSet) {
	f.StringVar(&s.Database, "database", "", databaseUsage)
	f.StringVar(&s.Assets, "assets", "", assetsUsage)
}

func sharingOf(f assets.Folder) (s sharing, err error) {
	if err = f.ReadJSON(sharedFile, &s); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return s, err
}

// checkDatabase refuses a URL that would write a password into the run.
func checkDatabase(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return usage(errors.New("--database: expected postgres://USER@HOST:PORT/NAME"))
	}
	_, has := u.User.Password()
	if has || u.Query().Has("password") {
		return usage(errors.New("--database: the URL holds a password, which the run would keep; give it in the environment variable PGPASSWORD"))
	}
	return nil
}

// checkSharing refuses flags that can't be right, before anything is done.
func (s *State) checkSharing(flags sharing) error {
	if err := checkDatabase(flags.Database); err != nil {
		return err
	}
	_, err := (&media{State: s}).sharedStore(s.where(flags.Assets))
	return err
}

// sharedStore opens where processes share assets; nil when that is nowhere.
func (x *media) sharedStore(where string) (assets.Store, error) {
	switch {
	case where == "":
		return nil, nil
	case strings.HasPrefix(where, "s3:"):
		c, err := s3.Open(where, x.Getenv)
		if err != nil {
			return nil, usage(fmt.Errorf("--assets: %w", err))
		}
		return assets.Bucket{Client: c}, nil
	case strings.Contains(where, "://"):
		return nil, usage(fmt.Errorf("--assets %s: expected s3://BUCKET/PREFIX or a folder", where))
	}
	return assets.Dir{Path: where}, nil
}

// where is --assets as it is kept: a folder by its whole path.
func (s *State) where(assetsAt string) string {
	if assetsAt == "" || strings.Contains(assetsAt, ":/") && !filepath.IsAbs(assetsAt) {
		return assetsAt
	}
	return s.path(assetsAt)
}

// share settles over what a run is shared: what it was begun with, or what the
// flags say. With a store it reaches all that is made.
func (x *media) share(run *pipeline.MediaRun, flags sharing) (sharing, error) {
	mark, err := sharingOf(run.Folder)
	if err != nil {
		return mark, err
	}
	flags.Assets = x.where(flags.Assets)
	if name := x.config.Database; first(mark.Database, flags.Database) == "" && name != "" {
		if flags.Database = x.Getenv(name); flags.Database == "" {
			return mark, usage(fmt.Errorf("database_env: environment variable %s is not set", name))
		}
		if err := checkDatabase(flags.Database); err != nil {
			return mark, fmt.Errorf("environment variable %s: %w", name, err)
		}
	}
	switch {
	case mark.Database != "" && flags.Database != "" && mark.Database != flags.Database:
		return mark, usage(fmt.Errorf("run %s was begun with --database %s, which knows what is paid already", run.ID, mark.Database))
	case mark.Assets != "" && flags.Assets != "" && mark.Assets != flags.Assets:
		return mark, usage(fmt.Errorf("run %s was begun with --assets %s, where its assets are", run.ID, mark.Assets))
	}
	now := sharing{Database: first(mark.Database, flags.Database), Assets: first(mark.Assets, flags.Assets)}
	store, err := x.sharedStore(now.Assets)
	if err != nil {
		return now, err
	}
	run.Store.Remote = store
	if now != mark {
		err = run.WriteJSON(sharedFile, now)
	}
	return now, err
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// storeOf is where the assets of a run that is not held can be read.
func (x *media) storeOf(f assets.Folder) (assets.Dir, error) {
	d := assets.Dir{Path: f.Path(pipeline.AssetsDir), Also: x.store()}
	mark, err := sharingOf(f)
	if err == nil {
		d.Remote, err = x.sharedStore(mark.Assets)
	}
	return d, err
}

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
		_, err = x.share(run, sharing{Database: flags.Database, Assets: first(flags.Assets, s.Assets)})
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

// pull brings what the database knows of a run's layers here, where that is more
// than is known here.
func pull(ctx context.Context, c *durable.Cluster, run *pipeline.MediaRun, s durable.Shared) error {
	there := map[pipeline.Layer]pipeline.LayerState{}
	if err := json.Unmarshal([]byte(first(s.Layers, "{}")), &there); err != nil {
		return fmt.Errorf("run %s: its layers in the database are not readable: %w", run.ID, err)
	}
	if len(there) <= len(run.States) {
		return nil
	}
	if err := c.Collect(ctx, run.ID, s.Requests, run.Ledger); err != nil {
		return err
	}
	err := run.WriteLines(pipeline.FindingsFile, func(line func(any) error) error {
		return c.Findings(ctx, run.ID, s.Requests)(func(j *pipeline.Judged) error { return line(j) })
	})
	if err == nil {
		err = run.WriteLines(pipeline.ReceiptsFile, func(line func(any) error) error {
			return c.Receipts(ctx, run.ID, s.Requests)(func(r *pipeline.Receipt) error { return line(r) })
		})
	}
	if err != nil {
		return err
	}
	run.States = there
	if err := run.WriteJSON(pipeline.LayersFile, there); err != nil || s.Result == "" {
		return err
	}
	return assets.WriteFile(run.Path(assets.ResultFile), []byte(s.Result))
}

// join makes the run one that is shared, if it is to be: others can go on with it
// from then on, and this process is the one that does.
func (w *mediaWork) join(ctx context.Context, cancel context.CancelCauseFunc) error {
	now, err := w.share(w.run, w.sharing)
	if err != nil || now.Database == "" {
		return err
	}
	w.sharing = now
	c, err := durable.Open(ctx, now.Database)
	if err != nil {
		return err
	}
	w.cluster, w.leave = c, func() { c.Close() }
	layers, err := json.Marshal(w.run.States)
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(w.run.Path(assets.ManifestFile))
	if err != nil {
		return err
	}
	brief, err := os.ReadFile(w.run.Path(w.run.M.Brief))
	if err != nil {
		return err
	}
	s := durable.Shared{Run: w.run.ID, Manifest: string(manifest), Brief: string(brief), Layers: string(layers), Requests: w.run.States[pipeline.Optimize].OK, Assets: now.Assets}
	if err := c.Publish(ctx, s, w.run.Planned()); err != nil {
		return err
	}
	release, err := c.Hold(ctx, w.run.ID, func(who string) {
		w.view.say("waiting for " + who + ", which goes on with this run or died a moment ago")
	}, cancel)
	if err != nil {
		return err
	}
	w.leave = func() { release(); c.Close() }
	if w.retryFailed {
		return w.push(ctx, "")
	}
	if s, err = c.Find(ctx, w.run.ID); err != nil {
		return err
	}
	return pull(ctx, c, w.run, s)
}

// push tells the database how far the run is.
func (w *mediaWork) push(ctx context.Context, result string) error {
	if w.cluster == nil {
		return nil
	}
	layers, err := json.Marshal(w.run.States)
	if err != nil {
		return err
	}
	return w.cluster.Update(ctx, w.run.ID, string(layers), result)
}

// pauseShared keeps workers from going on with a run that is shared.
func pauseShared(ctx context.Context, f assets.Folder) error {
	mark, err := sharingOf(f)
	if err != nil || mark.Database == "" {
		return err
	}
	c, err := durable.Open(ctx, mark.Database)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Pause(ctx, f.ID)
}
