package judged

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Graph is a decision by yes/no questions: each answer leads to a score or to
// another question. It must not lead back to a question that was asked.
type Graph struct {
	Start string                `json:"start"`
	Nodes map[string]GraphQuery `json:"nodes"`
}

// GraphQuery is one question of a Graph.
type GraphQuery struct {
	Question string  `json:"question"`
	Fields   []Field `json:"fields"` // that the judge is to see; none = the output
	Yes      Branch  `json:"yes"`
	No       Branch  `json:"no"`
}

// Branch is where an answer leads: to a score in [0,1], or to the question Next.
type Branch struct {
	Next  string
	Score float64
	set   bool
}

// UnmarshalJSON reads a number or the name of a question.
func (b *Branch) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil // as if it were not there
	}
	b.set = true
	if err := json.Unmarshal(data, &b.Score); err == nil {
		return nil
	}
	if err := json.Unmarshal(data, &b.Next); err != nil {
		return fmt.Errorf("yes and no lead to a score in [0,1] or to the name of a question")
	}
	return nil
}

func checkDAG(p *Params, _ Mode) error {
	g := p.DAG
	if g == nil || len(g.Nodes) == 0 {
		return failf(Other, "dag is missing: give start and nodes")
	}
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		q := g.Nodes[name]
		if trim(q.Question) == "" {
			return failf(Other, "dag: %s: question is missing", name)
		}
		for _, f := range q.Fields {
			if !slices.Contains(allFields, f) {
				return failf(Other, "dag: %s: unknown field %s", name, shown(string(f)))
			}
		}
	}
	return g.walk(g.Start, nil, map[string]bool{})
}

// walk looks for what leads nowhere or back. Questions that are good lead neither way,
// however many answers lead to them.
func (g *Graph) walk(name string, path []string, good map[string]bool) error {
	if good[name] {
		return nil
	}
	q, ok := g.Nodes[name]
	if !ok {
		return failf(Other, "dag: there is no question %s; known: %s", shown(name), strings.Join(slices.Sorted(maps.Keys(g.Nodes)), ", "))
	}
	if slices.Contains(path, name) {
		return failf(Other, "dag: %s leads back to %s", path[len(path)-1], name)
	}
	for _, b := range []Branch{q.Yes, q.No} {
		switch {
		case !b.set:
			return failf(Other, "dag: %s: yes and no must both lead somewhere", name)
		case b.Next != "":
			if err := g.walk(b.Next, append(path[:len(path):len(path)], name), good); err != nil {
				return err
			}
		case !(b.Score >= 0 && b.Score <= 1):
			return failf(OutOfRange, "dag: %s: score %g is not in 0-1", name, b.Score)
		}
	}
	good[name] = true
	return nil
}

// dag asks its way through the graph.
func dag(s *session, c *Case) (outcome, error) {
	var out outcome
	for name := s.p.DAG.Start; ; {
		q := s.p.DAG.Nodes[name]
		fields := q.Fields
		if len(fields) == 0 {
			fields = []Field{ActualOutput}
		}
		if err := s.need(c, fields); err != nil {
			return outcome{}, err
		}
		parts := make([]any, len(fields))
		for i, f := range fields {
			parts[i] = map[string]any{"name": string(f), "value": c.value(f)}
		}
		v, ok, err := s.single(verdictSpec{}, map[string]any{"question": q.Question, "parts": parts})
		if err != nil {
			return outcome{}, err
		}
		if !ok {
			return outcome{}, at("verdict", failf(Other, "the verdict is no known word"))
		}
		out.items++
		b := q.No
		if v.word == yes {
			b = q.Yes
		}
		if b.Next == "" {
			out.score, out.reason = b.Score, v.reason
			return out, nil
		}
		name = b.Next
	}
}
