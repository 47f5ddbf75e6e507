package main

import (
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
)

//go:embed prompts
var prompts embed.FS

// prompt is one text of the corpus.
type prompt struct {
	name string // file name below prompts/
	text string
}

// corpus reads all prompts, in the order of their names.
func corpus() ([]prompt, error) {
	entries, err := fs.ReadDir(prompts, "prompts")
	if err != nil {
		return nil, fmt.Errorf("reading the corpus: %w", err)
	}
	var all []prompt
	for _, e := range entries {
		data, err := fs.ReadFile(prompts, "prompts/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the corpus: %w", err)
		}
		all = append(all, prompt{e.Name(), string(data)})
	}
	return all, nil
}

// half is "train" or "test", fixed by the name alone: rules are written while
// looking at one half and judged on the other.
func half(name string) string {
	if hash("half:"+name)%2 == 0 {
		return "train"
	}
	return "test"
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	x := h.Sum64() // FNV's low bits are weak: mix them as SplitMix64 does
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
