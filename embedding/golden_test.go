package embedding

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

type goldenCase struct {
	Text   string    `json:"text"`
	IDs    []int32   `json:"ids"`
	Vector []float64 `json:"vector"`
	judged bool      // whether the case says anything about the vector
}

func (c *goldenCase) UnmarshalJSON(data []byte) error {
	type plain goldenCase
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if err := json.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	_, c.judged = raw["vector"]
	return nil
}

// goldenCases were made with the reference tokeniser and a float64 reference of
// the sum.
func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []goldenCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func defaultModel(t testing.TB) *Model {
	t.Helper()
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGolden(t *testing.T) {
	m := defaultModel(t)
	var vector []float32
	tokenised, embedded := 0, 0
	for _, c := range goldenCases(t) {
		if ids := m.Tokens(nil, c.Text); !slices.Equal(ids, c.IDs) {
			t.Errorf("%q: tokens %v, want %v", c.Text, ids, c.IDs)
		}
		tokenised++
		if !c.judged {
			continue
		}
		embedded++
		got, ok := m.Embed(vector, c.Text)
		if ok != (c.Vector != nil) {
			t.Errorf("%q: known = %v, want %v", c.Text, ok, c.Vector != nil)
			continue
		}
		for i, want := range c.Vector {
			if d := math.Abs(float64(got[i]) - want); d > 1e-6 {
				t.Errorf("%q: component %d is %v, want %v", c.Text, i, got[i], want)
				break
			}
		}
	}
	if tokenised != 200 || embedded != 40 {
		t.Errorf("%d tokenisations and %d vectors checked, want 200 and 40", tokenised, embedded)
	}
}

func BenchmarkEmbed(b *testing.B) {
	m, cases := defaultModel(b), goldenCases(b)
	vector := make([]float32, m.Dim())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Embed(vector, cases[i%len(cases)].Text)
	}
}

func BenchmarkTokens(b *testing.B) {
	m, cases := defaultModel(b), goldenCases(b)
	var ids []int32
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ids = m.Tokens(ids[:0], cases[i%len(cases)].Text)
	}
}

func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := open(DefaultID, defaultTable); err != nil {
			b.Fatal(err)
		}
	}
}
