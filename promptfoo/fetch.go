package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

const (
	maxFetched    = 256 << 20 // bytes of one file from an address
	fetchPatience = 2 * time.Minute
	fetchTries    = 4
)

// FetchTests gets a file of tests from an address: the Fetch of project.Options. A
// server that is busy is asked again.
func FetchTests(ctx context.Context, f project.Fetch) (got *project.Fetched, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	for try := 1; ; try++ {
		var wait time.Duration
		got, wait, err = fetchOnce(ctx, f)
		busy := err != nil || got.Status == http.StatusTooManyRequests || got.Status >= 500
		if !busy || try == fetchTries || ctx.Err() != nil {
			return got, err
		}
		select {
		case <-time.After(max(wait, time.Duration(try)*500*time.Millisecond)):
		case <-ctx.Done():
			return got, err
		}
	}
}

func fetchOnce(ctx context.Context, f project.Fetch) (*project.Fetched, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.Address, nil)
	if err != nil {
		return nil, 0, errors.New("it is no address")
	}
	if f.Token != "" {
		req.Header.Set("Authorization", "Bearer "+string(f.Token))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, whose query may hold a secret
		}
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxFetched+1))
	if err == nil && len(body) > maxFetched {
		err = fmt.Errorf("it is larger than %d MiB", maxFetched>>20)
	}
	wait := min(generators.RetryAfter(resp.Header), time.Minute)
	return &project.Fetched{Status: resp.StatusCode, Type: resp.Header.Get("Content-Type"), Body: body}, wait, err
}
