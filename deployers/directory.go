package deployers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// IndexFile lists what a run delivered into a folder.
const IndexFile = "manifest.json"

// Directory delivers into a folder:
//
//	assets/ab/abcd….png   the asset, by its digest
//	NAME.png              the same file under a name for people
//	NAME.json             how it came about: Lineage
//	manifest.json         all of them, written by Finish
//
// A file that is there with other content is never replaced: that is an error
// which names it. Use NewDirectory; Deploy is safe for concurrent use.
type Directory struct {
	origin Origin
	target string
	root   *os.Root

	mu   sync.Mutex
	done []entry
}

// entry is one line of the index.
type entry struct {
	Seq     int64  `json:"-"`
	Asset   string `json:"asset"`
	Name    string `json:"name"`
	Lineage string `json:"lineage"`
	Digest  string `json:"digest"`
	Type    string `json:"type"`
	Bytes   int64  `json:"bytes"`
	Request string `json:"request"`
	Seed    string `json:"seed,omitempty"`
}

// NewDirectory makes the folder and checks that it can be written.
func NewDirectory(target string, o Origin) (*Directory, error) {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return nil, fmt.Errorf("the folder %s can't be made: %w", target, err)
	}
	root, err := os.OpenRoot(target)
	if err != nil {
		return nil, fmt.Errorf("the folder %s: %w", target, err)
	}
	d := &Directory{origin: o, target: target, root: root}
	if err := d.write(".genops-writable", []byte("x")); err != nil {
		return nil, errors.Join(fmt.Errorf("the folder %s can't be written: %w", target, err), root.Close())
	}
	return d, root.Remove(".genops-writable")
}

// Deploy implements pipeline.Deployer.
func (d *Directory) Deploy(ctx context.Context, a pipeline.Delivery) (pipeline.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return pipeline.Receipt{}, context.Cause(ctx)
	}
	digest := assets.Digest(a.Data)
	if a.Record.Digest != "" && digest != a.Record.Digest {
		return pipeline.Receipt{}, fmt.Errorf("its bytes are not what was recorded: %s, not %s", digest, a.Record.Digest)
	}
	a.Record.Digest = digest
	at, name := contentPath(a, digest), d.origin.aliasOf(a)
	alias := name + ending(a.Record.Type)
	if err := d.put(at, a.Data); err != nil {
		return pipeline.Receipt{}, err
	}
	if err := d.alias(at, alias, a.Data); err != nil {
		return pipeline.Receipt{}, err
	}
	lineage, err := assets.PlainJSON(d.origin.lineage(a, at))
	if err != nil {
		return pipeline.Receipt{}, err
	}
	if err := d.write(name+".json", lineage); err != nil {
		return pipeline.Receipt{}, err
	}
	back, err := d.root.ReadFile(filepath.FromSlash(alias))
	if err != nil {
		return pipeline.Receipt{}, fmt.Errorf("reading back: %w", err)
	}
	if got := assets.Digest(back); got != digest {
		return pipeline.Receipt{}, fmt.Errorf("%s reads back as %s, not as %s", alias, got, digest)
	}
	r := pipeline.Receipt{Seq: a.Planned.Seq, Target: d.target, Path: at, Alias: alias, Digest: digest, Bytes: int64(len(a.Data)), At: time.Now().Unix()}
	d.Delivered(r, a.Planned.Request.ID, a.Record)
	return r, nil
}

// Delivered notes for the index what another process delivered into the folder.
func (d *Directory) Delivered(r pipeline.Receipt, request string, made pipeline.Record) {
	e := entry{Seq: r.Seq, Asset: r.Path, Name: r.Alias, Lineage: strings.TrimSuffix(r.Alias, ending(made.Type)) + ".json", Digest: r.Digest, Type: made.Type, Bytes: r.Bytes, Request: request}
	if made.Seed != nil {
		e.Seed = fmt.Sprint(*made.Seed)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = append(d.done, e)
}

// Finish writes the index of what was delivered, in the order of the run.
func (d *Directory) Finish(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.SortFunc(d.done, func(a, b entry) int { return int(a.Seq - b.Seq) })
	data, err := assets.PlainJSON(map[string]any{"schema": 1, "run": d.origin.Run, "brief": d.origin.Brief, "genops": d.origin.Version, "assets": d.done})
	if err != nil {
		return err
	}
	return d.write(IndexFile, data)
}

// Close lets go of the folder.
func (d *Directory) Close() error { return d.root.Close() }

// put writes a file that is named by its content. One that is there already is
// compared.
func (d *Directory) put(name string, data []byte) error {
	if have, err := d.root.ReadFile(filepath.FromSlash(name)); err == nil {
		if !bytes.Equal(have, data) {
			return fmt.Errorf("%s is there with other content", filepath.Join(d.target, name))
		}
		return nil
	}
	return d.write(name, data)
}

// alias gives an asset its name for people: a second name of the same file, or
// a copy where there can be none.
func (d *Directory) alias(at, alias string, data []byte) error {
	if have, err := d.root.ReadFile(filepath.FromSlash(alias)); err == nil {
		if !bytes.Equal(have, data) {
			return fmt.Errorf("%s is there with other content; deliver to another folder, or move it away", filepath.Join(d.target, alias))
		}
		return nil
	}
	if err := d.root.Link(filepath.FromSlash(at), filepath.FromSlash(alias)); err == nil {
		return nil
	}
	return d.write(alias, data)
}

// write writes a file whole or not at all.
func (d *Directory) write(name string, data []byte) error {
	name = filepath.FromSlash(name)
	if dir := filepath.Dir(name); dir != "." {
		if err := d.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	temporary := filepath.Join(filepath.Dir(name), ".tmp-"+filepath.Base(name)+fmt.Sprintf("-%d", time.Now().UnixNano()))
	f, err := d.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return explain(err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.root.Rename(temporary, name)
	}
	if err != nil {
		d.root.Remove(temporary)
		return explain(err)
	}
	return nil
}

// explain says in plain words what an error of the disk means.
func explain(err error) error {
	switch {
	case strings.Contains(err.Error(), "no space left"):
		return fmt.Errorf("the disk is full: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("writing is not allowed: %w", err)
	}
	return err
}
