package cli_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/internal/database/databasetest"
)

// TestRetryFailedTogether: what failed is made again over a database, and the
// layers behind it run once more; a budget that is used up ends the run, and a
// higher one goes on with it.
func TestRetryFailedTogether(t *testing.T) {
	t.Parallel()
	p := databasetest.Need(t)
	s, dir := images(t, openaiimageserver.Options{Fault: func(n int64) openaiimageserver.Fault {
		if n <= 3 {
			return openaiimageserver.ModeratedInput
		}
		return openaiimageserver.None
	}})
	args := append(shop[:len(shop):len(shop)], "--database", p.URL)
	c := call(t, dir, nil, args...)
	c.want(t, 0)
	first := c.result(t)
	if first.Layers["synthesize"].Failed == 0 {
		t.Fatalf("nothing failed: %+v", first)
	}
	// Other machines have a copy of the run from before.
	copied, stale := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "copy")
	if err := errors.Join(os.CopyFS(copied, os.DirFS(dir)), os.CopyFS(stale, os.DirFS(dir))); err != nil {
		t.Fatal(err)
	}
	call(t, copied, nil, "runs", "resume", "latest").want(t, 0, "is finished")
	c = call(t, dir, nil, "runs", "retry-failed", "latest", "--json")
	c.want(t, 0)
	call(t, stale, nil, "layer", "deliver", "--run", "latest").want(t, 0, fmt.Sprintf("delivered, $%.4f", c.result(t).Spent))
	call(t, copied, nil, "runs", "resume", "latest").want(t, 0, fmt.Sprintf("delivered, $%.4f", c.result(t).Spent))
	if r := c.result(t); r.Layers["synthesize"].OK != 12 || r.Spent <= first.Spent {
		t.Errorf("%+v, before %+v", r, first)
	}
	if n := len(s.Heard()); n != 12 { // refused ones are not among them
		t.Errorf("%d images were asked for", n)
	}
	// An image costs more than what its price was given as.
	c = call(t, dir, nil, append(args, "--fresh", "--budget", "0.5")...)
	c.want(t, 4, "the budget of $0.5 does not allow a further call")
	c = call(t, dir, nil, "runs", "resume", "latest", "--budget", "2", "--json")
	c.want(t, 0)
	if r := c.result(t); r.Layers["synthesize"].OK != 12 {
		t.Errorf("%+v", r)
	}
}
