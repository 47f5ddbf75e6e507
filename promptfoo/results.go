package promptfoo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// resultsVersion is the version of promptfoo's results format that is written.
const resultsVersion = 3

// Results is what a run found, in promptfoo's terms. Make it with NewResults,
// add the records, then write it in any form.
type Results struct {
	Project *project.Project
	Rows    []project.Row
	EvalID  string
	Version string // of this program
	Started time.Time
	Elapsed time.Duration
	Derive  func(project.Code, []project.Arg) (any, error) // calls functions of derivedMetrics; nil = their metrics stay 0
	// Uncalibrated are the judges that no labels vouch for: the type of assertions
	// that each judges → who it is. Results say so in a row's comment, and all of
	// them in the metadata.
	Uncalibrated map[string]string
	Outputs      []string        // the files that are written; nil = those that the configuration names
	Options      *jsvalue.Object // runtimeOptions: how it ran; nil = they are left out
	Only         int             // records of so many rows are kept, from the first; 0 = of all
	Known        *Counts         // the figures of the run, where not every record is kept; nil = they are counted

	records []string // by row, as JSON; "" = the row has none
	index   map[string]int
	columns []*column
	counts  Counts
	errors  int // rows that promptfoo counts as such
	own     Tokens
	judges  Tokens
	doubts  map[string]*doubtKind // by kind
	reasons []*doubtKind          // in the order of the rows
}

// column is one prompt with one provider.
type column struct {
	index    int
	prompt   *project.Prompt
	provider *project.Provider
	metrics  metrics
}

// NewResults prepares an empty result of the rows.
func NewResults(p *project.Project, rows []project.Row) *Results {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b project.Row) int {
		return cmp.Or(a.TestIndex-b.TestIndex, a.PromptIndex-b.PromptIndex)
	})
	r := &Results{Project: p, Rows: rows, records: make([]string, len(rows)), doubts: map[string]*doubtKind{}, index: make(map[string]int, len(rows))}
	for i := range rows {
		r.index[CaseID(&rows[i])] = i
		for len(r.columns) <= rows[i].PromptIndex {
			r.columns = append(r.columns, nil)
		}
		if r.columns[rows[i].PromptIndex] == nil {
			r.columns[rows[i].PromptIndex] = &column{index: rows[i].PromptIndex, prompt: rows[i].Prompt, provider: rows[i].Provider}
		}
	}
	return r
}

// Add takes the detail that a run keeps of a case; a second one of a case replaces
// the first. One without a detail, such as a call that ended in an error of the
// run's own, is an error row.
func (r *Results) Add(caseID string, detail []byte, failure string) error {
	i, ok := r.index[caseID]
	if !ok {
		return fmt.Errorf("the run has a case %s, and the configuration has no such row", caseID)
	}
	if r.Only > 0 && i >= r.Only {
		return nil
	}
	text := string(detail)
	if text == "" {
		rec := &record{metadata: r.Rows[i].Test.Metadata.Clone(), named: &jsvalue.Object{}, vars: r.Rows[i].Test.Vars}
		text, _ = jsvalue.Stringify(rec.fail(&r.Rows[i], errors.New(failure)).object(), "")
	}
	r.records[i] = text
	return nil
}

// record is what the run keeps of a row; nil = nothing.
func (r *Results) record(i int) *jsvalue.Object {
	if r.records[i] == "" {
		return nil
	}
	v, err := jsvalue.Parse(r.records[i])
	if err != nil {
		return nil // Finish has complained
	}
	return objectOf(v)
}

