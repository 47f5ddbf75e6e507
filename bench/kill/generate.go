package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/generators/comfyserver"
	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/internal/measure"
	"github.com/GaboBase/arch-genops/pipeline"
)

// studio is one media run with its two providers, which count what they made
// and billed: ComfyUI can be asked what became of a job, OpenAI can't.
type studio struct {
	settings
	genops  string
	project string
	comfy   *comfyserver.Server
	openai  *openaiimageserver.Server
}

// newStudio starts the providers and makes the project.
func newStudio(s settings, genops, dir string) (*studio, error) {
	u := &studio{settings: s, genops: genops, project: dir}
	var err error
	if u.comfy, err = comfyserver.New(comfyserver.Options{Latency: s.answer}); err != nil {
		return nil, err
	}
	if u.openai, err = openaiimageserver.New(openaiimageserver.Options{Latency: 4 * s.answer, Jitter: 4 * s.answer}); err != nil {
		u.comfy.Close()
		return nil, err
	}
	var brief bytes.Buffer
	brief.WriteString("name: kill\nprompt: picture {{n}} of a lighthouse\nsize: 1024x1024\nslots:\n  n:\n")
	for i := range s.cases / 2 { // both make each
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
	u.comfy.Close()
	u.openai.Close()
}

func (u *studio) start() (*exec.Cmd, *bytes.Buffer, error) {
	cmd := exec.Command(u.genops, "generate", "--brief", "brief.yaml", "--generators", "comfyui,openai", "--json")
	cmd.Dir = u.project
	cmd.Env = append(os.Environ(), "OPENAI_API_KEY=sk-bench")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	return cmd, &errs, cmd.Start()
}

// finish runs the command until it ends by itself.
func (u *studio) finish() error {
	cmd, errs, err := u.start()
	if err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("genops generate: %w: %s", err, errs)
	}
	return nil
}

// outcome is the asset of each request, by ID; "" = none.
func (u *studio) outcome() (map[string]string, error) {
	all, err := assets.RunsOf(u.project).List()
	if err != nil || len(all) != 1 {
		return nil, fmt.Errorf("%d runs, %w", len(all), err)
	}
	digests := map[int64]string{}
	err = pipeline.RecordsIn(all[0], func(seq int64, _ int, r *pipeline.Record) error {
		if r != nil && r.OK() {
			digests[seq] = r.Digest
		}
		return nil
	})
	out := map[string]string{}
	if err == nil {
		err = pipeline.PlannedIn(all[0])(func(p *pipeline.Planned) error {
			out[p.Request.ID] = digests[p.Seq]
			return nil
		})
	}
	return out, err
}

// trialOf kills or stops one run at moments within the given time, lets it
// finish, and compares it with the calm one. hits is 0 when the run ended before
// the first moment: that says nothing.
func (u *studio) trialOf(name string, n int, signal syscall.Signal, within time.Duration, random *rand.Rand, calm map[string]string) (faults, hits int, err error) {
	for range n {
		if u.over() {
			break
		}
		cmd, _, err := u.start()
		if err != nil {
			return 0, hits, err
		}
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(time.Duration(random.Int64N(int64(within)))):
			hits++
			if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return 0, hits, err
			}
			<-ended
		}
	}
	if hits == 0 {
		return 0, 0, nil
	}
	if err := u.finishOrShow(); err != nil {
		return 0, hits, fmt.Errorf("%s: %w", name, err)
	}
	got, err := u.outcome()
	if err != nil {
		return 0, hits, fmt.Errorf("%s: %w", name, err)
	}
	return u.judge(name, hits, signal, got, calm), hits, nil
}

// finishOrShow finishes the run, unless a kill came after its end.
func (u *studio) finishOrShow() error {
	if u.over() {
		return nil
	}
	return u.finish()
}

// over says whether the run is finished: the same command would begin another.
func (u *studio) over() bool {
	all, err := assets.RunsOf(u.project).List()
	return err == nil && len(all) == 1 && all[0].Finished()
}

