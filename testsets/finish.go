package testsets

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// finish does what needs all cases: ids and labels.
func (r *reader) finish() {
	r.notes()
	if len(r.set.Cases) == 0 && len(r.errs) == 0 {
		why := ""
		if len(r.set.Notes) > 0 {
			why = " (" + strings.Join(r.set.Notes, "; ") + ")"
		}
		r.fail(0, "", "the test set is empty: it needs at least one case%s", why)
		return
	}
	r.identify()
	r.label()
	r.stubTools()
}

// identify checks the given ids and names the other cases by their position.
func (r *reader) identify() {
	lines := make(map[string]int, len(r.set.Cases))
	for i := 0; i < len(r.set.Cases) && !r.full(); i++ {
		c := &r.set.Cases[i]
		if c.ID == "" {
			continue
		}
		if line, seen := lines[c.ID]; seen {
			r.fail(c.Line, "id", "the id %s is already that of the case on line %d", config.Shorten(c.ID), line)
			continue
		}
		lines[c.ID] = c.Line
	}
	r.nameUnique(lines)
	for i := range r.set.Cases {
		if c := &r.set.Cases[i]; c.ID == "" {
			id := numbered(i + 1)
			for _, taken := lines[id]; taken; _, taken = lines[id] {
				id += "x" // a given id looks like a number of ours
			}
			c.ID = id
			lines[id] = c.Line
		}
	}
}

// nameUnique makes a case's name its id where no other case has it; else it is
// metadata.
func (r *reader) nameUnique(lines map[string]int) {
	count := map[string]int{}
	for _, name := range r.names {
		count[name]++
	}
	for i, name := range r.names {
		c := &r.set.Cases[i]
		if _, taken := lines[name]; taken || count[name] > 1 || c.ID != "" {
			c.keep("name", name)
			continue
		}
		c.ID = name
		lines[name] = c.Line
	}
}

// leave counts what is left out, by a sentence with or without a %d.
func (r *reader) leave(why string) {
	if r.left == nil {
		r.left = map[string]int{}
	}
	r.left[why]++
}

func (r *reader) notes() {
	for _, why := range slices.Sorted(maps.Keys(r.left)) {
		r.set.Notes = append(r.set.Notes, strings.Replace(why, "%d", strconv.Itoa(r.left[why]), 1))
	}
}

// numbered returns "c0001" for 1.
func numbered(n int) string {
	digits := strconv.Itoa(n)
	return "c" + strings.Repeat("0", max(0, 4-len(digits))) + digits
}

// label checks the expected texts against the declared labels, or collects them.
func (r *reader) label() {
	found := map[string]bool{}
	for i := 0; i < len(r.set.Cases) && !r.full(); i++ {
		c := &r.set.Cases[i]
		label, ok := c.Expected.(string)
		if !ok {
			continue
		}
		if r.declared == nil {
			found[label] = true
			continue
		}
		if !r.declared[label] {
			r.fail(c.Line, "expected", "%s is not among the declared labels%s", config.Shorten(label), config.Hint(label, r.set.Labels))
		}
	}
	if r.declared == nil {
		r.set.Labels = slices.Sorted(maps.Keys(found))
	}
}
