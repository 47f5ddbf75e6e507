package judged

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// Patterns are those of Python; what our engine has no equal for is refused.

// Bounds of a match: a pattern that needs more could not be judged.
const (
	patternTime  = 2 * time.Second
	patternStack = 1 << 20 // integers
)

// compilePattern compiles a pattern that a whole text has to match.
func compilePattern(pattern string, ignoreCase bool) (*regexp2.Regexp, error) {
	t := translator{from: []rune(pattern), names: map[string]int{}}
	translated, err := t.all()
	if err != nil {
		return nil, err
	}
	var options regexp2.RegexOptions
	if ignoreCase {
		options = regexp2.IgnoreCase
	}
	re, err := regexp2.Compile(`\A(?:`+translated+`)\z`, options, regexp2.OptionMaxBacktrackingStackSize(patternStack))
	if err == nil {
		re.MatchTimeout = patternTime
	}
	return re, err
}

// translator writes a pattern of Python in the words of the engine. Groups with
// names become plain ones, so that they are numbered as in Python.
type translator struct {
	from    []rune
	at      int
	to      []byte
	last    int   // where in it the last character, class or group begins
	open    []int // where the groups do that are not closed
	anchor  bool  // the last character stands for a place
	begun   bool  // there was more than flags
	names   map[string]int
	groups  int
	verbose bool // blanks and comments are left out
}

func (t *translator) all() (string, error) {
	for t.at < len(t.from) {
		var err error
		if n := t.repetition(); n > 0 {
			if t.anchor {
				return "", fmt.Errorf("nothing to repeat")
			}
			t.repeat(n)
			continue
		}
		if t.next("(?#") {
			t.skipTo(')')
			continue
		}
		c := t.from[t.at]
		if c != ')' {
			t.last = len(t.to)
		}
		t.anchor = c == '^' || c == '$'
		global := c == '(' && t.flag()
		switch {
		case global:
			err = t.flags()
		case c == '\\':
			err = t.escape(false)
		case c == '[':
			err = t.class()
		case c == '(':
			err = t.group()
		case c == '#' && t.verbose:
			t.skipTo('\n')
		case c == ')' && len(t.open) == 0:
			err = fmt.Errorf(") without (")
		case c == ')':
			t.last, t.open = t.open[len(t.open)-1], t.open[:len(t.open)-1]
			t.copy(1)
		default:
			t.copy(1)
		}
		if err != nil {
			return "", err
		}
		t.begun = t.begun || !global
	}
	return string(t.to), nil
}

var (
	digits      = regexp.MustCompile(`^[0-9]+`)
	globalFlags = regexp.MustCompile(`^\(\?[a-zA-Z-]+\)`)
)

var repetition = regexp.MustCompile(`^(?:[*+?]|\{[0-9]+\}|\{[0-9]*,[0-9]*\})`)

// repetition is the length of the one that stands here; 0 = there is none.
func (t *translator) repetition() int {
	if !strings.ContainsRune("*+?{", t.from[t.at]) {
		return 0
	}
	return len(repetition.FindString(string(t.from[t.at:min(t.at+64, len(t.from))])))
}

// repeat copies a repetition of so many characters. One that gives nothing back
// (a++) becomes a group that does not.
func (t *translator) repeat(n int) {
	text := strings.Replace(string(t.from[t.at:t.at+n]), "{,", "{0,", 1)
	t.at += n
	switch {
	case t.next("+"):
		t.to = append(t.to[:t.last], "(?>"+string(t.to[t.last:])+text+")"...)
		t.at++
	case t.next("?"):
		t.write(text + "?")
		t.at++
	default:
		t.write(text)
	}
}

func (t *translator) write(s string) { t.to = append(t.to, s...) }

func (t *translator) copy(n int) {
	end := min(t.at+n, len(t.from))
	t.write(string(t.from[t.at:end]))
	t.at = end
}

func (t *translator) skipTo(end rune) {
	for t.at < len(t.from) && t.from[t.at] != end {
		t.at++
	}
	t.at++
}

// escape copies a backslash with what follows.
func (t *translator) escape(inClass bool) error {
	if t.at+1 == len(t.from) {
		return fmt.Errorf("a backslash at its end")
	}
	next := t.from[t.at+1]
	letter := next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z'
	t.anchor = !inClass && strings.ContainsRune("AZbB", next)
	switch {
	case next == 'Z' && !inClass:
		t.write(`\z`)
		t.at += 2
	case next == 'B' && !inClass: // in Python no place of an empty text
		t.write(`(?:(?!\A\z)\B)`)
		t.at += 2
	case next == 'x':
		t.copy(4)
	case next == 'u':
		t.copy(6)
	case next >= '1' && next <= '9' && !inClass:
		return t.reference()
	case letter && inClass && !strings.ContainsRune("abdDfnrsStuvwWx", next), letter && !strings.ContainsRune("AbBdDsSwWafnrtvxu", next):
		return fmt.Errorf(`\%c is not known`, next)
	default:
		t.copy(2)
	}
	return nil
}

