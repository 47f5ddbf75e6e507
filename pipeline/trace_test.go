package pipeline

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParseTrace(t *testing.T) {
	ms := func(f float64) *float64 { return &f }
	for raw, want := range map[string]*Trace{
		`null`: nil,
		`[]`:   {},
		`[{"name":"a","start":1,"end":3.5,"attributes":{"tool.name":"t"},"error":"no"}]`: {Spans: []Span{
			{Name: "a", Start: 1, End: ms(3.5), Attributes: map[string]any{"tool.name": "t"}, Status: 2, Message: "no"}}},
		`{"traceId":"x","spans":[{"spanId":"1","parentSpanId":"0","name":"a","startTime":5,"endTime":6,"statusCode":1,"statusMessage":"fine"}]}`: {Spans: []Span{
			{ID: "1", Parent: "0", Name: "a", Start: 5, End: ms(6), Status: 1, Message: "fine"}}},
		`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"x","spanId":"1","name":"tool","kind":1,
			"startTimeUnixNano":"1700000000123456789","endTimeUnixNano":1700000000223456789,"status":{"code":"STATUS_CODE_ERROR","message":"late"},
			"attributes":[{"key":"tool.name","value":{"stringValue":"t"}},{"key":"n","value":{"intValue":"7"}},{"key":"f","value":{"doubleValue":0.5}},{"key":"b","value":{"boolValue":true}},
			{"key":"l","value":{"arrayValue":{"values":[{"stringValue":"x"},{"intValue":1}]}}},{"key":"o","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}},{"key":"e","value":{}}]}]}]}]}`: {Spans: []Span{
			{ID: "1", Name: "tool", Start: 1700000000123.456789, End: ms(1700000000223.456789), Status: 2, Message: "late",
				Attributes: map[string]any{"tool.name": "t", "n": 7.0, "f": 0.5, "b": true, "l": []any{"x", 1.0}, "o": map[string]any{"k": "v"}, "e": nil}}}},
	} {
		got, err := ParseTrace(json.RawMessage(raw))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		`"file"`: "neither a list", `{}`: "neither spans nor resourceSpans", `[{}]`: "span 1 of the trace: it has no name", `[7]`: "neither a list",
		`[{"name":"a","startTimeUnixNano":"x"}]`: "its start", `[{"name":"a","status":"odd"}]`: "its status", `[{"name":"a","attributes":7}]`: "its attributes",
		`[{"name":"a","attributes":[{"key":"k","value":{"intValue":"x"}}]}]`:                                                                           "its attributes",
		`[{"name":"a","attributes":[{"key":"k","value":` + strings.Repeat(`{"arrayValue":{"values":[`, 40) + `{}` + strings.Repeat(`]}}`, 40) + `}]}]`: "nested too deep",
	} {
		if _, err := ParseTrace(json.RawMessage(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func FuzzParseTrace(f *testing.F) {
	f.Add([]byte(`[{"name":"a","start":1}]`))
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","startTimeUnixNano":"1"}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		trace, err := ParseTrace(data)
		if err != nil || trace == nil {
			return
		}
		for _, s := range trace.Spans {
			if s.Name == "" {
				t.Errorf("a span without a name in %q", data)
			}
		}
	})
}
