package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Stimulator thinks of keywords that direct a prompt: how it is made and how it
// feels, never what it shows. packs are those that the prompt's styles and
// moods name. It is asked once for equal prompts, by several goroutines at a
// time, and whatever it says is checked.
type Stimulator func(ctx context.Context, p MediaPrompt, packs []*Pack, most int) (keywords []string, err error)

// Bounds of what a Stimulator is asked.
const (
	maxAdvised    = 2000 // prompts of one run
	maxFailures   = 3    // in a row, after which it is asked no more
	defaultAdvise = 4
)

// advice is what a Stimulator said, by prompt.
type advice struct {
	keywords map[string][]part
}

// question is one prompt that a Stimulator is asked about.
type question struct {
	key    string
	prompt MediaPrompt
	packs  []*Pack
	most   int
	about  *profile
	line   int
	item   string
}

func adviceKey(p *MediaPrompt) string {
	return strings.Join([]string{p.Subject, strings.Join(p.Style, "\x02"), strings.Join(p.Mood, "\x02")}, "\x01")
}

// advise asks the Stimulator about every prompt of the brief. That it fails is
// a note: packs are used then. The error is that of ctx.
func (x *expander) advise(ctx context.Context) error {
	if x.o.Packs == nil {
		var err error
		if x.o.Packs, err = BuiltInPacks(); err != nil {
			return err
		}
	}
	questions, err := x.questions()
	if err != nil {
		return err
	}
	x.told = &advice{map[string][]part{}}
	var mu sync.Mutex
	var group sync.WaitGroup
	failed := 0
	next := make(chan question)
	width := x.o.Width
	if width < 1 {
		width = defaultAdvise
	}
	for range min(width, len(questions)) {
		group.Go(func() {
			for q := range next {
				words, err := x.ask(ctx, q)
				mu.Lock()
				if err == nil {
					failed = 0
					x.told.keywords[q.key] = x.accept(q, words)
				} else if failed++; ctx.Err() == nil {
					x.note(q.line, q.item, fmt.Sprintf("the chat model gave no stimulus, packs are used instead: %v", err))
				}
				mu.Unlock()
			}
		})
	}
	for i, q := range questions {
		mu.Lock()
		over := failed >= maxFailures
		if over {
			x.note(q.line, "", fmt.Sprintf("the chat model failed %d times in a row and is asked no more: packs are used for the %d prompts left", failed, len(questions)-i))
		}
		mu.Unlock()
		if over || ctx.Err() != nil {
			break
		}
		next <- q
	}
	close(next)
	group.Wait()
	return context.Cause(ctx)
}

// Repeats of a question that was not answered for the moment.
const (
	askAgain = 2
	maxPause = 20 * time.Second
)