// reference copies \N of a group that was closed before.
func (t *translator) reference() error {
	found := digits.FindString(string(t.from[t.at+1 : min(t.at+4, len(t.from))]))
	n, err := strconv.Atoi(found)
	if err != nil || len(found) > 2 || n > t.groups {
		return fmt.Errorf(`\%s of a group that there is not`, found)
	}
	t.write(fmt.Sprintf(`(?:\%d)`, n))
	t.at += 1 + len(found)
	return nil
}

// class copies [...], in which Python knows no class within a class.
func (t *translator) class() error {
	t.copy(1)
	if t.next("^") {
		t.copy(1)
	}
	for first := true; t.at < len(t.from); first = false {
		switch c := t.from[t.at]; {
		case c == ']' && !first:
			t.copy(1)
			return nil
		case c == ']', c == '[':
			t.write(`\` + string(c))
			t.at++
		case c == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		default:
			t.copy(1)
		}
	}
	return fmt.Errorf("[ without ]")
}

func (t *translator) next(s string) bool {
	return strings.HasPrefix(string(t.from[t.at:min(t.at+len(s), len(t.from))]), s)
}

// group writes what stands for the beginning of a group.
func (t *translator) group() error {
	switch {
	case !t.next("(?"):
		t.groups++
		t.copy(1)
		t.open = append(t.open, t.last)
	case t.next("(?P<"):
		name := t.name("(?P<", '>')
		if _, twice := t.names[name]; name == "" || twice {
			return fmt.Errorf("group name %s", shown(name))
		}
		t.groups++
		t.names[name] = t.groups
		t.write("(")
		t.open = append(t.open, t.last)
	case t.next("(?P="):
		n, ok := t.names[t.name("(?P=", ')')]
		if !ok {
			return fmt.Errorf("(?P=…) of a group that there is not")
		}
		t.write(fmt.Sprintf(`(?:\%d)`, n))
	case t.next("(?("):
		id := t.name("(?(", ')')
		n, ok := t.names[id]
		if !ok {
			var err error
			if n, err = strconv.Atoi(id); err != nil {
				return fmt.Errorf("(?(…) of a group that there is not")
			}
		}
		t.write(fmt.Sprintf("(?(%d)", n))
		t.open = append(t.open, t.last)
	case t.next("(?="), t.next("(?!"), t.next("(?:"), t.next("(?>"):
		t.copy(3)
		t.open = append(t.open, t.last)
	case t.next("(?<="), t.next("(?<!"):
		t.copy(4)
		t.open = append(t.open, t.last)
	default:
		return t.flags()
	}
	return nil
}

// name reads up to end, and goes on behind it.
func (t *translator) name(begin string, end rune) string {
	t.at += len(begin)
	from := t.at
	t.skipTo(end)
	return string(t.from[from:min(t.at-1, len(t.from))])
}

// flag says whether (?i) stands here, or any other flags for all that follows.
func (t *translator) flag() bool {
	return globalFlags.MatchString(string(t.from[t.at:min(t.at+16, len(t.from))]))
}

// flags copies (?i) at the very beginning, or (?i:…) and (?-i:…) anywhere.
func (t *translator) flags() error {
	from := t.at
	for t.at += 2; t.at < len(t.from) && strings.ContainsRune("imsxu-", t.from[t.at]); t.at++ {
	}
	if t.at == len(t.from) || t.from[t.at] != ':' && t.from[t.at] != ')' {
		return fmt.Errorf("unknown extension %s", shown(string(t.from[from:min(t.at+1, len(t.from))])))
	}
	set := strings.ReplaceAll(string(t.from[from+2:t.at]), "u", "") // as it is anyway
	end := t.from[t.at]
	t.at++
	switch {
	case end == ')' && (t.begun || strings.Contains(set, "-")):
		return fmt.Errorf("global flags that are not at its beginning")
	case end == ':' && strings.Contains(set, "x"):
		return fmt.Errorf("(?x:…), which is not supported")
	case set == "" && end == ')':
		return nil
	}
	t.verbose = t.verbose || strings.Contains(set, "x")
	t.write("(?" + set + string(end))
	if end == ':' {
		t.open = append(t.open, t.last)
	}
	return nil
}
