package assets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
)

// A ledger file is JSON lines: the header, then records. A commit ends with
// commitLine; records after the last one were never committed. A later record of
// a call replaces an earlier one. Zeros may follow, reserved for what comes.
const (
	header     = `{"ledger":1}` + "\n"
	commitLine = `{"commit":true}` + "\n"
	version    = 1
)

// record is any line of the file.
type record struct {
	Ledger int             `json:"ledger"`
	Commit bool            `json:"commit"`
	Seq    *int64          `json:"seq"`
	ID     string          `json:"id"`
	Key    string          `json:"key"`
	Sends  int             `json:"sends"`
	Before float64         `json:"before_usd"`
	Result json.RawMessage `json:"result"`
}

func appendCall(b []byte, c *Call) []byte {
	b = strconv.AppendInt(append(b, `{"seq":`...), c.Seq, 10)
	b = appendString(append(b, `,"id":`...), c.ID)
	b = appendString(append(b, `,"key":`...), c.Key)
	b = strconv.AppendInt(append(b, `,"sends":`...), int64(c.Sends), 10)
	if c.BeforeUSD > 0 {
		b = strconv.AppendFloat(append(b, `,"before_usd":`...), c.BeforeUSD, 'g', -1, 64)
	}
	if len(c.Result) > 0 {
		b = append(append(b, `,"result":`...), c.Result...)
	}
	return append(b, "}\n"...)
}

func appendString(b []byte, s string) []byte {
	if plain(s) { // most are
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always can
	}
	return append(b, text...)
}

// plain says that JSON writes s as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (r *record) call() Call {
	c := Call{Seq: *r.Seq, ID: r.ID, Key: r.Key, State: Sent, Sends: r.Sends, BeforeUSD: r.Before}
	if r.Result != nil {
		c.State, c.Result = Done, r.Result
	}
	return c
}

// span is where a record stands in the file.
type span struct {
	off int64
	len int
}

// scan finds the last committed record of every call, and where the commits end.
func scan(file *os.File) (records map[int64]span, end int64, err error) {
	s := scanner{records: map[int64]span{}, frame: map[int64]span{}}
	r := bufio.NewReaderSize(io.NewSectionReader(file, 0, 1<<62), 64<<10)
	for {
		text, err := r.ReadBytes('\n')
		if err == io.EOF {
			return s.records, s.end, s.finish(text)
		}
		if err != nil {
			return nil, 0, err
		}
		if err := s.take(text); err != nil {
			return nil, 0, err
		}
	}
}

// scanner reads a ledger line by line. A commit that holds a line that can't be
// read is the last of a machine that crashed while it was written, unless another
// one follows: then the file was damaged later.
type scanner struct {
	records, frame map[int64]span // committed; not yet
	line           int
	off, end       int64
	bad, damaged   int // line that can't be read: in this frame, in a committed one
}

func (s *scanner) take(text []byte) error {
	at := span{s.off, len(text)}
	s.line++
	s.off += int64(len(text))
	var r record
	err := json.Unmarshal(text, &r)
	switch {
	case s.line == 1 && (err != nil || r.Ledger == 0):
		return errors.New("this is no ledger")
	case s.line == 1 && r.Ledger > version:
		return fmt.Errorf("it was written by a newer genops (format %d, this one reads up to %d)", r.Ledger, version)
	case s.line == 1:
	case err == nil && r.Seq != nil:
		s.frame[*r.Seq] = at
	case err == nil && r.Commit:
		return s.commit()
	case s.bad == 0:
		s.bad = s.line
	}
	return nil
}

func (s *scanner) commit() error {
	switch {
	case s.damaged > 0:
		return fmt.Errorf("line %d is no record: the file is damaged", s.damaged)
	case s.bad > 0:
		s.damaged, s.bad = s.bad, 0
	default:
		for seq, at := range s.frame {
			s.records[seq] = at
		}
		s.end = s.off
	}
	clear(s.frame)
	return nil
}

// finish judges what follows the last line break.
func (s *scanner) finish(rest []byte) error {
	if s.line == 0 && len(bytes.Trim(rest, "\x00")) > 0 && !bytes.HasPrefix([]byte(header), bytes.TrimRight(rest, "\x00")) {
		return errors.New("this is no ledger")
	}
	return nil
}

func readCalls(file *os.File, yield func(Call) error) error {
	records, _, err := scan(file)
	if err != nil {
		return fmt.Errorf("reading ledger %s: %w", file.Name(), err)
	}
	seqs := make([]int64, 0, len(records))
	for seq := range records {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range seqs {
		text := make([]byte, records[seq].len)
		if _, err := file.ReadAt(text, records[seq].off); err != nil {
			return fmt.Errorf("reading ledger %s: %w", file.Name(), err)
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("reading ledger %s: %w", file.Name(), err)
		}
		if err := yield(r.call()); err != nil {
			return err
		}
	}
	return nil
}
