package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// replayed is what a replay came to.
type replayed struct {
	Run       string `json:"run"`
	Asset     string `json:"asset"` // request's ID
	Generator string `json:"generator"`
	Was       string `json:"was"` // digests of the bytes
	Is        string `json:"is"`
	SameBytes bool   `json:"same_bytes"`
	SamePixel bool   `json:"same_pixels"`
	Differ    int    `json:"pixels_that_differ"`
	Largest   int    `json:"largest_difference"` // of a channel, 0..255
	Note      string `json:"note,omitempty"`
	Output    string `json:"output,omitempty"`
}

func newReplay(s *State) *cobra.Command {
	var runRef, output string
	var asJSON bool
	c := &cobra.Command{Use: "replay ASSET", Short: "Run the recorded request of an asset again, and say whether the pixels are equal",
		Long: `Replay finds the request that made an asset and sends it again, exactly as it was
recorded, to the generator of the same name. ASSET is a delivered file, a digest
(sha256:…), a request's ID or the name for people that it was delivered under.
It costs what the request costs. Exit code 3 when the pixels differ.`,
		Example: "  genops replay out/20260901-120000.000-night-a1b2c3/night-1.png\n  genops replay 'hero-03#2@comfyui' --run latest -o again.png", Args: exactly(1, "one ASSET"),
		RunE: func(c *cobra.Command, args []string) error {
			x, err := s.media()
			if err != nil {
				return err
			}
			f, planned, record, err := x.asset(args[0], runRef)
			if err != nil {
				return err
			}
			out, err := x.replay(c.Context(), f, planned, record, output)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(s.Stdout, out)
			} else {
				s.tellReplay(out)
			}
			if err == nil && !out.SamePixel {
				err = exit{exitFailed}
			}
			return err
		}}
	c.Flags().StringVar(&runRef, "run", "", "look in this `RUN` alone")
	c.Flags().StringVarP(&output, "output", "o", "", "write the new asset to this `FILE`")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("run", completeFrom(s, runNames))
	return c
}

func (s *State) tellReplay(r *replayed) {
	switch {
	case r.SameBytes:
		fmt.Fprintf(s.Stdout, "%s: the same bytes again\n", plain(r.Asset))
	case r.SamePixel:
		fmt.Fprintf(s.Stdout, "%s: the same pixels in another file\n", plain(r.Asset))
	default:
		fmt.Fprintf(s.Stdout, "%s: another picture: %d pixels differ, by up to %d of 255\n", plain(r.Asset), r.Differ, r.Largest)
	}
	if r.Note != "" {
		fmt.Fprintln(s.Stdout, "note: "+plain(r.Note))
	}
}

// asset finds the request that made an asset, newest run first.
func (x *media) asset(ref, runRef string) (f assets.Folder, p *pipeline.Planned, r *pipeline.Record, err error) {
	digest := ref
	if data, err := os.ReadFile(x.path(ref)); err == nil {
		digest = assets.Digest(data)
	}
	folders, err := x.runsFolder().List()
	if err != nil {
		return f, nil, nil, err
	}
	if runRef != "" {
		if f, err = x.find(runRef); err != nil {
			return f, nil, nil, err
		}
		folders = []assets.Folder{f}
	}
	for _, f := range slices.Backward(folders) {
		if _, err := pipeline.ReadMediaManifest(f); err != nil {
			continue
		}
		p, r, err := lookup(f, ref, digest)
		if err != nil {
			return f, nil, nil, inUse(err, f.ID)
		}
		if p != nil {
			return f, p, r, nil
		}
	}
	return f, nil, nil, usage(fmt.Errorf("asset %q: no recorded run made it: %w", ref, fs.ErrNotExist))
}

// lookup finds an asset in one run, by digest, request ID or alias.
func lookup(f assets.Folder, ref, digest string) (found *pipeline.Planned, rec *pipeline.Record, err error) {
	records := map[int64]*pipeline.Record{}
	match := int64(-1)
	err = pipeline.RecordsIn(f, func(seq int64, _ int, r *pipeline.Record) error {
		if r != nil && r.OK() {
			records[seq] = r
			if r.Digest == digest || strings.HasPrefix(digest, "sha256:") && len(digest) >= 19 && strings.HasPrefix(r.Digest, digest) {
				match = seq
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	err = pipeline.PlannedIn(f)(func(p *pipeline.Planned) error {
		if records[p.Seq] != nil && found == nil && (p.Seq == match || match < 0 && (p.Request.ID == ref || p.Item.Alias == ref || p.Item.ID == ref)) {
			kept := *p
			found = &kept
		}
		return nil
	})
	if err != nil || found == nil {
		return nil, nil, err
	}
	return found, records[found.Seq], nil
}

// replay sends a recorded request again and compares.
func (x *media) replay(ctx context.Context, f assets.Folder, p *pipeline.Planned, r *pipeline.Record, output string) (*replayed, error) {
	out := &replayed{Run: f.ID, Asset: p.Request.ID, Generator: p.Request.Media.Provider, Was: r.Digest}
	store, err := x.storeOf(f)
	if err != nil {
		return nil, err
	}
	was, err := store.Get(r.Digest)
	if err != nil {
		return nil, err
	}
	makers, err := x.makers([]string{out.Generator})
	if err != nil {
		return nil, err
	}
	defer x.closeMakers(makers)
	if makers[0].release() != p.Request.Release {
		out.Note = "the generator's configuration is not what it was"
	}
	q := p.Request
	q.JobID = pipeline.JobID(q.JobID, "replay", r.Digest) // a job of its own
	asset, err := makers[0].generator.Generate(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("generator %s: %w", out.Generator, err)
	}
	if asset.Blob == nil || asset.Moderated != "" {
		return nil, fmt.Errorf("generator %s: it gave no asset this time %s", out.Generator, asset.Moderated)
	}
	if err := pipeline.Verify(asset.Blob); err != nil {
		return nil, err
	}
	if output != "" {
		if err := assets.WriteFile(x.path(output), asset.Blob.Data); err != nil {
			return nil, fmt.Errorf("-o %s: %w", output, err)
		}
		out.Output = x.show(x.path(output))
	}
	out.Is = assets.Digest(asset.Blob.Data)
	out.SameBytes = out.Is == out.Was
	out.SamePixel = out.SameBytes
	if !out.SameBytes {
		err = out.compare(was, asset.Blob.Data)
	}
	return out, err
}

// compare counts the pixels that differ.
func (r *replayed) compare(was, is []byte) error {
	a, _, errA := image.Decode(bytes.NewReader(was))
	b, _, errB := image.Decode(bytes.NewReader(is))
	if err := errors.Join(errA, errB); err != nil {
		return fmt.Errorf("comparing pixels: %w", err)
	}
	box := a.Bounds().Union(b.Bounds())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if d := differ(a.At(x, y), b.At(x, y)); d > 0 {
				r.Differ++
				r.Largest = max(r.Largest, d)
			}
		}
	}
	r.SamePixel = r.Differ == 0 && a.Bounds().Eq(b.Bounds())
	return nil
}

// differ is the largest difference of a channel, in 0..255.
func differ(a, b color.Color) int {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	d := 0
	for _, pair := range [][2]uint8{{x.R, y.R}, {x.G, y.G}, {x.B, y.B}, {x.A, y.A}} {
		d = max(d, int(pair[0])-int(pair[1]), int(pair[1])-int(pair[0]))
	}
	return d
}
