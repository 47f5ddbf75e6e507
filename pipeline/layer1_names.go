package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Lengths of names, in bytes.
const (
	maxID    = 64 // of an item of a brief
	maxWords = 40 // of the words of an alias
)

// slug writes a text in [a-z0-9-], at most limit bytes long, cut between words
// where it can be: accents are left out, Greek and Cyrillic letters are written
// in Latin ones, everything else separates words. "" = nothing is left.
func slug(s string, limit int) string {
	out := make([]byte, 0, min(len(s), limit+8))
	for _, r := range norm.NFKD.String(s) {
		if len(out) > limit {
			break
		}
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out = append(out, byte(r))
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		default:
			if latin, ok := letters[r]; ok {
				out = append(out, latin...)
			} else if len(out) > 0 && out[len(out)-1] != '-' {
				out = append(out, '-')
			}
		}
	}
	text := strings.Trim(string(out), "-")
	if len(text) <= limit {
		return text
	}
	if i := strings.LastIndexByte(text[:limit+1], '-'); i > limit/2 {
		return text[:i]
	}
	return strings.Trim(text[:limit], "-")
}

// letters are Latin spellings, by sound, of letters that no decomposition gives.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h", 'ŋ': "ng",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts",
	'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'є': "ye", 'і': "i",
	'ґ': "g", 'ђ': "dj", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ј': "j",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l",
	'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f",
	'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// hash64 is the beginning of the SHA-256 of the parts and their lengths.
func hash64(parts ...string) uint64 {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// tail is a short name for a digest, of letters alone, so that it never looks
// like the number of a variant.
func tail(h uint64) string {
	var b [5]byte
	for i := range b {
		b[i] = 'a' + byte(h%26)
		h /= 26
	}
	return string(b[:])
}

// itemID is the ID of a brief's item: its own, else made from its title or
// prompt. In a list it then has a digest, which no further item changes.
func (b *Brief) itemID(item int, a *Ask) string {
	if len(b.Entries) == 0 {
		return orTail(slug(firstOf(b.Name, a.Prompt.Text, a.Prompt.File), maxID/2), a)
	}
	if id := b.Entries[item].ID; id != "" {
		return orTail(slug(id, maxID), a, id)
	}
	text := firstOf(b.Entries[item].Title, a.Prompt.Text, a.Prompt.File)
	name := slug(text, maxID/2)
	digest := tail(hash64(text, a.Prompt.Text, a.Prompt.File, a.Slots.text()))
	return strings.TrimPrefix(name+"-"+digest, "-")
}

// orTail names what no letter is left of.
func orTail(name string, a *Ask, more ...string) string {
	if name != "" {
		return name
	}
	return "item-" + tail(hash64(append(more, a.Prompt.Text, a.Prompt.File)...))
}

func (s Slots) text() string {
	var b strings.Builder
	for _, slot := range s {
		b.WriteString(strconv.Quote(slot.Name))
		for _, v := range slot.Values {
			b.WriteString(strconv.Quote(v))
		}
	}
	return b.String()
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

// variantID is the ID of one combination; number counts from 1.
func variantID(id string, number int64, several bool) string {
	if !several {
		return id
	}
	n := strconv.FormatInt(number, 10)
	if len(n) < 2 {
		n = "0" + n
	}
	return id + "-" + n
}

// placed is an item's ID with what its pictures are called after it.
type placed struct {
	item     int
	variants int64 // combinations; with more than one, their numbers stand behind the ID
	count    int   // with one combination and more than one picture, their numbers do
}

// clash finds an item whose pictures' names may be this item's: "hero" with 12
// variants has a picture "hero-03".
func clash(ids map[string]placed, id string) (other placed, found bool) {
	for i := 1; i < len(id); i++ {
		if id[i] != '-' {
			continue
		}
		other, known := ids[id[:i]]
		if !known {
			continue
		}
		digits, _, _ := strings.Cut(id[i+1:], "-")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 1 {
			continue
		}
		if other.variants > 1 && n <= other.variants && variantID("", n, true) == "-"+digits ||
			other.variants == 1 && n <= int64(other.count) && strconv.FormatInt(n, 10) == digits {
			return other, true
		}
	}
	return placed{}, false
}
