package assertions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

// epsilon is how far below a threshold a mean of similarities may lie.
const epsilon = 0x1p-52

// judged marks the grade of a judge that failed or whose reply can't be read.
func judged(format string, args ...any) grade {
	return grade{malformed: true, reason: fmt.Sprintf(format, args...)}
}

// ask puts one question. A judge's failure is a malformed grade; ok is false
// then. err is set where there is no judge that could have answered.
func (c *call) ask(ctx context.Context, step string, data map[string]any, prompt any) (r Reply, g grade, ok bool, err error) {
	q := Question{Step: step, Data: data, Provider: c.judgeProvider()}
	if !slices.Contains([]string{"g-eval-steps", "g-eval", "context-relevance", "answer-relevance"}, step) {
		q.Data = c.withVars(data) // promptfoo's prompts of the others do not see them
	}
	if prompt, err = c.madePrompt(ctx, prompt, q.Data); err != nil {
		return r, g, false, err
	}
	fill := c.fillPrompt
	if step == "conversation-relevance" {
		fill = c.fillPlainly
	}
	if q.Prompt, err = fill(prompt, q.Data); err != nil {
		return r, g, false, err
	}
	if c.deps.Judge == nil {
		return r, g, false, fmt.Errorf("%w: there is no model that judges", ErrUnavailable)
	}
	r, err = c.deps.Judge.Ask(ctx, q)
	switch {
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		return r, g, false, err
	case err != nil:
		return r, judged("the judge failed: %v", err), false, nil
	case r.Text == "" && !jsvalue.Truthy(r.Value):
		return r, judged("the judge said nothing"), false, nil
	}
	return r, g, true, nil
}

// errNoText is the error of a judge that replies with something else than a text
// where promptfoo reads one.
var errNoText = errors.New("the judge's reply is no text")

// askText is ask for a reply in text. Another one is an error, as in promptfoo.
func (c *call) askText(ctx context.Context, step string, data map[string]any, prompt any) (text string, g grade, ok bool, err error) {
	r, g, ok, err := c.ask(ctx, step, data, prompt)
	if !ok {
		return "", g, false, err
	}
	if r.Text == "" {
		return "", g, false, fmt.Errorf("%w: %s", errNoText, shown(r.Value))
	}
	return r.Text, g, true, nil
}

func (c *call) withVars(data map[string]any) map[string]any {
	all := make(map[string]any, len(c.of.Vars)+len(data))
	maps.Copy(all, c.of.Vars)
	maps.Copy(all, data)
	return all
}

func (c *call) judgeProvider() any {
	if c.Provider != nil && !jsvalue.IsUndefined(c.Provider) {
		return c.Provider
	}
	return c.of.Options.Provider
}

// rubricPrompt is the user's own prompt: the assertion's, else the test's.
func (c *call) rubricPrompt() any {
	if jsvalue.Truthy(c.RubricPrompt) {
		return c.RubricPrompt
	}
	return c.of.Options.RubricPrompt
}

// madePrompt is what the user's function makes of a judge's prompt: a template, or
// messages; other prompts are their own. It gets what the prompt is about as
// context.vars, where promptfoo's gets nothing. The text of a Python file that
// names no function is promptfoo's prompt; only exact mode takes it for one.
func (c *call) madePrompt(ctx context.Context, prompt any, data map[string]any) (any, error) {
	text, _ := prompt.(string)
	var code script.Code
	port, lang := c.deps.JavaScript, "JavaScript"
	if f, ok := prompt.(*jsvalue.Foreign); ok {
		code = script.Foreign(f)
	} else {
		rest, isFile := cutFile(text)
		name, function := cutFunction(rest)
		switch script.LanguageOf(name) {
		case "javascript":
		case "python":
			if port, lang = c.deps.Python, "Python"; c.mode == Exact {
				return "file://" + name, nil
			}
			if function == "" {
				return nil, fmt.Errorf("the prompt %s: name the function that makes it: %s:FUNCTION", quote(text), text)
			}
		default:
			isFile = false
		}
		if !isFile {
			return prompt, nil
		}
		code = script.Code{Kind: script.KindFile, File: name, Function: function, Dir: c.deps.Dir}
	}
	if port == nil {
		return nil, fmt.Errorf("the prompt of a judge: %w: %s can't be run here", ErrUnavailable, lang)
	}
	code.Params = []string{"context"}
	v, err := port.Call(ctx, code, map[string]any{"context": map[string]any{"vars": data, "config": c.Config}})
	if err != nil {
		return nil, fmt.Errorf("making the prompt of a judge: %w", err)
	}
	if s, isText := v.(string); isText && s != "" || v != nil && isObject(v) {
		return v, nil
	}
	return nil, fmt.Errorf("making the prompt of a judge: the function gave %s, not a text or messages", shown(v))
}

