package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/generators/comfyserver"
	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

const workers = 3

// studio is one run, its providers, and the processes that work on it.
type studio struct {
	settings
	genops, project string
	database        string
	comfy           *comfyserver.Server
	openai          *openaiimageserver.Server
	all             []*exec.Cmd
}

func newStudio(s settings, genops, dir, database string) (*studio, error) {
	u := &studio{settings: s, genops: genops, project: dir, database: database}
	var err error
	if u.comfy, err = comfyserver.New(comfyserver.Options{Latency: s.answer / 10}); err != nil {
		return nil, err
	}
	if u.openai, err = openaiimageserver.New(openaiimageserver.Options{Latency: s.answer, Jitter: 2 * s.answer}); err != nil {
		u.comfy.Close()
		return nil, err
	}
	var brief bytes.Buffer
	brief.WriteString("name: chaos\nprompt: picture {{n}} of a lighthouse\nsize: 1024x1024\nslots:\n  n:\n")
	for i := range s.items / 2 { // both make each
		fmt.Fprintf(&brief, "    - number %d\n", i)
	}
	files := map[string]string{
		"genops.yaml":          "genops: {}\n",
		"brief.yaml":           brief.String(),
		"config/pipeline.yaml": "pipeline:\n  synthesize: {ambiguous: retry}\n",
		"config/generators.json": fmt.Sprintf(`{"generators": {
			"comfyui": {"kind": "comfyui", "url": %q, "model": "v1-5-pruned-emaonly.safetensors", "width": %d},
			"openai": {"kind": "openai_images", "url": %q, "model": "gpt-image-2", "params": {"quality": "low"}, "width": %d}}}`,
			u.comfy.URL(), s.width, u.openai.URL()+"/v1", s.width),
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			u.close()
			return nil, err
		}
	}
	return u, nil
}

func (u *studio) close() {
	for _, c := range u.all {
		c.Process.Kill()
		c.Wait()
	}
	u.comfy.Close()
	u.openai.Close()
}

func (u *studio) start(errs *bytes.Buffer, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(u.genops, append(args, "--database", u.database)...)
	cmd.Dir, cmd.Stderr = u.project, errs
	cmd.Env = append(os.Environ(), "OPENAI_API_KEY=sk-bench")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	u.all = append(u.all, cmd)
	return cmd, nil
}

// made counts the images of both providers, repeated ones too.
func (u *studio) made() int {
	return int(u.comfy.Tally.Stats().Billed) + int(u.openai.Tally.Stats().Billed)
}

func (t trial) run(s settings, genops, dir, database string) (ok bool, err error) {
	u, err := newStudio(s, genops, dir, database)
	if err != nil {
		return false, err
	}
	defer u.close()
	var crew []*exec.Cmd
	said := make([]bytes.Buffer, workers+1)
	for i := range workers {
		w, err := u.start(&said[i], "worker", "--layers", "synthesize,assure,deliver", "--width", strconv.Itoa(s.width))
		if err != nil {
			return false, err
		}
		crew = append(crew, w)
	}
	time.Sleep(time.Second)
	began := time.Now()
	run, err := u.start(&said[workers], "generate", "--brief", "brief.yaml", "--generators", "comfyui,openai", "--json")
	if err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	moment := s.items / 2
	if t.kill {
		moment = s.items * 3 / 4
	}
	for u.made() < moment {
		select {
		case err := <-ended:
			return false, fmt.Errorf("genops generate ended early: %w: %s", err, &said[workers])
		case <-time.After(10 * time.Millisecond):
		}
	}
	hurt := time.Now()
	switch {
	case t.kill:
		err = crew[0].Process.Kill()
	case t.hurt != nil:
		err = t.hurt()
	}
	if err != nil {
		return false, err
	}
	select {
	case err := <-ended:
		if err != nil {
			return false, fmt.Errorf("genops generate: %w: %s", err, &said[workers])
		}
	case <-time.After(3 * time.Minute):
		return false, fmt.Errorf("genops generate is still under way after 3 minutes: %s", &said[workers])
	}
	return t.judge(u, began, hurt, time.Now())
}

// delivered counts the requests with an asset that arrived, and receipts beyond
// one of each.
func (u *studio) delivered() (once, twice int, err error) {
	all, err := assets.RunsOf(u.project).List()
	if err != nil || len(all) != 1 {
		return 0, 0, fmt.Errorf("%d runs, %w", len(all), err)
	}
	seen := map[int64]int{}
	err = pipeline.ReceiptsIn(all[0], func(r *pipeline.Receipt) error {
		seen[r.Seq]++
		return nil
	})
	made := map[int64]bool{}
	if err == nil {
		err = pipeline.RecordsIn(all[0], func(seq int64, _ int, r *pipeline.Record) error {
			made[seq] = r != nil && r.OK()
			return nil
		})
	}
	for seq, n := range seen {
		twice += n - 1
		if made[seq] {
			once++
		}
	}
	return once, twice, err
}

// layerMade is when the layer that the dead worker had a chunk of was complete.
func (u *studio) layerMade() (time.Time, error) {
	all, err := assets.RunsOf(u.project).List()
	if err != nil || len(all) != 1 {
		return time.Time{}, fmt.Errorf("%d runs, %w", len(all), err)
	}
	layers, err := pipeline.ReadLayers(all[0])
	return layers[pipeline.Synthesize].At, err
}

func (t trial) judge(u *studio, began, hurt, end time.Time) (ok bool, err error) {
	once, twice, err := u.delivered()
	if err != nil {
		return false, err
	}
	comfy, openai := u.comfy.Tally.Stats(), u.openai.Tally.Stats()
	// In flight at the moment of the fault, and as many that were answered but not
	// recorded yet; the run itself is a worker, too.
	allowed := 0
	switch {
	case t.kill:
		allowed = 2 * u.width
	case t.hurt != nil:
		allowed = 2 * u.width * (workers + 1)
	}
	lost := u.items - once
	ok = lost == 0 && twice == 0 && comfy.Repeated == 0 && openai.Repeated <= allowed
	late := ""
	if t.kill {
		made, err := u.layerMade()
		if err != nil {
			return false, err
		}
		after := made.Sub(hurt) - durable.Lease
		late = fmt.Sprintf(", all made %.1f s after the lease's end (bar %s), all delivered %.1f s after it", after.Seconds(), doneBar, (end.Sub(hurt) - durable.Lease).Seconds())
		ok = ok && after <= doneBar
	}
	verdict := map[bool]string{true: "met", false: "MISSED"}[ok]
	fmt.Printf("%-36s %d items, %d lost, %d delivered twice, repeated: %d where it can be asked (bar 0), %d where not (bar %d), %.1f s%s: %s\n",
		t.name, u.items, lost, twice, comfy.Repeated, openai.Repeated, allowed, end.Sub(began).Seconds(), late, verdict)
	return ok, nil
}
