package parquet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// read returns all rows of a file as text.
func read(t *testing.T, name string) (*File, [][]Cell) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]Cell
	err = f.Each(func(n int, cells []Cell) bool {
		if n != len(rows)+1 {
			t.Fatalf("row %d is announced as %d", len(rows)+1, n)
		}
		rows = append(rows, append([]Cell(nil), cells...))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, rows
}

// wanted is row i of the files that testdata/make.py writes.
func wanted(i int) []Cell {
	null := Cell{}
	note, flag := Cell{Text, []string{"ä", "", "zwei"}[i%3]}, Cell{Bool, fmt.Sprint(i%2 == 0)}
	if i%5 == 0 {
		note = null
	}
	if i%7 == 0 {
		flag = null
	}
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	return []Cell{
		{Number, fmt.Sprint(i)}, {Text, fmt.Sprintf("row %d: where is my parcel", i)}, {Number, fmt.Sprint(i % 3)}, note,
		{Number, fmt.Sprint(float64(i) / 4)}, flag,
		{Text, start.AddDate(0, 0, i).Format("2006-01-02")},
		{Text, start.Add(time.Duration(i) * time.Millisecond).Format(time.RFC3339Nano)},
	}
}

// TestSameRows: three writers, five encodings of pages, the same rows.
func TestSameRows(t *testing.T) {
	files, _ := filepath.Glob("testdata/same-*.parquet")
	if len(files) < 7 {
		t.Fatalf("only %d files", len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, rows := read(t, filepath.Base(path))
			if len(rows) != 300 || f.Rows != 300 || len(f.Skipped) > 0 {
				t.Fatalf("%d rows, %d announced, skipped %v", len(rows), f.Rows, f.Skipped)
			}
			for i, row := range rows {
				if want := wanted(i); !reflect.DeepEqual(row, want) {
					t.Fatalf("row %d: %v, want %v", i, row, want)
				}
			}
		})
	}
}

func TestOddColumns(t *testing.T) {
	f, rows := read(t, "odd.parquet")
	want := map[string]Cell{
		"u64": {Number, "18446744073709551615"}, "u8": {Number, "255"}, "i16": {Number, "-5"}, "f32": {Number, "0.1"},
		"nan": {}, "inf": {Text, "+Inf"}, "nothing": {}, "after": {Text, "still read"}, "ns": {Text, "1970-01-01T00:00:00.000000001Z"},
	}
	for i, c := range f.Columns {
		if got, ok := want[c.Name]; !ok || rows[0][i] != got {
			t.Errorf("%s: %v, want %v", c.Name, rows[0][i], got)
		}
		delete(want, c.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	skipped := `["bytes": its values are bytes, not text "list": it is nested "pair": it is nested "price": its type is not read]`
	if got := fmt.Sprint(f.Skipped); got != skipped {
		t.Errorf("skipped %s, want %s", got, skipped)
	}
}

func TestMetadata(t *testing.T) {
	f, rows := read(t, "labels.parquet")
	if !strings.Contains(f.Metadata["huggingface"], "ClassLabel") || len(rows) != 4 || len(f.Columns) != 2 {
		t.Errorf("%v, %d rows, %v", f.Metadata, len(rows), f.Columns)
	}
	if f, rows := read(t, "no-rows.parquet"); len(rows) != 0 || len(f.Columns) != 8 {
		t.Errorf("%d rows, %v", len(rows), f.Columns)
	}
}

func TestNotRead(t *testing.T) {
	for file, want := range map[string]string{
		"brotli.parquet": `column "id", row group 1: pages packed with BROTLI are not read; known: SNAPPY, GZIP, ZSTD, UNCOMPRESSED`,
		"delta.parquet":  `column "text", row group 1: values in encoding DELTA_BYTE_ARRAY are not read; known: PLAIN, RLE_DICTIONARY`,
	} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Each(func(int, []Cell) bool { return true }); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}

// TestDamaged: a file that is cut off anywhere, or has any byte changed, is an
// error or other rows, and never a panic.
func TestDamaged(t *testing.T) {
	for _, name := range []string{"same-arrow-dictionary-pages.parquet", "same-arrow-v2-pages.parquet", "labels.parquet"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for cut := 0; cut < len(data); cut += 1 + len(data)/200 {
			if f, err := Open(data[:cut]); err == nil || !errors.Is(err, errDamaged) {
				t.Fatalf("%s cut after %d: %v, %v", name, cut, f, err)
			}
		}
		for at := 0; at < len(data); at += 1 + len(data)/1500 {
			for _, bit := range []byte{0x01, 0x80} {
				changed := append([]byte(nil), data...)
				changed[at] ^= bit
				if f, err := Open(changed); err == nil {
					f.Each(func(int, []Cell) bool { return true })
				}
			}
		}
	}
}

func FuzzParquet(f *testing.F) {
	for _, name := range []string{"labels.parquet", "odd.parquet", "no-rows.parquet"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data)
		if err != nil {
			return
		}
		rows := 0
		err = file.Each(func(_ int, cells []Cell) bool {
			rows++
			return len(cells) == len(file.Columns)
		})
		if err == nil && rows != file.Rows {
			t.Fatalf("%d rows of %d", rows, file.Rows)
		}
	})
}

func FuzzSnappy(f *testing.F) {
	f.Add([]byte("\x03\x08abc"), 3)
	f.Add([]byte("\x08\x00a\x05\x01\x05\x01"), 8)
	f.Fuzz(func(t *testing.T, src []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		if dst, err := unsnappy(src, size); err == nil && len(dst) > size {
			t.Fatalf("%d bytes of %d", len(dst), size)
		}
	})
}
