package inspect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/embedding"
	"github.com/GaboBase/arch-genops/testsets"
)

func set(t testing.TB, path, text string) *testsets.Set {
	t.Helper()
	s, err := testsets.Read(path, []byte(text), testsets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func report(t testing.TB, s *testsets.Set, o Options) *Report {
	t.Helper()
	r, err := Inspect(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const small = `id,input,expected,slice:split,slice:lang,cluster,weight
a,Where is my parcel,track,train,en,k,2
b,where  is my PARCEL,track,test,en,k,1
c,where is my parcel?,refund,test,en,,1
d,I want my money back,refund,train,de,,1
e,i want my money back,track,train,de,,1
f,sing me a song,,test,,,1
`

func ids(twins []Twin) (all []string) {
	for _, t := range twins {
		all = append(all, t.ID)
	}
	return all
}

func TestDescription(t *testing.T) {
	r := report(t, set(t, "s.csv", small), Options{Bar: 0.9})
	if r.Cases != 6 || r.Expected != 5 || r.Unjudged != 1 || r.Characters.Min != 14 || r.Characters.Max != 20 || r.Words.Median != 4 {
		t.Errorf("%+v", r)
	}
	if want := []Count{{"track", 3}, {"refund", 2}}; !reflect.DeepEqual(r.Labels.Counts, want) || math.Abs(r.Labels.Balance-0.971) > 1e-3 {
		t.Errorf("%+v", r.Labels)
	}
	if r.Clusters != (Clusters{Count: 1, Cases: 2, Largest: 2, Units: 5}) || math.Abs(r.Weights.Effective-49.0/9) > 1e-9 {
		t.Errorf("%+v %+v", r.Clusters, r.Weights)
	}
	declared := set(t, "d.json", `{"labels": ["x", "y"], "cases": [{"input": "a", "expected": "x"}]}`)
	if r := report(t, declared, Options{Bar: 0.9}); !slices.Equal(r.Labels.Unused, []string{"y"}) || r.Labels.Balance != 0 {
		t.Errorf("%+v", r.Labels)
	}
}

func TestDuplicates(t *testing.T) {
	d := report(t, set(t, "s.csv", small), Options{Bar: 0.9}).Duplicates
	if len(d.Groups) != 2 || d.Cases != 4 || d.Conflicts != 1 {
		t.Fatalf("%+v", d)
	}
	if g := d.Groups[0]; !slices.Equal(ids(g.Cases), []string{"a", "b"}) || g.Conflict || g.Cases[1].Line != 3 {
		t.Errorf("%+v", g)
	}
	if g := d.Groups[1]; !slices.Equal(ids(g.Cases), []string{"d", "e"}) || !g.Conflict {
		t.Errorf("%+v", g)
	}
	// History and variables are part of what is asked.
	other := set(t, "m.jsonl", `{"input":"yes","messages":[{"role":"user","content":"a"}]}
{"input":"yes","messages":[{"role":"user","content":"b"}]}
{"input":"yes","vars":{"n":1}}
{"input":"yes","vars":{"n":2}}
{"input":"Yes","vars":{"n":2}}`)
	if d := report(t, other, Options{Bar: 0.9}).Duplicates; len(d.Groups) != 1 || !slices.Equal(ids(d.Groups[0].Cases), []string{"c0004", "c0005"}) {
		t.Errorf("%+v", d)
	}
}

func TestNearDuplicates(t *testing.T) {
	n := report(t, set(t, "s.csv", small), Options{Bar: 0.9}).Near
	if n.Pairs != 1 || n.Groups != 1 || n.Inputs != 2 || n.Largest != 2 || n.Conflicts != 1 || n.Threshold != 0.95 {
		t.Fatalf("%+v", n)
	}
	if p := n.Nearest[0]; p.A.ID != "a" || p.B.ID != "c" || !p.Conflict || p.Cosine < 0.95 {
		t.Errorf("%+v", p)
	}
	if n := report(t, set(t, "s.csv", small), Options{Bar: 0.9, Near: 0.9999}).Near; n.Pairs != 0 {
		t.Errorf("%+v", n)
	}
	odd := set(t, "o.jsonl", `{"input":"`+strings.Repeat("word ", 1<<18)+`"}`+"\n"+`{"input":"\u0634\u0634"}`+"\n"+`{"input":"\u200b\u200b."}`)
	if n := report(t, odd, Options{Bar: 0.9}).Near; !strings.Contains(n.Note, "1 inputs are longer than 1048576 bytes") {
		t.Errorf("%+v", n)
	}
}

func TestLeaksWithinAFile(t *testing.T) {
	leaks := report(t, set(t, "s.csv", small), Options{Bar: 0.9}).Leaks
	if len(leaks) != 2 {
		t.Fatalf("%+v", leaks)
	}
	test, train := leaks[0], leaks[1]
	if test.Of != "test" || test.Into != "train" || test.Cases != 3 || test.Exact != 1 || test.Near != 1 || test.Conflicts != 1 || len(test.Examples) != 2 {
		t.Errorf("%+v", test)
	}
	if train.Cases != 3 || train.Exact != 1 || train.Near != 0 || train.Conflicts != 1 {
		t.Errorf("%+v", train)
	}
	if e := test.Examples[0]; !e.Conflict || e.A.ID != "c" || e.B.ID != "a" || e.B.Split != "train" {
		t.Errorf("%+v", e)
	}
	// A column that is no slice counts too; in CLINC150 it names no splits.
	if l := report(t, set(t, "m.csv", "input,split\nsame,a\nSame,b\n"), Options{Bar: 0.9}).Leaks; len(l) != 2 || l[0].Exact != 1 {
		t.Errorf("%+v", l)
	}
	if l := report(t, set(t, "c.json", `{"test": [["same","x"]], "oos_test": [["same","oos"]]}`), Options{Bar: 0.9}).Leaks; len(l) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestLeaksIntoAnotherFile(t *testing.T) {
	other := set(t, "train.jsonl", `{"input":"WHERE is my parcel","expected":"refund"}
{"input":"sing me a song!"}
{"input":"\u0634"}`)
	mine := set(t, "s.csv", small+"g,\u0634,,,,,1\n")
	l := report(t, mine, Options{Bar: 0.9, Against: other}).Leaks
	if len(l) != 1 || l[0].Of != "s.csv" || l[0].Into != "train.jsonl" || l[0].Exact != 3 || l[0].Near != 2 || l[0].Conflicts != 2 {
		t.Fatalf("%+v", l)
	}
	if e := l[0].Examples[0]; !e.Conflict || e.A.ID != "a" || e.B.ID != "c0001" {
		t.Errorf("%+v", e)
	}
	direct, err := Leaks(context.Background(), mine, other, 0)
	if err != nil || !reflect.DeepEqual(direct, l) {
		t.Errorf("%v %+v", err, direct)
	}
}

func TestTwins(t *testing.T) {
	groups, note, err := Twins(context.Background(), set(t, "s.csv", small), 0, nil)
	if want := [][]int{{0, 1, 2}, {3, 4}}; err != nil || note != "" || !reflect.DeepEqual(groups, want) {
		t.Errorf("%v, %q, %v", groups, note, err)
	}
}

// TestPairsAreComplete: what the short cut leaves out is no pair.
func TestPairsAreComplete(t *testing.T) {
	m, err := embedding.Default()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("where is my parcel the order refund money back please now card bank lost new change name address bill pay")
	rng := rand.New(rand.NewPCG(1, 1))
	texts := make([]string, 700)
	for i := range texts {
		for range 2 + rng.IntN(4) {
			texts[i] += words[rng.IntN(len(words))] + " "
		}
	}
	v, _, _ := embed(m, len(texts), func(i int) string { return texts[i] })
	got := map[[2]int]bool{}
	jobs := 0
	err = pairs(context.Background(), &v, nil, 0.9, func(hits []hit) {
		for _, h := range hits {
			if got[[2]int{h.a, h.b}] {
				t.Fatalf("%v is found twice", h)
			}
			got[[2]int{h.a, h.b}] = true
		}
	}, func() { jobs++ })
	if err != nil || jobs != jobCount(&v, nil) {
		t.Fatalf("%v, %d jobs of %d", err, jobs, jobCount(&v, nil))
	}
	want := 0
	for i := range texts {
		x, _ := m.Embed(nil, texts[i])
		for j := i + 1; j < len(texts); j++ {
			y, _ := m.Embed(nil, texts[j])
			c := embedding.Cosine(x, y)
			if c >= 0.9 {
				want++
			}
			if math.Abs(c-0.9) > 1e-5 && got[[2]int{i, j}] != (c >= 0.9) {
				t.Fatalf("%q and %q: cosine %v, found %v", texts[i], texts[j], c, got[[2]int{i, j}])
			}
		}
	}
	if want < 300 || len(got) < want-5 {
		t.Errorf("%d pairs, want about %d", len(got), want)
	}
	across := 0
	if err := pairs(context.Background(), &v, &v, 0.9, func(hits []hit) { across += len(hits) }, func() {}); err != nil || across != 2*len(got)+len(texts) {
		t.Errorf("%d pairs across, want %d", across, 2*len(got)+len(texts))
	}
}

// TestManyPairs: templates make millions of pairs; what is kept is bounded, and
// the same at every run.
func TestManyPairs(t *testing.T) {
	var b strings.Builder
	for i := range 1100 {
		fmt.Fprintf(&b, "{\"input\":\"where is my parcel, %d?\",\"expected\":\"%d\"}\n", i, i%2)
	}
	s := set(t, "s.jsonl", b.String())
	r := report(t, s, Options{Bar: 0.9, Near: 0.5})
	if r.Near.Pairs < 300_000 || len(r.Near.Nearest) != shownPairs || r.Near.Conflicts < 100_000 {
		t.Errorf("%d pairs, %d kept, %d conflicts", r.Near.Pairs, len(r.Near.Nearest), r.Near.Conflicts)
	}
	if again := report(t, s, Options{Bar: 0.9, Near: 0.5}); !reflect.DeepEqual(again, r) {
		t.Error("two runs differ")
	}
}

func TestPower(t *testing.T) {
	p := report(t, set(t, "s.csv", small), Options{Bar: 0.9}).Power
	if p.Alpha != 0.05 || p.PassFrom < 29 || p.PassFrom > 60 || p.FailFrom < 1 || p.FailFrom > 5 {
		t.Errorf("%+v", p) // 29: no fixed test passes with fewer, 0.9^29 < 0.05
	}
	if last := p.Truths[len(p.Truths)-1]; last.Mean != 1 || last.Traffic != p.PassFrom || last.OfSet > 6 {
		t.Errorf("%+v", p.Truths)
	}
	for i := 1; i < len(p.Truths); i++ {
		a, b := p.Truths[i-1], p.Truths[i]
		if a.Verdict == "fail" && b.Verdict == "fail" && a.Traffic > b.Traffic || a.Verdict == "pass" && a.Traffic < b.Traffic {
			t.Errorf("nearer to the bar takes more cases: %+v", p.Truths)
		}
	}
	if p, err := power(context.Background(), 10, 1, 0.05); err != nil || p.PassFrom != 0 || p.FailFrom != 1 {
		t.Errorf("bar 1: %+v, %v", p, err)
	}
	if _, err := Inspect(context.Background(), set(t, "s.csv", small), Options{Bar: 2}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("bar 2: %v", err)
	}
}

func TestSlices(t *testing.T) {
	var b strings.Builder
	b.WriteString("input,slice:lang,cluster,weight\n")
	for i := range 100 {
		lang, cluster := "en", ""
		if i >= 80 {
			lang, cluster = "de", "c"+fmt.Sprint(i/10)
		}
		fmt.Fprintf(&b, "text %d,%s,%s,%d\n", i, lang, cluster, 1+i%2)
	}
	b.WriteString("odd,fr,,1\n")
	got := report(t, set(t, "s.csv", b.String()), Options{Bar: 0.9}).Slices
	want := []Slice{{"lang", "en", 80, 80, true, true}, {"lang", "de", 20, 2, false, true}, {"lang", "fr", 1, 1, false, false}}
	if len(got) != 3 || got[0] != want[0] || got[1].Units != 2 || got[1].CanPass || got[2] != want[2] {
		t.Errorf("got %+v", got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Inspect(ctx, set(t, "s.csv", small), Options{Bar: 0.9}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
