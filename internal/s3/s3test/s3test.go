// Package s3test starts an S3 server of one's own for tests: versitygw, on
// loopback, over a scratch folder.
package s3test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/freeport"
)

// Server is one under way, with a bucket named "genops".
type Server struct {
	URL    string // of the server
	Folder string // the bucket's files
}

// Environment is what a client of the server is given.
func (s *Server) Environment(name string) string {
	return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1"}[name]
}

const access, secret = "genops-test", "genops-test-secret"

// program finds versitygw where scripts/s3 puts it.
func program() (string, error) {
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path, nil
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		path := filepath.Join(cache, "genops-tools", "versitygw")
		if _, err = os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no versitygw is installed (scripts/s3 does that)")
}

// Need starts a server; without one the test is skipped, and fails where
// CI=true. A short run starts none.
func Need(t *testing.T) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs an S3 server, which a short run does not start")
	}
	path, err := program()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	s := &Server{Folder: filepath.Join(dir, "genops")}
	port, err := freeport.Find()
	if err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("127.0.0.1:%d", port)
	s.URL = "http://" + at
	if err := os.Mkdir(s.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd := exec.Command(path, "--quiet", "--port", at, "--access", access, "--secret", secret, "posix", "--sidecar", t.TempDir(), dir)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if err := answers(t.Context(), s.URL); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("versitygw: %v\n%s", err, said.String())
	}
	return s
}

func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			answer.Body.Close()
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}
