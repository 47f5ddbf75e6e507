package project

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

// made is what a script made, with references in the place of functions. Where it
// holds providers all of it is called in node, since they share what it remembers.
func (l *loader) made(v any, by Code, args []Arg) *tree {
	proto := jsvalue.Foreign{File: by.Path, Function: by.Function}
	if by.Kind == "package" {
		proto.Package = by.Source
	}
	if len(args) > 0 {
		proto.Given = args[0].Value
	}
	t := fromValue(script.Functions(v, proto), by.Place)
	node := by.Kind == "package" || holdsProviders(t, false)
	place := l.places(by)
	var walk func(*tree)
	walk = func(t *tree) {
		if f, ok := t.function(); ok {
			f.Node = node
			t.Place = place(f.Source)
		}
		if s, ok := t.text(); ok && (strings.HasPrefix(s, "file://") || strings.HasPrefix(s, "package:")) {
			t.Place = place(s)
		}
		for _, x := range t.items {
			walk(x)
		}
		for _, k := range t.keys {
			walk(t.fields[k])
		}
	}
	walk(t)
	return t
}

// holdsProviders says whether a value of a script holds providers: objects with
// methods, and functions where a provider stands.
func holdsProviders(t *tree, expected bool) bool {
	if f, ok := t.function(); ok {
		return f.Provider || expected
	}
	if slices.ContainsFunc(t.items, func(x *tree) bool { return holdsProviders(x, expected) }) {
		return true
	}
	return slices.ContainsFunc(t.keys, func(k string) bool {
		return holdsProviders(t.fields[k], k == "providers" || k == "targets" || k == "provider")
	})
}

// functionIn is the first function in a value; nil when there is none.
func functionIn(t *tree) *tree {
	if t == nil {
		return nil
	}
	if _, is := t.function(); is {
		return t
	}
	for _, x := range t.items {
		if f := functionIn(x); f != nil {
			return f
		}
	}
	for _, k := range t.keys {
		if f := functionIn(t.fields[k]); f != nil {
			return f
		}
	}
	return nil
}

// places finds the line of a function, by the beginning of its text, or of a path;
// 0 where that is not told apart.
func (l *loader) places(by Code) func(start string) Place {
	if by.Kind != "file" {
		return func(string) Place { return by.Place }
	}
	bare, lines := bareScript(l.texts[by.Path])
	return func(start string) Place {
		at := Place{l.show(by.Path), 0}
		want, _ := bareScript(start)
		for _, n := range []int{len(want), 40, 20} {
			some := want[:min(n, len(want))]
			if i := strings.Index(bare, some); some != "" && i >= 0 && i == strings.LastIndex(bare, some) {
				at.Line = lines[i]
				break
			}
		}
		return at
	}
}

// bareScript is a script without what a bundler may change: blanks and the kind of
// quotes; with the line of each byte.
func bareScript(text string) (bare string, lines []int) {
	var b strings.Builder
	line := 1
	for i := range len(text) {
		switch c := text[i]; c {
		case '\n':
			line++
		case ' ', '\t', '\r', ';', ',':
		case '\'', '`':
			b.WriteByte('"')
			lines = append(lines, line)
		default:
			b.WriteByte(c)
			lines = append(lines, line)
		}
	}
	return b.String(), lines
}

// foreign is the code that calls a function of a script.
func (l *loader) foreign(t *tree, f *jsvalue.Foreign) Code {
	kind := "file"
	if f.Package != "" {
		kind = "package"
	}
	return Code{Place: t.Place, Language: "javascript", Kind: kind, Path: f.File, Source: f.Package, Function: f.Function, Foreign: f}
}

// packageCode is the code that package:NAME:EXPORT names; ok is false when a text
// is none. The package must be installed.
func (l *loader) packageCode(at Place, key, s, purpose string) (c Code, ok bool) {
	rest, ok := strings.CutPrefix(s, "package:")
	if !ok {
		return c, false
	}
	name, export, _ := strings.Cut(rest, ":")
	export, _, _ = strings.Cut(export, ":")
	if name == "" || export == "" {
		l.fail(at, key, "%q: write package:NAME:EXPORT", s)
		return c, true
	}
	c = Code{Place: at, Language: "javascript", Kind: "package", Path: l.dir, Source: name, Function: export}
	if !packageThere(l.dir, name) {
		l.fail(at, key, "the package %s is not installed: there is no node_modules/%s beside the configuration or above it", name, name)
		return c, true
	}
	l.starts(c, purpose)
	return c, true
}

// packageThere looks for a package as node does.
func packageThere(dir, name string) bool {
	for {
		if fileExists(filepath.Join(dir, "node_modules", filepath.FromSlash(name), "package.json")) {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}

// functionProvider is a provider that is a function, or an object with methods, of
// a script. nth is its place in the list of providers, -1 for none.
func (l *loader) functionProvider(t *tree, f *jsvalue.Foreign, key string, nth int) Provider {
	own := fromValue(f.Own, t.Place)
	if !own.isObject() {
		own.fields = map[string]*tree{}
	}
	p := Provider{Place: t.Place, Label: own.word("label"), Config: own.get("config").object(), DelayMS: l.number(own, key, "delay"), isObject: f.Provider, Unlabeled: own.get("label") == nil}
	p.ID = own.word("id")
	if p.ID == "" {
		if p.ID = p.Label; p.ID == "" {
			p.ID = "custom-function"
			if nth >= 0 {
				p.ID += "-" + strconv.Itoa(nth)
			}
		}
	}
	if tr := own.get("transform"); tr != nil {
		if g, ok := tr.function(); ok {
			g.Node = f.Node
		}
		p.Transform = l.transform(tr, key+".transform", l.dir)
	}
	c := l.foreign(t, f)
	l.starts(c, "provider")
	p.Call = Call{Kind: CallScript, Code: c}
	return p
}
