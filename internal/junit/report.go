// Package junit reads what test runners report: JUnit XML as pytest, gotestsum,
// jest, Maven and others write it, the XML of NUnit and xUnit.net, and the
// events of `go test -json`. It writes JUnit XML.
package junit

import "strings"

// State is what became of a test.
type State string

// A test that the runner could not finish, or that reports several things of
// which one is an error, is Errored; both Failed and Errored are red.
const (
	Passed  State = "passed"
	Failed  State = "failed"
	Errored State = "errored"
	Skipped State = "skipped"
)

// Case is one test.
type Case struct {
	Suite   string  `json:"suite,omitempty"` // suites around it, outermost first, joined by " > "
	Class   string  `json:"class,omitempty"`
	Name    string  `json:"name"`
	File    string  `json:"file,omitempty"`
	State   State   `json:"state"`
	Message string  `json:"message,omitempty"` // why it is not passed, cut to 1 KB
	Detail  string  `json:"-"`                 // trace and output of a red test, cut to 8 KB
	Seconds float64 `json:"seconds,omitempty"`
}

// Title names the test for people.
func (c Case) Title() string {
	switch {
	case c.Class != "" && c.Name != "":
		return c.Class + "." + c.Name
	case c.Name != "":
		return c.Name
	case c.Class != "":
		return c.Class
	}
	return c.Suite
}

// Red says whether the test failed or errored.
func (c Case) Red() bool { return c.State == Failed || c.State == Errored }

// Counts are the numbers of tests by state.
type Counts struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errored int `json:"errored"`
	Skipped int `json:"skipped"`
}

// Count counts the states of cases.
func Count(cases []Case) Counts {
	var n Counts
	for _, c := range cases {
		switch c.State {
		case Passed:
			n.Passed++
		case Failed:
			n.Failed++
		case Skipped:
			n.Skipped++
		default:
			n.Errored++
		}
	}
	return n
}

// Add returns the sums.
func (n Counts) Add(m Counts) Counts {
	return Counts{n.Passed + m.Passed, n.Failed + m.Failed, n.Errored + m.Errored, n.Skipped + m.Skipped}
}

// Red is how many tests failed or errored.
func (n Counts) Red() int { return n.Failed + n.Errored }

// Total is how many tests there are.
func (n Counts) Total() int { return n.Passed + n.Skipped + n.Red() }

// Limits of what is kept of a text, in bytes.
const (
	nameBytes    = 500
	messageBytes = 1 << 10
	detailBytes  = 8 << 10
)

// cut keeps the beginning of a text.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
