package wordnet

import (
	"strings"
	"sync"
)

// rule takes an ending off and puts another one on, for one part of speech.
type rule struct{ ending, instead string }

var nounRules = []rule{{"ches", "ch"}, {"shes", "sh"}, {"sses", "ss"}, {"xes", "x"}, {"zes", "z"}, {"ies", "y"}, {"men", "man"}, {"s", ""}}

var verbRules = []rule{{"ies", "y"}, {"es", "e"}, {"es", ""}, {"s", ""}, {"ied", "y"}, {"ed", "e"}, {"ed", ""}, {"ing", "e"}, {"ing", ""}}

// Lemma returns the base form of an English word in lower case, by the rules
// of WordNet's morphy and a list of irregular words: verbs and nouns lose their
// endings, adjectives and adverbs stay. What WordNet does not know stays, too.
func Lemma(word string) string {
	if base, ok := irregular()[word]; ok {
		return base
	}
	if len(word) < 3 || strings.ContainsAny(word, "_0123456789") {
		return word
	}
	if strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") {
		if base, ok := detach(word, nounRules, Noun); ok {
			return base
		}
		if base, ok := detach(word, verbRules, Verb); ok {
			return base
		}
		return word
	}
	if strings.HasSuffix(word, "ed") || strings.HasSuffix(word, "ing") {
		if base, ok := detach(word, verbRules, Verb); ok {
			return base
		}
	}
	return word
}

func detach(word string, rules []rule, pos int) (string, bool) {
	for _, r := range rules {
		stem, ok := strings.CutSuffix(word, r.ending)
		if !ok || len(stem) < 2 || !strings.ContainsAny(stem, "aeiouy") {
			continue
		}
		if e, ok := Look(stem + r.instead); ok && e.Pos&pos != 0 {
			return stem + r.instead, true
		}
		n := len(stem)
		if (r.ending == "ed" || r.ending == "ing") && r.instead == "" && n > 3 && stem[n-1] == stem[n-2] { // planned, cancelling
			if e, ok := Look(stem[:n-1]); ok && e.Pos&pos != 0 {
				return stem[:n-1], true
			}
		}
	}
	return word, false
}

var irregular = sync.OnceValue(func() map[string]string { return readIrregular(irregularVerbs + irregularNouns) })

func readIrregular(text string) map[string]string {
	m := map[string]string{}
	for _, group := range strings.Split(text, ";") {
		forms := strings.Fields(group)
		for i, f := range forms {
			if i > 0 || strings.HasSuffix(f, "ing") {
				m[f] = forms[0]
			}
		}
	}
	return m
}

// Each group is a base form and its irregular others.
const irregularVerbs = `arise arose arisen;awake awoke awoken;be am is are was were been being;bear bore borne;beat beaten;
become became;begin began begun beginning;bend bent;bet betting;bid bidding;bind bound;bite bit bitten;bleed bled;blow blew blown;
break broke broken;breed bred;bring brought;build built;burn burnt;burst;buy bought;cast;catch caught;choose chose chosen;
cling clung;come came;creep crept;cut cutting;deal dealt;dig dug digging;do did does done;draw drew drawn;dream dreamt;
drink drank drunk;drive drove driven;eat ate eaten;fall fell fallen;feed fed;feel felt;fight fought;find found;flee fled;
fly flew flown flies;forbid forbade forbidden;forget forgot forgotten forgetting;forgive forgave forgiven;freeze froze frozen;
get got gotten getting;give gave given;go went gone goes;grow grew grown;hang hung;have has had having;hear heard;
hide hid hidden;hit hitting;hold held;keep kept;kneel knelt;know knew known;lay laid;lead led;learn learnt;leave left;
lend lent;let letting;lie lying;lose lost;make made;mean meant;meet met;mistake mistook mistaken;misunderstand misunderstood;
overcome overcame;overwrite overwrote overwritten;pay paid;prove proven;put putting;quit quitting;read;rewrite rewrote rewritten;ride rode ridden;
ring rang rung;rise rose risen;run ran running;say said;see saw seen;seek sought;sell sold;send sent;set setting;sew sewn;
shake shook shaken;shine shone;shoot shot;show shown;shrink shrank shrunk;shut shutting;sing sang sung;sink sank sunk;
sit sat sitting;sleep slept;slide slid;speak spoke spoken;spell spelt;spend spent;spin spun;split splitting;spread;spring sprang sprung;
stand stood;steal stole stolen;stick stuck;sting stung;strike struck;strive strove striven;swear swore sworn;sweep swept;
swim swam swum;swing swung;take took taken;teach taught;tear tore torn;tell told;think thought;throw threw thrown;
understand understood;undo undid undone undoes;upset;wake woke woken;wear wore worn;weep wept;win won winning;withdraw withdrew withdrawn;
withhold withheld;write wrote written;refer referred referring;omit omitted omitting;exceed exceeded exceeding;
plan planned planning;stop stopped stopping;submit submitted submitting;permit permitted permitting;
focus focused focussed focusing focuses;reply replied replies;use used using uses;include including included;
base based;address addresses;need needed needs;span spanned;
`

const irregularNouns = `analysis analyses;axis axes;basis bases;child children;crisis crises;criterion criteria;datum;die dice;
foot feet;goose geese;half halves;hypothesis hypotheses;index indices indexes;knife knives;leaf leaves;life lives;loaf loaves;
man men;mouse mice;parenthesis parentheses;person people persons;phenomenon phenomena;schema schemas schemata;self selves;shelf shelves;synopsis synopses;
thesis theses;tooth teeth;vertex vertices;wife wives;wolf wolves;woman women;synthesis syntheses;matrix matrices;appendix appendices;
summary summaries;status statuses;bus buses;lens lenses;alias aliases;response responses;sentence sentences;series;species;news;
finding findings;meaning meanings;meeting meetings;setting settings;heading headings;rating ratings;warning warnings;
spelling spellings;greeting greetings;wording wordings;building buildings;feeling feelings`
