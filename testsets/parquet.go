package testsets

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/testsets/parquet"
)

// parquet reads rows from the flat columns of an Apache Parquet file. Where the
// file knows the names of numbered labels, they are the expected values. Lines
// are numbers of rows.
func (r *reader) parquet(data []byte) error {
	r.begin("rows-parquet")
	f, err := parquet.Open(data)
	if err != nil {
		return r.errorf(0, "", "%v", err)
	}
	for _, why := range f.Skipped {
		r.leave("the column " + why + "; it was left out")
	}
	if len(f.Columns) == 0 {
		return r.errorf(0, "", "no column can be read: %s", strings.Join(f.Skipped, "; "))
	}
	row := value{kind: object, items: make([]value, len(f.Columns))}
	names := make([][]string, len(f.Columns))
	seen := make(map[string]bool, len(f.Columns))
	for i, c := range f.Columns {
		row.items[i].key = c.Name
		if seen[c.Name] && !r.full() {
			r.fail(0, c.Name, "two columns have this name")
		}
		seen[c.Name] = true
		names[i] = classNames(f.Metadata["huggingface"], c.Name)
	}
	kinds := [...]kind{parquet.Null: null, parquet.Bool: boolean, parquet.Number: number, parquet.Text: text}
	err = f.Each(func(n int, cells []parquet.Cell) bool {
		row.line = int32(n)
		for i, c := range cells {
			v := &row.items[i]
			v.kind, v.text, v.line = kinds[c.Kind], c.Text, int32(n)
			if names[i] != nil && c.Kind == parquet.Number {
				r.named(v, names[i])
			}
		}
		r.row(&row)
		return !r.full()
	})
	if err != nil {
		return r.errorf(0, "", "%v", err)
	}
	return nil
}

// named puts the name of a label in the place of its number; -1 is a hidden
// label. Names that the user gives win.
func (r *reader) named(v *value, names []string) {
	i, err := strconv.Atoi(v.text)
	switch {
	case len(r.opt.LabelNames) > 0 || err != nil:
	case i == -1:
		v.kind = null
	case i < 0 || i >= len(names):
		r.fail(int(v.line), v.key, "%s is not the number of a label: %d are named in the file", v.text, len(names))
	default:
		v.kind, v.text = text, names[i]
	}
}

// classNames finds the names of a column's numbered labels in what Hugging Face
// data sets leave in the metadata of a file; nil without any.
func classNames(features, column string) []string {
	var about struct {
		Info struct {
			Features map[string]struct {
				Names []string `json:"names"`
				Type  string   `json:"_type"`
			} `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(features), &about) != nil || about.Info.Features[column].Type != "ClassLabel" {
		return nil
	}
	return about.Info.Features[column].Names
}
