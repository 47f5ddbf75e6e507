package assertions

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// contextOf is the context that an answer may rely on: the variable "context",
// or what contextTransform makes of the answer. pieces is nil for a single text.
func (c *call) contextOf(ctx context.Context, fallback string) (text string, pieces []string, err error) {
	var v any = jsvalue.Undefined
	if x := c.of.Vars["context"]; jsvalue.Truthy(x) {
		v = x
	} else if fallback != "" {
		v = fallback
	}
	if c.ContextTransform != nil {
		raw := c.of.Response.Raw
		if raw == nil {
			raw = c.output
		}
		if v, err = c.transform(ctx, c.ContextTransform, raw, c.of); err != nil {
			return "", nil, fmt.Errorf("contextTransform: %w", err)
		}
	}
	bad := errors.New(`there is no context: give the variable "context" (a text, or a list of texts that are not empty) or contextTransform`)
	switch v := v.(type) {
	case string:
		if v == "" {
			return "", nil, bad
		}
		return v, nil, nil
	case []any:
		for _, x := range v {
			s, ok := x.(string)
			if !ok || s == "" {
				return "", nil, bad
			}
			pieces = append(pieces, s)
		}
		if len(pieces) > 0 {
			return strings.Join(pieces, "\n\n"), pieces, nil
		}
	}
	return "", nil, bad
}

// share is the grade of a share.
func (s *spec) share(name string, score float64) grade { return s.reaches(name, score, 0.5) }

// reaches is the grade of a score that must reach a threshold, with promptfoo's
// tolerance, under not- inverted.
func (s *spec) reaches(name string, score, otherwise float64) grade {
	threshold := s.threshold(otherwise)
	g := grade{pass: score >= threshold-epsilon, score: score}
	if g.pass && threshold <= 0 && !s.inverse {
		g.doubt = ThresholdZero
	}
	return s.inverted(g.because(reachReason(name)(score, threshold)), false)
}

// query is the variable that context assertions need.
func (c *call) query() (string, error) {
	q, ok := c.of.Vars["query"].(string)
	if !ok {
		return "", errors.New(`there is no variable "query" with the user's question`)
	}
	return q, nil
}

func buildContextRecall(s *spec, value any) (judgeFunc, error) {
	truth, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is the expected answer in text", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		if c.of.Prompt == "" {
			return grade{}, errNoPrompt
		}
		about, _, err := c.contextOf(ctx, c.of.Prompt)
		if err != nil {
			return grade{}, err
		}
		text, g, ok, err := c.askText(ctx, "context-recall", map[string]any{"context": about, "groundTruth": truth}, c.rubricPrompt())
		if !ok {
			return g, err
		}
		attributed, all := 0, 0
		for _, line := range sentences(text) {
			line = lower(line)
			switch {
			case strings.Contains(line, "[not attributed]"):
				all++
			case strings.Contains(line, "[attributed]"):
				all++
				attributed++
			}
		}
		if all == 0 {
			return judged("the judge attributed nothing: %s", quote(text)), nil
		}
		return s.share("recall of the context", float64(attributed)/float64(all)), nil
	}, nil
}

// listMark is what a judge may put before a quoted sentence.
var listMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*(?:\d+[.)]|[-*])\s*`) })

func buildContextRelevance(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		query, err := c.query()
		if err != nil {
			return grade{}, err
		}
		about, pieces, err := c.contextOf(ctx, "")
		if err != nil {
			return grade{}, err
		}
		text, g, ok, err := c.askText(ctx, "context-relevance", map[string]any{"context": about, "query": query}, c.rubricPrompt())
		if !ok {
			return g, err
		}
		units, inLines := pieces, pieces != nil || len(sentences(about)) > 1
		if pieces == nil {
			units = prose(about)
		} else {
			units = sentencesOf(pieces)
		}
		quoted := relevantUnits(text, inLines)
		if len(quoted) > 0 && !quotes(quoted, about) {
			return judged("the judge quoted nothing of the context: %s", quote(text)), nil
		}
		score := 0.0
		if len(units) > 0 {
			score = float64(min(len(quoted), len(units))) / float64(len(units))
		}
		g = s.share("relevance of the context", score)
		if !quotesAll(quoted, about) {
			g.doubt = NotQuoted
		}
		return g, nil
	}, nil
}

func sentencesOf(pieces []string) []string {
	var out []string
	for _, p := range pieces {
		if jsvalue.Trim(p) != "" {
			out = append(out, p)
		}
	}
	return out
}

// relevantUnits are the distinct sentences that the judge picked.
func relevantUnits(text string, inLines bool) []string {
	if strings.Contains(text, "Insufficient Information") {
		return nil
	}
	split := prose
	if inLines {
		split = sentences
	}
	seen := map[string]bool{}
	var out []string
	for _, u := range split(text) {
		if !seen[u] {
			seen[u] = true
			out = append(out, u)
		}
	}
	return out
}

// quotes says that one of the units stands in the context.
func quotes(units []string, about string) bool { return slices.ContainsFunc(units, quotedIn(about)) }

func quotesAll(units []string, about string) bool {
	in := quotedIn(about)
	return !slices.ContainsFunc(units, func(u string) bool { return !in(u) })
}

// quotedIn says whether a unit stands in the context, in whatever letters and
// behind the mark of a list.
func quotedIn(about string) func(unit string) bool {
	plain := func(s string) string { return strings.Join(strings.FieldsFunc(lower(s), jsvalue.IsSpace), " ") }
	about = plain(about)
	return func(u string) bool { return strings.Contains(about, plain(listMark().ReplaceAllString(u, ""))) }
}

func buildContextFaithfulness(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		query, err := c.query()
		if err != nil {
			return grade{}, err
		}
		output, isText := c.output.(string)
		if !isText {
			return grade{}, errors.New("the output is no text")
		}
		about, _, err := c.contextOf(ctx, "")
		if err != nil {
			return grade{}, err
		}
		first, second, err := twoPrompts(c.rubricPrompt())
		if err != nil {
			return grade{}, err
		}
		text, g, ok, err := c.askText(ctx, "context-faithfulness-longform", map[string]any{"question": query, "answer": parsed(output)}, first)
		if !ok {
			return g, err
		}
		statements := sentences(text)
		if len(statements) == 0 {
			return judged("the judge made no statements: %s", quote(text)), nil
		}
		list := make([]any, len(statements))
		for i, x := range statements {
			list[i] = x
		}
		text, g, ok, err = c.askText(ctx, "context-faithfulness-nli", map[string]any{"context": about, "statements": list}, second)
		if !ok {
			return g, err
		}
		score, doubt, ok := faithful(text, len(statements))
		if !ok {
			return judged("the judge's verdicts can't be read: %s", quote(text)), nil
		}
		g = s.share("faithfulness to the context", score)
		if doubt != "" {
			g.doubt = doubt
		}
		return g, nil
	}, nil
}

func twoPrompts(v any) (first, second any, err error) {
	if !jsvalue.Truthy(v) {
		return nil, nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, nil, errors.New("rubricPrompt: allowed is a list of two prompts")
	}
	at := func(i int) any {
		if i >= len(list) {
			return nil
		}
		if t, ok := jsvalue.Field(list[i], "content"); ok {
			return t
		}
		return list[i]
	}
	return at(0), at(1), nil
}

// verdictWord finds yes and no as words.
var verdictWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?:yes|no)\b`) })

