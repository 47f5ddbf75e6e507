package pipeline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
)

// Trace is what the one who answers tells of its own steps. No span means that
// it took none.
type Trace struct {
	Spans []Span `json:"spans,omitempty"`
}

// Span is one step. Times are milliseconds of any clock; a step that has not
// ended has no End.
type Span struct {
	ID         string         `json:"id,omitempty"`
	Parent     string         `json:"parent,omitempty"`
	Name       string         `json:"name"`
	Start      float64        `json:"start,omitempty"`
	End        *float64       `json:"end,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Status     int            `json:"status,omitempty"` // OpenTelemetry's: 0 unset, 1 ok, 2 error
	Message    string         `json:"message,omitempty"`
}

// Bounds of a trace.
const (
	mostSpans    = 10_000
	longestTrace = 4 << 20 // bytes
	deepestValue = 32      // of OTLP's nested values
)

// ParseTrace reads a trace: a list of spans, an object with spans, or OTLP's JSON
// (resourceSpans). A span of its own has name, and may have id or spanId, parent
// or parentSpanId, start and end (or startTime and endTime, in milliseconds),
// attributes, status (or statusCode) and message (or statusMessage).
func ParseTrace(raw json.RawMessage) (*Trace, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case len(raw) > longestTrace:
		return nil, fmt.Errorf("the trace is longer than %d MiB", longestTrace>>20)
	}
	var list []rawSpan
	var err error
	if raw[0] == '[' {
		err = json.Unmarshal(raw, &list)
	} else {
		list, err = spansOf(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("the trace is neither a list of spans nor OTLP's JSON: %w", err)
	}
	if len(list) > mostSpans {
		return nil, fmt.Errorf("the trace has more than %d spans", mostSpans)
	}
	t := &Trace{}
	for i := range list {
		s, err := list[i].span()
		if err != nil {
			return nil, fmt.Errorf("span %d of the trace: %w", i+1, err)
		}
		t.Spans = append(t.Spans, s)
	}
	return t, nil
}

// spansOf are the spans of an object, OTLP's or one's own.
func spansOf(raw json.RawMessage) (list []rawSpan, err error) {
	type scope struct {
		Spans []rawSpan `json:"spans"`
	}
	var whole struct {
		Spans     []rawSpan `json:"spans"`
		Resources []struct {
			Scopes []scope `json:"scopeSpans"`
			Old    []scope `json:"instrumentationLibrarySpans"`
		} `json:"resourceSpans"`
	}
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, err
	}
	if whole.Spans == nil && whole.Resources == nil {
		return nil, errors.New("it has neither spans nor resourceSpans")
	}
	list = whole.Spans
	for _, r := range whole.Resources {
		for _, s := range append(r.Scopes, r.Old...) {
			list = append(list, s.Spans...)
		}
	}
	return list, nil
}

// rawSpan is a span in any of the forms that are read.
type rawSpan struct {
	ID          string          `json:"id"`
	SpanID      string          `json:"spanId"`
	Parent      string          `json:"parent"`
	ParentID    string          `json:"parentSpanId"`
	Name        string          `json:"name"`
	Start       *float64        `json:"start"`
	StartTime   *float64        `json:"startTime"`
	StartNano   json.RawMessage `json:"startTimeUnixNano"`
	End         *float64        `json:"end"`
	EndTime     *float64        `json:"endTime"`
	EndNano     json.RawMessage `json:"endTimeUnixNano"`
	Attributes  json.RawMessage `json:"attributes"`
	Status      json.RawMessage `json:"status"`
	StatusCode  *int            `json:"statusCode"`
	Message     string          `json:"message"`
	StatusText  string          `json:"statusMessage"`
	StatusError string          `json:"error"`
}

func (r *rawSpan) span() (s Span, err error) {
	s = Span{ID: cmp.Or(r.ID, r.SpanID), Parent: cmp.Or(r.Parent, r.ParentID), Name: r.Name, Message: cmp.Or(r.Message, r.StatusText, r.StatusError)}
	if s.Name == "" {
		return s, errors.New("it has no name")
	}
	start, err := moment(r.Start, r.StartTime, r.StartNano)
	if err != nil {
		return s, fmt.Errorf("its start: %w", err)
	}
	if start != nil {
		s.Start = *start
	}
	if s.End, err = moment(r.End, r.EndTime, r.EndNano); err != nil {
		return s, fmt.Errorf("its end: %w", err)
	}
	if s.Attributes, err = attributes(r.Attributes); err != nil {
		return s, fmt.Errorf("its attributes: %w", err)
	}
	return s, r.status(&s)
}

// status reads a code, a word, or OTLP's object of both.
func (r *rawSpan) status(s *Span) error {
	if r.StatusError != "" {
		s.Status = 2
	}
	if r.StatusCode != nil {
		s.Status = *r.StatusCode
	}
	raw := r.Status
	if len(raw) > 0 && raw[0] == '{' {
		var o struct {
			Code    json.RawMessage `json:"code"`
			Message string          `json:"message"`
		}
		if err := json.Unmarshal(raw, &o); err != nil {
			return fmt.Errorf("its status: %w", err)
		}
		raw, s.Message = o.Code, cmp.Or(o.Message, s.Message)
	}
	switch word := string(bytes.Trim(raw, `"`)); word {
	case "", "null":
	case "error", "ERROR", "STATUS_CODE_ERROR":
		s.Status = 2
	case "ok", "OK", "STATUS_CODE_OK":
		s.Status = 1
	case "unset", "UNSET", "STATUS_CODE_UNSET":
	default:
		code, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("its status %.40q is none of unset, ok, error", word)
		}
		s.Status = code
	}
	return nil
}

