package semdiff

import "slices"

var interjections = wordSet("okay ok alright right well so now look listen remember hey yes sure great good anyway again")

// opened takes off a word of mere address before a comma or colon, and reads
// "should the user ask, …" as a condition.
func opened(ts []token) []token {
	if len(ts) > 2 && ts[0].kind == tokenWord && interjections[ts[0].text] {
		switch {
		case ts[1].kind == tokenPunct && (ts[1].text == "," || ts[1].text == ":"):
			ts = ts[2:]
		case (ts[0].text == "okay" || ts[0].text == "ok" || ts[0].text == "alright") && isWordIn(ts[1], "now", "so", "then"):
			ts = ts[2:]
			if ts[0].kind == tokenPunct && ts[0].text == "," {
				ts = ts[1:]
			}
		}
	}
	for i, t := range ts {
		if t.kind == tokenWord && t.text == "should" && (i == 0 || ts[i-1].kind == tokenPunct) && i+2 < len(ts) && ts[i+1].kind != tokenPunct && commaAfter(ts[i+2:]) {
			ts = slices.Clone(ts)
			ts[i].text = "if"
			break
		}
	}
	return ts
}

func commaAfter(ts []token) bool {
	for _, t := range ts {
		if t.kind == tokenPunct {
			return t.text == ","
		}
	}
	return false
}

// onlyWhen reads "not … until X" and "not … before X" as "only when X", and
// "not … anything except X" as "only X".
func onlyWhen(ts []token) []token {
	not, turn := -1, -1
	for i, t := range ts {
		if t.kind != tokenWord {
			if t.kind == tokenPunct && (t.text == "." || t.text == ";" || t.text == ":") && i+1 < len(ts) {
				return ts
			}
			continue
		}
		switch t.text {
		case "@not":
			if not >= 0 {
				return ts
			}
			not = i
		case "@until", "@before":
			if turn >= 0 {
				return ts
			}
			turn = i
		case "@if", "@only", "@after", "@while":
			return ts
		case "@except":
			if not >= 0 && i-not <= 4 && at(ts, i-1).text == "thing" {
				out := slices.Concat(ts[:not], ts[not+1:i])
				out = slices.DeleteFunc(out, func(t token) bool { return t.text == "@any" || t.text == "thing" })
				return append(append(out, token{tokenWord, "@only", t.raw}), ts[i+1:]...)
			}
		}
	}
	if not < 0 || turn < 0 || turn < not && !commaBetween(ts[turn:not]) {
		return ts
	}
	var out []token
	for i, t := range ts {
		switch i {
		case not:
		case turn:
			out = append(out, token{tokenWord, "@only", t.raw}, token{tokenWord, "@if", t.raw})
		default:
			out = append(out, t)
		}
	}
	return out
}

func commaBetween(ts []token) bool {
	return slices.ContainsFunc(ts, func(t token) bool { return t.kind == tokenPunct && t.text == "," })
}
