package judged

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func graphOf(t *testing.T, text string) error {
	t.Helper()
	var g Graph
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		t.Fatal(err)
	}
	return checkDAG(&Params{DAG: &g}, Default)
}

// However many ways lead through a graph, it is looked through once: here there are 2^64.
func TestGraphOfManyWays(t *testing.T) {
	var nodes []string
	for i := range 64 {
		nodes = append(nodes, fmt.Sprintf(`"n%d":{"question":"?","yes":"n%d","no":"n%d"}`, i, i+1, i+1))
	}
	nodes = append(nodes, `"n64":{"question":"?","yes":1,"no":0}`)
	if err := graphOf(t, `{"start":"n0","nodes":{`+strings.Join(nodes, ",")+`}}`); err != nil {
		t.Error(err)
	}
}

func TestGraphMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`{"start":"a","nodes":{"a":{"question":"?","yes":null,"no":0}}}`:                                        "a: yes and no must both lead somewhere",
		`{"start":"a","nodes":{"a":{"question":"?","yes":"b","no":0},"b":{"question":"?","yes":"a","no":0}}}`:   "b leads back to a",
		`{"start":"a","nodes":{"a":{"question":"?","yes":"b","no":"c"},"b":{"question":"?","yes":1,"no":"c"}}}`: "there is no question \"c\"",
		`{"start":"a","nodes":{"c":{"question":"","yes":1,"no":1},"a":{"question":"","yes":1,"no":1}}}`:         "dag: a: question is missing",
	} {
		if err := graphOf(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
