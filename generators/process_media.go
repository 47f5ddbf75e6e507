package generators

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// ProcessMediaConfig describes a program that makes media.
type ProcessMediaConfig struct {
	Command []string          // program and arguments; not empty. A program with a slash is relative to Dir, one without is looked up in PATH, "genops" is Self
	Dir     string            // working directory
	Env     map[string]string // added to the own environment
	Self    string            // path of the running executable; "" = ask the system
	Stderr  io.Writer         // gets the program's log; nil = dropped. It must be safe for concurrent use
	Lines   bool              // the program stays, and takes one job a line as agents do
	Params  map[string]any    // of jobs that don't set them
	TempDir string            // where it writes; "" = the system's
}

// ProcessMedia makes media with a program. It gets one JSON object on stdin,
//
//	{"id":"a#1","job_id":"6f1c…","prompt":"…","negative":"…","seed":7,"width":512,"height":512,"format":"png",
//	 "model":"…","params":{…},"media":{…},"output":"/tmp/…/out.png"}
//
// where media is the prompt in its parts, writes its file at output, and ends
// with status 0. It may print an object, in one line, as the last on stdout:
//
//	{"file":"other.png","seed":7,"cost_usd":0.02,"model":"…","recipe":{"sampler":"…"},"error":"…"}
//
// file, relative to its working directory, stands for a file at another place.
// Another status, or an error, is a failure that tells the end of stderr; status
// 75 (EX_TEMPFAIL) is one that may be tried again. Nothing is taken of a program
// that failed.
//
// With Lines the program stays and speaks the protocol of Process: the object is
// vars of a request, and the object that it may print is the output.
//
// When ctx ends, the program is killed with all that it has started. It is safe
// for concurrent use and must be closed.
type ProcessMedia struct {
	cfg   ProcessMediaConfig
	env   []string
	lines *Process // nil without Lines
}

