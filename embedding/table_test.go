package embedding

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// smallTable has 2 tokens without a row and 3 with one, of 5 dimensions.
func smallTable(pieces ...string) string {
	if pieces == nil {
		pieces = []string{"[PAD]", "[UNK]", "un", "##known", "known"}
	}
	const first, dim = 2, 5
	vocab := strings.Join(pieces, "\n") + "\n"
	rows := len(pieces) - first
	b := []byte(magic)
	for _, n := range []int{first, rows, dim, len(vocab)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(b, vocab...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	for range rows {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(0.5))
	}
	for r := range rows {
		for d := range dim {
			b = append(b, byte(int8((r+1)*(d-2))))
		}
	}
	return string(b)
}

func TestSmallTable(t *testing.T) {
	m, err := open("small", smallTable())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]int32{
		"known unknown": {4, 2, 3},
		"Un, KNOWN":     {2, 1, 4},
		"unknow":        {1},
		"##known":       {1, 1, 4},
		"knownun":       {1},
	} {
		if got := m.Tokens(nil, text); !slices.Equal(got, want) {
			t.Errorf("%q: tokens %v, want %v", text, got, want)
		}
	}
	// Rows 1 to 3 are 1, 2 and 3 times (-2 … 2): the sum's direction is theirs.
	v, ok := m.Embed(nil, "known unknown")
	for d, x := range v {
		if want := float64(d-2) / math.Sqrt(10); !ok || math.Abs(float64(x)-want) > 1e-6 {
			t.Errorf("component %d is %v, want %v", d, x, want)
		}
	}
}

func TestDamagedTableIsAnError(t *testing.T) {
	whole := smallTable()
	put := func(at int, n uint32) string {
		b := []byte(whole)
		binary.LittleEndian.PutUint32(b[at:], n)
		return string(b)
	}
	scales := len(whole) - 3*(4+5)
	for name, c := range map[string]struct{ table, want string }{
		"empty":            {"", "header"},
		"magic":            {"SEMB2" + whole[5:], "header"},
		"no dimension":     {put(16, 0), "not possible"},
		"dimension":        {put(16, 1<<31), "not possible"},
		"rows":             {put(12, 1<<32-1), "not possible"},
		"first":            {put(8, 1<<32-1), "not possible"},
		"one id more":      {put(8, 3), "vocabulary has 5 pieces, not 6"},
		"one id less":      {put(8, 1), "vocabulary is not 4 lines"},
		"vocabulary size":  {put(20, 1<<32-1), "bytes"},
		"tail missing":     {whole[:len(whole)-1], "bytes"},
		"tail added":       {whole + "\x00", "bytes"},
		"scale NaN":        {put(scales, math.Float32bits(float32(math.NaN()))), "scale NaN of row 0"},
		"scale infinite":   {put(scales+8, math.Float32bits(float32(math.Inf(1)))), "of row 2"},
		"piece twice":      {smallTable("[PAD]", "[UNK]", "a", "b", "a"), `"a" twice`},
		"piece empty":      {smallTable("[PAD]", "[UNK]", "", "b", "a"), "lines of pieces"},
		"no unknown piece": {smallTable("[PAD]", "[pad]", "a", "b"), "no piece [UNK]"},
	} {
		m, err := open("t", c.table)
		if err == nil || m != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	for n := range len(whole) {
		if _, err := open("t", whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes opened", n, len(whole))
		}
	}
}

// FuzzOpen: whatever opens can be used.
func FuzzOpen(f *testing.F) {
	f.Add(smallTable(), "known unknown, 12")
	f.Fuzz(func(t *testing.T, table, text string) {
		m, err := open("fuzz", table)
		if err != nil {
			return
		}
		checkTokens(t, m, text)
		m.Embed(nil, text)
	})
}