// Finish works out the figures of each prompt. Call it after the last Add.
func (r *Results) Finish() error {
	read := make([]*jsvalue.Object, min(rowsAtOnce, len(r.records)))
	for from := 0; from < len(r.records); from += rowsAtOnce {
		n := min(rowsAtOnce, len(r.records)-from)
		inParallel(n, func(i int) { read[i] = r.record(from + i) })
		for i, rec := range read[:n] {
			if err := r.take(from+i, rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// take counts a row in; rec is nil where it has no record.
func (r *Results) take(i int, rec *jsvalue.Object) error {
	if r.records[i] == "" {
		r.counts.Missing++
		return nil
	}
	if rec == nil {
		return fmt.Errorf("the record of case %s is not readable", CaseID(&r.Rows[i]))
	}
	r.count(rec)
	m := &r.columns[r.Rows[i].PromptIndex].metrics
	m.add(rec)
	m.derive(r.Project.Derived, r.Derive)
	return nil
}

// Counts are the rows by their end. Unjudged ones are failures or errors in
// promptfoo's own figures; here they are counted apart.
type Counts struct{ Passed, Failed, Errors, Unjudged, Missing int }

// Counts counts the rows, after Finish.
func (r *Results) Counts() Counts {
	if r.Known != nil {
		return *r.Known
	}
	return r.counts
}

func (r *Results) count(rec *jsvalue.Object) {
	isError := number(rec, "failureReason") == failureError
	switch why := textAt(rec, "unjudged"); {
	case truthy(rec, "success"):
		r.counts.Passed++
	case why != "":
		r.counts.Unjudged++
		r.doubtful(why)
	case isError:
		r.counts.Errors++
	default:
		r.counts.Failed++
	}
	if isError && !truthy(rec, "success") {
		r.errors++
	}
	r.own, r.judges = r.own.add(spentOn(rec)), r.judges.add(judgedWith(rec))
}

func truthy(v any, key string) bool {
	x, _ := jsvalue.Field(v, key)
	return jsvalue.Truthy(x)
}

func number(v any, key string) float64 {
	x, _ := jsvalue.Field(v, key)
	f, _ := jsvalue.Number(x)
	return f
}

func textAt(v any, key string) string {
	x, _ := jsvalue.Field(v, key)
	s, _ := x.(string)
	return s
}

// PromptID is promptfoo's id of a prompt: the SHA-256 of its label.
func PromptID(p *project.Prompt) string {
	sum := sha256.Sum256([]byte(p.Label))
	return hex.EncodeToString(sum[:])
}

// row is one row of a results file.
func (r *Results) row(i int) *jsvalue.Object {
	row, rec := &r.Rows[i], r.record(i)
	o := jsvalue.Sized(20)
	response, _ := rec.Get("response")
	cost, _ := jsvalue.Field(response, "cost")
	if cost == nil {
		cost = 0
	}
	o.Set("cost", cost)
	for _, key := range []string{"error", "gradingResult"} {
		if v, ok := rec.Get(key); ok {
			o.Set(key, v)
		}
	}
	if v, ok := o.Get("gradingResult"); ok {
		withAssertions(v, row.Test.Assert)
		if grading, ok := v.(*jsvalue.Object); ok && textAt(grading, "comment") == "" {
			if doubt := r.doubt(row); doubt != "" {
				grading.Set("comment", doubt)
			}
		}
	}
	o.Set("id", rowID(r.EvalID, row))
	for _, key := range []string{"latencyMs", "namedScores"} {
		v, _ := rec.Get(key)
		o.Set(key, v)
	}
	prompt, _ := rec.Get("prompt")
	raw := compact(textAt(prompt, "raw"))
	config, _ := jsvalue.Field(prompt, "config")
	o.Set("prompt", jsvalue.NewObject("raw", compacted(raw), "label", compacted(row.Prompt.Label), "config", config))
	o.Set("promptId", PromptID(row.Prompt))
	o.Set("promptIdx", row.PromptIndex)
	shown := jsvalue.NewObject("id", row.Provider.Reported())
	if !row.Provider.Unlabeled {
		shown.Set("label", row.Provider.Label)
	}
	o.Set("provider", shown)
	if response != nil {
		o.Set("response", response)
	}
	for _, key := range []string{"score", "success"} {
		v, _ := rec.Get(key)
		o.Set(key, v)
	}
	o.Set("testCase", compacted(TestObject(row.Test)))
	o.Set("testIdx", row.TestIndex)
	o.Set("tokenUsage", spentOn(rec).full(judgedWith(rec)))
	o.Set("vars", compacted(row.Test.Vars)) // promptfoo shows them as the test has them, paths of files included
	for _, key := range []string{"metadata", "failureReason", "unjudged"} {
		if v, ok := rec.Get(key); ok {
			o.Set(key, v)
		}
	}
	r.strip().row(o)
	return o
}

func (r *Results) strip() strip { return stripOf(r.Project.Env) }

// compact writes a prompt of JSON on one line, as promptfoo's results have it.
func compact(prompt string) string {
	if !strings.HasPrefix(prompt, "[") && !strings.HasPrefix(prompt, "{") {
		return prompt
	}
	v, err := jsvalue.Parse(prompt)
	if err != nil {
		return prompt
	}
	text, _ := jsvalue.Stringify(v, "")
	return text
}

// rowID is a stable id of a row, in the form of a UUID.
func rowID(eval string, row *project.Row) string {
	sum := sha256.Sum256([]byte(eval + "\n" + CaseID(row)))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// document is the whole of a results file.
func (r *Results) document() *jsvalue.Object {
	rows := []any{}
	for i := range r.records {
		if r.records[i] != "" {
			rows = append(rows, r.row(i))
		}
	}
	return r.around(rows)
}

// around is a results file around its rows.
func (r *Results) around(rows any) *jsvalue.Object {
	results := jsvalue.NewObject("version", resultsVersion, "timestamp", stamp(r.Started), "prompts", r.prompts(), "results", rows, "stats", r.stats())
	metadata := jsvalue.NewObject("genopsVersion", r.Version, "platform", runtime.GOOS, "arch", runtime.GOARCH,
		"exportedAt", stamp(time.Now()), "evaluationCreatedAt", stamp(r.Started))
	if len(r.Uncalibrated) > 0 {
		judges := &jsvalue.Object{}
		for _, kind := range slices.Sorted(maps.Keys(r.Uncalibrated)) {
			judges.Set(kind, r.Uncalibrated[kind])
		}
		metadata.Set("uncalibratedJudges", judges)
	}
	o := jsvalue.NewObject("evalId", r.EvalID, "results", results, "config", r.config(), "shareableUrl", nil,
		"metadata", metadata)
	if names := r.varNames(); len(names) > 0 {
		o.Set("vars", names)
	}
	if r.Options != nil {
		o.Set("runtimeOptions", r.Options)
	}
	return o
}

// doubt is a row's comment where a judge had a word in it that no labels vouch for;
// "" where none had.
func (r *Results) doubt(row *project.Row) string {
	var kinds []string
	if len(r.Uncalibrated) > 0 {
		for _, a := range judgedAssertions(row.Test.Assert) {
			if who, ok := r.Uncalibrated[a.Type]; ok {
				if text := fmt.Sprintf("%s is the word of an uncalibrated judge, %s", a.Type, who); !slices.Contains(kinds, text) {
					kinds = append(kinds, text)
				}
			}
		}
	}
	return strings.Join(kinds, "; ")
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// config is the configuration as it was read, with the keys that promptfoo always
// writes.
func (r *Results) config() *jsvalue.Object {
	o := r.Project.Raw.Clone()
	for _, k := range []string{"tags", "env", "evaluateOptions", "metadata"} {
		if _, ok := o.Get(k); !ok {
			o.Set(k, &jsvalue.Object{})
		}
	}
	tags := &jsvalue.Object{}
	for _, k := range slices.Sorted(maps.Keys(r.Project.Tags)) {
		tags.Set(k, r.Project.Tags[k])
	}
	o.Set("tags", tags)
	if given, _ := o.Get("defaultTest"); objectOf(given) != nil {
		empty := jsvalue.NewObject("options", &jsvalue.Object{}, "vars", &jsvalue.Object{}, "metadata", &jsvalue.Object{}, "assert", []any{})
		o.Set("defaultTest", empty.Merge(objectOf(given)))
	}
	written := r.Outputs
	if len(written) == 0 {
		written = r.Project.Outputs
	}
	o.Set("outputPath", texts(written))
	if _, ok := o.Get("extensions"); !ok {
		o.Set("extensions", []any{})
	}
	return o
}

func (r *Results) prompts() []any {
	list := []any{}
	for _, c := range r.columns {
		if c == nil {
			continue
		}
		raw := c.prompt.Raw
		if r.strip().prompts {
			raw = noPrompt
		}
		o := jsvalue.NewObject("id", PromptID(c.prompt), "raw", raw, "label", c.prompt.Label)
		if c.prompt.Config.Len() > 0 {
			o.Set("config", c.prompt.Config)
		}
		o.Set("provider", c.provider.Name())
		o.Set("metrics", c.metrics.object())
		list = append(list, o)
	}
	return list
}

func (r *Results) stats() *jsvalue.Object {
	c := r.counts
	return jsvalue.NewObject("successes", c.Passed, "failures", c.Failed+c.Errors+c.Unjudged-r.errors, "errors", r.errors, "tokenUsage", r.own.full(r.judges),
		"durationMs", r.Elapsed.Milliseconds(), "evaluationDurationMs", r.Elapsed.Milliseconds())
}

// varNames lists the variables of all tests in the order of their appearance, those
// that a conversation and stored outputs make among them.
func (r *Results) varNames() []any {
	seen := map[string]bool{}
	list := []any{}
	add := func(names ...string) {
		for _, k := range names {
			if !seen[k] {
				seen[k] = true
				list = append(list, k)
			}
		}
	}
	var stored, made []string
	for i := range r.Rows {
		test := r.Rows[i].Test
		add(test.Vars.Keys()...)
		if made = append(made, stored...); converses(&r.Rows[i]) {
			made = append(made, "_conversation")
		}
		stored = nil
		if name := test.Options.StoreOutputAs; name != "" {
			stored = append(stored, name) // the rows behind see it
		}
	}
	add(made...)
	return list
}

// texts are names as a list of values.
func texts(names []string) []any {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = name
	}
	return list
}
