package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/pipeline"
)

// runOnce runs the program for one job.
func (p *ProcessMedia) runOnce(ctx context.Context, told map[string]json.RawMessage, output string) (pipeline.Asset, error) {
	path, err := p.program()
	if err != nil {
		return pipeline.Asset{}, err
	}
	input, err := json.Marshal(told)
	if err != nil {
		return pipeline.Asset{}, err
	}
	cmd := exec.CommandContext(ctx, path, p.cfg.Command[1:]...)
	subprocess.KillGroupOnCancel(cmd)
	cmd.WaitDelay = time.Second // for output that a grandchild keeps open
	cmd.Args[0], cmd.Dir = p.cfg.Command[0], p.cfg.Dir
	if len(p.env) > 0 {
		cmd.Env = append(os.Environ(), p.env...)
	}
	stdout, stderr := &bounded{most: 1 << 20}, &bounded{most: 8 << 10, end: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(input, '\n')), stdout, stderr
	if p.cfg.Stderr != nil {
		cmd.Stderr = io.MultiWriter(stderr, p.cfg.Stderr)
	}
	if err := cmd.Start(); err != nil {
		return pipeline.Asset{}, &pipeline.Unusable{Reason: fmt.Sprintf("media program %s does not start: %v", path, err), Err: err}
	}
	err = cmd.Wait()
	sent := pipeline.Asset{Sends: 1}
	if ctx.Err() != nil {
		return sent, endedEarly(ctx)
	}
	said, _ := parseMediaReply(stdout.data)
	if err != nil {
		if said.Error == "" {
			said.Error = stderr.lastLines()
		}
		failed := fmt.Errorf("media program %s failed (%v)%s", commandLine(p.cfg.Command), err, prefixed(": ", said.Error))
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == tempFail {
			return sent, &pipeline.Transient{Err: failed}
		}
		return sent, failed
	}
	return p.collect(said, output)
}

// tempFail is EX_TEMPFAIL of sysexits.h.
const tempFail = 75

// endedEarly is the error of a program that was killed because ctx ended.
func endedEarly(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &pipeline.Transient{Ambiguous: true, Err: fmt.Errorf("the media program was not done in time and was killed; raise --timeout: %w", context.DeadlineExceeded)}
	}
	return fmt.Errorf("the media program was killed: %w", context.Cause(ctx))
}

// askLines gives one job to the program that stays.
func (p *ProcessMedia) askLines(ctx context.Context, r pipeline.Request, told map[string]json.RawMessage, output string) (pipeline.Asset, error) {
	vars := make(map[string]any, len(told))
	for name, value := range told {
		vars[name] = value
	}
	var prompt string
	_ = json.Unmarshal(told["prompt"], &prompt) // it is a text, or the program sees that it is none
	got, err := p.lines.Generate(ctx, pipeline.Request{ID: r.ID, Input: prompt, Vars: vars})
	sent := pipeline.Asset{Sends: got.Sends}
	switch {
	case err != nil && got.Sends > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return sent, &pipeline.Transient{Ambiguous: true, Err: err}
	case err != nil:
		return sent, err
	}
	var said mediaReply
	if got.JSON != nil {
		var ok bool
		if said, ok = parseMediaReply(got.JSON); !ok {
			return sent, fmt.Errorf("the media program's output is no object with file, seed, cost_usd: %s", excerpt(got.JSON, 200))
		}
	} else {
		said.File = got.Text
	}
	if said.CostUSD == 0 {
		said.CostUSD = got.CostUSD
	}
	a, err := p.collect(said, output)
	a.Sends = got.Sends
	return a, err
}
