package cli

import (
	"cmp"
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
	if name := x.config.Database; cmp.Or(mark.Database, flags.Database) == "" && name != "" {
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
	now := sharing{Database: cmp.Or(mark.Database, flags.Database), Assets: cmp.Or(mark.Assets, flags.Assets)}
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

// storeOf is where the assets of a run that is not held can be read.
func (x *media) storeOf(f assets.Folder) (assets.Dir, error) {
	d := assets.Dir{Path: f.Path(pipeline.AssetsDir), Also: x.store()}
	mark, err := sharingOf(f)
	if err == nil {
		d.Remote, err = x.sharedStore(mark.Assets)
	}
	return d, err
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
		if errors.Is(err, durable.ErrOtherRun) {
			err = usage(fmt.Errorf("%w: name this one otherwise, such as --run run-$BUILD_NUMBER", err))
		}
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
