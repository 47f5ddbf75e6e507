package export

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

var intents = strings.Fields(`track_order cancel_order change_address refund_status request_refund return_item exchange_item
	payment_failed payment_methods invoice_copy promo_code price_match delivery_time delivery_options missing_item damaged_item
	stock_check size_guide account_login password_reset delete_account newsletter_stop talk_to_human out_of_scope`)

var phrases = []string{"where is my %s", "I can't find anything on %s, help", "wo finde ich etwas zu %s?", "plz fix %s asap",
	"¿puedes ayudarme con %s?", "not %s, the other thing", "no me funciona %s", "hey, quick question about %s"}

var languages = []string{"en", "en", "de", "en", "es", "en", "es", "en"}

// sampleRows draws n believable cases; the share of wrong answers depends on
// the slices.
func sampleRows(n int) []evals.CaseRow {
	rng := rand.New(rand.NewPCG(7, 11))
	kinds := []string{"plain", "plain", "typo", "plain", "paraphrase", "negation"}
	rows := make([]evals.CaseRow, n)
	for i := range rows {
		label, phrase := rng.IntN(len(intents)), rng.IntN(len(phrases))
		kind := kinds[rng.IntN(len(kinds))]
		wrong := 0.07
		if languages[phrase] == "de" {
			wrong += 0.12
		}
		if kind == "negation" {
			wrong += 0.22
		}
		rows[i] = sampleRow(rng, i, label, phrase, kind, wrong)
	}
	return rows
}

func sampleRow(rng *rand.Rand, i, label, phrase int, kind string, wrong float64) evals.CaseRow {
	want, got := intents[label], intents[label]
	row := evals.CaseRow{ID: fmt.Sprintf("c%03d", i+1), Line: i + 4, Draw: 1, State: "passed", Expected: want, Sends: 1,
		Input: fmt.Sprintf(phrases[phrase], strings.ReplaceAll(want, "_", " ")),
		Slice: map[string]string{"lang": languages[phrase], "kind": kind}, LatencyMS: 40 + 30*rng.ExpFloat64(), CostUSD: 0.00021}
	switch x := rng.Float64(); {
	case x < wrong:
		row.State = "failed"
		got = intents[min(label+1+rng.IntN(2)*rng.IntN(3), len(intents)-1)]
		if got == want {
			got = "track_order"
		}
		row.Findings = []pipeline.Finding{{Metric: "intent_accuracy", Reason: fmt.Sprintf("expected %q, got %q", want, got)},
			{Metric: "latency<=2s", Score: 1, Pass: true}}
	case x < wrong+0.008:
		row.State, row.Error, got, row.Sends = "errored", "agent gave no answer within 10s (3 attempts)", "", 3
	case x < wrong+0.014:
		row.State = "unjudged"
		row.Unjudged = []pipeline.Finding{{Metric: "coherence", Reason: "the judge's reply was not JSON: \"I think this is fine\""}}
	default:
		row.Findings = []pipeline.Finding{{Metric: "intent_accuracy", Score: 1, Pass: true}, {Metric: "latency<=2s", Score: 1, Pass: true}}
	}
	row.Output = got
	return row
}

func ptr[T any](v T) *T { return &v }

// sampleResult sums rows up as a run over a set of total cases would.
func sampleResult(rows []evals.CaseRow, total int) evals.Result {
	r := evals.Result{Run: "20250314-101502-7f3a", Agent: "ASM-001", Version: "2.1.0", TestSet: "intents_v2", Verdict: "fail",
		Release: "sha256:" + strings.Repeat("9c41d2e7", 8), TestSetDigest: "sha256:" + strings.Repeat("50ab77f1", 8), Seed: 1420553871,
		DurationMS: 18_431, StartedAt: "2025-03-14T10:15:02Z", Stopped: len(rows) < total,
		Calls:    evals.Calls{Made: len(rows) + 9, Repeated: 9},
		Warnings: []string{"the judge for coherence has not been calibrated against labels"},
		Flaky:    &evals.FlakySummary{Cases: 60, Flipped: 3, IDs: []string{"c014", "c201", "c377"}},
		Files:    map[string]string{"result.json": "sha256:" + strings.Repeat("ab", 32), "cases.jsonl": "sha256:" + strings.Repeat("cd", 32)}}
	r.Cases.Total = total
	for _, row := range rows {
		r.CostUSD += row.CostUSD
		switch row.State {
		case "passed":
			r.Cases.Passed++
		case "failed":
			r.Cases.Failed++
		case "errored":
			r.Cases.Errored++
		default:
			r.Cases.Unjudged++
		}
	}
	r.Cases.Judged = r.Cases.Passed + r.Cases.Failed + r.Cases.Errored
	r.Slices, r.Labels = sampleSlices(rows, &r), sampleLabels(rows)
	r.Rules = sampleRules(rows)
	r.Metrics = []evals.MetricSummary{
		{Metric: "pass_rate", Mean: ptr(0.846), Interval: &[2]float64{0.814, 0.874}, N: r.Cases.Judged},
		{Metric: "intent_accuracy", Mean: ptr(0.851), Interval: &[2]float64{0.82, 0.878}, N: r.Cases.Judged, Unjudged: r.Cases.Unjudged},
		{Metric: "hallucination"},
		{Metric: "latency", Unit: "s", Mean: ptr(0.0712), P50: 0.061, P95: 0.131, N: r.Cases.Judged},
		{Metric: "cost", Unit: "usd", Mean: ptr(0.00021), P50: 0.00021, P95: 0.00034, N: r.Cases.Judged},
		{Metric: "tokens", Unit: "tokens", Mean: ptr(48.2), P50: 46, P95: 71, N: r.Cases.Judged}}
	return r
}