// NewProcessMedia checks the configuration; it starts nothing.
func NewProcessMedia(cfg ProcessMediaConfig) (*ProcessMedia, error) {
	if len(cfg.Command) == 0 || cfg.Command[0] == "" {
		return nil, errors.New(`command is empty: name a program and its arguments, e.g. ["python3", "make.py"]`)
	}
	p := &ProcessMedia{cfg: cfg}
	for name, value := range cfg.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return nil, fmt.Errorf("env: %q is no name of an environment variable", name)
		}
		p.env = append(p.env, name+"="+value)
	}
	if cfg.Lines {
		var err error
		if p.lines, err = NewProcess(ProcessConfig{Command: cfg.Command, Dir: cfg.Dir, Env: p.env, Self: cfg.Self, Stderr: cfg.Stderr, Timeout: -1}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Close stops the program, where it stays.
func (p *ProcessMedia) Close() error {
	if p.lines != nil {
		return p.lines.Close()
	}
	return nil
}

// Check finds the program; it does not run it. Jobs are lowered.
func (p *ProcessMedia) Check(_ context.Context, jobs ...pipeline.MediaJob) error {
	for _, job := range jobs {
		if _, _, err := p.Lower(job); err != nil {
			return err
		}
	}
	_, err := p.program()
	return err
}

// Inventory is the program's file: what it can make is its own matter.
func (p *ProcessMedia) Inventory(context.Context) (Inventory, error) {
	path, err := p.program()
	return Inventory{Server: path}, err
}

func (p *ProcessMedia) program() (string, error) {
	return findProgram("media", "command", ProcessConfig{Command: p.cfg.Command, Dir: p.cfg.Dir, Self: p.cfg.Self})
}

// processJob is a lowered job: what the program is told, but for what belongs to
// one attempt.
type processJob struct {
	Prompt   string               `json:"prompt"`
	Negative string               `json:"negative"`
	Seed     uint64               `json:"seed"`
	Width    int                  `json:"width"`
	Height   int                  `json:"height"`
	Format   string               `json:"format"`
	Model    string               `json:"model,omitempty"`
	Params   map[string]any       `json:"params"`
	Media    pipeline.MediaPrompt `json:"media"`
}

// isEnding reports an ending of a file's name: one to eight small letters and
// digits.
func isEnding(s string) bool {
	return s != "" && len(s) <= 8 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Lower writes a job as the program gets it. Nothing is lost: the program has
// the prompt in its parts, and every parameter.
func (p *ProcessMedia) Lower(job pipeline.MediaJob) (json.RawMessage, []pipeline.Loss, error) {
	if job.Format == "" {
		job.Format = "png"
	}
	switch {
	case !isEnding(job.Format):
		return nil, nil, fmt.Errorf("format %q: must be the ending of a file, e.g. png", job.Format)
	case job.Width < 0 || job.Height < 0:
		return nil, nil, fmt.Errorf("size %dx%d: must not be negative", job.Width, job.Height)
	}
	if err := checkWeights(job.Prompt.Weights); err != nil {
		return nil, nil, err
	}
	params := map[string]any{}
	for _, from := range []map[string]any{p.cfg.Params, job.Params} {
		for name, value := range from {
			params[name] = value
		}
	}
	words := keywords(&job.Prompt)
	for _, text := range job.Prompt.Text {
		words = append(words, `the text "`+text+`"`)
	}
	lowered, err := plainJSON(processJob{
		Prompt: strings.Join(words, ", "), Negative: strings.Join(job.Prompt.Negative, ", "), Seed: job.Seed,
		Width: job.Width, Height: job.Height, Format: job.Format, Model: job.Model, Params: params, Media: job.Prompt,
	})
	return lowered, nil, err
}

// Generate makes one file.
func (p *ProcessMedia) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if ctx.Err() != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	if r.Media == nil {
		return pipeline.Asset{}, errNoMedia
	}
	lowered := r.Media.Lowered
	if len(lowered) == 0 {
		var err error
		if lowered, _, err = p.Lower(*r.Media); err != nil {
			return pipeline.Asset{}, err
		}
	}
	dir, err := os.MkdirTemp(p.cfg.TempDir, "genops-media-")
	if err != nil {
		return pipeline.Asset{}, &pipeline.Unusable{Reason: "no folder for the program's file can be made: " + err.Error(), Err: err}
	}
	defer os.RemoveAll(dir)
	told, output, err := tell(r, lowered, dir)
	if err != nil {
		return pipeline.Asset{}, err
	}
	at := time.Now()
	var a pipeline.Asset
	if p.lines != nil {
		a, err = p.askLines(ctx, r, told, output)
	} else {
		a, err = p.runOnce(ctx, told, output)
	}
	a.Latency = max(time.Since(at), 1)
	return a, err
}

// tell adds to a lowered job what belongs to this attempt.
func tell(r pipeline.Request, lowered json.RawMessage, dir string) (told map[string]json.RawMessage, output string, err error) {
	var job struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(lowered, &told); err != nil {
		return nil, "", fmt.Errorf("reading the lowered job: %w", err)
	}
	if err := json.Unmarshal(lowered, &job); err != nil || !isEnding(job.Format) {
		return nil, "", fmt.Errorf("the lowered job has the format %q", job.Format)
	}
	output = filepath.Join(dir, "out."+job.Format)
	for name, value := range map[string]string{"id": r.ID, "job_id": r.JobID, "output": output} {
		if told[name], err = json.Marshal(value); err != nil {
			return nil, "", err
		}
	}
	return told, output, nil
}

// collect takes the file of a program that ended well.
func (p *ProcessMedia) collect(said mediaReply, output string) (pipeline.Asset, error) {
	a := pipeline.Asset{Sends: 1, Seed: said.Seed, CostUSD: said.CostUSD, Model: said.Model, Recipe: said.Recipe}
	if said.Error != "" {
		return a, fmt.Errorf("media program %s failed: %s", commandLine(p.cfg.Command), said.Error)
	}
	path := output
	if said.File != "" {
		if path = said.File; !filepath.IsAbs(path) {
			path = filepath.Join(p.cfg.Dir, path)
		}
	}
	data, err := readMediaFile(path)
	if err == nil {
		a.Blob, err = mediaBlob(data)
	}
	if err != nil {
		return a, fmt.Errorf("media program %s ended well, but its file can't be used: %w", commandLine(p.cfg.Command), err)
	}
	return a, nil
}

// readMediaFile reads a regular file of a bounded size.
func readMediaFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > pipeline.MaxAssetBytes:
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that one asset may have", path, info.Size(), pipeline.MaxAssetBytes)
	}
	return io.ReadAll(io.LimitReader(f, pipeline.MaxAssetBytes))
}
