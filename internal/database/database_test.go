package database

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := OpenShared(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func sqlFile(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestMigrateAppliesEachFileOnceInOrder(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	files := fstest.MapFS{
		"002_rows.sql":  sqlFile("INSERT INTO things VALUES (1); INSERT INTO things VALUES (2);"),
		"001_table.sql": sqlFile("CREATE TABLE things (n INTEGER);"),
		"notes.txt":     sqlFile("not a migration"),
	}
	for range 2 {
		if err := Migrate(t.Context(), db, files); err != nil {
			t.Fatal(err)
		}
	}
	files["003_more.sql"] = sqlFile("INSERT INTO things VALUES (3);")
	if err := Migrate(t.Context(), db, files); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM things").Scan(&n); err != nil || n != 3 {
		t.Errorf("%d rows, error %v", n, err)
	}
}

func TestMigrateKeepsNothingOfAFailedFile(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	files := fstest.MapFS{"001_a.sql": sqlFile("CREATE TABLE a (n INTEGER); INSERT INTO missing VALUES (1);")}
	err := Migrate(t.Context(), db, files)
	if err == nil || !strings.Contains(err.Error(), "001_a.sql") {
		t.Fatalf("error %v does not name the file", err)
	}
	files["001_a.sql"] = sqlFile("CREATE TABLE a (n INTEGER);")
	if err := Migrate(t.Context(), db, files); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

func TestOpenNamesWithOddCharacters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b#c%20é&d=e.db")
	open(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// Several handles make and migrate one file at the same time, and write to it.
func TestOpenSharedTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	files := fstest.MapFS{"001_table.sql": sqlFile("CREATE TABLE things (n INTEGER);")}
	const handles, rows = 8, 20
	errs := make(chan error, handles)
	for range handles {
		go func() { errs <- fill(t.Context(), path, files, rows) }()
	}
	for range handles {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	var n int
	if err := open(t, path).QueryRow("SELECT count(*) FROM things").Scan(&n); err != nil || n != handles*rows {
		t.Errorf("%d rows, error %v", n, err)
	}
}

func fill(ctx context.Context, path string, files fs.FS, rows int) error {
	db, err := OpenShared(ctx, path, time.Minute)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := Migrate(ctx, db, files); err != nil {
		return err
	}
	for i := range rows {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		var n int // read, then write: others may not come between
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM things").Scan(&n); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO things VALUES ($1)", i); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func TestOpenSharedGivesUpWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	if _, err := db.Exec("CREATE TABLE a (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	other, err := OpenShared(t.Context(), path, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var n int
	if err := other.QueryRow("SELECT count(*) FROM a").Scan(&n); err != nil {
		t.Errorf("a reader beside a writer: %v", err)
	}
	if _, err := other.Exec("INSERT INTO a VALUES (1)"); !errors.Is(Explain(err), ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
}

func TestOpenSharedGivesPagesBack(t *testing.T) {
	var mode string
	if err := open(t, filepath.Join(t.TempDir(), "x.db")).QueryRow("PRAGMA auto_vacuum").Scan(&mode); err != nil || mode != "2" {
		t.Errorf("auto_vacuum is %s, error %v", mode, err)
	}
}

func TestOpenSharedDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database. ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := OpenShared(t.Context(), path, time.Second)
	if !errors.Is(err, ErrDamaged) || errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}

func TestExplainKeepsOtherErrors(t *testing.T) {
	other := errors.New("other")
	if Explain(other) != other || Explain(nil) != nil {
		t.Error("an error that is none of SQLite's was changed")
	}
	_, err := open(t, filepath.Join(t.TempDir(), "x.db")).Exec("SELECT * FROM missing")
	if got := Explain(err); got != err || got == nil {
		t.Errorf("%v became %v", err, got)
	}
}
