package judges

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// columns are the names under which a file may hold each value; those of others
// count where none of names is there.
var columns = []struct {
	field         string
	names, others []string
}{
	{"case", []string{"id", "case", "case_id"}, []string{"test_id", "test_case", "test_case_id", "item_id", "example_id", "sample_id", "question_id", "record_id", "row_id"}},
	{"input", []string{"input", "question", "prompt"}, []string{"query", "user_input", "request", "user_message"}},
	{"output", []string{"output", "actual_output", "answer"}, []string{"response", "completion", "model_output", "model_response", "generation", "reply", "prediction"}},
	{"label", []string{"label", "human", "verdict"}, []string{"human_label", "human_verdict", "human_score", "human_rating", "gold", "gold_label", "ground_truth",
		"rating", "grade", "annotation", "is_correct", "correct", "acceptable", "pass", "passed", "is_good", "good"}},
	{"rater", []string{"rater", "annotator", "labeler", "who"}, []string{"rater_id", "annotator_id", "annotator_name", "labeller", "labeled_by", "labelled_by", "rated_by", "reviewer", "evaluator", "grader"}},
	{"score", []string{"score", "judge", "judge_score"}, []string{"model_score", "llm_score", "judge_label", "judge_verdict"}},
	{"metric", []string{"metric"}, []string{"metric_name", "dimension"}},
	{"draw", []string{"draw"}, nil},
}

// LabelFields are the fields whose columns LabelForm.Columns can name.
func LabelFields() (out []string) {
	for _, c := range columns {
		if c.field != "draw" {
			out = append(out, c.field)
		}
	}
	return out
}

// elsewhereNamed says what to do where a column has a name of its own.
const elsewhereNamed = "name the column that holds it with --column label=NAME"

// namesOf lists the usual names that a field may have.
func namesOf(field string) string {
	for _, c := range columns {
		if c.field == field {
			return strings.Join(c.names, ", ")
		}
	}
	return ""
}

// places are the columns that hold each field. Only the label may have several: one
// for each rater.
type places map[string][]string

func (p places) value(row map[string]any, field string) any {
	if names := p[field]; len(names) > 0 {
		return row[names[0]]
	}
	return nil
}

// letters is a column's name without what people write in different ways.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// among returns the columns that have one of these names.
func among(header, names []string) (out []string) {
	for _, column := range header {
		if slices.ContainsFunc(names, func(n string) bool { return letters(n) == letters(column) }) {
			out = append(out, column)
		}
	}
	return out
}

// places finds the column of each field in a header.
func (f LabelForm) places(header []string) (places, error) {
	p, free := places{}, slices.Clone(header)
	for field, names := range f.Columns {
		for _, name := range names {
			if found := among(header, []string{name}); len(found) > 0 {
				p[field] = append(p[field], found[0])
				free = slices.DeleteFunc(free, func(c string) bool { return c == found[0] })
			}
		}
	}
	for _, c := range columns {
		if len(f.Columns[c.field]) > 0 {
			continue
		}
		found := among(free, c.names)
		if len(found) == 0 {
			found = among(free, c.others)
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("two columns hold the %s (it may be called %s): %s; say which with --column %s=NAME", c.field, namesOf(c.field), strings.Join(found, ", "), c.field)
		}
		if len(found) > 0 {
			p[c.field] = found
		}
	}
	if len(p["label"]) == 0 {
		p["label"] = perRater(free)
	}
	return p, nil
}

// perRater are the columns that begin alike and each hold one rater's label, such as
// label_ann and label_ben, or rater 1 and rater 2; nil = there are not two.
func perRater(header []string) []string {
	for _, begin := range []string{"label", "human", "rater", "annotator", "reviewer"} {
		var out []string
		for _, column := range header {
			if name := letters(column); len(name) > len(begin) && strings.HasPrefix(name, begin) && !slices.Contains([]string{"id", "name", "s"}, name[len(begin):]) {
				out = append(out, column)
			}
		}
		if len(out) > 1 {
			return out
		}
	}
	return nil
}
