package parquet

import "fmt"

// Encodings of values.
const (
	encPlain           = 0
	encPlainDictionary = 2
	encRLE             = 3
	encDictionary      = 8
)

// Types of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// chunk reads a column of one row group.
func (f *File) chunk(c *Column, group *node, rows int) ([]Cell, error) {
	chunks := group.get(1).list
	if c.index >= len(chunks) {
		return nil, damaged("the row group has %d columns", len(chunks))
	}
	meta := chunks[c.index].get(3)
	switch {
	case chunks[c.index].get(1).text != "":
		return nil, fmt.Errorf("its values are in another file")
	case meta.get(1).n != c.physical:
		return nil, damaged("its type differs from the schema")
	case meta.get(5).n != int64(rows):
		return nil, damaged("it has %d values for %d rows", meta.get(5).n, rows)
	}
	start := meta.get(9).n
	if d := meta.get(11).n; d > 0 && d < start {
		start = d
	}
	end := start + meta.get(7).n
	if start < 4 || end < start || end > int64(len(f.data)) {
		return nil, damaged("its pages lie outside the file")
	}
	r := chunkReader{column: c, codec: meta.get(4).n, src: f.data[start:end], rows: rows, cells: make([]Cell, 0, min(rows, 1<<16))}
	for len(r.cells) < rows {
		if err := r.page(); err != nil {
			return nil, err
		}
	}
	return r.cells, nil
}

// chunkReader reads the pages of one chunk.
type chunkReader struct {
	column *Column
	codec  int64
	src    []byte
	rows   int
	dict   []Cell
	cells  []Cell
}

func (r *chunkReader) page() error {
	head, size, err := decode(r.src)
	if err != nil {
		return err
	}
	packed, unpacked := head.get(3).n, head.get(2).n
	if packed < 0 || packed > int64(len(r.src)-size) || unpacked < 0 || unpacked > maxPage {
		return damaged("a page has an impossible size")
	}
	body := r.src[size : size+int(packed)]
	r.src = r.src[size+int(packed):]
	switch head.get(1).n {
	case pageIndex:
		return nil
	case pageDictionary:
		if body, err = unpack(r.codec, body, int(unpacked)); err != nil {
			return err
		}
		return r.dictionary(head.get(7), body)
	case pageData:
		if body, err = unpack(r.codec, body, int(unpacked)); err != nil {
			return err
		}
		return r.dataV1(head.get(5), body)
	case pageDataV2:
		return r.dataV2(head.get(8), body, int(unpacked))
	}
	return damaged("a page of unknown type %d", head.get(1).n)
}

func (r *chunkReader) dictionary(head *node, body []byte) error {
	n := head.get(1).n
	if e := head.get(2).n; e != encPlain && e != encPlainDictionary {
		return fmt.Errorf("a dictionary in encoding %d is not read; known: plain", e)
	}
	if n < 0 || n > int64(len(body)) && r.column.physical != physBool || n > MaxRows {
		return damaged("a dictionary of %d values in %d bytes", n, len(body))
	}
	var err error
	r.dict, err = r.plain(nil, body, int(n))
	return err
}

// values checks the number of values of a page.
func (r *chunkReader) values(n int64) (int, error) {
	if n <= 0 || n > int64(r.rows-len(r.cells)) {
		return 0, damaged("a page of %d values, %d are missing", n, r.rows-len(r.cells))
	}
	return int(n), nil
}

// dataV1 reads a page whose definition levels stand before its values.
func (r *chunkReader) dataV1(head *node, body []byte) error {
	n, err := r.values(head.get(1).n)
	if err != nil {
		return err
	}
	var levels []byte
	if r.column.optional {
		if head.get(3).n != encRLE {
			return fmt.Errorf("definition levels in encoding %d are not read; known: RLE", head.get(3).n)
		}
		size, rest, ok := sized(body)
		if !ok {
			return damaged("definition levels break off")
		}
		levels, body = size, rest
	}
	return r.data(n, head.get(2).n, levels, body)
}

// dataV2 reads a page whose levels are never packed.
func (r *chunkReader) dataV2(head *node, body []byte, unpacked int) error {
	n, err := r.values(head.get(1).n)
	if err != nil {
		return err
	}
	def, rep := head.get(5).n, head.get(6).n
	if def < 0 || rep < 0 || def > int64(len(body)) || rep > int64(len(body))-def || int64(unpacked) < def+rep {
		return damaged("levels of an impossible size")
	}
	levels := body[rep : rep+def]
	if body = body[rep+def:]; !head.has(7) || head.get(7).n == 1 {
		if body, err = unpack(r.codec, body, unpacked-int(def+rep)); err != nil {
			return err
		}
	}
	if !r.column.optional {
		levels = nil
	}
	return r.data(n, head.get(4).n, levels, body)
}

// data adds n cells: null where the level is 0, else the next value.
func (r *chunkReader) data(n int, encoding int64, levels, body []byte) error {
	present := make([]uint32, 0)
	count := n
	if r.column.optional {
		var err error
		if present, err = hybrid(make([]uint32, 0, n), levels, 1, n); err != nil {
			return err
		}
		count = 0
		for _, level := range present {
			count += int(level & 1)
		}
	}
	values, err := r.decode(encoding, body, count)
	if err != nil {
		return err
	}
	if count == n {
		r.cells = append(r.cells, values...)
		return nil
	}
	next := 0
	for _, level := range present {
		if level&1 == 0 {
			r.cells = append(r.cells, Cell{})
			continue
		}
		r.cells = append(r.cells, values[next])
		next++
	}
	return nil
}

// decode reads count values.
func (r *chunkReader) decode(encoding int64, body []byte, count int) ([]Cell, error) {
	switch encoding {
	case encPlain:
		return r.plain(make([]Cell, 0, min(count, len(body)*8)), body, count)
	case encPlainDictionary, encDictionary:
		return r.indexed(body, count)
	case encRLE:
		if r.column.physical == physBool {
			return r.runs(body, count)
		}
	}
	return nil, fmt.Errorf("values in encoding %s are not read; known: PLAIN, RLE_DICTIONARY", encodingName(encoding))
}

func encodingName(e int64) string {
	names := map[int64]string{3: "RLE", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY", 9: "BYTE_STREAM_SPLIT"}
	if name := names[e]; name != "" {
		return name
	}
	return fmt.Sprint(e)
}
