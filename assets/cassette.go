package assets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// A cassette is JSON lines, made to be kept in version control: the header, then
// one answer a line.

// cassetteVersion is of the format that is written, and the newest that is read.
const cassetteVersion = 1

// maxCassetteLine is the longest line that is read or written, in bytes.
const maxCassetteLine = 64 << 20

// CassetteHeader is the first line of a cassette.
type CassetteHeader struct {
	Created  time.Time // when it was recorded
	Releases []string  // digests of all that answered
}

// Recorded is one answer as a cassette holds it.
type Recorded struct {
	ID string // of the request, unique among its release's: "CASE#DRAW"
	Answer
}

// Cassette holds recorded answers, to give them again without a call. It is
// read-only and safe for concurrent use.
type Cassette struct {
	releases []string
	answers  map[string]Answer // by key
}

// Releases are the digests of all that answered, as the header names them.
func (c *Cassette) Releases() []string { return slices.Clone(c.releases) }

// Get returns the release's answers to those of the keys that have one, by key.
// The error is always nil: Get has the form of Cache.Get.
func (c *Cassette) Get(_ context.Context, release string, keys []string) (map[string]Answer, error) {
	found := map[string]Answer{}
	for _, key := range keys {
		if a, ok := c.answers[key]; ok && a.Release == release {
			found[key] = a
		}
	}
	return found, nil
}

// ReadCassette reads the cassette at path. What is wrong in it is a
// *config.Error with its line.
func ReadCassette(path string) (*Cassette, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the cassette: %w", err)
	}
	defer file.Close()
	c, err := readCassette(path, file)
	var at *config.Error
	if err != nil && !errors.As(err, &at) {
		err = fmt.Errorf("reading the cassette %s: %w", path, err)
	}
	return c, err
}

func readCassette(name string, from io.Reader) (*Cassette, error) {
	r := cassetteReader{Cassette: Cassette{answers: map[string]Answer{}}, lines: map[string]int{}}
	s := bufio.NewScanner(from)
	s.Buffer(make([]byte, 0, 64<<10), maxCassetteLine)
	line := 0
	for s.Scan() {
		line++
		if key, err := r.take(line, s.Bytes()); err != nil {
			return nil, &config.Error{File: name, Line: line, Key: key, Msg: err.Error()}
		}
	}
	switch err := s.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, &config.Error{File: name, Line: line + 1, Msg: fmt.Sprintf("the line is longer than %d MiB", maxCassetteLine>>20)}
	case err != nil:
		return nil, err
	case line == 0:
		return nil, &config.Error{File: name, Line: 1, Msg: "the file is empty: no cassette"}
	}
	return &r.Cassette, nil
}

type cassetteReader struct {
	Cassette
	lines map[string]int // where a key stands
}

// take reads one line. The key is that of what is wrong in it.
func (r *cassetteReader) take(line int, text []byte) (key string, err error) {
	if line == 1 {
		return r.header(text)
	}
	var in struct {
		Key      string          `json:"key"`
		ID       string          `json:"id"`
		Release  string          `json:"release"`
		CalledAt time.Time       `json:"called_at"`
		CostUSD  float64         `json:"cost_usd"`
		Result   json.RawMessage `json:"result"`
	}
	if err := strict(text, &in); err != nil {
		return "", fmt.Errorf("not an answer: %w", err)
	}
	e := Recorded{in.ID, Answer{in.Key, in.Release, in.CalledAt, in.Result, in.CostUSD}}
	if key, err := e.check(r.releases); err != nil {
		return key, err
	}
	if first, twice := r.lines[e.Key]; twice {
		return "key", fmt.Errorf("the same call was answered in line %d", first)
	}
	var result bytes.Buffer
	if err := json.Compact(&result, e.Result); err != nil {
		return "result", err
	}
	e.Result = result.Bytes()
	r.lines[e.Key], r.answers[e.Key] = line, e.Answer
	return "", nil
}

func (r *cassetteReader) header(text []byte) (key string, err error) {
	var v struct {
		Cassette int `json:"cassette"`
	}
	if err := json.Unmarshal(text, &v); err != nil || v.Cassette < 1 {
		return "", errors.New(`this is no cassette: the first line is not {"cassette":1,…}`)
	}
	if v.Cassette > cassetteVersion {
		return "cassette", fmt.Errorf("it was written by a newer genops (format %d, this one reads up to %d)", v.Cassette, cassetteVersion)
	}
	var in struct {
		Cassette int       `json:"cassette"`
		Created  time.Time `json:"created"`
		Releases []string  `json:"releases"`
	}
	if err := strict(text, &in); err != nil {
		return "", fmt.Errorf("not a header: %w", err)
	}
	r.releases = in.Releases
	return "", nil
}

// strict decodes one JSON object and nothing else.
func strict(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the line ends too early")
		}
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// check finds what no cassette holds, and names its key.
func (e *Recorded) check(releases []string) (key string, err error) {
	sum, err := hex.DecodeString(e.Key)
	switch {
	case err != nil || len(sum) != 32:
		return "key", fmt.Errorf("%s is no SHA-256 in hexadecimal", config.Shorten(e.Key))
	case e.ID == "":
		return "id", errors.New("is missing")
	case !slices.Contains(releases, e.Release):
		return "release", fmt.Errorf("%s is none of the %d that the header names", config.Shorten(e.Release), len(releases))
	case e.CalledAt.IsZero():
		return "called_at", errors.New("is missing")
	case e.CalledAt.UTC().Year() < 0 || e.CalledAt.UTC().Year() > 9999:
		return "called_at", errors.New("the year must be in 0..9999")
	case e.CostUSD < 0 || math.IsNaN(e.CostUSD) || math.IsInf(e.CostUSD, 0):
		return "cost_usd", fmt.Errorf("%v: must be 0 or more", e.CostUSD)
	case len(e.Result) == 0 || string(e.Result) == "null":
		return "result", errors.New("is missing")
	}
	return "", nil
}

// append writes the answer as a line; the result must be JSON.
func (e *Recorded) append(b []byte) ([]byte, error) {
	called, err := e.CalledAt.UTC().MarshalJSON()
	if err != nil {
		return nil, err
	}
	b = appendString(append(b, `{"key":`...), e.Key)
	b = appendString(append(b, `,"id":`...), e.ID)
	b = appendString(append(b, `,"release":`...), e.Release)
	b = append(append(b, `,"called_at":`...), called...)
	b = strconv.AppendFloat(append(b, `,"cost_usd":`...), e.CostUSD, 'g', -1, 64)
	var result bytes.Buffer
	if err := json.Compact(&result, e.Result); err != nil {
		return nil, fmt.Errorf("its result is not JSON: %w", err)
	}
	b = append(append(b, `,"result":`...), result.Bytes()...)
	if b = append(b, "}\n"...); len(b) > maxCassetteLine {
		return nil, fmt.Errorf("it is longer than %d MiB", maxCassetteLine>>20)
	}
	return b, nil
}
