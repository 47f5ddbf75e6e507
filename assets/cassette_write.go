package assets

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// WriteCassette writes the answers to path, whole or not at all, in the order
// of releases and IDs: the same answers make the same file. All are held in
// memory meanwhile.
//
// A cassette goes into version control, so it is refused when an answer holds
// one of the secrets. They are values by the name of what holds them, e.g. an
// environment variable; empty ones are not looked for. Errors name the answer
// and the secret's name, never its value.
func WriteCassette(path string, header CassetteHeader, answers iter.Seq[Recorded], secrets map[string]string) error {
	all := slices.SortedFunc(answers, func(a, b Recorded) int {
		return cmp.Or(cmp.Compare(a.Release, b.Release), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Key, b.Key))
	})
	header.Releases = slices.Compact(slices.Sorted(slices.Values(header.Releases)))
	if err := writeCassette(path, header, all, secrets); err != nil {
		return fmt.Errorf("writing the cassette %s: %w", path, err)
	}
	return nil
}

func writeCassette(path string, header CassetteHeader, all []Recorded, secrets map[string]string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".cassette-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	w := bufio.NewWriter(tmp)
	err = writeLines(w, header, all, secrets)
	if err == nil {
		err = errors.Join(w.Flush(), tmp.Sync(), tmp.Chmod(0o644))
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func writeLines(w *bufio.Writer, header CassetteHeader, all []Recorded, secrets map[string]string) error {
	first, err := json.Marshal(struct {
		Cassette int      `json:"cassette"`
		Created  string   `json:"created"`
		Releases []string `json:"releases"`
	}{cassetteVersion, header.Created.UTC().Format("2006-01-02T15:04:05Z"), header.Releases})
	if err != nil {
		return err
	}
	w.Write(append(first, '\n')) // its errors come with Flush
	var line []byte
	seen := map[string]string{}
	for i := range all {
		e := &all[i]
		if key, err := e.check(header.Releases); err != nil {
			return fmt.Errorf("answer %q: %q: %w", e.ID, key, err)
		}
		if id, twice := seen[e.Key]; twice {
			return fmt.Errorf("answers %q and %q are to the same call", id, e.ID)
		}
		seen[e.Key] = e.ID
		if line, err = e.append(line[:0]); err != nil {
			return fmt.Errorf("answer %q: %w", e.ID, err)
		}
		if name := findSecret(line, secrets); name != "" {
			return fmt.Errorf("%s holds the value of %s; nothing was written", e.named(secrets[name]), name)
		}
		w.Write(line)
	}
	return nil
}

// named is what an error calls the answer, without the secret.
func (e *Recorded) named(secret string) string {
	if strings.Contains(e.ID, secret) {
		return "the answer with the key " + e.Key
	}
	return fmt.Sprintf("answer %q", e.ID)
}

// findSecret returns the name of a secret whose value is in a line of JSON, as
// it stands there or in what its texts say; "" when there is none.
func findSecret(line []byte, secrets map[string]string) string {
	var texts []string
	if bytes.IndexByte(line, '\\') >= 0 {
		texts = unescaped(line)
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		value := secrets[name]
		if value == "" {
			continue
		}
		if bytes.Contains(line, []byte(value)) {
			return name
		}
		for _, text := range texts {
			if strings.Contains(text, value) {
				return name
			}
		}
	}
	return ""
}

// unescaped lists the texts and the names of a JSON document.
func unescaped(doc []byte) (texts []string) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	for {
		t, err := d.Token()
		if err != nil {
			return texts
		}
		if text, ok := t.(string); ok {
			texts = append(texts, text)
		}
	}
}
