package export

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/evals"
)

// tiny is a run of cases a, b, c, … in the given states: p f e u, - for none.
func tiny(version, states string) Run {
	r := evals.Result{Run: "run-" + version, Agent: "A", Version: version, TestSet: "set", TestSetDigest: "sha256:1", Verdict: "pass"}
	var rows []evals.CaseRow
	for i, s := range states {
		if s == '-' {
			continue
		}
		state := map[rune]string{'p': "passed", 'f': "failed", 'e': "errored", 'u': "unjudged"}[s]
		rows = append(rows, evals.CaseRow{ID: string(rune('a' + i)), Line: i + 1, Draw: 1, Input: "input", Output: state, State: state})
		rows = append(rows, evals.CaseRow{ID: string(rune('a' + i)), Draw: 2, State: "failed"}, evals.CaseRow{ID: string(rune('a' + i)), Draw: 1, Arm: "baseline", State: "failed"})
	}
	return Run{Result: r, Rows: rows}
}

func TestCompare(t *testing.T) {
	c, err := Compare([]Run{tiny("1", "ppfeu-pp"), tiny("2", "pfpfpp-u"), tiny("3", "ppffuppf")})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Cases: 8, Common: 4, Differ: 3, Regressions: 2, Improvements: 1, Answers: 5}); c.Counts != want {
		t.Errorf("counts %+v, want %+v", c.Counts, want)
	}
	var flips []string
	for _, f := range c.Flips {
		flips = append(flips, f.ID+" "+f.Kind+" "+strings.Join(f.States, ","))
	}
	if got := strings.Join(flips, "\n"); got != "b regression passed,failed,passed\nc improvement failed,passed,failed\nh regression passed,unjudged,failed" {
		t.Errorf("flips:\n%s", got)
	}
	p := c.Pairs[0]
	if p.N != 4 || p.Both != 1 || p.OnlyThis != 1 || p.OnlyFirst != 1 || p.Neither != 1 || *p.Difference != 0 || p.P != 1 {
		t.Errorf("pair %+v", p)
	}
	if p := c.Pairs[1]; p.N != 6 || p.OnlyFirst != 1 || p.OnlyThis != 0 || p.Against != "run-1" || p.Run != "run-3" {
		t.Errorf("pair %+v", p)
	}
	for _, n := range []int{0, 1, MaxRuns + 1} {
		if _, err := Compare(make([]Run, n)); err == nil {
			t.Errorf("%d runs were compared", n)
		}
	}
	var b bytes.Buffer
	if err := CompareHTML(&b, &Comparison{}); err == nil {
		t.Error("nothing became a page")
	}
}

