package databasetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/database"
)

// A scratch folder whose path is too long for a socket, and has a space, will do.
func TestStartInALongFolder(t *testing.T) {
	base := filepath.Join(os.TempDir(), "genops-"+strings.Repeat("long ", 22))
	if err := errors.Join(os.MkdirAll(base, 0o755), os.Chmod(base, 0o755)); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	t.Setenv("TMPDIR", base)
	p := Need(t)
	db, err := database.OpenPostgres(t.Context(), p.URL)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}