// fillPrompt fills the user's own prompt with data: "" when there is none.
// Messages in JSON are filled text by text.
func (c *call) fillPrompt(prompt any, data map[string]any) (string, error) {
	text, err := c.promptText(prompt)
	if text == "" || err != nil {
		return "", err
	}
	flat := make(map[string]any, len(data))
	for k, v := range data {
		flat[k] = flattened(v)
	}
	if parsed, err := jsvalue.Parse(text); err == nil {
		filled, err := c.fillValue(parsed, flat)
		if err == nil {
			out, _ := jsvalue.Stringify(filled, "")
			return out, nil
		}
	}
	return c.deps.render(text, flat)
}

// fillPlainly fills the user's own prompt as one text, in which objects stay
// objects.
func (c *call) fillPlainly(prompt any, data map[string]any) (string, error) {
	text, err := c.promptText(prompt)
	if text == "" || err != nil {
		return "", err
	}
	return c.deps.render(text, data)
}

// promptText is the user's own prompt as a template; "" when there is none.
func (c *call) promptText(prompt any) (string, error) {
	if !jsvalue.Truthy(prompt) {
		return "", nil
	}
	text, isText := prompt.(string)
	if keys, ok := jsvalue.KeysOf(prompt); ok && len(keys) == 0 {
		return "", nil
	}
	if rest, ok := cutFile(text); ok {
		return c.promptFile(rest)
	}
	if !isText {
		text, _ = jsvalue.Stringify(prompt, "")
	}
	return text, nil
}

func (c *call) promptFile(name string) (string, error) {
	if c.deps.Dir == "" {
		return "", fmt.Errorf("reading the prompt %s: %w: the folder of the tests is not known", quote(name), ErrUnavailable)
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.deps.Dir, name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the prompt of a judge: %w", err)
	}
	return string(text), nil
}

// flattened writes objects as JSON, and those in lists.
func flattened(v any) any {
	if list, ok := v.([]any); ok {
		out := make([]any, len(list))
		for i, x := range list {
			out[i] = x
			if isContainer(x) {
				out[i], _ = jsvalue.Stringify(x, "")
			}
		}
		return out
	}
	if _, ok := jsvalue.KeysOf(v); ok {
		text, _ := jsvalue.Stringify(v, "")
		return text
	}
	return v
}

func (c *call) fillValue(v any, data map[string]any) (any, error) {
	var err error
	switch v := v.(type) {
	case string:
		return c.deps.render(v, data)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			if out[i], err = c.fillValue(x, data); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return v, nil
	}
	o := jsvalue.NewObject()
	for _, k := range keys {
		x, err := c.fillValue(field(v, k), data)
		if err != nil {
			return nil, err
		}
		o.Set(k, x)
	}
	return o, nil
}

// parsed is a text as JSON, where it is that.
func parsed(text string) any {
	if v, err := jsvalue.Parse(text); err == nil {
		return v
	}
	return text
}

var verdictWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:true|yes|pass|y)$`) })

// readVerdict reads {pass, score, reason} out of a judge's reply.
func (s *spec) readVerdict(r Reply) grade {
	v := r.Value
	var others []any
	unclear := false
	if v == nil {
		var list []any
		list, unclear = replyObjects(r.Text)
		if len(list) == 0 {
			return judged("the judge's reply holds no JSON: %s", quote(r.Text))
		}
		v, others = list[0], list[1:]
	}
	if _, ok := jsvalue.KeysOf(v); !ok {
		return judged("the judge's reply is no object: %s", shown(v))
	}
	g := grade{pass: true, note: textField(v, "reason")}
	said := field(v, "pass")
	missing := said == nil || jsvalue.IsUndefined(said)
	if b, ok := said.(bool); ok {
		g.pass = b
	} else if !missing {
		g.pass = verdictWords().MatchString(jsvalue.ToString(said))
	}
	g.score = scoreOf(field(v, "score"), g.pass)
	if s.Threshold != nil && *s.Threshold-*s.Threshold == 0 {
		g.pass = g.pass && g.score >= *s.Threshold
	}
	g.note = saidIn(v)
	if !g.pass {
		g.reason = reasonOf(g.note, g.score, s.Threshold)
	}
	given := field(v, "score")
	switch {
	case unclear:
		g.doubt = UnclearReply
	case missing:
		g.doubt = MissingVerdict
	case !isVerdict(said):
		g.doubt = UnknownVerdict
	case conflicting(v, others, "pass"):
		g.doubt = Conflict
	case !jsvalue.IsUndefined(given) && !numeric(given):
		g.doubt = NoScore
	}
	return g
}

// isVerdict says that a judge's "pass" can be meant as a verdict.
func isVerdict(said any) bool {
	text, isText := said.(string)
	_, isBool := said.(bool)
	return isBool || isText && (verdictWords().MatchString(text) || slices.Contains([]string{"false", "no", "fail", "n"}, lower(text)))
}

// numeric says that a value is a finite number, or a text that is one.
func numeric(v any) bool {
	f, ok := jsvalue.Number(v)
	if text, isText := v.(string); isText && jsvalue.Trim(text) != "" {
		f, ok = jsvalue.ToNumber(text), true
	}
	return ok && f-f == 0
}

// conflicting says that another object of a reply has another value of a key.
func conflicting(v any, others []any, key string) bool {
	mine := lower(jsvalue.ToString(field(v, key)))
	for _, o := range others {
		if x := field(o, key); !jsvalue.IsUndefined(x) && lower(jsvalue.ToString(x)) != mine {
			return true
		}
	}
	return false
}

func scoreOf(v any, pass bool) float64 {
	if f, ok := jsvalue.Number(v); ok {
		return f
	}
	if f := jsvalue.ToNumber(v); f-f == 0 {
		return f
	}
	if pass {
		return 1
	}
	return 0
}

// saidIn is the reason that a judge's reply gives; one that is no text is shown as
// JSON.
func saidIn(v any) string {
	r := field(v, "reason")
	switch text, isText := r.(string); {
	case isText:
		return cutAt(text, judgeBytes)
	case !jsvalue.Truthy(r):
		return ""
	}
	text, _ := jsvalue.Stringify(r, "")
	return cutAt(text, judgeBytes)
}

// reasonOf is why an answer failed: what the judge said, or else its score.
func reasonOf(note string, score float64, threshold *float64) string {
	if note != "" {
		return note
	}
	if threshold != nil {
		return fmt.Sprintf("the judge's score is %s; the threshold is %s", number(score), number(*threshold))
	}
	return "the judge found that it does not hold; its score is " + number(score)
}

// inverted is a judge's grade under not-: what could not be read stays so.
func (s *spec) inverted(g grade, clamp bool) grade {
	if !s.inverse || g.malformed {
		return g
	}
	g.pass = !g.pass
	score := g.score
	if clamp {
		if score-score != 0 {
			score = 0
		}
		g.score = math.Min(1, math.Max(0, 1-score))
	} else {
		g.score = 1 - score
	}
	switch {
	case g.pass:
		g.reason = ""
	case g.note != "":
		g.reason = g.note
	default:
		g.reason = "the judge found that it holds; its score is " + number(score)
	}
	return g
}

// sentences are the lines of a text that are not blank.
func sentences(text string) []string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if jsvalue.Trim(line) != "" {
			out = append(out, line)
		}
	}
	return out
}