// judge compares a finished run with the undisturbed one. A provider that can
// be asked may charge nothing twice; of the other one at most what was in
// flight at each kill, and nothing after a SIGTERM.
func (u *studio) judge(name string, hits int, signal syscall.Signal, got, calm map[string]string) (faults int) {
	lost, differ := 0, 0
	for id, digest := range calm {
		switch {
		case got[id] == "":
			lost++
		case got[id] != digest:
			differ++
		}
	}
	comfy, openai := u.comfy.Tally.Stats(), u.openai.Tally.Stats()
	allowed := hits * u.width
	if signal == syscall.SIGTERM {
		allowed = 0
	}
	ok := lost == 0 && differ == 0 && len(got) == len(calm) && comfy.Repeated == 0 && openai.Repeated <= allowed
	word := "ok"
	if !ok {
		word, faults = "NO", 1
	}
	fmt.Printf("  %-28s %5d %5d %7d %14d %14d of %-4d %s\n", name, hits, lost, differ, comfy.Repeated, openai.Repeated, allowed, word)
	return faults
}

// killGenerate kills media runs.
func killGenerate(s settings) (faults int, err error) {
	dir, err := os.MkdirTemp("", "genops-bench-kill-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	genops, err := measure.Genops(dir)
	if err != nil {
		return 0, err
	}
	calm, whole, err := undisturbedMedia(s, genops, filepath.Join(dir, "calm"))
	if err != nil {
		return 0, err
	}
	fmt.Printf("generate, %d requests to two providers, %d in flight each, seed %d; undisturbed: %.2f s\n", len(calm), s.width, s.seed, whole.Seconds())
	fmt.Printf("  %-28s %5s %5s %7s %14s %14s\n", "", "hits", "lost", "differ", "twice (asked)", "twice (not)")
	random := rand.New(rand.NewPCG(s.seed, 7))
	trial := func(name string, n int, signal syscall.Signal, within time.Duration) (hits int, err error) {
		project := filepath.Join(dir, "trial")
		u, err := newStudio(s, genops, project)
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(project)
		defer u.close()
		f, hits, err := u.trialOf(name, n, signal, within, random, calm)
		faults += f
		return hits, err
	}
	one := func(name string, n int, signal syscall.Signal, within time.Duration) error {
		for range 10 {
			if hits, err := trial(name, n, signal, within); err != nil || hits > 0 {
				return err
			}
			within = within * 3 / 4 // it ends sooner than the undisturbed one did
		}
		return fmt.Errorf("%s: every run ended before it was hit", name)
	}
	for i := range s.kills {
		if err := one(fmt.Sprintf("kill -9 at random %d", i+1), 1, syscall.SIGKILL, whole); err != nil {
			return faults, err
		}
	}
	if err := one("kill -9 again and again", s.kills, syscall.SIGKILL, whole/6); err != nil {
		return faults, err
	}
	for i := range 3 {
		if err := one(fmt.Sprintf("SIGTERM at random %d", i+1), 1, syscall.SIGTERM, whole); err != nil {
			return faults, err
		}
	}
	return faults, one("SIGTERM again and again", 5, syscall.SIGTERM, whole/2)
}

// undisturbedMedia is the run that all others have to equal.
func undisturbedMedia(s settings, genops, dir string) (map[string]string, time.Duration, error) {
	u, err := newStudio(s, genops, dir)
	if err != nil {
		return nil, 0, err
	}
	defer u.close()
	began := time.Now()
	if err := u.finish(); err != nil {
		return nil, 0, err
	}
	whole := time.Since(began)
	calm, err := u.outcome()
	if err != nil {
		return nil, 0, err
	}
	for id, digest := range calm {
		if digest == "" {
			return nil, 0, fmt.Errorf("the undisturbed run has no asset for %s", id)
		}
	}
	return calm, whole, nil
}
