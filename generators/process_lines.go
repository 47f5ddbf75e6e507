package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/pipeline"
)

// encodeRequest returns the request's line.
func encodeRequest(id string, req pipeline.Request) ([]byte, error) {
	line := make([]byte, 0, 32+len(id)+len(req.Input))
	line = appendString(append(line, `{"id":`...), id)
	line = appendString(append(line, `,"input":`...), req.Input)
	if len(req.Vars) > 0 {
		vars, err := json.Marshal(req.Vars)
		if err != nil {
			return nil, err
		}
		line = append(append(line, `,"vars":`...), vars...)
	}
	if req.Chat != nil {
		var err error
		if line, err = appendChat(line, req.Chat); err != nil {
			return nil, err
		}
	} else if len(req.Messages) > 0 {
		messages, err := json.Marshal(req.Messages)
		if err != nil {
			return nil, err
		}
		line = append(append(line, `,"messages":`...), messages...)
	}
	return append(line, '}'), nil
}

// appendString appends s as a JSON string. Plain ASCII, the common case, is
// copied.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			w := sliceWriter{dst}
			e := json.NewEncoder(&w)
			e.SetEscapeHTML(false)
			_ = e.Encode(s) // a string can always be encoded
			return w.b[:len(w.b)-1]
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// reply is one answer as read from a line.
type reply struct {
	id    string
	asset pipeline.Asset
	err   error  // the agent's error, or an answer without output
	odd   string // a usage, cost or the like that can't be read, as written
}

// decodeReply reads one line; false when it is no answer: no JSON object with
// an id.
func decodeReply(line []byte) (reply, bool) {
	if !utf8.Valid(line) {
		line = bytes.ToValidUTF8(line, []byte("\uFFFD"))
	}
	var raw struct {
		ID     json.RawMessage `json:"id"`
		Output json.RawMessage `json:"output"`
		Error  json.RawMessage `json:"error"`
		Usage  json.RawMessage `json:"usage"`
		Cost   json.RawMessage `json:"cost_usd"`
		modelReply
	}
	if err := json.Unmarshal(line, &raw); err != nil || isNull(raw.ID) {
		return reply{}, false
	}
	r := reply{id: string(raw.ID)}
	if raw.ID[0] == '"' {
		_ = json.Unmarshal(raw.ID, &r.id) // checked: it is a string
	}
	r.odd = readUsage(&r.asset, raw.Usage, raw.Cost)
	if odd := raw.modelReply.read(&r.asset); odd != "" {
		r.odd = odd
	}
	switch text, _ := textOf(raw.Error); {
	case !isNull(raw.Error) && text != "":
		r.err = errors.New(text)
	case raw.Output == nil && len(r.asset.ToolCalls) > 0:
	case raw.Output == nil:
		r.err = errors.New(`the agent's answer has neither "output" nor "error"`)
	default:
		r.asset.Text, r.asset.JSON = textOf(raw.Output)
	}
	return r, true
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// textOf returns a JSON value as an Asset holds it: a string as its text, all
// else as compact JSON in both forms.
func textOf(raw json.RawMessage) (string, json.RawMessage) {
	var s string
	if len(raw) == 0 || raw[0] == '"' && readText(raw, &s) == nil {
		return s, nil
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw), nil
	}
	return b.String(), b.Bytes()
}

// readUsage fills in what the agent reports about itself. What can't be read is
// 0 and returned; it is no reason to lose an answer.
func readUsage(a *pipeline.Asset, usage, cost json.RawMessage) (odd string) {
	if !isNull(usage) {
		if err := json.Unmarshal(usage, &a.Usage); err != nil || a.Usage.InputTokens < 0 || a.Usage.OutputTokens < 0 {
			a.Usage, odd = pipeline.Usage{}, string(usage)
		}
	}
	if !isNull(cost) {
		if err := json.Unmarshal(cost, &a.CostUSD); err != nil || a.CostUSD < 0 {
			a.CostUSD, odd = 0, string(cost)
		}
	}
	return odd
}