// ask asks the Stimulator about one prompt.
func (x *expander) ask(ctx context.Context, q question) ([]string, error) {
	for try := 0; ; try++ {
		words, err := x.o.Stimulus(ctx, q.prompt, q.packs, q.most)
		var later *Transient
		if err == nil || try == askAgain || !errors.As(err, &later) {
			return words, err
		}
		select {
		case <-time.After(min(max(later.RetryAfter, time.Second<<try), maxPause)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// questions lists the prompts of the brief, each once.
func (x *expander) questions() (all []question, err error) {
	seen := map[string]bool{}
	for item := range x.b.size() {
		s := x.compile(item)
		if s == nil || s.k == 0 {
			continue
		}
		e := newExpansion(x, s, nil)
		err := e.walk(func(int64) error {
			if err := e.fill(); err != nil {
				return err
			}
			p := MediaPrompt{Subject: e.subject, Style: e.value("style"), Mood: e.value("mood")}
			c := x.chosen(e, p.Style, p.Mood)
			p.Style, p.Mood = c.style, c.mood
			key := adviceKey(&p)
			if seen[key] {
				return nil
			}
			seen[key] = true
			if len(all) == maxAdvised {
				x.note(x.b.line(item, "prompt"), "", fmt.Sprintf("the chat model is asked about %d prompts at most; packs are used for the others", maxAdvised))
				return errEnough
			}
			about := x.o.Packs.opposites.profile(e.subject)
			all = append(all, question{key, p, c.packs, s.k, about, x.b.line(item, "prompt"), s.id})
			return nil
		})
		if err == errEnough {
			return all, nil
		}
		if err != nil {
			return nil, x.explain(err)
		}
	}
	return all, nil
}

// accept keeps the keywords that may direct a prompt, and notes why not the
// others.
func (x *expander) accept(q question, words []string) (kept []part) {
	for i, w := range words {
		if i >= maxKeywords {
			x.note(q.line, q.item, fmt.Sprintf("the chat model gave %d keywords; the first %d are looked at", len(words), maxKeywords))
			break
		}
		one := x.o.Packs.opposites.part(strings.TrimSpace(w))
		if why := refusedKeyword(&one, q.about); why != "" {
			x.note(q.line, q.item, fmt.Sprintf("the chat model's keyword %s is left out: %s", config.Shorten(one.text), why))
			continue
		}
		if !slices.ContainsFunc(kept, func(p part) bool { return strings.EqualFold(p.text, one.text) }) {
			kept = append(kept, one)
		}
	}
	return kept
}

// keywordForm has no character that is syntax anywhere.
var keywordForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN][\pL\pM\pN '’.%/-]*$`) })

const (
	maxKeywordWords = 4
	maxKeywordRunes = 48
)

// refusedKeyword says why a keyword can't be used; "" = it can.
func refusedKeyword(k *part, subject *profile) string {
	switch fields := strings.Fields(k.text); {
	case len(fields) == 0:
		return "it is empty"
	case len(fields) > maxKeywordWords || utf8.RuneCountInString(k.text) > maxKeywordRunes:
		return fmt.Sprintf("it has more than %d words or %d characters", maxKeywordWords, maxKeywordRunes)
	case !keywordForm().MatchString(k.text) || strings.Contains(k.text, "--"):
		return "it has characters that may be a provider's syntax"
	case namesPerson(k.text, fields):
		return "it names a person, or somebody's style"
	case k.stance.contradicts(&subject.stance):
		return "it contradicts the prompt"
	case subject.repeats(k.words):
		return "it repeats the prompt"
	}
	return ""
}

// artists are living or recently living artists whose names models like to use,
// by the one word that they are known under. Names of two capitalised words are
// refused whoever they are.
var artists = strings.Fields(`rutkowski artgerm wlop kuvshinov loish sakimichan beeple rossdraws shinkai miyazaki murakami kusama koons hirst
	banksy leibovitz hockney kiefer mccurry salgado gursky eggleston eliasson kapoor weiwei abramovic whiteread emin ofili mignola frazetta
	giger moebius otomo toriyama villeneuve tarantino scorsese wenders fincher lachapelle testino mapplethorpe crewdson baranger ghibli pixar`)

func namesPerson(text string, fields []string) bool {
	low := strings.ToLower(text)
	for _, sign := range []string{" by ", "style of", "inspired by", "à la ", "a la "} {
		if strings.Contains(" "+low+" ", sign) {
			return true
		}
	}
	capitals := 0
	for _, f := range fields {
		r, _ := utf8.DecodeRuneInString(f)
		second, _ := utf8.DecodeRuneInString(f[utf8.RuneLen(r):])
		if unicode.IsUpper(r) && unicode.IsLower(second) {
			capitals++
		}
		bare := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(strings.Trim(f, ".,")), "'s"), "esque")
		if slices.Contains(artists, bare) {
			return true
		}
	}
	return capitals > 1
}

// stimulus is the keywords of a prompt: the chat model's, where it gave any,
// else the packs'.
func (x *expander) stimulus(e *expansion, p *MediaPrompt, c *chosen, own *sayings) []string {
	if x.told != nil {
		if told := x.told.keywords[adviceKey(p)]; len(told) > 0 {
			return pick(told, e.s.k, own)
		}
	}
	return pick(c.keywords, e.s.k, own)
}
