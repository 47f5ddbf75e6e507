package promptfoo

import (
	"bufio"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// writers is the table of endings that results are written for, beside those
// that the house writes itself.
func writers() map[string]func(*Results, io.Writer) error {
	return map[string]func(*Results, io.Writer) error{
		".json":  (*Results).writeJSON,
		".jsonl": (*Results).writeLines,
		".yaml":  (*Results).writeYAML,
		".yml":   (*Results).writeYAML,
		".txt":   (*Results).writeYAML,
		".csv":   (*Results).writeCSV,
		".xml":   (*Results).writeXML,
	}
}

// Writer is what writes a file of this name in promptfoo's shape; nil when its
// ending is not one of promptfoo's data formats (.html, .junit.xml, .md).
func Writer(name string) func(*Results, io.Writer) error {
	if strings.HasSuffix(name, ".junit.xml") {
		return nil
	}
	return writers()[strings.ToLower(filepath.Ext(name))]
}

// rowsHere stands in the document where the rows are streamed to.
const rowsHere = "rows of the evaluation, written one by one"

// writeJSON writes the document row by row, so that memory does not grow with it.
func (r *Results) writeJSON(w io.Writer) error {
	text, _ := jsvalue.Stringify(r.around(rowsHere), "  ")
	head, tail, _ := strings.Cut(text, `"results": `+string(jsvalue.AppendQuoted(nil, rowsHere)))
	b := bufio.NewWriterSize(w, 64<<10)
	b.WriteString(head + `"results": [`)
	const margin = "      "
	between := "\n" + margin
	r.eachRow("  ", margin, func(row []byte) {
		b.WriteString(between)
		b.Write(row)
		between = ",\n" + margin
	})
	if between[0] == ',' {
		b.WriteString("\n    ")
	}
	b.WriteString("]" + tail + "\n")
	return b.Flush()
}

func (r *Results) writeLines(w io.Writer) error {
	b := bufio.NewWriter(w)
	r.eachRow("", "", func(row []byte) {
		b.Write(row)
		b.WriteByte('\n')
	})
	return b.Flush()
}

// rowsAtOnce is how many rows are made together; twice as many are in memory.
const rowsAtOnce = 128

// eachRow calls write with the JSON of each row that has a record, in order. The
// cores share the work, and go on while rows are written. A row is not valid after
// write has returned.
func (r *Results) eachRow(indent, margin string, write func([]byte)) {
	var texts [2][rowsAtOnce][]byte
	made := make(chan struct{}, 1)
	prepare := func(from int) {
		inParallel(min(rowsAtOnce, len(r.records)-from), func(i int) {
			text := &texts[from/rowsAtOnce%2][i]
			if *text = (*text)[:0]; r.records[from+i] != "" {
				*text = jsvalue.AppendJSON(*text, r.row(from+i), indent, margin)
			}
		})
		made <- struct{}{}
	}
	go prepare(0)
	for from := 0; from < len(r.records); from += rowsAtOnce {
		<-made
		if next := from + rowsAtOnce; next < len(r.records) {
			go prepare(next)
		}
		for _, text := range texts[from/rowsAtOnce%2][:min(rowsAtOnce, len(r.records)-from)] {
			if len(text) > 0 {
				write(text)
			}
		}
	}
}

// inParallel calls do with 0 to n-1, from as many goroutines as there are cores.
func inParallel(n int, do func(int)) {
	var wait sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		wait.Go(func() {
			for i := part; i < n; i += parts {
				do(i)
			}
		})
	}
	wait.Wait()
}

// writeXML writes the document as elements named after the keys.
func (r *Results) writeXML(w io.Writer) error {
	b := bufio.NewWriter(w)
	xmlElement(b, "promptfoo", r.document(), "")
	b.WriteByte('\n')
	return b.Flush()
}

func xmlElement(b *bufio.Writer, name string, v any, margin string) {
	if list, ok := v.([]any); ok {
		for i, x := range list {
			if i > 0 {
				b.WriteByte('\n')
			}
			xmlElement(b, name, x, margin)
		}
		return
	}
	tag := xmlName(name)
	b.WriteString(margin + "<" + tag + ">")
	keys, isObject := jsvalue.KeysOf(v)
	if !isObject {
		if v != nil && !jsvalue.IsUndefined(v) {
			b.WriteString(xmlText(jsvalue.ToString(v)))
		}
		b.WriteString("</" + tag + ">")
		return
	}
	for _, k := range keys {
		x, _ := jsvalue.Field(v, k)
		if list, ok := x.([]any); ok && len(list) == 0 {
			continue
		}
		b.WriteByte('\n')
		xmlElement(b, k, x, margin+"  ")
	}
	if len(keys) > 0 {
		b.WriteString("\n" + margin)
	}
	b.WriteString("</" + tag + ">")
}

// xmlName is a key as the name of an element.
func xmlName(key string) string {
	name := strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z' {
			return c
		}
		return '_'
	}, key)
	if name == "" || !(name[0] == '_' || name[0]|32 >= 'a' && name[0]|32 <= 'z') {
		name = "_" + name
	}
	return name
}

func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;").Replace(strings.Map(xmlRune, s))
}

// xmlRune is a character that XML can hold.
func xmlRune(c rune) rune {
	if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xFFFE || c == 0xFFFF {
		return 0xFFFD
	}
	return c
}
