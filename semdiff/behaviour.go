package semdiff

// Behaviour is what two versions did on the same cases, compared with what each
// does when it is asked again: an extra section of a Report.
type Behaviour struct {
	TestSet string  `json:"test_set"`
	Model   string  `json:"model,omitempty"` // that answered; "" when the agent itself was asked
	Cases   int     `json:"cases"`           // that were answered by both
	Samples int     `json:"samples"`         // answers of each version to each case
	Alpha   float64 `json:"alpha"`           // error rate of Differs
	Differs bool    `json:"differs"`         // more than the versions' own noise explains

	// Distance is the energy distance of the answers, summed over the cases, in
	// units of Measure; P is how often labels that were exchanged within each
	// case give as much.
	Distance float64 `json:"distance"`
	P        float64 `json:"p"`
	Measure  string  `json:"measure"` // "text" or "label"

	// Rate is by how much more of the answers of the new version pass, over all
	// samples of the judged cases; RateP is how often exchanged labels give as
	// much in either direction.
	Rate  float64 `json:"rate"`
	RateP float64 `json:"rate_p"`

	// Better and Worse count the cases that only the new or only the old version
	// passes, by their first answers; E is the two-sided e-value of McNemar's
	// test. Judged is how many cases have a right answer to pass by.
	Judged int     `json:"judged"`
	Better int     `json:"better"`
	Worse  int     `json:"worse"`
	E      float64 `json:"e"`

	Flips    []Flip  `json:"flips,omitempty"` // worse ones first; at most 100
	CostUSD  float64 `json:"cost_usd,omitempty"`
	Reused   int     `json:"reused,omitempty"` // answers from earlier calls
	Failures int     `json:"failures"`         // answers that were errors
}

// Flip is a case that one version passes and the other does not, or whose
// answers have nothing in common.
type Flip struct {
	ID       string `json:"id"`
	Input    string `json:"input"`
	Expected string `json:"expected,omitempty"`
	Before   string `json:"before"` // an answer of the old version
	After    string `json:"after"`
	PassedBy [2]int `json:"passed_by"` // of Samples, how many answers of the old and of the new version passed
	Verdict  string `json:"verdict"`   // worse, better, or changed where nothing says what is right
}

// Lift takes the behaviour into the report. A rewording that changes what the
// versions do is a change; what the rules call changed or breaking stays so,
// however alike the answers are: a test set shows what it asks only.
func (r *Report) Lift(b *Behaviour) {
	r.Behaviour = b
	if b == nil || !b.Differs || r.Verdict >= Changed {
		return
	}
	r.Verdict, r.Lifted = Changed, true
	r.Score = max(r.Score, 1-b.Alpha)
}
