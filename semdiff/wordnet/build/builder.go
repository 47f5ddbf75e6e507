package main

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// synset is one meaning.
type synset struct {
	pos     byte
	words   []string // folded; "" for those left out
	above   []string // keys of its hypernyms, or of the head of its cluster
	antonym []link
	derived []link
}

// link leads from one word of a synset to one of another; the words count
// from 1, and 0 stands for the synset as a whole.
type link struct {
	from int
	key  string
	to   int
}

type sense struct {
	key   string
	rank  int
	count int
}

type builder struct {
	synsets map[string]*synset // "n00001740"
	words   map[string][]sense // by word
}

func newBuilder() *builder {
	return &builder{synsets: map[string]*synset{}, words: map[string][]sense{}}
}

func posOf(c byte) byte {
	if c == 's' {
		return 'a'
	}
	return c
}

func (b *builder) readData(file string, pos byte) error {
	return lines(file, func(line string) error {
		f := strings.Fields(line)
		count, err := number(f[3], 16)
		if err != nil {
			return err
		}
		s := &synset{pos: pos}
		for i := range count {
			s.words = append(s.words, fold(f[4+2*i]))
		}
		f = f[4+2*count:]
		pointers, err := number(f[0], 10)
		if err != nil {
			return err
		}
		for i := range pointers {
			p := f[1+4*i:]
			if err := s.point(p[0], string(posOf(p[2][0]))+p[1], p[3]); err != nil {
				return err
			}
		}
		b.synsets[string(pos)+line[:8]] = s
		return nil
	})
}

func (s *synset) point(symbol, key, fromTo string) error {
	from, err := number(fromTo[:2], 16)
	if err != nil {
		return err
	}
	to, err := number(fromTo[2:], 16)
	if err != nil {
		return err
	}
	switch symbol {
	case "@", "&", "$":
		s.above = append(s.above, key)
	case "!":
		s.antonym = append(s.antonym, link{from, key, to})
	case "+", "\\", "<":
		s.derived = append(s.derived, link{from, key, to})
	}
	return nil
}

func (b *builder) readSenses(file string) error {
	letters := " nvara"
	return lines(file, func(line string) error {
		f := strings.Fields(line)
		word, rest, ok := strings.Cut(f[0], "%")
		if !ok || len(f) != 4 {
			return fmt.Errorf("not a sense: %q", line)
		}
		if word = fold(word); word == "" {
			return nil
		}
		rank, err := number(f[2], 10)
		if err != nil {
			return err
		}
		count, err := number(f[3], 10)
		if err != nil {
			return err
		}
		pos := letters[rest[0]-'0']
		if rest[0] == '4' {
			pos = 'r'
		}
		if rest[0] == '3' || rest[0] == '5' {
			pos = 'a'
		}
		if pos == 'n' && strings.Contains(word, " ") {
			return nil
		}
		b.words[word] = append(b.words[word], sense{string(pos) + f[1], rank, count})
		return nil
	})
}

// frequent are the senses of a word that a reader thinks of: of each part of
// speech the first three, and others that make up a tenth of its uses.
func frequent(all []sense) []sense {
	total := map[byte]int{}
	for _, s := range all {
		total[s.key[0]] += s.count
	}
	var kept []sense
	for _, s := range all {
		if s.rank <= 3 || 10*s.count >= total[s.key[0]] && s.count > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// pack writes: the count of words; the count of blocks and the offset of each;
// then blocks of 16 words, sorted, each word as the length of what it shares
// with the one before, its own rest, parts of speech, synsets, synsets above,
// antonyms (2n and 2n+1 are opposites), families.
func (b *builder) pack() []byte {
	names := slices.Sorted(maps.Keys(b.words))
	ids := map[string]int{}
	for _, w := range names {
		for _, s := range frequent(b.words[w]) {
			if _, ok := ids[s.key]; !ok {
				ids[s.key] = len(ids) + 1
			}
		}
	}
	opposites, families := b.opposites(), b.families(names)
	var body []byte
	var offsets []uint32
	last := ""
	for i, w := range names {
		if i%16 == 0 {
			offsets, last = append(offsets, uint32(len(body))), ""
		}
		body = b.packWord(body, w, last, ids, opposites[w], families[w])
		last = w
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(names)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(offsets)))
	for _, o := range offsets {
		head = binary.LittleEndian.AppendUint32(head, o)
	}
	return append(head, body...)
}

func (b *builder) packWord(dst []byte, w, last string, ids map[string]int, opposites []int, family int) []byte {
	shared := 0
	for shared < len(w) && shared < len(last) && w[shared] == last[shared] {
		shared++
	}
	pos := 0
	var own, above []int
	for _, s := range b.words[w] {
		pos |= 1 << strings.IndexByte("nvar", s.key[0])
	}
	for _, s := range frequent(b.words[w]) {
		if b.wordsOf(s.key) > 1 || b.hasBelow(s.key) {
			own = append(own, ids[s.key])
		}
		if s.rank > 2 {
			continue
		}
		for _, up := range b.synsets[s.key].above {
			if id, ok := ids[up]; ok {
				above = append(above, id)
			}
		}
	}
	dst = append(dst, byte(shared), byte(len(w)-shared))
	dst = append(dst, w[shared:]...)
	dst = append(dst, byte(pos))
	dst = varints(dst, own)
	dst = varints(dst, above)
	dst = varints(dst, opposites)
	return binary.AppendUvarint(dst, uint64(family))
}

func (b *builder) wordsOf(key string) int {
	n := 0
	for _, w := range b.synsets[key].words {
		if w != "" {
			n++
		}
	}
	return n
}
