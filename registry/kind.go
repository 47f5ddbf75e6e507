package registry

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Kind is a kind of object that a project keeps under versions.
type Kind string

// The kinds, by the names that commands and label refs use.
const (
	KindPrompt  Kind = "prompt"
	KindAgent   Kind = "agent"
	KindModel   Kind = "model"
	KindTestSet Kind = "testset"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{KindPrompt, KindAgent, KindModel, KindTestSet} }

// Dir is the kind's folder in a project, and the first part of its version
// tags: "prompts".
func (k Kind) Dir() string { return string(k) + "s" }

// endings are those of the kind's files, the usual one first.
func (k Kind) endings() []string {
	switch k {
	case KindPrompt:
		return []string{promptEnding}
	case KindTestSet:
		return []string{".json", ".jsonl", ".yaml", ".yml", ".csv", ".tsv", ".ndjson", ".parquet"}
	}
	return []string{".yaml", ".yml"}
}

// Files are the places of an object's own file in the project, of which the
// first that exists counts.
func (k Kind) Files(name string) []string {
	var all []string
	for _, ending := range k.endings() {
		all = append(all, path.Join(k.Dir(), name+ending))
	}
	return all
}

// quarantineEnding ends the name of a list beside a test set that is none.
const quarantineEnding = ".quarantine.yaml"

// NameOf is the name of the object whose own file has that path in the project,
// with slashes; false when it is no such file: partials and quarantine lists are
// none.
func (k Kind) NameOf(file string) (string, bool) {
	inside, ok := strings.CutPrefix(file, k.Dir()+"/")
	if !ok || k == KindAgent && strings.Contains(inside, "/") || k == KindTestSet && strings.HasSuffix(inside, quarantineEnding) {
		return "", false
	}
	if k == KindPrompt && strings.HasPrefix(path.Base(inside), "_") || hiddenPath(inside) {
		return "", false
	}
	for _, ending := range k.endings() {
		if name, ok := strings.CutSuffix(inside, ending); ok && name != "" && !strings.HasSuffix(name, "/") {
			return Normal(name), true
		}
	}
	return "", false
}

func hiddenPath(p string) bool {
	return strings.HasPrefix(p, ".") || strings.Contains(p, "/.")
}

// Normal is a name in Unicode's form NFC. Names are compared in it, and tags and
// labels are written in it, so that é is one letter wherever the project lies:
// some file systems keep it as two.
func Normal(name string) string { return norm.NFC.String(name) }

// maxName bounds a name in bytes: what git makes of it must fit a file's name.
const maxName = 200

// CheckName says what is wrong with a name, and what is allowed: it has to be
// good for a file, a tag and a label at once. The error is fs.ErrInvalid.
func (k Kind) CheckName(name string) error {
	why := k.badName(name)
	if why == "" {
		return nil
	}
	return &notValid{fmt.Sprintf("%s %s: %s; a name has letters, digits, '.', '_' and '-', with '/' for folders, such as %s",
		k, config.Shorten(name), why, k.example())}
}

func (k Kind) example() string {
	switch k {
	case KindAgent:
		return "ASM-001"
	case KindModel:
		return "fast"
	case KindTestSet:
		return "refunds"
	}
	return "support or billing/refund"
}

func (k Kind) badName(name string) string {
	switch {
	case name == "":
		return "the name is empty"
	case len(name) > maxName:
		return fmt.Sprintf("the name has %d bytes, at most %d are allowed", len(name), maxName)
	case !utf8.ValidString(name):
		return "the name is not UTF-8"
	case strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':':
		return "the name is an absolute path"
	case k == KindAgent && !agentID().MatchString(name):
		return "an agent's ID has letters, digits, '.', '_' and '-' only, at most 100, starting with a letter or digit"
	}
	if i := strings.IndexFunc(name, forbidden); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Sprintf("%q can't stand in a name: git or a file system refuses it", r)
	}
	for part := range strings.SplitSeq(name, "/") {
		if why := badPart(part); why != "" {
			return why
		}
	}
	base := path.Base(name)
	if k == KindPrompt && strings.HasPrefix(base, "_") {
		return "a prompt that begins with '_' is a partial: it has no versions of its own, but is part of those that include it"
	}
	if v, ok := parseVersion(base); ok && v.whole() && strings.HasPrefix(base, "v") {
		return fmt.Sprintf("%q at the end would be taken for a version", base)
	}
	return ""
}

// badPart says what git or a file system has against a part of a name
// (git-check-ref-format).
func badPart(part string) string {
	switch {
	case part == "":
		return "two slashes stand side by side, or one at the end"
	case part == "." || part == "..":
		return fmt.Sprintf("%q leads to another folder", part)
	case part[0] == '.' || part[0] == '-':
		return fmt.Sprintf("%q begins with %q", part, part[0])
	case strings.HasSuffix(part, ".lock"):
		return fmt.Sprintf("%q ends in .lock, which git keeps for itself", part)
	case strings.HasSuffix(part, ".") || strings.Contains(part, ".."):
		return fmt.Sprintf("%q ends in a dot or has two side by side", part)
	}
	return ""
}

// forbidden are characters that git refuses in refs or a file system in names,
// that would steer a terminal, or that separate a name from its version.
func forbidden(r rune) bool {
	return strings.ContainsRune(" ~^:?*[\\@\"<>|", r) || !unicode.IsPrint(r)
}

// notValid is fs.ErrInvalid with words of its own.
type notValid struct{ msg string }

func (e *notValid) Error() string        { return e.msg }
func (e *notValid) Is(target error) bool { return target == fs.ErrInvalid }

// ParseKind reads a kind's name, also in the plural; the error lists all.
func ParseKind(s string) (Kind, error) {
	var known []string
	for _, k := range Kinds() {
		if s == string(k) || s == k.Dir() {
			return k, nil
		}
		known = append(known, string(k))
	}
	return "", fmt.Errorf("unknown kind %s; known: %s", config.Shorten(s), strings.Join(known, ", "))
}

// clean takes the folder and ending from a file's path: prompts/a.prompt is a.
func (k Kind) clean(name string) string {
	if bare, ok := k.NameOf(strings.TrimPrefix(name, "./")); ok {
		return bare
	}
	if ending := path.Ext(name); k == KindTestSet && slices.Contains(k.endings(), ending) {
		name = strings.TrimSuffix(name, ending)
	}
	return Normal(name)
}