// faithful is the share of statements that the judge found supported. The
// verdicts stand in a row at the end, or one by one behind "verdict:".
func faithful(text string, statements int) (score float64, doubt Deviation, ok bool) {
	const final = "final verdict for each statement in order:"
	text = jsvalue.Trim(lower(text))
	wrong, found := 0, 0
	if i := strings.Index(text, final); i >= 0 {
		var verdicts []string
		for _, v := range strings.Split(text[i+len(final):], ".") {
			if jsvalue.Trim(v) == "" {
				continue
			}
			words := verdictWord().FindAllString(v, -1)
			if len(words) == 0 {
				return 0, "", false
			}
			if slices.Contains(words, "yes") && slices.Contains(words, "no") || !slices.Contains(words, "yes") && strings.Contains(v, "yes") {
				doubt = Conflict
			}
			verdicts = append(verdicts, v)
			if !strings.Contains(v, "yes") {
				wrong++
			}
		}
		if found = len(verdicts); found == 0 {
			return 0, "", false
		}
		wrong += max(0, statements-found)
	} else {
		no, yes := strings.Count(text, "verdict: no"), strings.Count(text, "verdict: yes")
		if found = no + yes; found == 0 {
			return 0, "", false
		}
		wrong = no + max(0, statements-found)
	}
	if found != statements {
		doubt = CountDiffers
	}
	return min(1, max(0, 1-float64(wrong)/float64(statements))), doubt, true
}

func buildConversation(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		turns, _ := c.of.Vars["_conversation"].([]any)
		if len(turns) == 0 {
			if c.of.Prompt == "" {
				return grade{}, errNoPrompt
			}
			turns = []any{jsvalue.NewObject("input", c.of.Prompt, "output", c.text)}
		}
		window := 5
		if f, ok := jsvalue.Number(field(c.Config, "windowSize")); ok && f >= 1 {
			window = int(f)
		}
		relevant, doubt := 0, Deviation("")
		var reasons []string
		for i := range turns {
			good, reason, g, ok, err := c.turn(ctx, turns[max(0, i-window+1):i+1])
			if !ok {
				return g, err
			}
			if g.doubt != "" {
				doubt = g.doubt
			}
			if good {
				relevant++
			} else {
				reasons = append(reasons, reason)
			}
		}
		g := s.share("relevance of the turns", float64(relevant)/float64(len(turns)))
		if doubt != "" {
			g.doubt = doubt
		}
		if len(reasons) > 0 {
			why := "; " + cutAt(strings.Join(reasons, "; "), judgeBytes)
			if g.note += why; !g.pass {
				g.reason += why
			}
		}
		return g, nil
	}, nil
}

// turn asks whether the last answer of some turns is relevant.
func (c *call) turn(ctx context.Context, turns []any) (good bool, reason string, g grade, ok bool, err error) {
	text, g, ok, err := c.askText(ctx, "conversation-relevance", map[string]any{"messages": turns}, c.rubricPrompt())
	if !ok {
		return false, "", g, false, err
	}
	list, unclear := replyObjects(text)
	if len(list) > 0 {
		if unclear {
			g.doubt = UnclearReply
		} else if conflicting(list[0], list[1:], "verdict") {
			g.doubt = Conflict
		}
		switch field(list[0], "verdict") {
		case "yes":
			return true, "", g, true, nil
		case "no":
			return false, textField(list[0], "reason"), g, true, nil
		}
	}
	return false, "", judged("the judge's verdict can't be read: %s", quote(text)), false, nil
}
