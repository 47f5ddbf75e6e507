package validators

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestParseRule(t *testing.T) {
	limit := func(metric string, most float64, text string) *Limit {
		return &Limit{Metric: metric, Max: most, Text: text}
	}
	for line, want := range map[string]Rule{
		"intent_accuracy>=0.9":      {Metric: "intent_accuracy", AtLeast: 0.9},
		" Intent-Accuracy >= 90 % ": {Metric: "intent_accuracy", AtLeast: 0.9},
		"pass_rate>=99.9%":          {Metric: "pass_rate", AtLeast: 0.999},
		"hallucination>=1":          {Metric: "hallucination", AtLeast: 1},
		"not_contains>=1":           {Metric: "not-contains", AtLeast: 1},
		"tone>=.5":                  {Metric: "tone", AtLeast: 0.5},
		"latency<=2s":               {Metric: "latency", Limit: limit("latency", 2, "latency<=2s")},
		"latency <= 2000 ms":        {Metric: "latency", Limit: limit("latency", 2, "latency<=2s")},
		"latency<=1.5m":             {Metric: "latency", Limit: limit("latency", 90, "latency<=90s")},
		"latency<=200ms@0.99":       {Metric: "latency", Limit: limit("latency", 0.2, "latency<=200ms"), Share: 0.99, HasShare: true},
		"cost <= $0.01 @ 95%":       {Metric: "cost", Limit: limit("cost", 0.01, "cost<=0.01"), Share: 0.95, HasShare: true},
		"cost<=1e-3usd":             {Metric: "cost", Limit: limit("cost", 0.001, "cost<=0.001")},
		"cost<=0":                   {Metric: "cost", Limit: limit("cost", 0, "cost<=0")},
		"tokens<=500":               {Metric: "tokens", Limit: limit("tokens", 500, "tokens<=500")},
		"length<=280@1":             {Metric: "length", Limit: limit("length", 280, "length<=280"), Share: 1, HasShare: true},
	} {
		got, err := ParseRule(line, "tone")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", line, got, err, want)
		}
	}
}

func TestParseRuleErrors(t *testing.T) {
	for line, want := range map[string]string{
		"":                         "there is no >= or <=",
		"intent_accuracy":          "there is no >= or <=",
		"pass_rate>0.9":            "> is unknown; known are >= for scores and <= for latency, cost, tokens and length",
		"pass_rate=0.9":            "= is unknown",
		"pass_rate==0.9":           "== is unknown",
		"pass_rate=>0.9":           "=> is unknown",
		"pass_rate≥0.9":            "≥ is unknown",
		"latency<2s":               "< is unknown",
		">=0.9":                    "a rule reads",
		"pass_rate>=":              "a rule reads",
		"intent_acuracy>=0.9":      "did you mean intent_accuracy?",
		"tone>=0.9":                `unknown metric "tone"`,
		"pass_rate>=90":            "not in [0,1]",
		"pass_rate>=101%":          "not in [0,1]",
		"pass_rate>=-0.1":          "not in [0,1]",
		"pass_rate>=NaN":           "not in [0,1]",
		"pass_rate>=0x1p-2":        "not in [0,1]",
		"pass_rate>=0.9 0.8":       "not in [0,1]",
		"pass_rate>=1e-2%e":        "not in [0,1]",
		"pass_rate>=0.9@0.5":       "a share (@) belongs to limits",
		"latency<=2":               "a time with its unit",
		"latency<=-2s":             "a time with its unit",
		"latency<=0s":              "a time with its unit",
		"latency<=2s@2":            `share: "2" is not in [0,1]`,
		"latency<=2s@":             "share",
		"latency<=2s@0":            "0 asks for nothing",
		"pass_rate>=0%":            "pass_rate>=0 asks for nothing",
		"cost<=cheap":              "US dollars",
		"cost<=-1":                 "US dollars",
		"cost<=Inf":                "US dollars",
		"tokens<=1.5":              "whole number",
		"tokens<=many":             "whole number",
		"not-latency<=2s":          "only assertions have a not- form",
		"hallucination<=0.1":       "write hallucination>=0.9",
		"hallucination<=33%":       "write hallucination>=0.67",
		"toxicity<=0.05":           "write toxicity>=0.95",
		"intent_accuracy<=0.9":     "write intent_accuracy>=0.9",
		"hallucination<=2s":        "write hallucination>=0.9",
		"latency>=2s":              "write latency<=2s",
		"latency>=2":               "write latency<=2s",
		"cost>=0.5@0.9":            "write cost<=0.5",
		"tokens>=lots":             "write tokens<=500",
		"a\nb>=0.9":                `unknown metric "a\nb"`,
		strings.Repeat("x>=", 1e4): "unknown metric",
	} {
		r, err := ParseRule(line)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 1500 {
			t.Errorf("%.40s: %+v, %v\nwant %q", line, r, err, want)
		}
	}
	var wrong *DirectionError
	if _, err := ParseRule("hallucination<=0.1"); !errors.As(err, &wrong) || wrong.Instead != "hallucination>=0.9" {
		t.Errorf("hallucination<=0.1: %#v", err)
	}
	if _, err := ParseRule("latency >= 200 ms"); !errors.As(err, &wrong) || wrong.Instead != "latency<=200ms" {
		t.Errorf("latency>=200ms: %#v", err)
	}
}

