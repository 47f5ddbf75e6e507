package main

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/embedding"
)

func TestRanksShareTies(t *testing.T) {
	if got := ranks([]float64{3, 1, 3, 2}); !slices.Equal(got, []float64{2.5, 0, 2.5, 1}) {
		t.Errorf("ranks %v", got)
	}
}

func TestPearsonOfRanks(t *testing.T) {
	// IQ and hours of television: the textbook example, rho = -29/165.
	iq := []float64{106, 100, 86, 101, 99, 103, 97, 113, 112, 110}
	tv := []float64{7, 27, 2, 50, 28, 29, 20, 12, 6, 17}
	if got, want := pearson(ranks(iq), ranks(tv)), -29.0/165; math.Abs(got-want) > 1e-12 {
		t.Errorf("Spearman %v, want %v", got, want)
	}
}

func TestAUROC(t *testing.T) {
	if got := auroc([]float64{3, 2, 1}, []float64{1, 0}); math.Abs(got-5.5/6) > 1e-12 {
		t.Errorf("AUROC %v, want %v", got, 5.5/6)
	}
}

func TestThousands(t *testing.T) {
	for x, want := range map[float64]string{7: "7", 999.9: "999", 1000: "1 000", 1234567: "1 234 567"} {
		if got := thousands(x); got != want {
			t.Errorf("%v is written %q, want %q", x, got, want)
		}
	}
}

// The quality that is built in, to the third digit: a change of the table or
// of the tokeniser shows here.
func TestSTSB(t *testing.T) {
	pairs, err := readSTSB("../../../shared/data/stsb/stsb-en-test.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the STS-B test set is not there:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, err := embedding.Default()
	if err != nil {
		t.Fatal(err)
	}
	if rho := stsbSpearman(m, pairs); math.Abs(rho-0.7606) > 0.0005 {
		t.Errorf("Spearman %.4f, want 0.7606", rho)
	}
}

func TestAbsentDataIsSkipped(t *testing.T) {
	_, err := readSTSB(filepath.Join(t.TempDir(), "none.csv"))
	var out strings.Builder
	if !skipped(&out, "STS-B", &err) || err != nil || !strings.HasPrefix(out.String(), "STS-B skipped: ") {
		t.Errorf("error %v, output %q", err, out.String())
	}
}
