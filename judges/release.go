package judges

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Release is everything that decides what a judge says: change any part of it,
// and what labels told about it holds no longer.
type Release struct {
	Judge      string            `json:"judge"`                // as a person names it, e.g. "openai:gpt-5.4"; "built-in" for a metric that needs no model
	Metric     string            `json:"metric"`               // canonical name
	Definition string            `json:"definition,omitempty"` // version of the metric's definition, with its mode
	Model      string            `json:"model,omitempty"`      // that answers, as its provider names it
	Prompts    map[string]string `json:"prompts,omitempty"`    // name → digest of the judge's prompts
	Params     map[string]string `json:"params,omitempty"`     // temperature and the like

	// Criteria are what the cases' own assertions ask: Criterion → its first words.
	// nil = every case is asked the metric's own question.
	Criteria map[string]string `json:"criteria,omitempty"`
}

// Criterion names what an assertion asks in its own words: the first 16 hexadecimal
// digits of the SHA-256 of its value and threshold. "" = it has none, and the
// metric's own question is asked.
type Criterion string

// CriterionOf is that of assertions with these values and thresholds; several
// belong to one case, in its order.
func CriterionOf(parts ...any) (Criterion, error) {
	data, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return Criterion(hex.EncodeToString(sum[:8])), nil
}

// Ask notes that some case is asked this criterion, by its first words.
func (r *Release) Ask(c Criterion, words string) {
	if r.Criteria == nil {
		r.Criteria = map[string]string{}
	}
	const most = 80
	words = strings.Join(strings.Fields(words), " ")
	if text := []rune(words); len(text) > most {
		words = string(text[:most]) + "…"
	}
	r.Criteria[string(c)] = words
}

// Plain forgets criteria where none but the metric's own question is asked.
func (r *Release) Plain() {
	if _, own := r.Criteria[""]; own && len(r.Criteria) == 1 {
		r.Criteria = nil
	}
}

// asked are the criteria, "" among them where the metric's own question is asked.
func (r Release) asked() map[string]string {
	if len(r.Criteria) == 0 {
		return map[string]string{"": "the metric's own question"}
	}
	return r.Criteria
}

// base is the release without what the cases ask.
func (r Release) base() Release {
	r.Criteria = nil
	return r
}

// Digest names the release: "sha256:…" of its canonical JSON.
func (r Release) Digest() string {
	data, err := json.Marshal(r) // maps are sorted; strings alone can't fail
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// changed names the parts in which two releases differ.
func (r Release) changed(now Release) string {
	var parts []string
	for _, p := range []struct{ name, old, now string }{
		{"judge", r.Judge, now.Judge}, {"definition", r.Definition, now.Definition}, {"model or its settings", r.Model, now.Model},
	} {
		switch {
		case p.old == p.now:
		case len(p.old)+len(p.now) > 80 || p.old == "" || strings.HasPrefix(p.old, "sha256:"):
			parts = append(parts, p.name)
		default:
			parts = append(parts, fmt.Sprintf("%s (%s, was %s)", p.name, p.now, p.old))
		}
	}
	for _, p := range []struct {
		name     string
		old, now map[string]string
	}{{"prompts", r.Prompts, now.Prompts}, {"parameters", r.Params, now.Params}} {
		if keys := differing(p.old, p.now); len(keys) > 0 {
			parts = append(parts, p.name+" ("+strings.Join(keys, ", ")+")")
		}
	}
	if added := r.unknown(now); len(added) > 0 {
		parts = append(parts, "criteria ("+someOf(added)+"; calibrated: "+someOf(slices.Sorted(maps.Values(r.asked())))+")")
	}
	return strings.Join(parts, ", ")
}

// unknown are the first words of what is asked now and was not.
func (r Release) unknown(now Release) (words []string) {
	known := r.asked()
	for c, text := range now.asked() {
		if _, ok := known[c]; !ok {
			words = append(words, text)
		}
	}
	slices.Sort(words)
	return words
}

// someOf lists the first two of many.
func someOf(words []string) string {
	text := make([]string, 0, 2)
	for _, w := range words[:min(len(words), 2)] {
		text = append(text, strconv.Quote(w))
	}
	if more := len(words) - len(text); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(text, ", "), more)
	}
	return strings.Join(text, ", ")
}

// differing are the keys under which two maps differ.
func differing(a, b map[string]string) (keys []string) {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			keys = append(keys, k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
