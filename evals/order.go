package evals

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sort"
	"strconv"

	"github.com/GaboBase/arch-genops/testsets"
)

// unit is what is drawn at once: a case, or all cases of a cluster. It is a
// range of positions in the drawn order.
type unit struct{ start, end int }

// DefaultSeed derives the seed from what runs and what it is asked, so that the
// same command resumes and a new release draws a new order. It fits 53 bits, so
// that every JSON reader keeps it.
func DefaultSeed(release, testSetDigest string) uint64 {
	sum := sha256.Sum256([]byte(release + "\n" + testSetDigest))
	return binary.BigEndian.Uint64(sum[:]) >> 11
}

// drawOrder returns the indexes of cases in drawn order, and the units. The
// order is that of SHA-256(seed, cluster or case ID): uniformly random in the
// seed, the same on every machine, and unmoved by cases that are left out.
// Cases whose IDs are in first come first, in that order.
func drawOrder(cases []testsets.Case, seed uint64, first []string) (order []int, units []unit) {
	rank := make(map[string]int, len(first))
	for i, id := range first {
		rank[id] = i
	}
	type group struct {
		key     [sha256.Size]byte
		rank    int
		members []int
	}
	groups := make([]*group, 0, len(cases))
	byCluster := map[string]*group{}
	prefix := strconv.FormatUint(seed, 10)
	for i, c := range cases {
		name := "case\x00" + c.ID
		if c.Cluster != "" {
			name = "cluster\x00" + c.Cluster
			if g := byCluster[c.Cluster]; g != nil {
				g.members = append(g.members, i)
				continue
			}
		}
		g := &group{key: sha256.Sum256([]byte(prefix + "\x00" + name)), rank: len(first), members: []int{i}}
		if r, ok := rank[c.ID]; ok {
			g.rank = r
		}
		if c.Cluster != "" {
			byCluster[c.Cluster] = g
		}
		groups = append(groups, g)
	}
	sort.Slice(groups, func(a, b int) bool {
		if groups[a].rank != groups[b].rank {
			return groups[a].rank < groups[b].rank
		}
		return bytes.Compare(groups[a].key[:], groups[b].key[:]) < 0
	})
	order = make([]int, 0, len(cases))
	for _, g := range groups {
		units = append(units, unit{len(order), len(order) + len(g.members)})
		order = append(order, g.members...)
	}
	return order, units
}

// digestOf is the SHA-256 of data as "sha256:…".
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
