package main

import "testing"

// One in wrongEvery cases expects what the server does not answer; the verdict
// that runGenops wants depends on it.
func TestCasesAreWrongByDesign(t *testing.T) {
	ids, wrong := map[string]bool{}, 0
	for i := range 10 * wrongEvery {
		c := caseAt(i)
		ids[c.ID] = true
		if answerTo(c.Input) != c.Expected {
			wrong++
		}
	}
	if wrong != 10 || len(ids) != 10*wrongEvery {
		t.Errorf("%d wrong cases, %d ids; want 10 and %d", wrong, len(ids), 10*wrongEvery)
	}
}

func TestAnswerToShortInput(t *testing.T) {
	if got := answerTo("one"); got != "one" {
		t.Errorf("answer %q, want the only word", got)
	}
}
