package semdiff

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// role is what a token does in a sentence.
type role int

const (
	roleContent role = iota
	roleLight        // pronouns and the like: differ without much meaning
	roleNumber
	roleExact     // literal, code, identifier, symbol, variable
	roleQuantity  // all, some, each, …
	roleOnly      // only, exactly, except
	roleModal     // should, may, need not
	roleCondition // if, before, after, until, otherwise, …
	roleFrequency // always, usually, …
)

// atom is one meaningful token.
type atom struct {
	role   role
	kind   tokenKind
	key    string
	raw    string
	clause int
	prep   string // the preposition before it
	glue   string // what stands between it and the atom before: ",", "and", "or", "" or others
	base   string // the base form as written, where the key is another word
	entry  wordnet.Entry
	known  bool
	name   bool // written with a capital within the sentence
	noun   bool // an article or the like stands before it
}

// negation is one negation of a sentence.
type negation struct {
	clause int
	at     int // index of the atom that follows
	strict bool
}

// sentence is a piece as rules compare it.
type sentence struct {
	plain      string // equal for what differs only in writing
	atoms      []atom
	negations  []negation
	quantities map[string]quantity
	passive    bool
	must       bool    // must, shall, have to, required, always
	tokens     []token // as they came in
	clauses    int
	relatives  int     // clauses that say which thing is meant
	starts     []start // how each clause begins
}

// start is what stands before a clause.
type start int

const (
	startSoft start = iota // a comma, or nothing but the clause's own first word
	startHard              // a full stop, colon or semicolon, or the beginning
	startNext              // and, or, then
)

func plainKey(ts []token) string {
	var b strings.Builder
	for _, t := range ts {
		switch t.kind {
		case tokenPunct:
			continue
		case tokenWord:
			b.WriteString("w ")
		case tokenNumber:
			b.WriteString("n ")
		case tokenLiteral, tokenCode:
			b.WriteString("q ")
		default:
			b.WriteString("x ")
		}
		b.WriteString(t.text)
		b.WriteByte('\n')
	}
	return b.String()
}

func newSentence(plain []token) *sentence {
	s := &sentence{quantities: map[string]quantity{}}
	ignored := map[string]quantity{}
	s.plain = plainKey(quantities(plain, ignored))
	s.tokens = plain
	base := exceptBut(inverted(baseForms(plain)))
	s.passive = isPassive(plain, base)
	s.must = obliges(base)
	s.build(quantities(onlyWhen(rewrite(splitVerbs(opened(base)))), s.quantities))
	return s
}

// loose are negations that don't stand before their verb.
var loose = wordSet("no neither nor none")

// mostlyEnglish reports whether most words are known.
func mostlyEnglish(ts []token) bool {
	known, all := 0, 0
	for _, t := range ts {
		if t.kind == tokenWord && t.text[0] != '@' {
			all++
			if wordnet.Known(t.text) {
				known++
			}
		}
	}
	return 3*known >= 2*all
}

// isPassive finds "by" after a form of be and a participle.
func isPassive(plain, base []token) bool {
	be := false
	for i, t := range base {
		switch {
		case t.text == "be":
			be = true
		case be && plain[i].text != t.text && (strings.HasSuffix(plain[i].text, "ed") || strings.HasSuffix(plain[i].text, "n") || strings.HasSuffix(plain[i].text, "t")):
			return true
		}
	}
	return false
}

var everything = wordSet("all every everything everyone everybody any anything anyone no none nothing nobody each")

// exceptBut reads the "but" of "all rooms but the cellar" as except: after a
// word for all or none and its noun, and before a noun.
func exceptBut(ts []token) []token {
	for i := 1; i+1 < len(ts); i++ {
		if ts[i].text != "but" || ts[i].kind != tokenWord || !articles[ts[i+1].text] && ts[i+1].kind != tokenNumber && ts[i+1].kind != tokenLiteral {
			continue
		}
		for k := i - 1; k >= 0 && k >= i-4 && ts[k].kind == tokenWord && ts[k].text != "be" && ts[k].text != "have"; k-- {
			if everything[ts[k].text] {
				ts[i].text = "except"
				break
			}
		}
	}
	return ts
}

// inverted reads a clause that begins with "should" as one with "if": should
// the customer object, stop.
func inverted(ts []token) []token {
	for i, t := range ts {
		if t.text != "should" || t.kind != tokenWord || i > 0 && ts[i-1].kind != tokenPunct || i+2 >= len(ts) || ts[i+1].text == "not" || ts[i+1].text == "be" {
			continue
		}
		if ends := ts[len(ts)-1]; ends.text != "?" {
			ts[i].text = "if"
		}
	}
	return ts
}

// splitVerbs brings the two parts of "leave X out" together.
func splitVerbs(ts []token) []token {
	for i, t := range ts {
		if t.text != "leave" {
			continue
		}
		for k := i + 2; k < len(ts) && k < i+8 && ts[k].kind != tokenPunct; k++ {
			if ts[k].text == "out" {
				out := slices.Clone(ts[:i])
				out = append(out, token{tokenWord, "omit", t.raw + " … " + ts[k].raw})
				out = append(out, ts[i+1:k]...)
				return append(out, ts[k+1:]...)
			}
		}
	}
	return ts
}

var (
	dropped      = wordSet("a an the be do you your yourself it there have will shall would that own of did 's so then_ let")
	prepositions = wordSet("as to from in on at by for with into onto about over under between through against per toward out up off down inside outside around within upon like than via above below")
	lightWords   = wordSet("they them he she him her his hers its this these those i me my mine we us our their theirs which who whom whose what how where why itself themselves one other another such same here now here thing way please and or but not yes")
	conditions   = wordSet("@if @before @after @until @while @otherwise because although then first second third last so @including")
	quantifiers  = wordSet("@all @any @some @several @most @few @both @either @half @third")
	onlys        = wordSet("@only @exactly @except")
	modals       = wordSet("@should @may @neednot")
	frequencies  = wordSet("@always @usually @sometimes @often @rarely")
	boundaries   = wordSet("@if @before @after @until @while @otherwise because although then so which who whose that")
	ignoredOps   = wordSet("@orless @ormore @le @ge @gt @lt @eq")
)

