package generators

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// This file holds what the wires share: reading a pipeline.Message, and adding
// to an encoded request.

// roleOf looks up the provider's name of a message's role.
func roleOf(m pipeline.Message, names map[string]string) (string, error) {
	role := m.Role
	if role == "assistant" {
		role = "model"
	}
	name, ok := names[role]
	if !ok {
		return "", errors.New("the role is none of system, user, model and tool")
	}
	return name, nil
}

// partsOf is a message's parts; its content counts as one.
func partsOf(m pipeline.Message) []pipeline.Part {
	if len(m.Parts) > 0 {
		return m.Parts
	}
	return []pipeline.Part{{Text: m.Content}}
}

// toolPairs pairs the results of tools with their calls, in the order of a
// chat. A call without an ID gets one; a result without one belongs to the
// first unanswered call of its name.
type toolPairs struct {
	made int
	open []pipeline.ToolCall // unanswered
}

// call notes a call and returns its ID.
func (p *toolPairs) call(c *pipeline.ToolCall) string {
	p.made++
	id := c.ID
	if id == "" {
		id = toolID(p.made)
	}
	p.open = append(p.open, pipeline.ToolCall{ID: id, Name: c.Name})
	return id
}

// callAll notes the calls of a message that is sent in its API's own words.
func (p *toolPairs) callAll(m pipeline.Message) {
	for _, part := range m.Parts {
		if part.ToolCall != nil {
			p.call(part.ToolCall)
		}
	}
}

// result takes the call that r answers off the list and returns its ID and
// name.
func (p *toolPairs) result(r *pipeline.ToolResult) (id, name string, err error) {
	i := slices.IndexFunc(p.open, func(c pipeline.ToolCall) bool {
		if r.ID != "" {
			return c.ID == r.ID
		}
		return c.Name == r.Name || r.Name == ""
	})
	if i < 0 {
		return "", "", fmt.Errorf("the result of tool %q (id %q) answers no call before it", r.Name, r.ID)
	}
	c := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	return c.ID, c.Name, nil
}

// toolID names the nth call where nobody else did.
func toolID(n int) string { return "call_" + strconv.Itoa(n) }

// media is an image, sound or document: either an address or the data itself.
type media struct {
	mime string // without parameters; "" = unknown
	url  string // http or https; "" = data holds it
	data []byte
}

func (m media) base64() string { return base64.StdEncoding.EncodeToString(m.data) }

// openMedia reads a data URL; any other address stays one.
func openMedia(m *pipeline.Media) (media, error) {
	given := m.Type
	rest, ok := cutScheme(m.URL, "data:")
	if !ok {
		u, err := url.Parse(m.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return media{}, fmt.Errorf("media %.60q is no http, https or data URL", redactURL(m.URL))
		}
		if given == "" {
			given = mime.TypeByExtension(path.Ext(u.Path))
		}
		return media{mime: bareType(given), url: m.URL}, nil
	}
	head, body, ok := strings.Cut(rest, ",")
	if !ok {
		return media{}, errors.New("the media's data URL has no comma, so no data")
	}
	said, encoded := strings.CutSuffix(head, ";base64")
	if given == "" {
		given = said
	}
	if _, again := cutScheme(body, "data:"); again {
		// A data URL in a data URL, which templates make of a picture that is one
		// already: some servers take it, so it goes out as it is.
		return media{mime: bareType(given), url: m.URL}, nil
	}
	out := media{mime: bareType(given)}
	if out.mime == "" {
		out.mime = "text/plain" // says RFC 2397
	}
	plain, err := url.PathUnescape(body)
	if err != nil {
		return media{}, errors.New("the media's data URL has a broken percent escape")
	}
	if out.data = []byte(plain); !encoded {
		return out, nil
	}
	plain = strings.TrimRight(strings.Join(strings.Fields(plain), ""), "=")
	if out.data, err = base64.RawStdEncoding.DecodeString(plain); err != nil {
		return media{}, errors.New("the media's data URL holds no base64")
	}
	return out, nil
}

// cutScheme cuts a URL's scheme, in letters of any case.
func cutScheme(s, scheme string) (rest string, ok bool) {
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return s, false
	}
	return s[len(scheme):], true
}

// bareType is a MIME type in small letters without parameters.
func bareType(t string) string {
	t, _, _ = strings.Cut(t, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// withExtra adds the keys of extra to a JSON object. They take nothing's place
// but that of the keys in open; those in fixed can't be set at all.
func withExtra(body []byte, extra map[string]any, open, fixed []string) ([]byte, error) {
	if len(extra) == 0 {
		return body, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		_, taken := all[key]
		switch {
		case slices.Contains(fixed, key):
			return nil, fmt.Errorf("config %s: it can't be set here; remove it", key)
		case taken && !slices.Contains(open, key):
			return nil, fmt.Errorf("config %s: it is written from the agent's model and prompt already; remove it", key)
		}
		raw, err := json.Marshal(extra[key])
		if err != nil {
			return nil, fmt.Errorf("config %s: %w", key, err)
		}
		all[key] = raw
	}
	return json.Marshal(all)
}

// tokens bounds a count that came from outside, so that sums stay sound.
func tokens(n int) int { return min(max(n, 0), 1<<40) }

// member is one key of a JSON object with its value.
type member struct {
	key   string
	value json.RawMessage
}

// membersOf reads a JSON object, in its order.
func membersOf(object []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	var all []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{key: key.(string)} // the decoder takes nothing else for a key
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// objectFrom writes members in their order.
func objectFrom(members []member) json.RawMessage {
	b := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendString(b, m.key), ':'), m.value...)
	}
	return append(b, '}')
}
