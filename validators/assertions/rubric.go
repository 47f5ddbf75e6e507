package assertions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildRubric(step string) func(*spec, any) (judgeFunc, error) {
	return func(s *spec, value any) (judgeFunc, error) {
		if !isString(value) && !isObject(value) && !jsvalue.IsUndefined(value) {
			return nil, fmt.Errorf("value %s: allowed are a rubric in text, and an object", shown(value))
		}
		rubric := value
		if !jsvalue.Truthy(rubric) {
			rubric = ""
		}
		return func(ctx context.Context, c *call) (grade, error) {
			r, g, ok, err := c.ask(ctx, step, map[string]any{"output": parsed(c.text), "rubric": rubric}, c.rubricPrompt())
			if !ok {
				return g, err
			}
			return s.inverted(s.readVerdict(r), true), nil
		}, nil
	}
}

func buildSearchRubric(s *spec, value any) (judgeFunc, error) {
	rubric, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a rubric in text", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		r, g, ok, err := c.ask(ctx, "search-rubric", map[string]any{"output": parsed(textOf(c.of.Output)), "rubric": rubric}, c.rubricPrompt())
		if !ok {
			return g, err
		}
		text := r.Text
		if text == "" {
			text = jsvalue.ToString(r.Value)
		}
		list, unclear := replyObjects(text)
		if len(list) == 0 {
			return judged("the judge's reply holds no JSON: %s", quote(text)), nil
		}
		pass, isBool := field(list[0], "pass").(bool)
		if !isBool {
			return judged("the judge's reply has no pass: %s", quote(text)), nil
		}
		score, isNumber := jsvalue.Number(field(list[0], "score"))
		if !isNumber {
			score = scoreOf(jsvalue.Undefined, pass)
		}
		if s.Threshold != nil {
			pass = pass && score >= *s.Threshold
		}
		g = grade{pass: pass, score: score, note: saidIn(list[0])}
		switch given := field(list[0], "score"); {
		case unclear:
			g.doubt = UnclearReply
		case conflicting(list[0], list[1:], "pass"):
			g.doubt = Conflict
		case !jsvalue.IsUndefined(given) && !numeric(given):
			g.doubt = NoScore
		}
		if !pass {
			g.reason = reasonOf(g.note, score, s.Threshold)
		}
		return s.inverted(g, true), nil
	}, nil
}

func buildGoalSuccess(s *spec, value any) (judgeFunc, error) {
	goal, _ := value.(string)
	if goal == "" {
		goal = textField(value, "goal")
	}
	if goal = jsvalue.Trim(goal); goal == "" {
		return nil, errors.New("value: allowed are a goal in text, and {goal}")
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.of.Trace == nil {
			return grade{}, errNoTrace
		}
		data := map[string]any{"goal": goal, "output": parsed(c.text), "trajectory": c.of.Trace.summary()}
		r, g, ok, err := c.ask(ctx, "trajectory:goal-success", data, c.rubricPrompt())
		if !ok {
			return g, err
		}
		g = s.readVerdict(r)
		if s.inverse && !g.malformed {
			g.score = scoreOf(jsvalue.Undefined, !g.pass)
			if g.pass = !g.pass; !g.pass {
				g.reason = "the agent reached the goal, which it must not"
				if g.note != "" {
					g.reason += "; the judge: " + g.note
				}
			}
		}
		return g, nil
	}, nil
}

// Bounds of what a judge is shown of a trajectory: the first and last steps.
const (
	summarySteps = 24
	summaryHead  = 12
)

// summary is a trajectory for a judge, as JSON: equal steps in a row count as
// one, and of many the middle is left out.
func (t *Trace) summary() string {
	type row struct {
		o     *jsvalue.Object
		key   string
		times int
	}
	var rows []*row
	for i, s := range t.steps() {
		o := jsvalue.NewObject("index", float64(i+1), "type", s.kind, "name", s.name)
		if s.span.Name != s.name {
			o.Set("spanName", s.span.Name)
		}
		key := s.kind + "\x00" + s.name + "\x00" + s.span.Name
		if code := s.span.StatusCode; code != nil && *code != 0 {
			status := jsvalue.NewObject("code", *code)
			if s.span.StatusMessage != "" {
				status.Set("message", s.span.StatusMessage)
			}
			o.Set("status", status)
			key += fmt.Sprintf("\x00%v\x00%s", *code, s.span.StatusMessage)
		}
		if n := len(rows); n > 0 && rows[n-1].key == key {
			rows[n-1].times++
			rows[n-1].o.Set("collapsedCount", float64(rows[n-1].times))
			continue
		}
		rows = append(rows, &row{o, key, 1})
	}
	list := []any{}
	for i, r := range rows {
		if len(rows) > summarySteps && i >= summaryHead && i < len(rows)-(summarySteps-summaryHead) {
			if i == summaryHead {
				list = append(list, jsvalue.NewObject("omittedCount", float64(len(rows)-summarySteps)))
			}
			continue
		}
		list = append(list, r.o)
	}
	text, _ := jsvalue.Stringify(jsvalue.NewObject("traceId", t.ID, "stepCount", float64(len(t.Spans)), "compactedStepCount", float64(len(rows)), "steps", list), "  ")
	return text
}

