package judges

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	for _, p := range []struct {
		name string
		same bool
	}{
		{"judge", r.Judge == now.Judge},
		{"definition", r.Definition == now.Definition},
		{"model", r.Model == now.Model},
		{"prompts", equalMaps(r.Prompts, now.Prompts)},
		{"parameters", equalMaps(r.Params, now.Params)},
	} {
		if !p.same {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, ", ")
}

func equalMaps(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}
