package testsets

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Parting says how a set is dealt out.
type Parting struct {
	Shares   []float64 // of the cases, one for each part; positive; they are scaled to a sum of 1
	By       string    // "label" or "slice.KEY": every part gets its share of each; "" = no strata
	Seed     uint64
	Together [][]int // indexes of cases that must stay in one part, beside those of a cluster
}

// Part deals the cases of a set out to parts: the index of each case's part, in
// the order of the cases. Clusters stay whole. Cases are dealt stratum by
// stratum, in an order that the seed draws, each to the part that lacks most of
// its share so far: so with units of one case every part has its share, to
// within a case, of the set and of each stratum. The same set and seed give
// the same parts, whatever the order of the cases.
func (s *Set) Part(p Parting) ([]int, error) {
	if err := s.checkParting(p); err != nil {
		return nil, err
	}
	part := make([]int, len(s.Cases))
	var total float64
	for _, x := range p.Shares {
		total += x
	}
	lack := make([]float64, len(p.Shares))
	for _, u := range s.units(p) {
		most := 0
		for k, share := range p.Shares {
			lack[k] += share / total * float64(len(u.members))
			if lack[k] > lack[most]+1e-9 {
				most = k
			}
		}
		lack[most] -= float64(len(u.members))
		for _, i := range u.members {
			part[i] = most
		}
	}
	return part, nil
}

func (s *Set) checkParting(p Parting) error {
	if len(p.Shares) == 0 {
		return fmt.Errorf("no shares: %w", fs.ErrInvalid)
	}
	for _, x := range p.Shares {
		if !(x > 0) || x > 1e12 {
			return fmt.Errorf("a share of %v is not positive: %w", x, fs.ErrInvalid)
		}
	}
	key, isSlice := strings.CutPrefix(p.By, "slice.")
	switch {
	case p.By == "" || p.By == "label":
	case !isSlice:
		return fmt.Errorf("%q is not known; known: label, slice.KEY: %w", p.By, fs.ErrInvalid)
	default:
		if !slices.ContainsFunc(s.Cases, func(c Case) bool { _, ok := c.Slice[key]; return ok }) {
			return fmt.Errorf("no case has a slice %q; known: %s: %w", key, strings.Join(s.SliceKeys(), ", "), fs.ErrInvalid)
		}
	}
	return nil
}

// SliceKeys lists the names of the slices that cases have, sorted.
func (s *Set) SliceKeys() []string {
	var keys []string
	seen := map[string]bool{}
	for i := range s.Cases {
		for k := range s.Cases[i].Slice {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// partUnit is what is dealt at once.
type partUnit struct {
	stratum string
	key     [sha256.Size]byte
	members []int
}

// units are the clusters, and the cases that have none, stratum by stratum and
// in drawn order within each. A cluster is of the stratum that most of its
// cases are of.
func (s *Set) units(p Parting) []partUnit {
	root := s.joined(p.Together)
	at := map[int]int{}
	var units []partUnit
	for i := range s.Cases {
		j, ok := at[root(i)]
		if !ok {
			j = len(units)
			at[root(i)] = j
			units = append(units, partUnit{})
		}
		units[j].members = append(units[j].members, i)
	}
	seed := strconv.FormatUint(p.Seed, 10)
	for i := range units {
		u := &units[i]
		first := ""
		count := map[string]int{}
		for _, m := range u.members {
			c := &s.Cases[m]
			if first == "" || c.ID < first {
				first = c.ID
			}
			count[c.stratum(p.By)]++
		}
		u.key = sha256.Sum256([]byte(seed + "\x00" + first))
		for name, n := range count {
			if n > count[u.stratum] || n == count[u.stratum] && name < u.stratum {
				u.stratum = name
			}
		}
	}
	sort.Slice(units, func(a, b int) bool {
		if c := cmp.Compare(units[a].stratum, units[b].stratum); c != 0 {
			return c < 0
		}
		return bytes.Compare(units[a].key[:], units[b].key[:]) < 0
	})
	return units
}

// stratum names the stratum of a case; a prefix keeps a value apart from none.
func (c *Case) stratum(by string) string {
	key, isSlice := strings.CutPrefix(by, "slice.")
	switch {
	case isSlice:
		if v, ok := c.Slice[key]; ok {
			return "=" + v
		}
	case by == "label":
		if label, ok := c.Expected.(string); ok {
			return "=" + label
		}
	}
	return "-"
}

// joined finds what belongs together: clusters, and what the caller names. The
// function returns the same index for all cases of a unit.
func (s *Set) joined(together [][]int) (root func(int) int) {
	parent := make([]int, len(s.Cases))
	for i := range parent {
		parent[i] = i
	}
	root = func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	clusters := map[string]int{}
	for i := range s.Cases {
		name := s.Cases[i].Cluster
		if first, ok := clusters[name]; ok && name != "" {
			parent[root(i)] = root(first)
		} else {
			clusters[name] = i
		}
	}
	for _, group := range together {
		for _, i := range group[min(1, len(group)):] {
			parent[root(i)] = root(group[0])
		}
	}
	return root
}

// Subset is a copy of the set with those of its cases for which keep is true,
// in their order. It shares the cases' maps and slices. Labels that the file
// declared stay.
func (s *Set) Subset(name string, keep func(i int) bool) *Set {
	sub := *s
	sub.Name, sub.Cases = name, nil
	for i := range s.Cases {
		if keep(i) {
			sub.Cases = append(sub.Cases, s.Cases[i])
		}
	}
	if !s.declared() {
		r := reader{set: &sub}
		r.label()
	}
	return &sub
}