var errNoPrompt = errors.New("the prompt is not known")

// categories of factuality, in the order of its letters: the keys of the scores
// and their defaults.
var categories = [...]struct {
	key   string
	score float64
}{{"subset", 1}, {"superset", 1}, {"agree", 1}, {"disagree", 0}, {"differButFactual", 1}}

func buildFactuality(s *spec, value any) (judgeFunc, error) {
	want, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a reference answer", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		data := map[string]any{"input": c.of.Prompt, "ideal": want, "completion": parsed(c.text)}
		text, g, ok, err := c.askText(ctx, "factuality", data, c.rubricPrompt())
		if !ok {
			return g, err
		}
		letter, reason, doubt := factualityLetter(text)
		if letter == 0 {
			return judged("the judge's reply names no category: %s", quote(text)), nil
		}
		at := letter - 'A'
		score := categories[at].score
		if own := field(c.of.Options.Factuality, categories[at].key); own != nil && !jsvalue.IsUndefined(own) {
			score = jsvalue.ToNumber(own)
		}
		g = grade{pass: score > 0, score: score, note: cutAt(reason, judgeBytes)}
		if g.note == "" {
			g.note = "category " + string(letter)
		}
		if g.doubt = doubt; !g.pass {
			g.reason = g.note
		}
		return g, nil
	}, nil
}

