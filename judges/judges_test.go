package judges

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

func readLabels(path string, data []byte) (*Labels, error) { return LabelForm{}.Read(path, data) }

func TestReadLabelsInEveryForm(t *testing.T) {
	for name, text := range map[string]string{
		"csv":   "id,input,output,label,rater,score\na,in,out,pass,ann,0.9\nb,in,\"two\nlines\",no,ann,0.2\nc,,,,ann,\n",
		"bom":   "\ufeffCase_ID,Input,Actual_Output,Human,Annotator,Judge\r\na,in,out,PASS,ann,0.9\r\nb,in,\"two\nlines\",0,ann,.2\r\nc,,,,ann,\r\n",
		"jsonl": `{"id":"a","input":"in","output":"out","label":true,"rater":"ann","score":0.9}` + "\n\n" + `{"id":"b","input":"in","output":"two\nlines","label":0,"rater":"ann","score":0.2,"other":1}` + "\n" + `{"id":"c","label":null}`,
		"array": "[\n" + `{"id":"a","input":"in","output":"out","label":1,"rater":"ann","score":0.9},` + "\n" + `{"id":"b","input":"in","output":"two\nlines","label":"fail","rater":"ann","score":"0.2"},{"id":"c"}]`,
	} {
		l, err := readLabels("l", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a, b := l.Rows[0], l.Rows[1]
		if len(l.Rows) != 2 || l.Empty != 1 || a.Value != 1 || b.Value != 0 || b.Output != "two\nlines" || a.Rater != "ann" || *b.Score != 0.2 || a.Case != "a" {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestReadLabelsNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "the file is empty",
		"id,output\na,b\n":                 "l:1: no column label",
		"id,label,human\na,1,1\n":          "l:1: two columns hold the label",
		"id,label\na,pass\nb,maybe\n":      `l:3: label: "maybe" is no label`,
		"id,label\na,1.5\n":                "l:2: label: 1.5 is not in [0,1]",
		"id,label\na,Inf\n":                "l:2: label: +Inf is not in [0,1]",
		"id,label\n,pass\n":                "l:2: a label needs the id",
		"id,label\na,\n":                   "no row has a label (1 are empty)",
		"{\"id\":\"a\",\"label\":1}\n{":    "l:2: ",
		"[{\"id\":\"a\",\"label\":1},\n3]": "l:2: a label is an object",
		"id,label\n\"a,1\n":                "l:2: ",
		"id,label,score\na,1,7\n":          "l:2: score: 7 is not in [0,1]",
	} {
		if _, err := readLabels("l", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzReadLabels(f *testing.F) {
	f.Add([]byte("id,label\na,pass\n"))
	f.Add([]byte(`[{"id":"a","label":1}]`))
	f.Add([]byte(`{"output":"a","label":"no","score":0.3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := readLabels("l", data)
		if err != nil {
			return
		}
		for _, r := range l.Rows {
			if !(r.Value >= 0 && r.Value <= 1) || r.Line < 1 {
				t.Fatalf("%+v", r)
			}
		}
		c, err := l.Collect(0.5)
		if err == nil && len(c.Items)+len(c.Split) == 0 {
			t.Fatal("labels, but no item")
		}
	})
}

// Spreadsheets of all countries: marks at the start, other delimiters and encodings,
// decimal commas, columns that only others need.
func TestReadLabelsOfSpreadsheets(t *testing.T) {
	wide := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune("id\tlabel\r\na\tpass\r\nü\t0,25\r\n")) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, data := range map[string][]byte{
		"utf-8 with a mark":      []byte("\ufeffid,label,note\na,pass,x\nü,0.25,y\n"),
		"semicolons and commas":  []byte("id;label;draw\r\na;pass;random\r\nü;0,25;random\r\n"),
		"tabs":                   []byte("id\tlabel\na\tpass\nü\t0,25\n"),
		"utf-16":                 wide,
		"quoted, with semicolon": []byte("\"id\";\"label\";\"input\"\na;yes;\"x;\ny\"\nü;0,25;\n"),
		"lines after a mark":     []byte("\ufeff{\"id\":\"a\",\"label\":true}\n\n{\"id\":\"ü\",\"label\":0.25}\n"),
		"an array after a mark":  []byte("\ufeff [{\"id\":\"a\",\"label\":1},{\"id\":\"ü\",\"label\":\"0,25\"}]"),
	} {
		l, err := readLabels("l", data)
		if err != nil || len(l.Rows) != 2 || l.Rows[0].Value != 1 || l.Rows[1].Value != 0.25 || l.Rows[1].Case != "ü" {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	for text, want := range map[string]string{
		"id,label\na,85\n":                              "l:2: label: 85 is not in [0,1]; of grades name the scale, such as --scale 0..100",
		"id,label\na,4\n":                               "l:2: label: 4 is not in [0,1]; of grades name the scale, such as --scale 1..5",
		"id,label,draw\na,pass,mine\n":                  `l:2: draw: "mine" is unknown; known: random, balanced`,
		"id,label,draw\na,1,random\nb,1,balanced\n":     "l:3: draw: balanced here and random before",
		"id,label,verdict\na,1,0\n":                     "l:1: two columns hold the label (it may be called label, human, verdict)",
		"id,mark\na,1\n":                                "l:1: no column label (also known as label, human, verdict); the header is id, mark",
		"{\"id\":\"a\",\n\"label\":1}":                  "l:1: labels are CSV, one JSON object a line, or one JSON array",
		"id,label\na,b\xe4d\n":                          "l: the text is neither UTF-8 nor UTF-16",
		"{\"id\":\"a\",\"opinion\":1}\n":                "l: no row has a label (1 are empty) under label, human, verdict",
		"[{\"id\":\"a\",\"label\":1},\n {\"label\":0}]": "l:2: a label needs the id of its case, or the output",
	} {
		if _, err := readLabels("l", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	l, err := readLabels("l", []byte("id,label,metric\na,1,tone\nb,0,length\nc,0,\n"))
	if err != nil || strings.Join(l.Metrics(), " ") != "tone length" || l.About("tone") != 1 || len(l.Rows) != 2 {
		t.Errorf("%+v, %v", l, err)
	}
}

// What people call their columns, and what they write into them.
func TestReadLabelsInPeoplesWords(t *testing.T) {
	wide := LabelForm{Columns: map[string][]string{"label": {"Ann", "Ben"}, "case": {"ticket"}}}
	five := LabelForm{Columns: map[string][]string{"label": {"stars"}}, Scale: LabelScale{1, 5}}
	for name, c := range map[string]struct {
		form   LabelForm
		text   string
		values string // of the labels
		empty  int
		raters string
	}{
		"other names":       {text: "Test ID,Human-Label,Annotator Id\na,Y,x\nb,n,x\n", values: "1 0", raters: "x x"},
		"usual names first": {text: "id,label,correct,response,output\na,pass,no,r,o\n", values: "1", raters: ""},
		"signs":             {text: "id,verdict\na,\U0001f44d\nb,❌\nc,✔\ufe0f\n", values: "1 0 1"},
		"shares":            {text: "id,grade\na,90 %\nb,25%\n", values: "0.9 0.25"},
		"neither":           {text: "id,label\na,pass\nb,N/A\nc,unsure\nd,NaN\n", values: "1", empty: 3},
		"a column a rater":  {text: "id,label_ann,label_ben\na,pass,fail\nb,,yes\n", values: "1 0 1", empty: 1, raters: "label_ann label_ben label_ben"},
		"named columns":     {form: wide, text: "ticket,Ann,Ben,Cem\na,1,0,1\n", values: "1 0", raters: "Ann Ben"},
		"grades":            {form: five, text: "id,stars\na,5\nb,2\nc,pass\n", values: "1 0.25 1"},
		"a list in JSON":    {text: "{\"name\":\"x\",\n\"items\":[{\"id\":\"a\",\"is_correct\":true},\n{\"id\":\"b\",\"is_correct\":false}]}", values: "1 0"},
		"grades in JSON":    {form: five, text: "{\"id\":\"a\",\"stars\":3}\n{\"id\":\"b\",\"stars\":null}\n", values: "0.5", empty: 1},
	} {
		l, err := c.form.Read("l", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var values, raters []string
		for _, r := range l.Rows {
			values, raters = append(values, fmt.Sprint(r.Value)), append(raters, r.Rater)
		}
		if strings.Join(values, " ") != c.values || strings.TrimSpace(strings.Join(raters, " ")) != c.raters || l.Empty != c.empty || l.Rows[0].Case != "a" {
			t.Errorf("%s: %+v", name, l)
		}
	}
	for text, want := range map[string]string{
		"id,stars\na,6\n":                  "l:2: label: 6 is not on the scale 1..5",
		"id,marks\na,6\n":                  "l:1: no column stars, which --column names for the label; the header is id, marks",
		"{\"id\":\"a\",\"marks\":1}":       "its keys are id, marks; name the column that holds it with --column label=NAME",
		"test_id,item_id,stars\na,b,1\n":   "two columns hold the case (it may be called id, case, case_id): test_id, item_id; say which with --column case=NAME",
		"id,stars\na,5\n,1\n":              "l:3: a label needs the id of its case",
		"{\"items\":[{\"id\":\"a\"},\n3]}": "l:2: a label is an object",
	} {
		if _, err := five.Read("l", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]LabelScale{"1..5": {1, 5}, "0-10": {0, 10}, "-1..1": {-1, 1}, "0:100": {0, 100}, "5..1": {}, "5": {}, "1..x": {}} {
		if got, err := ParseLabelScale(text); got != want || (err == nil) != (want != LabelScale{}) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestCollectBySeveralRaters(t *testing.T) {
	l, err := readLabels("l", []byte("id,label,rater\na,pass,x\na,pass,y\na,fail,z\nb,pass,x\nb,fail,y\nc,fail,z\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Collect(0.5)
	if err != nil || len(c.Items) != 2 || c.Items[0].Label != 1 || c.Items[1].Case != "c" || !math.IsNaN(c.Items[1].Raters[0]) || len(c.Split) != 1 || c.Split[0].Case != "b" || !c.Binary || c.Judged {
		t.Errorf("%+v, %v", c, err)
	}
	l, _ = readLabels("l", []byte("id,label,rater\na,pass,x\na,pass,x\na,fail,y\na,fail,z\n"))
	if c, err = l.Collect(0.5); err != nil || c.Twice != 1 || len(c.Items) != 1 || c.Items[0].Label != 0 {
		t.Errorf("one label given twice: %+v, %v", c, err)
	}
	for text, want := range map[string]string{
		"id,label\na,pass\na,pass\na,fail\n":                 "l:4: a rater without a name labels this answer (a) twice, and said something else in line 3",
		"id,label,rater,score\na,pass,x,0.5\na,pass,y,0.7\n": "l:3: the judge's score of this answer is 0.7 here and 0.5 before",
	} {
		l, err := readLabels("l", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Collect(0.5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLabelsInResults: the results of a run, with a column of labels, are a sheet.
func TestLabelsInResults(t *testing.T) {
	l, err := readLabels("l", []byte("id,draw,state,input,output,reason,score coherence,label\na,1,failed,i,o,r,0.2,fail\nb,1,passed,j,p,,0.9,pass\n"))
	if err != nil || len(l.Rows) != 2 || l.Draw != "" || l.Rows[0].Score != nil || l.Rows[1].Value != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestTiesCountForAlpha: how far judge and people agree is told of all that they
// labelled, what people disagree about included. The figure is that of the Python
// package krippendorff 0.9.0.
func TestTiesCountForAlpha(t *testing.T) {
	l, err := readLabels("l", []byte("id,label_x,label_y\na,1,1\nb,1,1\nc,0,0\nd,1,0\ne,1,0\nf,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Collect(0.5)
	if err != nil || len(c.Items) != 4 || len(c.Split) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	c.Join()
	for i, item := range c.Items {
		c.Items[i].Scores = []Word{{Pass: strings.Contains("adf", item.Case)}}
	}
	c.Part()
	a := NewCalibration(Release{Judge: "j", Metric: "m"}, c, 0, LabelsRef{}, "", 0.5).Assessment
	if a.Labels != 4 || a.WithJudge.N != 6 || math.Abs(a.WithJudge.Value-0.16049382716049376) > 1e-12 {
		t.Errorf("%+v", a.WithJudge)
	}
}

// items makes a labelled table: judge and people pass tp, and so on.
func items(tp, fp, fn, tn int) []Item {
	var out []Item
	add := func(n int, label, score float64) {
		for range n {
			out = append(out, Item{Case: fmt.Sprintf("c%03d", len(out)), Output: fmt.Sprint("answer ", len(out)), Label: label, Raters: []float64{label},
				Scores: []Word{{Score: score, Pass: score == 1}}})
		}
	}
	add(tp, 1, 1)
	add(fp, 0, 1)
	add(fn, 1, 0)
	add(tn, 0, 0)
	return out
}

func TestAssess(t *testing.T) {
	all := items(80, 5, 4, 11)
	all[0].Scores[0] = Word{Why: "an outage"}
	a := Assess(all, 0, 0.5)
	if a.Confusion != (Confusion{79, 5, 5, 11, 1}) || a.Passing != 84 || a.Labels != 100 {
		t.Errorf("%+v", a)
	}
	if a.Sensitivity.Value != 79./84 || a.Specificity.Value != 11./16 || a.Agreement.Value != 0.9 || a.Bias.Value != 0 || a.Raters != nil || a.Curve != nil {
		t.Errorf("%+v", a)
	}
	// By hand: observed 0.90, by chance 0.84² + 0.16².
	chance := 0.84*0.84 + 0.16*0.16
	if a.Kappa == nil || math.Abs(a.Kappa.Value-(0.9-chance)/(1-chance)) > 1e-12 || a.WithJudge == nil || a.WithJudge.N != 99 {
		t.Errorf("%+v %+v", a.Kappa, a.WithJudge)
	}
	w := a.Worth
	if !(w.Faultless < w.Corrected && w.Corrected < w.LabelsAlone && w.LabelsAlone < w.Elsewhere*2) || w.WorthLabels < 110 || w.WorthLabels > 250 || w.WorthCases > 500 || len(w.More) != 2 || w.More[1].Corrected >= w.More[0].Corrected {
		t.Errorf("%+v", w)
	}
	if data, err := json.Marshal(a); err != nil || strings.Contains(string(data), "Inf") {
		t.Errorf("%s, %v", data, err)
	}
}

func TestAssessScores(t *testing.T) {
	var all []Item
	for i := range 60 {
		score := float64(i) / 60
		label := 0.0
		if i%3 > 0 && i > 20 {
			label = 1
		}
		all = append(all, Item{Case: fmt.Sprint(i), Label: label, Raters: []float64{label}, Scores: []Word{{Score: score, Pass: score >= 0.5}}})
	}
	a := Assess(all, 0, 0.5)
	n, mean := 0, 0.0
	for i, b := range a.Curve {
		n += b.N
		if i > 0 && b.Score <= a.Curve[i-1].Score || !(b.Interval[0] <= b.Label && b.Label <= b.Interval[1]) {
			t.Errorf("%+v", a.Curve)
		}
	}
	// Labels that are pass or fail are compared with its verdicts, not with its scores.
	if c := a.Confusion; n != 60 || len(a.Curve) != 5 || math.Abs(a.Bias.Value-float64(c.FalsePass-c.FalseFail)/60) > 1e-9 || a.WithJudge.Scale != "nominal" {
		t.Errorf("%d: %+v", n, a)
	}
	for i := range all {
		all[i].Label = 0.25 + all[i].Label/2
		all[i].Raters[0] = all[i].Label
		mean += (all[i].Scores[0].Score - all[i].Label) / 60
	}
	if a = Assess(all, 0, 0.5); math.Abs(a.Bias.Value-mean) > 1e-9 || a.WithJudge.Scale != "interval" {
		t.Errorf("labels that are shares: %+v", a)
	}
	one := Assess(all[:1], 0, 0.5)
	if _, err := json.Marshal(one); err != nil {
		t.Errorf("a single label: %v", err)
	}
}

func TestReleaseDigest(t *testing.T) {
	base := Release{Judge: "openai:gpt-5.4", Metric: "coherence", Definition: "1", Model: "gpt-5.4", Prompts: map[string]string{"a": "1"}, Params: map[string]string{"temperature": "0"}}
	seen := map[string]bool{base.Digest(): true}
	for part, change := range map[string]func(*Release){
		"judge": func(r *Release) { r.Judge = "x" }, "definition (2, was 1)": func(r *Release) { r.Definition = "2" }, "model or its settings": func(r *Release) { r.Model = "y" },
		"prompts (a)":              func(r *Release) { r.Prompts = map[string]string{"a": "2"} },
		"parameters (temperature)": func(r *Release) { r.Params = map[string]string{"temperature": "1"} },
	} {
		r := base
		change(&r)
		if seen[r.Digest()] || !strings.HasPrefix(base.changed(r), part) {
			t.Errorf("%s: %q", part, base.changed(r))
		}
		seen[r.Digest()] = true
	}
}

func TestCalibrationIsKeptAndFound(t *testing.T) {
	root := t.TempDir()
	c := &Collected{Items: items(30, 3, 2, 10), Raters: []string{""}, Binary: true}
	r := Release{Judge: "openai:gpt-5.4", Metric: "coherence", Model: "gpt-5.4"}
	cal := NewCalibration(r, c, 0, LabelsRef{Path: "labels.csv", Digest: "sha256:x", Items: 45, Raters: 1}, "", 0.5)
	if cal.Name() != "openai-gpt-5.4.coherence.calibration.json" {
		t.Error(cal.Name())
	}
	data, err := cal.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, Dir, cal.Name())
	keep := func(text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := Load(root); err != nil || len(all) != 0 {
		t.Errorf("a project without any: %v, %v", all, err)
	}
	keep(string(data))
	all, err := Load(root)
	if err != nil || len(all) != 1 || all[0].Path != "judges/"+cal.Name() {
		t.Fatalf("%+v, %v", all, err)
	}
	if rates := RatesOf(all[0].Rows, all[0].Threshold); rates.Passing != 32 || rates.PassingRight != 30 || rates.Failing != 13 || rates.FailingRight != 10 {
		t.Errorf("%+v", rates)
	}
	if _, trust, why := Find(all, r); trust != Calibrated || why != "" {
		t.Errorf("%s %s", trust, why)
	}
	newer, other := r, r
	newer.Model = "gpt-5.5"
	if _, trust, why := Find(all, newer); trust != Changed || why != "model or its settings (gpt-5.5, was gpt-5.4) changed since its calibration" {
		t.Errorf("%s %s", trust, why)
	}
	other.Metric = "toxicity"
	if _, trust, _ := Find(all, other); trust != Uncalibrated {
		t.Error(trust)
	}
	// Figures that do not follow from the rows, or a release that is not the digest's, are no calibration.
	for _, edit := range [][2]string{{`"true_pass": 30`, `"true_pass": 35`}, {`"model": "gpt-5.4"`, `"model": "gpt-6"`}, {`"schema": 1`, `"schema": 2`}, {`"score": 1`, `"score": 4`}} {
		keep(strings.Replace(string(data), edit[0], edit[1], 1))
		if _, err := Load(root); err == nil || !strings.Contains(err.Error(), cal.Name()) {
			t.Errorf("%s: %v", edit[1], err)
		}
	}
}

// A calibration holds for the criteria that its labels are about, and for no others.
func TestCalibrationIsOfItsCriteria(t *testing.T) {
	polite, short := Release{Judge: "j", Metric: "g_eval"}, Release{Judge: "j", Metric: "g_eval"}
	a, err := CriterionOf("is it polite?", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := CriterionOf("is it short?", 0.7)
	if err != nil || a == b {
		t.Fatal(a, b, err)
	}
	polite.Ask(a, "is it  polite?")
	short.Ask(b, "is it short?")
	both := polite
	both.Criteria = map[string]string{string(a): "is it polite?", string(b): "is it short?"}
	all := items(30, 3, 2, 10)
	for i := range all {
		all[i].Criterion = a
		if i%2 == 1 {
			all[i].Criterion = b
		}
	}
	cal := NewCalibration(both, &Collected{Items: all}, 0, LabelsRef{}, "", 0.5)
	plain := NewCalibration(Release{Judge: "j", Metric: "g_eval"}, &Collected{Items: all}, 0, LabelsRef{}, "", 0.5)
	only := NewCalibration(polite, &Collected{Items: all}, 0, LabelsRef{}, "", 0.5)
	if cal.Name() == plain.Name() || cal.Name() == only.Name() {
		t.Error("calibrations of other criteria share a file")
	}
	for _, c := range []struct {
		cal  *Calibration
		now  Release
		want Trust
		rows int
		why  string
	}{
		{cal, both, Calibrated, 45, ""}, {cal, polite, Calibrated, 23, ""},
		{plain, polite, Changed, 0, `criteria ("is it polite?"; calibrated: "the metric's own question") changed`},
		{only, short, Changed, 0, `criteria ("is it short?"; calibrated: "is it polite?") changed`},
		{only, both, Changed, 0, `criteria ("is it short?"`},
		{only, Release{Judge: "j", Metric: "g_eval"}, Changed, 0, `criteria ("the metric's own question"`},
	} {
		got, trust, why := Find([]*Calibration{c.cal}, c.now)
		if trust != c.want || !strings.HasPrefix(why, c.why) || trust == Calibrated && len(got.Rows) != c.rows {
			t.Errorf("%v: %s %s", c.now.Criteria, trust, why)
		}
	}
	if _, trust, why := Find([]*Calibration{only}, Release{Judge: "other", Metric: "g_eval"}); trust != Uncalibrated || !strings.Contains(why, "is of the judge j") {
		t.Errorf("%s %s", trust, why)
	}
}

// Labels of one cluster are worth one.
func TestRatesOfClusters(t *testing.T) {
	var rows []Row
	for i := range 40 {
		rows = append(rows, Row{Cluster: string(rune('a' + i/10)), Label: float64(i / 10 % 2), Pass: i/10%2 == 1})
	}
	if r := RatesOf(rows, 0.5); r.Passing != 2 || r.PassingRight != 2 || r.Failing != 2 || r.FailingRight != 2 {
		t.Errorf("%+v", r)
	}
}

// Few labels, or labels of one kind only, vouch for nothing.
func TestThinCalibrations(t *testing.T) {
	r := Release{Judge: "j", Metric: "m"}
	for _, c := range []struct {
		items []Item
		want  Trust
	}{{items(15, 1, 1, 2), Uncalibrated}, {items(25, 0, 5, 0), Uncalibrated}, {items(0, 5, 0, 25), Uncalibrated}, {items(15, 1, 1, 3), Calibrated}} {
		cal := NewCalibration(r, &Collected{Items: c.items}, 0, LabelsRef{}, "", 0.5)
		if _, trust, why := Find([]*Calibration{cal}, r); trust != c.want || (why == "") != (trust == Calibrated) {
			t.Errorf("%d items: %s %q", len(c.items), trust, why)
		}
	}
}

func TestPanel(t *testing.T) {
	pass, fail, none := Word{Score: 1, Pass: true}, Word{Score: 0}, Word{Why: "down"}
	for _, c := range []struct {
		words  []Word
		judged bool
		pass   bool
		score  float64
	}{
		{[]Word{pass, pass, fail}, true, true, 2. / 3}, {[]Word{pass, fail}, true, false, 0.5}, {[]Word{pass, pass, none}, true, true, 1},
		{[]Word{pass, none, none}, false, false, 0}, {[]Word{none}, false, false, 0}, {nil, false, false, 0},
	} {
		got := Combine(c.words)
		if got.Judged() != c.judged || got.Pass != c.pass || math.Abs(got.Score-c.score) > 1e-12 {
			t.Errorf("%+v: %+v", c.words, got)
		}
	}
	among := Agree([]Item{{Case: "a", Scores: []Word{pass, pass}}, {Case: "b", Scores: []Word{pass, fail}}, {Case: "c", Scores: []Word{fail, none}}, {Case: "d", Scores: []Word{fail, fail}}}, []string{"x", "y"})
	if m := among.Members; len(m) != 2 || m[1].Judge != "y" || m[1].Unjudged != 1 || m[0].Alone != 1 || m[1].Alone != 0 || m[0].Passes.Value != 0.5 || m[1].Passes.N != 3 {
		t.Errorf("%+v", m)
	}
	if p := among.Pairs; len(p) != 1 || p[0].A != "x" || p[0].Same.N != 3 || math.Abs(p[0].Same.Value-2./3) > 1e-9 || among.Open != 0 {
		t.Errorf("%+v", among)
	}
	if len(among.Split) != 1 || among.Split[0] != "b" || among.Alpha == nil || among.Alpha.N != 3 {
		t.Errorf("%+v", among)
	}
	if unanimous := Agree([]Item{{Case: "a", Scores: []Word{pass, pass}}}, []string{"x", "y"}); unanimous.Alpha != nil {
		t.Errorf("%+v", unanimous)
	}
	a, b := PanelRelease([]Release{{Judge: "x", Metric: "m"}, {Judge: "y", Metric: "m"}}), PanelRelease([]Release{{Judge: "x", Metric: "m", Model: "2"}, {Judge: "y", Metric: "m"}})
	if a.Judge != "panel of x + y" || a.Digest() == b.Digest() {
		t.Errorf("%+v", a)
	}
}

func TestCompareJudges(t *testing.T) {
	old := items(30, 6, 4, 10)
	cal := NewCalibration(Release{Judge: "old", Metric: "m"}, &Collected{Items: old}, 0, LabelsRef{}, "", 0.5)
	now := items(30, 6, 4, 10)
	for i := 30; i < 35; i++ { // 5 of the 6 false passes are right now
		now[i].Scores[0] = Word{}
	}
	now[0].Scores[0] = Word{Why: "down"} // and one is lost
	pairs := Pairs(now[:49], 0, 0.5, cal)
	c := Compare(pairs)
	if c.Pairs != 49 || c.New != 5 || c.Old != 1 || c.Neither != 5 || len(c.Flips) != 6 || math.Abs(c.P-14./64) > 1e-9 || c.Effect.Value != 4./49 {
		t.Errorf("%+v", c)
	}
	now[3].Output = "another answer"
	if n := len(Pairs(now[:49], 0, 0.5, cal)); n != 48 {
		t.Errorf("%d pairs: an answer that the old judge never saw is compared", n)
	}
}

// TestWorthOfManyLabels: the run that Worth asks about has cases without a label.
func TestWorthOfManyLabels(t *testing.T) {
	for _, c := range []struct{ labels, cases int }{{100, 1000}, {500, 1000}, {1000, 10_000}, {5000, 50_000}} {
		n := c.labels / 10
		w := Assess(items(6*n, n, n, 2*n), 0, 0.5).Worth
		if w.Labels != c.labels || w.Cases != c.cases || w.Corrected >= w.LabelsAlone || w.WorthLabels <= float64(c.labels) {
			t.Errorf("%d labels: %+v", c.labels, w)
		}
	}
}
