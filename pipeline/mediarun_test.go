package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/pipeline"
)

// picture is a small PNG whose colour says which one it is.
func picture(n int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		m.Set(i%8, i/8, color.RGBA{uint8(n), uint8(n >> 8), uint8(i), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// painter makes pictures, counts them by job, and can be asked.
type painter struct {
	mu    sync.Mutex
	made  map[string]int // by job ID
	do    func(r pipeline.Request, nth int) (pipeline.Asset, error)
	finds atomic.Int32
}

func (p *painter) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if err := ctx.Err(); err != nil {
		return pipeline.Asset{}, err
	}
	p.mu.Lock()
	if p.made == nil {
		p.made = map[string]int{}
	}
	p.made[r.JobID]++
	nth := p.made[r.JobID]
	p.mu.Unlock()
	if p.do != nil {
		return p.do(r, nth)
	}
	return painted(r), nil
}

func painted(r pipeline.Request) pipeline.Asset {
	seed := r.Media.Seed
	return pipeline.Asset{Blob: &pipeline.Blob{Type: "image/png", Data: picture(int(seed))}, Seed: &seed, CostUSD: 0.01}
}

// askable is a painter that knows its jobs.
type askable struct{ *painter }

func (a askable) Find(_ context.Context, jobID string) (pipeline.Asset, pipeline.Fate, error) {
	a.finds.Add(1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made[jobID] == 0 {
		return pipeline.Asset{}, pipeline.FateLost, nil
	}
	return pipeline.Asset{Blob: &pipeline.Blob{Type: "image/png", Data: picture(1)}}, pipeline.FateDone, nil
}

func newRun(t *testing.T, n int) *pipeline.MediaRun {
	t.Helper()
	m := &pipeline.MediaManifest{Name: "test", Started: time.Now(), Brief: "inputs/brief.yaml", Generators: []string{"painter"}}
	if err := m.SetFingerprint(); err != nil {
		t.Fatal(err)
	}
	r, err := pipeline.CreateMediaRun(assets.Runs{Dir: t.TempDir()}, m, []byte("prompt: x\n"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	err = r.WriteLines(pipeline.RequestsFile, func(line func(any) error) error {
		for i := range n {
			id := fmt.Sprintf("item-%d#1", i)
			q := pipeline.Request{ID: id + "@painter", JobID: pipeline.JobID(id), Draw: 1,
				Media: &pipeline.MediaJob{Provider: "painter", Prompt: pipeline.MediaPrompt{Subject: "x"}, Seed: uint64(i), Width: 8, Height: 8}}
			key, err := q.Key()
			if err != nil {
				return err
			}
			if err := line(pipeline.Planned{Seq: int64(i), Item: pipeline.Item{ID: id, Alias: fmt.Sprint("item-", i)}, Request: q, Key: key}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = r.Complete(pipeline.Optimize, pipeline.LayerState{Total: n, OK: n})
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func synthesis(r *pipeline.MediaRun, g pipeline.Generator) *pipeline.Synthesis {
	return &pipeline.Synthesis{Ledger: r.Ledger, Store: r.Store, Providers: map[string]pipeline.Provider{
		"painter": {Name: "painter", Generator: g, Width: 8, Retries: 2}}}
}

func records(t *testing.T, r *pipeline.MediaRun) (ok, failed, held int) {
	t.Helper()
	err := r.Records(func(_ int64, _ int, rec *pipeline.Record) error {
		switch {
		case rec == nil:
		case rec.OK():
			ok++
		case rec.Held:
			held++
		default:
			failed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ok, failed, held
}

func TestSynthesisMakesEachOnce(t *testing.T) {
	r := newRun(t, 500)
	p := &painter{}
	for range 2 { // the second start finds nothing to do
		if err := synthesis(r, p).Run(t.Context(), 500, r.Planned()); err != nil {
			t.Fatal(err)
		}
	}
	if ok, failed, held := records(t, r); ok != 500 || failed+held != 0 {
		t.Errorf("%d made, %d failed, %d held", ok, failed, held)
	}
	for id, n := range p.made {
		if n != 1 {
			t.Errorf("job %s was made %d times", id, n)
		}
	}
	err := r.Records(func(seq int64, _ int, rec *pipeline.Record) error {
		data, err := r.Store.Get(rec.Digest)
		if err == nil && !bytes.Equal(data, picture(int(seq))) {
			err = fmt.Errorf("request %d has another picture", seq)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBrokenBytesAreNoAsset(t *testing.T) {
	whole := picture(7)
	for what, b := range map[string]pipeline.Blob{
		"empty":      {Type: "image/png"},
		"truncated":  {Type: "image/png", Data: whole[:len(whole)-20]},
		"JSON":       {Type: "image/png", Data: []byte(`{"error":"busy"}`)},
		"bomb":       {Type: "image/png", Data: bytes.Replace(whole, []byte{0, 0, 0, 8, 0, 0, 0, 8}, []byte{0, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff}, 1)},
		"other bits": {Type: "image/png", Data: append(bytes.Clone(whole[:45]), bytes.Repeat([]byte{1}, len(whole)-45)...)},
	} {
		if err := pipeline.Verify(&b); !errors.Is(err, pipeline.ErrBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	mislabelled := pipeline.Blob{Type: "image/jpeg", Data: whole}
	if err := pipeline.Verify(&mislabelled); err != nil || mislabelled.Type != "image/png" || mislabelled.Width != 8 {
		t.Errorf("a PNG that is declared as JPEG: %+v, %v", mislabelled.Type, err)
	}
}

func TestFailuresStayInTheirItem(t *testing.T) {
	r := newRun(t, 60)
	p := &painter{do: func(q pipeline.Request, _ int) (pipeline.Asset, error) {
		switch q.Media.Seed % 3 {
		case 0:
			return pipeline.Asset{}, errors.New("no such colour")
		case 1:
			return pipeline.Asset{Moderated: "output: gore"}, nil
		}
		return painted(q), nil
	}}
	if err := synthesis(r, p).Run(t.Context(), 60, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, failed, _ := records(t, r); ok != 20 || failed != 40 {
		t.Errorf("%d made, %d failed", ok, failed)
	}
	p.do = nil
	s := synthesis(r, p)
	s.RetryFailed = true
	if err := s.Run(t.Context(), 60, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, failed, _ := records(t, r); ok != 60 || failed != 0 {
		t.Errorf("after another try: %d made, %d failed", ok, failed)
	}
}

// What an earlier start left without a result is asked for where that is
// possible; else the policy decides.
func TestCrashedCalls(t *testing.T) {
	sent := func(r *pipeline.MediaRun) {
		err := r.Planned()(func(p *pipeline.Planned) error {
			return r.Ledger.Sent([]assets.Call{{Seq: p.Seq, ID: p.Request.ID, Key: p.Key, Sends: 1}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("asked", func(t *testing.T) {
		r := newRun(t, 10)
		sent(r)
		p := &painter{made: map[string]int{}}
		for i := range 5 { // these arrived
			p.made[pipeline.JobID(fmt.Sprintf("item-%d#1", i))] = 1
		}
		if err := synthesis(r, askable{p}).Run(t.Context(), 10, r.Planned()); err != nil {
			t.Fatal(err)
		}
		for id, n := range p.made {
			if n != 1 {
				t.Errorf("job %s was made %d times", id, n)
			}
		}
		if ok, _, _ := records(t, r); ok != 10 || p.finds.Load() < 10 {
			t.Errorf("%d made, %d asked", ok, p.finds.Load())
		}
	})
	t.Run("hold", func(t *testing.T) {
		r := newRun(t, 10)
		sent(r)
		p := &painter{}
		if err := synthesis(r, p).Run(t.Context(), 10, r.Planned()); err != nil {
			t.Fatal(err)
		}
		if _, _, held := records(t, r); held != 10 || len(p.made) != 0 {
			t.Errorf("%d held, %d made", held, len(p.made))
		}
	})
	t.Run("retry", func(t *testing.T) {
		r := newRun(t, 10)
		sent(r)
		p := &painter{}
		s := synthesis(r, p)
		s.RepeatAmbiguous = true
		if err := s.Run(t.Context(), 10, r.Planned()); err != nil {
			t.Fatal(err)
		}
		if ok, _, _ := records(t, r); ok != 10 || len(p.made) != 10 {
			t.Errorf("%d records, %d made", ok, len(p.made))
		}
	})
}

func TestCutCallsAreAskedFor(t *testing.T) {
	r := newRun(t, 20)
	p := &painter{do: func(pipeline.Request, int) (pipeline.Asset, error) {
		return pipeline.Asset{}, &pipeline.Transient{Err: errors.New("connection reset"), Ambiguous: true}
	}}
	if err := synthesis(r, askable{p}).Run(t.Context(), 20, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 20 {
		t.Errorf("%d of 20 were found", ok)
	}
	for id, n := range p.made {
		if n != 1 {
			t.Errorf("job %s was made %d times", id, n)
		}
	}
}

func TestBudgetEndsTheSending(t *testing.T) {
	r := newRun(t, 100)
	p := &painter{}
	s := synthesis(r, p)
	price := func(pipeline.Request) (float64, bool) { return 0.01, true }
	s.Purse = pipeline.NewPurse(pipeline.Spending{LimitUSD: 0.305, Worst: price})
	if err := s.Run(t.Context(), 100, r.Planned()); err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := records(t, r); ok != 30 || len(p.made) != 30 {
		t.Errorf("%d records, %d made; the budget allows 30", ok, len(p.made))
	}
}

type tint struct{}

func (tint) Validate(_ context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	data, err := s.Open()
	if err != nil {
		return pipeline.Finding{}, err
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return pipeline.Finding{}, err
	}
	red, _, _, _ := m.At(0, 0).RGBA()
	return pipeline.Finding{Score: 1, Pass: red>>8 < 90}, nil
}

type absent struct{}

func (absent) Validate(context.Context, pipeline.Subject) (pipeline.Finding, error) {
	return pipeline.Finding{}, errors.New("unavailable: no model")
}

type unique struct{}

func (unique) ValidateBatch(_ context.Context, all []pipeline.Subject) ([]pipeline.Finding, error) {
	fs := make([]pipeline.Finding, len(all))
	for i, s := range all {
		fs[i] = pipeline.Finding{Score: 1, Pass: len(s.Findings) == 1}
	}
	return fs, nil
}

type folder struct {
	mu  sync.Mutex
	got map[string][]byte
}

func (f *folder) Deploy(_ context.Context, d pipeline.Delivery) (pipeline.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got[d.Planned.Item.Alias] = d.Data
	return pipeline.Receipt{Path: d.Planned.Item.Alias, Digest: assets.Digest(d.Data)}, nil
}

func TestLayers(t *testing.T) {
	r := newRun(t, 100)
	if err := synthesis(r, &painter{}).Run(t.Context(), 100, r.Planned()); err != nil {
		t.Fatal(err)
	}
	checks := []pipeline.Check{{Metric: "tint", Required: true, Each: tint{}}, {Metric: "aesthetic", Each: absent{}}, {Metric: "duplicate", Required: true, All: unique{}}}
	for bar, want := range map[string]gate.Verdict{"pass_rate>=90%": gate.Pass, "pass_rate>=0.91": gate.Fail, "aesthetic>=0.5": gate.Undecided} {
		rule, err := pipeline.ParseMediaRule(bar, []string{"pass_rate", "tint", "aesthetic"}, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		a := pipeline.Assurance{Checks: checks, Width: 4, Rules: []gate.Rule{rule}}
		out, err := a.Run(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if out.Verdict() != want || out.Passed != 90 || out.Failed != 10 {
			t.Errorf("%s: %v, %d passed, %d failed", bar, out.Verdict(), out.Passed, out.Failed)
		}
		if why := out.Unavailable["aesthetic"]; !strings.Contains(why, "no model") {
			t.Errorf("unavailable: %q", why)
		}
	}
	f := &folder{got: map[string][]byte{}}
	d := pipeline.Delivering{Deployer: f, Width: 4}
	out, err := d.Run(t.Context(), r)
	if err != nil || out.OK != 90 || out.Failed != 0 || len(f.got) != 90 {
		t.Fatalf("%+v, %v, %d delivered", out, err, len(f.got))
	}
	n := 0
	if err := pipeline.ReceiptsIn(r.Folder, func(rc *pipeline.Receipt) error {
		if rc.Seq != int64(n) {
			t.Errorf("receipt %d stands at %d", rc.Seq, n)
		}
		n++
		return nil
	}); err != nil || n != 90 {
		t.Errorf("%d receipts, %v", n, err)
	}
}

func TestOneProcessOnARun(t *testing.T) {
	r := newRun(t, 1)
	if _, err := pipeline.OpenMediaRun(r.Folder, ""); !errors.Is(err, assets.ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := pipeline.OpenMediaRun(r.Folder, "")
	if err != nil {
		t.Fatal(err)
	}
	if !again.States[pipeline.Optimize].Done {
		t.Error("layer 1 is forgotten")
	}
	again.Close()
}