var legacyLetter = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\(?([a-eA-E])\)`) })

// factualityLetter reads the category out of JSON, or else out of "(A) …".
// doubt says that it names several, or is unclear.
func factualityLetter(text string) (letter byte, reason string, doubt Deviation) {
	if list, unclear := replyObjects(text); len(list) > 0 {
		said, _ := field(list[0], "category").(string)
		why := field(list[0], "reason")
		_, isText := why.(string)
		if said != "" && (isText || why == nil || jsvalue.IsUndefined(why)) {
			said = strings.ToUpper(jsvalue.Trim(said))
			switch {
			case !oneCategory(said):
				return 0, "", ""
			case unclear:
				doubt = UnclearReply
			case conflicting(list[0], list[1:], "category"):
				doubt = Conflict
			}
			return said[0], jsvalue.Trim(textField(list[0], "reason")), doubt
		}
		if said != "" && !oneCategory(strings.ToUpper(jsvalue.Trim(said))) {
			return 0, "", ""
		}
	}
	all := legacyLetter().FindAllStringSubmatch(text, -1)
	if all == nil {
		return 0, "", ""
	}
	m := all[0]
	for _, other := range all {
		if !strings.EqualFold(m[1], other[1]) {
			doubt = Conflict
		}
	}
	if _, after, _ := strings.Cut(text, ")"); jsvalue.Trim(after) != "" {
		text = jsvalue.Trim(after)
	}
	return strings.ToUpper(m[1])[0], text, doubt
}

func oneCategory(s string) bool { return len(s) == 1 && s[0] >= 'A' && s[0] <= 'E' }

func buildClosedQA(s *spec, value any) (judgeFunc, error) {
	criterion, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a criterion in text", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		data := map[string]any{"input": c.of.Prompt, "criteria": criterion, "completion": parsed(c.text)}
		text, g, ok, err := c.askText(ctx, "model-graded-closedqa", data, c.rubricPrompt())
		if !ok {
			return g, err
		}
		end := strings.TrimRightFunc(text, jsvalue.IsSpace)
		last, size := utf8.DecodeLastRuneInString(end[:max(0, len(end)-1)])
		word := size > 0 && (unicode.IsLetter(last) || unicode.IsDigit(last)) // that only ends in the letter
		if strings.HasSuffix(end, "Y") {
			g = grade{pass: true, score: 1, note: cutAt(end, judgeBytes)}
			if word {
				g.doubt = VerdictOrScore
			}
			return g, nil
		}
		g = grade{reason: "the judge: " + cutAt(end, judgeBytes)}
		if !strings.HasSuffix(end, "N") || word {
			g.doubt = VerdictOrScore
		}
		return g, nil
	}, nil
}

// geval reads the replies of G-Eval's two steps.
var geval = sync.OnceValue(func() (f struct{ steps, result *regexp.Regexp }) {
	f.steps = regexp.MustCompile(`\{"steps"[^\n\r\x{2028}\x{2029}]+\}`)
	f.result = regexp.MustCompile(`\{[^\n\r\x{2028}\x{2029}]+\}`)
	return f
})

const gevalMax = 10

func buildGEval(s *spec, value any) (judgeFunc, error) {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for _, x := range list {
		if !isString(x) {
			return nil, fmt.Errorf("value %s: allowed are criteria in text, and a list of them", shown(value))
		}
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if len(list) == 0 {
			return grade{reason: "value holds no criteria"}, nil
		}
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		total := 0.0
		var reasons []string
		var doubt Deviation
		for _, x := range list {
			score, reason, g, ok, err := c.gevalOne(ctx, x.(string))
			if errors.Is(err, errNoText) {
				return judged("%v", err), nil
			}
			if !ok {
				return g, err
			}
			total += score
			reasons = append(reasons, reason)
			doubt = cmp.Or(doubt, g.doubt)
		}
		note := cutAt(strings.Join(reasons, "\n\n"), judgeBytes)
		g := s.scored(total/float64(len(list)), 0.7, func(score, threshold float64) string {
			return fmt.Sprintf("%s (score %s; the threshold is %s)", note, number(score), number(threshold))
		})
		g.note, g.doubt = note, cmp.Or(doubt, g.doubt)
		return g, nil
	}, nil
}

// gevalOne judges by one criterion: the judge makes steps of it and scores by
// them from 0 to 10.
func (c *call) gevalOne(ctx context.Context, criteria string) (score float64, reason string, g grade, ok bool, err error) {
	prompts := c.rubricPrompt()
	text, g, ok, err := c.askText(ctx, "g-eval-steps", map[string]any{"criteria": criteria}, promptOf(prompts, "steps"))
	if !ok {
		return 0, "", g, false, err
	}
	v, perr := jsvalue.Parse(geval().steps.FindString(text))
	steps, _ := field(v, "steps").([]any)
	var lines []string
	for _, x := range steps {
		if line, isText := x.(string); isText && jsvalue.Trim(line) != "" {
			lines = append(lines, line)
		}
	}
	if perr != nil || len(lines) == 0 || len(lines) < len(steps) {
		return 0, "", judged("the judge's steps can't be read: %s", quote(text)), false, nil
	}
	data := map[string]any{"criteria": criteria, "steps": strings.Join(lines, "\n- "), "maxScore": fmt.Sprint(gevalMax), "input": parsed(c.of.Prompt), "output": parsed(c.text)}
	text, g, ok, err = c.askText(ctx, "g-eval", data, promptOf(prompts, "evaluate"))
	if !ok {
		return 0, "", g, false, err
	}
	v, perr = jsvalue.Parse(geval().result.FindString(text))
	raw, isNumber := jsvalue.Number(field(v, "score"))
	if t := textField(v, "score"); jsvalue.Trim(t) != "" {
		raw = jsvalue.ToNumber(t)
		isNumber = raw == raw
	}
	reason = textField(v, "reason")
	if perr != nil || !isNumber || !(raw >= 0 && raw <= gevalMax) || jsvalue.Trim(reason) == "" {
		return 0, "", judged("the judge's score can't be read: %s", quote(text)), false, nil
	}
	if list, unclear := replyObjects(text); unclear {
		g.doubt = UnclearReply
	} else if conflicting(v, list, "score") {
		g.doubt = Conflict
	}
	return raw / gevalMax, reason, g, true, nil
}

// promptOf is one of several prompts of the user.
func promptOf(prompts any, key string) any {
	if isList(prompts) {
		return nil
	}
	x, ok := jsvalue.Field(prompts, key)
	if !ok {
		return nil
	}
	return x
}

// prose splits a text into units: its lines when there are several, else its
// sentences. The bare numbers of a list are no units.
func prose(text string) []string {
	units := sentences(text)
	if len(units) <= 1 {
		units = nil
		rest := text
		for i := 0; i < len(rest); i++ {
			if rest[i] != '.' && rest[i] != '!' && rest[i] != '?' {
				continue
			}
			tail := strings.TrimLeftFunc(rest[i+1:], jsvalue.IsSpace)
			if len(tail) == len(rest)-i-1 {
				continue
			}
			units = append(units, rest[:i+1])
			rest, i = tail, -1
		}
		units = append(units, rest)
	}
	var out []string
	for _, u := range units {
		u = jsvalue.Trim(u)
		digits := strings.TrimRightFunc(u, func(r rune) bool { return r == '.' || r == ')' })
		bare := len(u)-len(digits) == 1 && strings.TrimFunc(digits, func(r rune) bool { return r < 0x80 && unicode.IsDigit(r) }) == "" && digits != ""
		if u != "" && !bare {
			out = append(out, u)
		}
	}
	return out
}