// TestCompareSets: only what is the same case in every run is compared.
func TestCompareSets(t *testing.T) {
	a, b := tiny("1", "pppp"), tiny("2", "ffff-f")
	b.Result.TestSetDigest = "sha256:2"
	b.Rows[0].Input = "another input"
	b.Rows[3].Expected = "another answer"
	c, err := Compare([]Run{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if c.Counts.Cases != 3 || c.Counts.Regressions != 3 || c.Pairs[0].N != 3 {
		t.Errorf("%+v", c.Counts)
	}
	got := strings.Join(c.Warnings, "\n")
	if got != "the runs used different test sets: only the 3 cases that all of them have are compared (1 case left out)\n"+
		"1 case with the same id but another input left out\n1 case expected another answer in another run: a change there may be one of the test set" {
		t.Errorf("warnings:\n%s", got)
	}
	b.Result.TestSetDigest, b.Result.Agent, b.Result.Subset = "sha256:1", "B", "lang=de"
	c, err = Compare([]Run{a, b})
	if err != nil || c.Counts.Cases != 4 || len(c.Warnings) != 4 {
		t.Errorf("%+v %q %v", c.Counts, c.Warnings, err)
	}
}

// TestTango compares with Fagerland, Lydersen and Laake, "Recommended tests and
// confidence intervals for paired binomial proportions", Statistics in Medicine
// 33 (2014): airway hyper-responsiveness, 1 and 7 discordant pairs of 21.
func TestTango(t *testing.T) {
	for _, c := range []struct {
		b, c, n int
		lo, hi  float64
	}{
		{1, 7, 21, -0.517, -0.026},
		{0, 0, 40, -0.0876, 0.0876}, // z²/(n+z²), where the statistic is nd/√(nd(1−d))
		{0, 0, 1, -0.7935, 0.7935},
	} {
		lo, hi := tango(c.b, c.c, c.n)
		if math.Abs(lo-c.lo) > 6e-4 || math.Abs(hi-c.hi) > 6e-4 {
			t.Errorf("%d, %d of %d: [%.4f, %.4f], want [%.4f, %.4f]", c.b, c.c, c.n, lo, hi, c.lo, c.hi)
		}
		if low, high := tango(c.c, c.b, c.n); math.Abs(low+hi) > 1e-9 || math.Abs(high+lo) > 1e-9 {
			t.Errorf("%d, %d of %d: not symmetric", c.b, c.c, c.n)
		}
	}
}

// TestTangoScore finds the most likely chances under a difference by trying
// them, and computes the statistic from these.
func TestTangoScore(t *testing.T) {
	for _, x := range [][3]float64{{3, 9, 40}, {0, 5, 12}, {7, 7, 30}, {1, 0, 5}} {
		b, c, n := x[0], x[1], x[2]
		for _, d := range []float64{-0.3, -0.05, 0.0001, 0.2} {
			best, at := math.Inf(-1), 0.0
			for i := 1; i < 40000; i++ {
				q21 := float64(i) / 40000
				q12 := q21 + d
				rest := 1 - q12 - q21
				if q12 <= 0 || rest <= 0 {
					continue
				}
				if l := b*math.Log(q12) + c*math.Log(q21) + (n-b-c)*math.Log(rest); l > best {
					best, at = l, q21
				}
			}
			want := (b - c - n*d) / math.Sqrt(n*(2*at+d*(1-d)))
			if got := tangoScore(b, c, n, d); math.Abs(got-want) > 2e-3*max(1, math.Abs(want)) {
				t.Errorf("%v at %g: %g, want %g", x, d, got, want)
			}
		}
	}
}

// TestTangoCovers: the interval holds the truth in about 95 % of samples.
func TestTangoCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range [][3]float64{{0.05, 0.05, 60}, {0.12, 0.04, 80}, {0.3, 0.1, 25}} {
		hits := 0
		const samples = 4000
		for range samples {
			b, c := 0, 0
			for range int(p[2]) {
				switch x := rng.Float64(); {
				case x < p[0]:
					b++
				case x < p[0]+p[1]:
					c++
				}
			}
			if lo, hi := tango(b, c, int(p[2])); lo <= p[0]-p[1] && p[0]-p[1] <= hi {
				hits++
			}
		}
		if rate := float64(hits) / samples; rate < 0.94 || rate > 0.985 {
			t.Errorf("%v: covered in %.3f", p, rate)
		}
	}
}

func comparePage(t *testing.T, runs []Run) []byte {
	t.Helper()
	c, err := Compare(runs)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := CompareHTML(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dataOf reads the JSON of a page back.
func dataOf(t *testing.T, page []byte) (d struct {
	IDs   []string
	Kinds string
	Texts []string
	Runs  []struct {
		States string
		Out    []int
	}
}) {
	t.Helper()
	_, rest, ok := bytes.Cut(page, []byte(`<script type="application/json" id="data">`))
	data, _, end := bytes.Cut(rest, []byte(`</script>`))
	if !ok || !end {
		t.Fatal("the page holds no data")
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCompareHTML(t *testing.T) {
	page := comparePage(t, sampleRuns(3, 400))
	d := dataOf(t, page)
	if len(d.IDs) != 400 || len(d.Runs) != 3 || len(d.Runs[2].States) != 400 || len(d.Kinds) != 400 {
		t.Errorf("%d cases, %d runs", len(d.IDs), len(d.Runs))
	}
	for _, want := range []string{"judged differently over 3 runs", "A → B", "A → C", "do not gate", "Tango’s 95 % score interval"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := bytes.Count(page, []byte("http")); n != bytes.Count(page, []byte("http://www.w3.org/2000/svg"))+bytes.Count(page, []byte("http-equiv")) {
		t.Error("the page names an address")
	}
}

func TestCompareHostile(t *testing.T) {
	runs := hostileRuns(evil + "\u2028\u2029")
	page := comparePage(t, runs)
	if !utf8.Valid(page) {
		t.Error("the page is not valid UTF-8")
	}
	for _, bad := range []string{"\x00", "\x1b", "\r", "\u202e", "\u2066", "\u2028", "\u2029", "\uFFFE", "<img", "<x-evil", "<!--", "<script>alert"} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if n, m := bytes.Count(page, []byte("<script")), bytes.Count(page, []byte("</script")); n != 2 || m != 2 {
		t.Errorf("%d scripts begin and %d end", n, m)
	}
	if d := dataOf(t, page); len(d.IDs) != 5 || !strings.Contains(strings.Join(d.Texts, ""), "</script><script>alert(1)") {
		t.Errorf("the data are not what they were: %d cases", len(d.IDs))
	}
}

// FuzzCompareData: whatever the texts are, the page's data are JSON, end where
// they should, and hide nothing.
func FuzzCompareData(f *testing.F) {
	f.Add(evil)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		page := comparePage(t, hostileRuns(s))
		if n := bytes.Count(page, []byte("<script")); n != 2 || !utf8.Valid(page) {
			t.Errorf("%q brought in %d scripts", s, n)
		}
		dataOf(t, page)
		if bytes.ContainsAny(page, "\u2028\u2029\u202e\x00\x1b") {
			t.Errorf("%q hides text", s)
		}
	})
}

// TestCompareIsSmall: long answers are cut so that 10,000 cases of two runs
// stay below 25 MB, and a flood of cases keeps those that differ.
func TestCompareIsSmall(t *testing.T) {
	runs := longRuns()
	huge := strings.Repeat("\x1b[31m</script>\u2028", 50<<20/17)
	runs[1].Rows[7].Output, runs[1].Rows[8].Error, runs[1].Rows[8].State = huge, huge, "errored"
	page := comparePage(t, runs)
	if len(page) > 25<<20 || !bytes.Contains(page, []byte("more in the run’s ledger")) {
		t.Errorf("the page has %d bytes", len(page))
	}
	t.Logf("%.1f MB", float64(len(page))/(1<<20))
	dataOf(t, page)
	c, err := Compare(sampleRuns(2, 24_000))
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	listed := c.listed()
	for _, x := range listed {
		differ += bit(x.kind != "")
	}
	if len(listed) != comparedCases || differ != c.Counts.Differ {
		t.Errorf("%d cases listed, %d of %d that differ", len(listed), differ, c.Counts.Differ)
	}
}

func TestCompareWriteError(t *testing.T) {
	c, err := Compare(sampleRuns(2, 50))
	if err != nil {
		t.Fatal(err)
	}
	if err := CompareHTML(full{}, c); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v", err)
	}
}
