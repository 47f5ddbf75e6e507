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
)

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := OpenExclusive(t.Context(), path)
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

func TestOpenExclusiveIsForOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	if _, err := OpenExclusive(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	if _, err := OpenReadOnly(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("a reader: %v", err)
	}
	db.Close()
	open(t, path)
}

func TestOpenReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := OpenReadOnly(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("reading an absent file made it")
	}
	db := open(t, path)
	if _, err := db.Exec("CREATE TABLE a (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	db, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT INTO a VALUES (1)"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestOpenDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database. ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string) (*sql.DB, error){"writer": OpenExclusive, "reader": OpenReadOnly} {
		_, err := open(t.Context(), path)
		if err == nil || errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "not a database") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
