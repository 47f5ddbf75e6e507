package embedding

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestDefaultIDIsTheTablesDigest(t *testing.T) {
	m := defaultModel(t)
	want := fmt.Sprintf("static-256@sha256:%x", sha256.Sum256([]byte(defaultTable)))
	if m.ID() != want || DefaultID != want {
		t.Errorf("ID %s, DefaultID %s, want %s", m.ID(), DefaultID, want)
	}
	if m.Dim() != 256 {
		t.Errorf("Dim = %d, want 256", m.Dim())
	}
}

func TestEmbedUnknownText(t *testing.T) {
	m := defaultModel(t)
	for _, text := range []string{"", " \t\n", "\u200b", "\xff\xfe", "🎉 🚀", strings.Repeat("x", 101)} {
		if v, ok := m.Embed(nil, text); ok || v != nil {
			t.Errorf("%q: known, vector of %d", text, len(v))
		}
	}
	if _, ok := m.Embed(nil, "🎉 hello"); !ok {
		t.Error("an unknown token beside a known one made the text unknown")
	}
}

func TestEmbedReusesMemory(t *testing.T) {
	m := defaultModel(t)
	v := make([]float32, m.Dim())
	got, ok := m.Embed(v[:0], "where is my parcel")
	if !ok || &got[0] != &v[0] || len(got) != m.Dim() {
		t.Errorf("Embed did not fill the memory it was given: known = %v, length %d", ok, len(got))
	}
	allocs := testing.AllocsPerRun(100, func() { m.Embed(v, "Where is my Parcel, please?") })
	if allocs != 0 {
		t.Errorf("%v allocations for a short text, want 0", allocs)
	}
}

func TestEmbedIsABagOfWords(t *testing.T) {
	m := defaultModel(t)
	a, _ := m.Embed(nil, "the dog bites the man")
	b, _ := m.Embed(nil, "The man bites the dog")
	if c := Cosine(a, b); c < 0.99999 {
		t.Errorf("cosine %v for the same words in another order, want 1", c)
	}
	near, _ := m.Embed(nil, "a dog is biting a person")
	far, _ := m.Embed(nil, "interest rates of the central bank")
	if Cosine(a, near) < Cosine(a, far)+0.3 {
		t.Errorf("cosine to a paraphrase %v, to something else %v", Cosine(a, near), Cosine(a, far))
	}
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	texts := []string{"where is my parcel", "¿Dónde está mi pedido?", "cancel it, now!"}
	want := make([][]float32, len(texts))
	for i, text := range texts {
		want[i], _ = defaultModel(t).Embed(nil, text)
	}
	for g := range 8 {
		wg.Go(func() {
			m, err := Default()
			if err != nil {
				t.Error(err)
				return
			}
			var v []float32
			for i := range 200 {
				k := (i + g) % len(texts)
				if v, _ = m.Embed(v, texts[k]); !slices.Equal(v, want[k]) {
					t.Errorf("%q: another vector beside other goroutines", texts[k])
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCosine(t *testing.T) {
	for _, c := range []struct {
		a, b []float32
		want float64
	}{
		{[]float32{1, 0}, []float32{0, 2}, 0},
		{[]float32{3, 0}, []float32{5, 0}, 1},
		{[]float32{1, 2, 3, 4, 5}, []float32{-1, -2, -3, -4, -5}, -1},
		{[]float32{1, 1, 0, 0, 1}, []float32{1, 0, 0, 0, 0}, 1 / math.Sqrt(3)},
		{[]float32{0, 0}, []float32{1, 0}, math.NaN()},
		{[]float32{1}, []float32{1, 0}, math.NaN()},
		{nil, nil, math.NaN()},
	} {
		got := Cosine(c.a, c.b)
		if math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-7 {
			t.Errorf("Cosine(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
