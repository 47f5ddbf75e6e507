package export

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// cellLimit keeps a cell below the 32,767 characters that spreadsheets hold;
// csvMetrics and csvSlices bound the columns that come from outside.
const (
	cellLimit  = 32_000
	csvMetrics = 100
	csvSlices  = 50
)

// CSV writes one line per judged draw, of both arms, in the given order, as
// RFC 4180 has it: CRLF between lines, a header, text cells in quotes. After
// the columns of every case follow "slice KEY" and "score METRIC" columns,
// sorted; a score that could not be judged is empty.
//
// A text cell that a spreadsheet could take for a formula (it begins with
// = + - @, a tab or a carriage return, blanks and wide forms included) gets a
// leading ' and so stays text. Control characters and what hides or reorders
// text are shown, not kept; line feeds within a cell stay. Texts are cut to
// 32,000 bytes with a note.
func CSV(w io.Writer, _ evals.Result, rows []evals.CaseRow) error {
	c := &csvWriter{w: bufio.NewWriterSize(w, 32<<10)}
	metrics, keys := csvColumns(rows)
	for _, name := range []string{"id", "draw", "arm", "state", "input", "expected", "output", "error", "reason", "line", "cluster", "latency_ms", "cost_usd", "sends"} {
		c.text(name)
	}
	for _, key := range keys {
		c.text("slice " + key)
	}
	for _, metric := range metrics {
		c.text("score " + metric)
	}
	c.end()
	for i := range rows {
		c.row(&rows[i], keys, metrics)
	}
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("writing cases as CSV: %w", err)
	}
	return nil
}

// csvColumns are the metrics and slice keys of all rows, sorted.
func csvColumns(rows []evals.CaseRow) (metrics, keys []string) {
	m, k := map[string]bool{}, map[string]bool{}
	for i := range rows {
		for _, f := range rows[i].Findings {
			m[f.Metric] = true
		}
		for key := range rows[i].Slice {
			k[key] = true
		}
	}
	metrics, keys = slices.Sorted(maps.Keys(m)), slices.Sorted(maps.Keys(k))
	return metrics[:min(len(metrics), csvMetrics)], keys[:min(len(keys), csvSlices)]
}

type csvWriter struct {
	w    *bufio.Writer
	buf  []byte
	cell int // of the line
}

func (c *csvWriter) row(row *evals.CaseRow, keys, metrics []string) {
	c.text(row.ID)
	c.number(float64(max(row.Draw, 1)))
	arm := row.Arm
	if arm == "" {
		arm = "candidate"
	}
	c.text(arm)
	c.text(row.State)
	c.text(row.Input)
	c.text(expectedText(row.Expected))
	c.text(row.Output)
	c.text(row.Error)
	c.text(whyNot(row))
	c.number(float64(row.Line))
	c.text(row.Cluster)
	c.number(row.LatencyMS)
	c.number(row.CostUSD)
	c.number(float64(row.Sends))
	for _, key := range keys {
		c.text(row.Slice[key])
	}
	for _, metric := range metrics {
		i := slices.IndexFunc(row.Findings, func(f pipeline.Finding) bool { return f.Metric == metric })
		if i < 0 {
			c.separate()
			continue
		}
		c.number(row.Findings[i].Score)
	}
	c.end()
}

func (c *csvWriter) separate() {
	if c.cell > 0 {
		c.w.WriteByte(',')
	}
	c.cell++
}

func (c *csvWriter) end() {
	c.w.WriteString("\r\n")
	c.cell = 0
}

func (c *csvWriter) number(v float64) {
	c.separate()
	c.buf = strconv.AppendFloat(c.buf[:0], v, 'f', -1, 64)
	c.w.Write(c.buf)
}

func (c *csvWriter) text(s string) {
	c.separate()
	if s == "" {
		return
	}
	c.w.WriteByte('"')
	if formula(s) {
		c.w.WriteByte('\'')
	}
	var rest int
	c.buf, rest = appendEscaped(c.buf[:0], s, csvEscape, cellLimit)
	c.w.Write(c.buf)
	if rest > 0 {
		c.w.WriteString("… (" + byteSize(rest) + " more)")
	}
	c.w.WriteByte('"')
}

// formula says whether a spreadsheet could take a cell for more than text.
func formula(s string) bool {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r != '\t' && r != '\r' && (unicode.IsSpace(r) || hides(r) && r > 0x7F) })
	for _, r := range s {
		return strings.ContainsRune("=+-@\t\r＝＋－＠", r)
	}
	return false
}

// csvEscape is for the inside of a quoted cell.
func csvEscape(c byte) string {
	switch c {
	case '"':
		return `""`
	case '\n':
		return ""
	case '\t':
		return " "
	}
	return picture(c)
}
