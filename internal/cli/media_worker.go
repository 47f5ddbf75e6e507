package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/deployers"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaWorker is what this process needs to take chunks of any run: generators
// and stores, made when a chunk first names them.
type mediaWorker struct {
	*media
	assetsAt string // in place of what chunks say; "" = as they say

	mu     sync.Mutex
	makers map[string]*maker
	stores map[string]assets.Store // by where, that were seen to be the run's
}

// worker is this process as one that takes chunks. have are generators that are
// made already; end lets go of those that chunks named.
func (x *media) worker(c *durable.Cluster, have []*maker, log *slog.Logger, assetsAt string) (worker *durable.Worker, end func()) {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	w := &mediaWorker{media: x, assetsAt: assetsAt, makers: map[string]*maker{}, stores: map[string]assets.Store{}}
	for _, m := range have {
		w.makers[m.name] = m
	}
	end = func() {
		var own []*maker
		for _, m := range w.makers {
			if !slices.Contains(have, m) {
				own = append(own, m)
			}
		}
		x.closeMakers(own)
	}
	return &durable.Worker{Cluster: c, Log: log, Prepare: w.prepare, Judge: w.judge, Deliver: w.deliver}, end
}

// storeFor is where the assets of a chunk's run are. That it is the same place is
// seen by what the one who laid it out put there.
func (w *mediaWorker) storeFor(k *durable.Chunk) (assets.Store, error) {
	where := cmp.Or(w.assetsAt, k.Settings.Assets)
	w.mu.Lock()
	defer w.mu.Unlock()
	key := where + " " + k.Settings.Probe
	if s := w.stores[key]; s != nil {
		return s, nil
	}
	s, err := w.sharedStore(where)
	if err != nil {
		return nil, err
	}
	if s == nil {
		s = assets.Dir{Path: w.store()}
	}
	if _, err := s.Get(k.Settings.Probe); err != nil {
		return nil, fmt.Errorf("the assets here are not those of run %s: workers and run must share the project's folder, or --assets: %w", k.Run, err)
	}
	w.stores[key] = s
	return s, nil
}

// prepare is Worker.Prepare.
func (w *mediaWorker) prepare(k *durable.Chunk, requests pipeline.PlannedSource) (*pipeline.Synthesis, error) {
	store, err := w.storeFor(k)
	if err != nil {
		return nil, err
	}
	var makers []*maker
	for _, name := range k.Settings.Generators {
		if w.makers[name] == nil {
			made, err := w.media.makers([]string{name})
			if err != nil {
				return nil, err
			}
			w.makers[name] = made[0]
		}
		makers = append(makers, w.makers[name])
	}
	err = requests(func(p *pipeline.Planned) error {
		m := w.makers[p.Request.Media.Provider]
		if m == nil || m.release() != p.Request.Release {
			return fmt.Errorf("generator %s is configured differently here than where run %s was planned", p.Request.Media.Provider, k.Run)
		}
		return nil
	})
	s := &pipeline.Synthesis{Providers: w.providers(makers), Store: store}
	if limit := k.Settings.BudgetUSD; limit != nil {
		s.Purse = purseOf(*limit, makers)
	}
	return s, err
}

// checksDigest is that of all that layer 3 goes by.
func (x *media) checksDigest() (string, error) {
	var policy []byte
	if x.config.Assure.Policy != "" {
		var err error
		if policy, err = os.ReadFile(filepath.Join(x.root, filepath.FromSlash(x.config.Assure.Policy))); err != nil {
			return "", fmt.Errorf("assure.policy: %w", err)
		}
	}
	data, err := json.Marshal([]any{x.config.Assure, string(policy), programVersion()})
	return assets.Digest(data), err
}

// judge is Worker.Judge.
func (w *mediaWorker) judge(k *durable.Chunk) (*pipeline.Assurance, assets.Store, error) {
	digest, err := w.checksDigest()
	if err != nil {
		return nil, nil, err
	}
	if digest != k.Settings.Checks {
		return nil, nil, fmt.Errorf("layer 3 is configured differently here than where run %s goes on, or genops is another version", k.Run)
	}
	checks, err := w.checks()
	if err != nil {
		return nil, nil, err
	}
	store, err := w.storeFor(k)
	return &pipeline.Assurance{Checks: checks, Width: runtime.GOMAXPROCS(0)}, store, err
}

// delivery is what workers have to know of where a run's assets go.
type delivery struct {
	Folder string           `json:"folder,omitempty"` // "" = CDN
	Marker string           `json:"marker,omitempty"` // name of a file that is there
	Origin deployers.Origin `json:"origin"`
}

// delivery is the run's. A folder gets a file by which workers see that it is the
// same one for them; remove takes it away.
func (w *mediaWork) delivery() (text json.RawMessage, remove func() error, err error) {
	d := delivery{Origin: w.origin()}
	remove = func() error { return nil }
	if w.run.M.Deliver != "cdn" {
		d.Folder, d.Marker = w.target(w.run.M), ".genops-"+w.run.M.Fingerprint[:12]
		path := filepath.Join(d.Folder, d.Marker)
		if err := os.WriteFile(path, []byte(w.run.ID), 0o644); err != nil {
			return nil, remove, err
		}
		remove = func() error { return os.Remove(path) }
	}
	text, err = json.Marshal(d)
	return text, remove, err
}

// deliver is Worker.Deliver.
func (w *mediaWorker) deliver(k *durable.Chunk) (*pipeline.Delivering, assets.Store, error) {
	var d delivery
	if err := json.Unmarshal(k.Settings.Delivery, &d); err != nil {
		return nil, nil, fmt.Errorf("run %s does not say where its assets go: %w", k.Run, err)
	}
	store, err := w.storeFor(k)
	if err != nil {
		return nil, nil, err
	}
	if d.Folder != "" {
		if have, err := os.ReadFile(filepath.Join(d.Folder, d.Marker)); err != nil || string(have) != k.Run {
			return nil, nil, fmt.Errorf("the folder %s here is not the one that run %s is delivered to", d.Folder, k.Run)
		}
		to, err := deployers.NewDirectory(d.Folder, d.Origin)
		return &pipeline.Delivering{Deployer: to, Width: deliverWidth}, store, err
	}
	to, err := w.httpPut(d.Origin)
	return &pipeline.Delivering{Deployer: to, Width: deliverWidth}, store, err
}

// known tells a deployer of a folder what others delivered, for its index.
func (w *mediaWork) known(deployer pipeline.Deployer) error {
	d, ok := deployer.(*deployers.Directory)
	if !ok {
		return nil
	}
	receipts := map[int64]pipeline.Receipt{}
	err := pipeline.ReceiptsIn(w.run.Folder, func(r *pipeline.Receipt) error { receipts[r.Seq] = *r; return nil })
	records := map[int64]*pipeline.Record{}
	if err == nil {
		err = w.run.Records(func(seq int64, _ int, r *pipeline.Record) error { records[seq] = r; return nil })
	}
	if err != nil {
		return err
	}
	return w.run.Planned()(func(p *pipeline.Planned) error {
		r, ok := receipts[p.Seq]
		if !ok {
			return nil
		}
		if records[p.Seq] == nil {
			return errors.New("there is a receipt of an asset that was not made")
		}
		d.Delivered(r, p.Request.ID, *records[p.Seq])
		return nil
	})
}