// moment is a time in milliseconds; OTLP writes nanoseconds, as a text since they
// don't fit into a number of JSON.
func moment(ms, alsoMS *float64, nano json.RawMessage) (*float64, error) {
	switch {
	case ms != nil:
		return ms, nil
	case alsoMS != nil:
		return alsoMS, nil
	case len(nano) == 0 || string(nano) == "null":
		return nil, nil
	}
	n, ok := new(big.Int).SetString(string(bytes.Trim(nano, `"`)), 10)
	if !ok {
		return nil, fmt.Errorf("%.40s is no number of nanoseconds", nano)
	}
	f, _ := new(big.Rat).SetFrac(n, big.NewInt(1e6)).Float64()
	return &f, nil
}

// attributes are an object, or OTLP's list of keys and values.
func attributes(raw json.RawMessage) (map[string]any, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '{' {
		var all map[string]any
		return all, json.Unmarshal(raw, &all)
	}
	var list []otlpPair
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	return pairs(list, 0)
}

type otlpPair struct {
	Key   string    `json:"key"`
	Value otlpValue `json:"value"`
}

type otlpValue struct {
	String *string         `json:"stringValue"`
	Bool   *bool           `json:"boolValue"`
	Int    json.RawMessage `json:"intValue"` // a text, or a number
	Double *float64        `json:"doubleValue"`
	Bytes  *string         `json:"bytesValue"`
	Array  *struct {
		Values []otlpValue `json:"values"`
	} `json:"arrayValue"`
	Pairs *struct {
		Values []otlpPair `json:"values"`
	} `json:"kvlistValue"`
}

func pairs(list []otlpPair, depth int) (map[string]any, error) {
	all := make(map[string]any, len(list))
	for i := range list {
		v, err := list[i].Value.plain(depth + 1)
		if err != nil {
			return nil, err
		}
		all[list[i].Key] = v
	}
	return all, nil
}

func (v *otlpValue) plain(depth int) (any, error) {
	switch {
	case depth > deepestValue:
		return nil, errors.New("values are nested too deep")
	case v.String != nil:
		return *v.String, nil
	case v.Bool != nil:
		return *v.Bool, nil
	case len(v.Int) > 0:
		return strconv.ParseFloat(string(bytes.Trim(v.Int, `"`)), 64)
	case v.Double != nil:
		return *v.Double, nil
	case v.Bytes != nil:
		return *v.Bytes, nil
	case v.Pairs != nil:
		return pairs(v.Pairs.Values, depth)
	case v.Array == nil:
		return nil, nil
	}
	list := make([]any, len(v.Array.Values))
	for i := range list {
		var err error
		if list[i], err = v.Array.Values[i].plain(depth + 1); err != nil {
			return nil, err
		}
	}
	return list, nil
}
