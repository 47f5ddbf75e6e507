package prices

import (
	"math"
	"testing"
)

// TestImageTokens compares with the figures that the provider's guide and its
// calculator give.
func TestImageTokens(t *testing.T) {
	two, ok := Image("openai", "gpt-image-2-2026-04-21")
	if !ok {
		t.Fatal("no price of a snapshot of gpt-image-2")
	}
	mini, _ := Image("openai", "gpt-image-1-mini")
	for _, test := range []struct {
		p       ImagePrice
		quality string
		w, h    int
		tokens  int
		usd     float64
	}{
		{two, "high", 1024, 1024, 7024, 0.211}, {two, "high", 1536, 1024, 5488, 0.165}, {two, "high", 1792, 1024, 5063, 0.152},
		{two, "high", 3584, 2048, 12329, 0.370}, {two, "medium", 1024, 1024, 1756, 0.053}, {two, "medium", 1024, 1536, 1372, 0.041},
		{two, "low", 1024, 1024, 196, 0.006}, {two, "low", 1536, 1024, 158, 0.005},
		{mini, "low", 1024, 1024, 272, 0.002}, {mini, "high", 1536, 1024, 6208, 0.050},
	} {
		n, ok := test.p.Tokens(test.quality, test.w, test.h)
		if !ok || n != test.tokens {
			t.Errorf("%s %d × %d: %d tokens, %v, want %d", test.quality, test.w, test.h, n, ok, test.tokens)
		}
		if usd := test.p.Cost(0, 0, n); math.Abs(usd-test.usd) > 0.0006 {
			t.Errorf("%s %d × %d: $%.4f, want $%.3f", test.quality, test.w, test.h, usd, test.usd)
		}
	}
	for _, quality := range []string{"xhigh", "auto", ""} {
		if n, ok := two.Tokens(quality, 1024, 1024); ok {
			t.Errorf("%q has %d tokens", quality, n)
		}
	}
	if _, ok := mini.Tokens("low", 512, 512); ok {
		t.Error("a size that is not listed has tokens")
	}
	if _, ok := Image("openai", "dall-e-3"); ok {
		t.Error("a model that is gone has a price")
	}
}

func TestImageTable(t *testing.T) {
	if _, err := parseImages("images.yaml", imageTable); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"models: {openai: {a: {output: -1}}}", "models: {openai: {a: {tokens_by: luck}}}", "models: {openai: {a: null}}", "models: {openai: {a: {outpt: 1}}}",
	} {
		if _, err := parseImages("x.yaml", []byte(bad)); err == nil {
			t.Errorf("%s is no error", bad)
		}
	}
}