// obliges reports whether a sentence says that something must be.
func obliges(base []token) bool {
	for i, t := range base {
		if obliging[t.text] || t.text == "have" && i+1 < len(base) && base[i+1].text == "to" {
			return true
		}
	}
	return false
}

var obliging = wordSet("must shall require always mandatory never")

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// build makes atoms of rewritten tokens.
func (s *sentence) build(ts []token) {
	clause, prep, glue := s.begin(startHard), "", ""
	open := false    // the clause has an atom
	chained := false // nothing stands between the last atom and this
	article := false // the token before is one
	for i, t := range ts {
		noun := article
		article = t.kind == tokenWord && articles[t.text]
		if t.kind == tokenPunct {
			if strings.Contains(",;:.!?()-…—", t.text) {
				if open {
					clause, open = s.begin(startSoft), false
				}
				if strings.Contains(";:.!?", t.text) {
					s.starts[clause] = startHard
				}
				glue, prep, chained = glue+t.text, "", false
			}
			continue
		}
		if t.kind == tokenWord {
			if open && (t.text == "that" || relative[t.text]) {
				s.relatives++
			}
			if boundaries[t.text] && open {
				clause, open = s.begin(startSoft), false
				if k := len(glue); k > 2 && (strings.HasSuffix(glue, "and") || strings.HasSuffix(glue, "or")) {
					s.starts[clause] = startNext
				}
			}
			switch {
			case t.text == "@not":
				s.negations = append(s.negations, negation{clause, len(s.atoms), i+1 < len(ts) && !strings.HasPrefix(ts[i+1].text, "@") && !strings.EqualFold(t.raw, "unless") && !loose[strings.ToLower(t.raw)]})
				continue
			case t.text == "and" || t.text == "or":
				if !open && s.starts[clause] == startSoft {
					s.starts[clause] = startNext
				}
				glue += " " + t.text
				s.connect(t, clause)
				continue
			case prepositions[t.text]:
				prep = t.text
				glue += " " + t.text
				continue
			case (dropped[t.text] || ignoredOps[t.text]) && !labelled(ts, i) && !limits(ts, i):
				if prep != "" && !articles[t.text] && t.text != "own" {
					prep = ""
				}
				chained = false
				continue
			case t.text == "@may" && s.denied(clause):
				continue
			}
		}
		a := s.atomOf(t)
		a.clause, a.prep, a.glue, a.noun = clause, prep, strings.TrimSpace(glue), noun
		a.name = open && a.role == roleContent && a.raw[0] >= 'A' && a.raw[0] <= 'Z' && strings.ToUpper(a.raw) != a.raw
		if a.prep == "" && a.glue == "" && chained {
			a.prep = s.atoms[len(s.atoms)-1].prep
		}
		s.atoms = append(s.atoms, a)
		prep, glue, open, chained = "", "", true, true
	}
	s.clauses = clause + 1
}

var articles = wordSet("the a an your its their his her our my this that these those each every any all @all")

// labelled reports whether a capital A names something, as in "sheet A", and is
// no article.
func labelled(ts []token, i int) bool {
	if ts[i].raw != "A" || i == 0 || ts[i-1].kind != tokenWord || prepositions[ts[i-1].text] || dropped[ts[i-1].text] {
		return false
	}
	return i+1 == len(ts) || ts[i+1].kind != tokenWord || prepositions[ts[i+1].text] || ts[i+1].text == "and" || ts[i+1].text == "or" || ts[i+1].text == "be" || boundaries[ts[i+1].text]
}

// limits reports whether a comparator stands before a placeholder.
func limits(ts []token, i int) bool {
	return ignoredOps[ts[i].text] && i+1 < len(ts) && ts[i+1].kind == tokenMark
}

func (s *sentence) begin(how start) int {
	s.starts = append(s.starts, how)
	return len(s.starts) - 1
}

// denied reports whether a clause began with "no": no X may is no permission.
func (s *sentence) denied(clause int) bool {
	for _, n := range s.negations {
		if n.clause == clause && !n.strict {
			return true
		}
	}
	return false
}

// connect keeps "or": between alternatives it differs from "and".
func (s *sentence) connect(t token, clause int) {
	if t.text == "or" {
		s.atoms = append(s.atoms, atom{role: roleLight, kind: tokenWord, key: "or", raw: t.raw, clause: clause})
	}
}

func (s *sentence) atomOf(t token) atom {
	a := atom{kind: t.kind, key: t.text, raw: t.raw}
	switch {
	case t.kind == tokenNumber:
		a.role = roleNumber
	case t.kind != tokenWord || ignoredOps[t.text]:
		a.role = roleExact
	case quantifiers[t.text]:
		a.role = roleQuantity
	case onlys[t.text]:
		a.role = roleOnly
	case modals[t.text]:
		a.role = roleModal
	case conditions[t.text] && !strings.EqualFold(t.raw, "seconds"):
		a.role = roleCondition
	case frequencies[t.text]:
		a.role = roleFrequency
	case lightWords[t.text]:
		a.role = roleLight
	default:
		a.entry, a.known = wordnet.Look(t.text)
		if base := wordnet.Lemma(strings.ToLower(t.raw)); base != t.text && !strings.Contains(base, " ") {
			a.base = base
		}
	}
	return a
}