func sampleRules(rows []evals.CaseRow) []evals.RuleResult {
	path := func(bad func(*evals.CaseRow) bool, width float64) []evals.Look {
		var looks []evals.Look
		good := 0
		for i := range rows {
			if !bad(&rows[i]) {
				good++
			}
			n := float64(i + 1)
			est := float64(good) / n
			half := width * math.Sqrt((0.03+est*(1-est))*(1.5+math.Log(1+math.Log(n+1)))/n)
			if i < 10 || i%7 == 0 || i == len(rows)-1 {
				looks = append(looks, evals.Look{N: i + 1, Estimate: est, Lo: max(0, est-half), Hi: min(1, est+half)})
			}
		}
		return looks
	}
	accuracy := path(func(r *evals.CaseRow) bool { return r.State != "passed" }, 1.02)
	latency := path(func(r *evals.CaseRow) bool { return r.State == "errored" }, 0.6)
	end, fast := accuracy[len(accuracy)-1], latency[len(latency)-1]
	n, of := len(rows), len(rows)
	return []evals.RuleResult{
		{Metric: "intent_accuracy", Kind: "at_least", Bar: 0.9, Verdict: "fail", Estimate: &end.Estimate, Interval: &[2]float64{end.Lo, end.Hi},
			N: n, Of: of, DecidedAfter: n * 4 / 5, Alpha: 0.05, Gates: true, Tries: 2, Path: accuracy, Reason: fmt.Sprintf("%.3f after %d cases; upper bound %.3f < 0.9", end.Estimate, n, end.Hi)},
		{Metric: "latency<=2s", Kind: "at_least", Bar: 0.95, Verdict: "pass", Estimate: &fast.Estimate, Interval: &[2]float64{fast.Lo, fast.Hi},
			N: n, Of: of, DecidedAfter: n / 3, Alpha: 0.05, Gates: true, Tries: 1, Path: latency, Reason: fmt.Sprintf("%.3f after %d cases; lower bound %.3f >= 0.95", fast.Estimate, n, fast.Lo)},
		{Metric: "coherence", Kind: "at_least", Bar: 0.8, Verdict: "undecided", Of: of, Alpha: 0.05, Reason: "no case was judged: configure evals.judge to judge coherence"}}
}

func sampleSlices(rows []evals.CaseRow, r *evals.Result) []evals.SliceSummary {
	at := map[[2]string]int{}
	var out []evals.SliceSummary
	for _, row := range rows {
		for k, v := range row.Slice {
			i, ok := at[[2]string{k, v}]
			if !ok {
				i = len(out)
				at[[2]string{k, v}] = i
				out = append(out, evals.SliceSummary{Key: k, Value: v})
			}
			out[i].N++
			if row.State == "passed" {
				out[i].Passed++
			}
		}
	}
	all := float64(r.Cases.Passed) / float64(max(r.Cases.Judged, 1))
	for i := range out {
		s := &out[i]
		n, z := float64(s.N), 1.96
		s.Rate = float64(s.Passed) / n
		mid, half := (s.Rate+z*z/2/n)/(1+z*z/n), z*math.Sqrt(s.Rate*(1-s.Rate)/n+z*z/4/n/n)/(1+z*z/n)
		s.Wilson = [2]float64{mid - half, mid + half}
		s.Weak = s.Wilson[1] < all
	}
	return out
}

func sampleLabels(rows []evals.CaseRow) []evals.LabelSummary {
	out := make([]evals.LabelSummary, len(intents))
	given, right := map[string]int{}, map[string]int{}
	for i, label := range intents {
		out[i] = evals.LabelSummary{Label: label, Got: map[string]int{}}
		for _, row := range rows {
			if row.Expected == label && row.State != "unjudged" {
				out[i].Support++
				out[i].Got[row.Output]++
				given[row.Output]++
				if row.Output == label {
					right[label]++
				}
			}
		}
	}
	for i := range out {
		if l := &out[i]; l.Support > 0 {
			l.Recall = ptr(float64(right[l.Label]) / float64(l.Support))
		}
		if l := &out[i]; given[l.Label] > 0 {
			l.Precision = ptr(float64(right[l.Label]) / float64(given[l.Label]))
		}
	}
	return out
}
