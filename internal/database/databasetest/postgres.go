// Package databasetest starts a Postgres server of one's own, for tests and
// benches: in a scratch folder, on loopback, as an unprivileged user.
package databasetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/freeport"
)

// ErrNotInstalled says that there is no Postgres server on this machine.
var ErrNotInstalled = errors.New("no Postgres server is installed (Debian: postgresql)")

// Postgres is a server under way.
type Postgres struct {
	URL  string
	Port int
	dir  string
	bin  string
}

// Start makes a database and starts a server for it.
func Start() (*Postgres, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "genops-postgres-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, bin: bin}
	err = owned(dir)
	if err == nil {
		err = p.command("initdb", "-D", p.data(), "-A", "trust", "-U", "genops", "--no-sync", "-E", "UTF8")
	}
	if err == nil {
		p.Port, err = freeport.Find()
	}
	if err == nil {
		err = p.Up()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p.URL = fmt.Sprintf("postgres://genops@127.0.0.1:%d/postgres?sslmode=disable", p.Port)
	return p, nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// patience is for how many seconds a server that starts or ends is waited for.
const patience = "300"

// Up starts the server and returns when it answers.
func (p *Postgres) Up() error {
	// No socket: a scratch folder's path may be too long for one, or have spaces.
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=", p.Port)
	log := filepath.Join(p.dir, "log")
	err := p.command("pg_ctl", "-D", p.data(), "-w", "-t", patience, "-l", log, "-o", options, "start")
	if err != nil {
		said, _ := os.ReadFile(log)
		err = fmt.Errorf("%w\n%s", err, said)
	}
	return err
}

// Down stops the server at once, as a crash does.
func (p *Postgres) Down() error {
	return p.command("pg_ctl", "-D", p.data(), "-m", "immediate", "-w", "-t", patience, "stop")
}

// Close stops the server and removes its data.
func (p *Postgres) Close() error { return errors.Join(p.Down(), os.RemoveAll(p.dir)) }

func (p *Postgres) command(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	unprivileged(cmd)
	// The server keeps what it is given open, so its words go to a file.
	words, err := os.Create(filepath.Join(p.dir, "words"))
	if err != nil {
		return err
	}
	defer words.Close()
	cmd.Stdout, cmd.Stderr = words, words
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(words.Name())
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(text)))
	}
	return nil
}

// programs is the folder of the server's programs, which Debian keeps off PATH.
func programs() (string, error) {
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[len(found)-1]), nil
		}
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrNotInstalled
	}
	return filepath.Dir(path), nil
}

// Need starts a server for a test; without one the test is skipped, and fails
// where CI=true. A short run starts none.
func Need(t *testing.T) *Postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a Postgres server, which a short run does not start")
	}
	p, err := Start()
	switch {
	case errors.Is(err, ErrNotInstalled) && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
