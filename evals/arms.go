package evals

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// arms calls the release that a request names: the one under test or the
// baseline.
type arms struct {
	test, base *arm
	talk       func(*arm) *talker // has conversations with an arm; nil = nobody does
}

type arm struct {
	pipeline.Generator
	release string
	timeout time.Duration // of one attempt; 0 = none
}

func (r *runner) startArms() (*arms, error) {
	if r.AsRecorded {
		return &arms{test: &arm{nobody{}, r.m.Release, 0}, base: &arm{nobody{}, r.m.Release, 0}, talk: r.talker}, nil
	}
	g, err := r.Start(r.folder.Dir)
	if err != nil {
		return nil, err
	}
	a := &arms{test: &arm{g, r.m.Release, r.Timeout}}
	a.base, a.talk = a.test, r.talker
	if b := r.Against; b != nil && b.Release.Digest != r.m.Release {
		if g, err = b.Start(r.folder.Dir); err != nil {
			return nil, errors.Join(err, a.Close())
		}
		a.base = &arm{g, b.Release.Digest, b.Timeout}
	}
	return a, nil
}

func (a *arms) of(q pipeline.Request) *arm {
	if q.Release == a.test.release {
		return a.test
	}
	return a.base
}

// Generate makes one attempt.
func (a *arms) Generate(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
	arm := a.of(q)
	switch {
	case q.Dialogue == nil:
	case a.talk == nil:
		return pipeline.Asset{}, errors.New("conversations can't be had here")
	default:
		return a.talk(arm).generate(ctx, q)
	}
	return arm.call(ctx, q)
}

// call makes one attempt within the time that the arm gives it.
func (arm *arm) call(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
	if arm.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, arm.timeout)
		defer cancel()
	}
	return arm.Generator.Generate(ctx, q)
}

// Close stops what was started.
func (a *arms) Close() error {
	err := a.test.close()
	if a.base != a.test {
		err = errors.Join(err, a.base.close())
	}
	return err
}

func (a *arm) close() error {
	if c, ok := a.Generator.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// reached says whether it has ever answered; known is false when it can't tell.
func (a *arm) reached() (reached, known bool) {
	g, ok := a.Generator.(interface{ Reached() bool })
	return ok && g.Reached(), ok
}
