package generators

import (
	"bytes"
	"encoding/json"
	"strings"
)

// mediaReply is what a media program may print.
type mediaReply struct {
	File    string            `json:"file"`
	Seed    *uint64           `json:"seed"`
	CostUSD float64           `json:"cost_usd"`
	Model   string            `json:"model"`
	Recipe  map[string]string `json:"recipe"`
	Error   string            `json:"error"`
}

// parseMediaReply finds the last line of an output that is a JSON object; the
// whole output may be one, too. false when there is none: then the program has
// only talked.
func parseMediaReply(output []byte) (mediaReply, bool) {
	try := func(text []byte) (r mediaReply, ok bool) {
		text = bytes.TrimSpace(text)
		if len(text) == 0 || text[0] != '{' || json.Unmarshal(text, &r) != nil {
			return mediaReply{}, false
		}
		r.CostUSD = max(r.CostUSD, 0)
		return r, true
	}
	if r, ok := try(output); ok {
		return r, true
	}
	for rest := bytes.TrimSpace(output); len(rest) > 0; {
		at := bytes.LastIndexByte(rest, '\n')
		if r, ok := try(rest[at+1:]); ok {
			return r, true
		}
		rest = rest[:max(at, 0)]
	}
	return mediaReply{}, false
}

// bounded keeps the beginning, or the end, of what is written into it.
type bounded struct {
	data []byte
	most int
	end  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	if !b.end {
		p = p[:min(len(p), b.most-len(b.data))]
	}
	b.data = append(b.data, p...)
	if b.end && len(b.data) > 2*b.most {
		b.data = append(b.data[:0], b.data[len(b.data)-b.most:]...)
	}
	return n, nil
}

// lastLines are the last few lines, in one, for messages.
func (b *bounded) lastLines() string {
	lines := strings.Split(strings.TrimSpace(string(b.data)), "\n")
	lines = lines[max(len(lines)-5, 0):]
	text := strings.Join(lines, " ")
	return excerpt([]byte(text[max(len(text)-600, 0):]), 600)
}

// prefixed is text behind a prefix, or nothing.
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
