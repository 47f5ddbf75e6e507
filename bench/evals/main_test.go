package main

import "testing"

func TestPromptfooFor(t *testing.T) {
	for node, want := range map[string]string{"v20.20.2": "0.121.20", "v20.19.0": "", "v22.21.9": "", "v22.22.0": "latest",
		"v24.1.0": "latest", "v18.0.0": "", "v21.9.0": "", "": "", "20.20.0": ""} {
		if got := promptfooFor(node); got != want {
			t.Errorf("node %q: promptfoo %q, want %q", node, got, want)
		}
	}
}

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
