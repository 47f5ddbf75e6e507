package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Key is the SHA-256, hexadecimal, of the request's canonical form: what is
// asked, of whom, and the draw number. Equal keys ask the same thing.
func (r Request) Key() (string, error) {
	canonical, err := json.Marshal(struct {
		Release  string         `json:"release"`
		Input    string         `json:"input"`
		Vars     map[string]any `json:"vars,omitempty"`
		Messages []Message      `json:"messages,omitempty"`
		Draw     int            `json:"draw"`
		Media    *MediaJob      `json:"media,omitempty"`
		Dialogue *Dialogue      `json:"dialogue,omitempty"`
		After    []Message      `json:"after,omitempty"`
	}{r.Release, r.Input, r.Vars, r.Messages, r.Draw, r.Media, r.Dialogue, r.After})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