func TestParseLimit(t *testing.T) {
	l, err := ParseLimit("latency <= 200ms")
	if err != nil || l != (Limit{Metric: "latency", Max: 0.2, Text: "latency<=200ms"}) {
		t.Errorf("%+v, %v", l, err)
	}
	for line, instead := range map[string]string{
		"hallucination<=0.1": "hallucination>=0.9",
		"hallucination>=0.9": "hallucination>=0.9",
		"tokens>=5":          "tokens<=5",
	} {
		var wrong *DirectionError
		if _, err := ParseLimit(line); !errors.As(err, &wrong) || wrong.Instead != instead || !strings.HasSuffix(err.Error(), instead) {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"", "latency", "latency<2s", "wombats<=5", "latency<=2s@0.9"} {
		if l, err := ParseLimit(line); err == nil {
			t.Errorf("%s: %+v", line, l)
		}
	}
}

func TestLimitHolds(t *testing.T) {
	for _, c := range []struct {
		limit     string
		asset     pipeline.Asset
		holds, ok bool
	}{
		{"latency<=2s", pipeline.Asset{Latency: 2 * time.Second}, true, true},
		{"latency<=2s", pipeline.Asset{Latency: 2*time.Second + 1}, false, true},
		{"cost<=0.01", pipeline.Asset{CostUSD: 0.01}, true, true},
		{"cost<=0.01", pipeline.Asset{CostUSD: 0.02}, false, true},
		{"cost<=0.01", pipeline.Asset{}, true, true},
		{"cost<=0.01", pipeline.Asset{CostUSD: math.NaN()}, false, false},
		{"tokens<=5", pipeline.Asset{Usage: pipeline.Usage{InputTokens: 2, OutputTokens: 3}}, true, true},
		{"tokens<=5", pipeline.Asset{Usage: pipeline.Usage{InputTokens: 6}}, false, true},
		{"tokens<=5", pipeline.Asset{}, false, false},
		{"length<=2", pipeline.Asset{Text: "äö"}, true, true},
		{"length<=2", pipeline.Asset{Text: "äöü"}, false, true},
	} {
		l, err := ParseLimit(c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if holds, ok := l.Holds(c.asset); holds != c.holds || ok != c.ok {
			t.Errorf("%s on %+v: %v, %v", c.limit, c.asset, holds, ok)
		}
	}
	if holds, ok := (Limit{Metric: "wombats", Max: 1}).Holds(pipeline.Asset{}); holds || ok {
		t.Error("a limit on an unknown metric holds")
	}
}

func TestLimitAssertions(t *testing.T) {
	slow := pipeline.Subject{Asset: pipeline.Asset{Text: "a", Latency: 2345678901, CostUSD: 0.02}}
	for _, c := range []struct {
		assert string
		reason string // "" = passes
	}{
		{`{"type":"latency","threshold":3000}`, ""},
		{`{"type":"latency","threshold":2000}`, "expected latency<=2s, got 2.346s"},
		{`{"type":"latency","value":"2s"}`, "expected latency<=2s, got 2.346s"},
		{`{"type":"latency","value":2500}`, ""},
		{`{"type":"cost","threshold":0.01}`, "expected cost<=0.01, got 0.02"},
		{`{"type":"cost","value":"$0.02"}`, ""},
	} {
		if f := judgeText(t, compile(t, c.assert), slow); f.Reason != c.reason {
			t.Errorf("%s: %q, want %q", c.assert, f.Reason, c.reason)
		}
	}
}

func TestPlainNumbersOnly(t *testing.T) {
	for _, bad := range []string{"", "+1", "-1", "Inf", "NaN", "0x1", "1_0", "1e999", ".", "e", " 1"} {
		if x, err := parsePlain(bad); err == nil {
			t.Errorf("%q: %v", bad, x)
		}
	}
}

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"10", "1e1", true}, {"0.1", "10e-2", true}, {"-0", "0.00e5", true}, {"100", "1E+2", true},
		{"1", "-1", false}, {"9007199254740993", "9007199254740992", false}, {"1e400", "1e401", false},
		{"1e99999999999", "1e99999999999", true}, {"1e99999999999", "10e99999999998", false},
	} {
		if sameNumber(c.a, c.b) != c.same || sameNumber(c.b, c.a) != c.same {
			t.Errorf("%s and %s: want same %v", c.a, c.b, c.same)
		}
		if !json.Valid([]byte(c.a)) {
			t.Errorf("%s is no JSON number", c.a)
		}
	}
}