// take deals with one line of stdout; false ends the reading.
func (p *Process) take(line []byte) bool {
	r, ok := decodeReply(line)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok {
		return p.stray(line)
	}
	now := time.Now()
	j, state := p.d.answer(r.id, now)
	if j == nil {
		switch state {
		case answered:
			p.notes.add("answers repeated an id that was answered before, and were ignored", r.id)
		case late:
			p.notes.add("answers came after their request was given up, and were ignored", r.id)
		default:
			p.notes.add("answers carried an id that was not asked, and were ignored", r.id)
		}
		return p.bearable()
	}
	if r.odd != "" {
		p.notes.add("usage, cost or the like could not be read, and counts as not reported", r.odd)
	}
	j.asset, j.err = r.asset, r.err
	j.asset.Latency = max(now.Sub(j.sentAt), 1)
	p.pump()
	close(j.done)
	return true
}

// stray deals with a line that is not an answer.
func (p *Process) stray(line []byte) bool {
	p.d.oddLine()
	p.notes.add("stdout held lines that are not answers, and were ignored; logs belong on stderr", excerpt(line, 100))
	return p.bearable()
}

// bearable ends the run when a program writes and never answers.
func (p *Process) bearable() bool {
	if !p.d.noise() || p.fatal != nil {
		return p.fatal == nil
	}
	what := fmt.Sprintf("wrote %d lines that are not answers, and not one that is\nfirst: %s\nan answer is one line on stdout, with the id of its request: {\"id\":\"c001#1\",\"output\":\"…\"}", p.d.odd, p.notes.first())
	p.end(p.broken(what, p.child))
	p.child.Kill()
	return false
}

// takeLong deals with the beginning of a line that exceeds the limit: its
// request fails, when the beginning tells which. Else the program is as good
// as ended, because its answers can't be told apart any more; false says so.
func (p *Process) takeLong(prefix []byte) bool {
	id, ok := leadingID(prefix)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes.add("lines exceeded the size limit", excerpt(prefix, 60))
	if !ok {
		return false
	}
	j, _ := p.d.answer(id, time.Now())
	if j == nil {
		return false
	}
	p.pump()
	j.fail(fmt.Errorf("the agent's answer is longer than %d bytes", p.maxLine()))
	return true
}

func (p *Process) maxLine() int {
	if p.cfg.MaxLine > 0 {
		return p.cfg.MaxLine
	}
	return subprocess.DefaultMaxLine
}

// leadingID finds the id in the beginning of an answer.
func leadingID(prefix []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(prefix))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", false
	}
	for {
		key, err := d.Token()
		if err != nil {
			return "", false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return "", false
		}
		if key == "id" {
			id, _ := textOf(value)
			return id, true
		}
	}
}

// excerpt is the beginning of a text in one line, for messages.
func excerpt(b []byte, n int) string {
	more := ""
	if len(b) > n {
		b, more = b[:n], "…"
	}
	return string(bytes.ToValidUTF8(bytes.Join(bytes.Fields(b), []byte(" ")), nil)) + more
}

// notes counts oddities by kind; the first of a kind is logged as it happens.
type notes struct {
	log   *slog.Logger
	kinds []note
}

type note struct {
	text, first string
	n           int
}

func (n *notes) add(text, example string) {
	for i := range n.kinds {
		if n.kinds[i].text == text {
			n.kinds[i].n++
			return
		}
	}
	n.kinds = append(n.kinds, note{text, example, 1})
	if n.log != nil {
		n.log.Warn(text, "first", example)
	}
}

func (n *notes) first() string {
	if len(n.kinds) == 0 {
		return ""
	}
	return n.kinds[0].first
}

func (n *notes) list() []string {
	var all []string
	for _, k := range n.kinds {
		all = append(all, fmt.Sprintf("%s (%d, first: %s)", k.text, k.n, k.first))
	}
	return all
}
