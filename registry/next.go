package registry

import (
	"fmt"
	"math/big"
	"slices"
)

// sameCore says whether two versions differ in pre-release and build only.
func (v version) sameCore(other version) bool { return slices.Equal(v.numbers, other.numbers) }

// precedes is semver's order, for which the build counts nothing.
func (v version) precedes(other version) bool {
	v.build, other.build = "", ""
	return v.compare(other) < 0
}

// admit says why v can't be the next version beside the known ones; nil = it
// can. It has to be above every release, and above the pre-releases of its own
// numbers; pre-releases of what comes later stand in nobody's way. With older it
// has to be above the releases of its own minor line only: a backport.
func admit(known []version, v version, older bool) error {
	var newest, line *version
	for _, k := range known {
		switch plain := k; {
		case !k.precedes(v) && !v.precedes(k):
			return fmt.Errorf("version %s exists already", k)
		case k.pre != "" && k.sameCore(v) && v.precedes(k):
			return fmt.Errorf("version %s would be a downgrade: there is %s", v, k)
		case k.pre != "" || k.precedes(v):
		default:
			if newest == nil || newest.precedes(k) {
				newest = &plain
			}
			if slices.Equal(k.numbers[:2], v.numbers[:2]) && (line == nil || line.precedes(k)) {
				line = &plain
			}
		}
	}
	switch {
	case newest == nil:
		return nil
	case line != nil:
		return fmt.Errorf("version %s would be a downgrade: there is %s", v, line)
	case !older:
		return fmt.Errorf("version %s would be a downgrade: there is %s; a fix for an older line is tagged with --allow-older", v, newest)
	}
	return nil
}

// newestRelease is the highest version, pre-releases aside; without a release
// the highest of those. nil = there is none.
func newestRelease(known []version) *version {
	var best *version
	for _, k := range known {
		if best == nil || (best.pre == "") == (k.pre == "") && best.precedes(k) || best.pre != "" && k.pre == "" {
			best = &k
		}
	}
	return best
}

// bump is the version after v for a change of meaning: a breaking one is the
// next major, a changed one the next minor, anything else the next patch. Below
// 1.0.0 nothing is promised yet: there both are the next minor. The release of a
// pre-release is what it was made for.
func (v version) bump(verdict string) version {
	part := 2
	switch verdict {
	case "breaking":
		part = 0
	case "changed":
		part = 1
	}
	if part == 0 && v.numbers[0] == "0" {
		part = 1
	}
	if v.pre != "" {
		return version{numbers: v.numbers}
	}
	next := []string{"0", "0", "0"}
	copy(next, v.numbers[:part])
	n, _ := new(big.Int).SetString(v.numbers[part], 10)
	next[part] = n.Add(n, big.NewInt(1)).String()
	return version{numbers: next}
}
