package project

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// readProviders reads providers or targets, or those of the command line.
func (l *loader) readProviders() {
	list, key := l.root.get("providers"), "providers"
	if targets := l.root.get("targets"); targets != nil {
		if list != nil {
			l.fail(targets.Place, "targets", "targets is another name of providers; write one of them")
		}
		list, key = targets, "targets"
	}
	configured := l.providers(list, key)
	if len(l.opt.Providers) == 0 {
		l.project.Providers = configured
	} else {
		l.project.Providers = l.chosenProviders(configured)
	}
	if len(l.project.Providers) == 0 && !l.failedAt(key) {
		l.fail(l.root.Place, key, "there is no provider")
	}
}

// chosenProviders finds those of the command line: by id, by label, by the end of
// the id; others are new.
func (l *loader) chosenProviders(configured []Provider) (all []Provider) {
	at := Place{"--providers", 0}
	for _, name := range l.opt.Providers {
		found := -1
		for _, same := range []func(p *Provider) bool{
			func(p *Provider) bool { return p.ID == name },
			func(p *Provider) bool { return p.Label == name },
			func(p *Provider) bool { return strings.HasSuffix(p.ID, ":"+name) },
		} {
			for i := range configured {
				if found < 0 && same(&configured[i]) {
					found = i
				}
			}
		}
		if found >= 0 {
			all = append(all, configured[found])
			continue
		}
		all = append(all, l.providerOf(&tree{Place: at, scalar: name}, "providers", workingDir())...)
	}
	return all
}

func (l *loader) providers(t *tree, key string) (all []Provider) {
	if t.isObject() {
		l.fail(t.Place, key, "expected a list, found an object")
		return nil
	}
	for i, x := range l.oneOrMany(t) {
		at := key
		if t.list {
			at = fmt.Sprintf("%s[%d]", key, i)
			if f, ok := x.function(); ok {
				all = append(all, l.functionProvider(x, f, at, i))
				continue
			}
		}
		all = append(all, l.providerOf(x, at, l.dir)...)
	}
	return all
}

// providerOf reads an id, an object with an id, {id: options}, or a file of them.
func (l *loader) providerOf(t *tree, key, base string) []Provider {
	if f, ok := t.function(); ok {
		return []Provider{l.functionProvider(t, f, key, -1)}
	}
	if s, ok := t.text(); ok {
		if path, isFile := providerFile(s); isFile {
			return l.providersIn(t, path, key, base)
		}
		p := l.provider(s, &tree{Place: t.Place, fields: map[string]*tree{}}, key, base)
		if c := p.Call.Code; p.Call.Kind == CallPython || p.Call.Kind == CallRuby { // what promptfoo makes of a path
			name, err := filepath.Rel(base, c.Path)
			if err != nil {
				name = c.Path
			}
			p.Shown = p.Call.Kind + ":" + filepath.ToSlash(name) + ":"
			if _, function := splitFunction(s); function != "" {
				p.Shown += function
			} else {
				p.Shown += "default"
			}
		}
		return []Provider{p}
	}
	if !t.isObject() {
		l.fail(t.Place, key, "expected a provider's id, or an object with id, label and config; found %s", t.describe())
		return nil
	}
	if id, ok := t.get("id").text(); ok {
		if path, isFile := providerFile(id); isFile {
			return l.providersIn(t, path, key, base)
		}
		p := l.provider(id, t, key, base)
		p.isObject = true
		return []Provider{p}
	}
	if len(t.keys) == 1 && t.fields[t.keys[0]].isObject() { // {ID: options}
		options := t.fields[t.keys[0]]
		id := options.word("id")
		if id == "" {
			id = t.keys[0]
		}
		p := l.provider(t.keys[0], options, key+"."+t.keys[0], base)
		p.ID, p.isObject = id, true
		return []Provider{p}
	}
	l.fail(t.Place, key, "a provider needs an id, e.g. id: openai:gpt-5.4-mini")
	return nil
}

// providerFile recognises file://x.yaml, a file of providers.
func providerFile(s string) (string, bool) {
	name, ok := strings.CutPrefix(s, "file://")
	if !ok {
		return "", false
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return name, true
	}
	return "", false
}

func (l *loader) providersIn(at *tree, name, key, base string) (all []Provider) {
	path := l.path(base, name)
	t, err := l.parse(path)
	if err != nil {
		l.failErr(at.Place, key, err)
		return nil
	}
	t = t.copy()
	l.deref(t, t, filepath.Dir(path), nil)
	l.renderEnv(t)
	for i, x := range l.oneOrMany(t) {
		if !x.isObject() || x.word("id") == "" {
			l.fail(x.Place, key, "a provider in %s needs an id", name)
			continue
		}
		p := l.provider(x.word("id"), x, fmt.Sprintf("%s[%d]", name, i), base)
		p.isObject = true
		all = append(all, p)
	}
	return all
}

// provider reads one provider's options.
func (l *loader) provider(id string, t *tree, key, base string) Provider {
	l.checkKeys(t, key, known("id", "label", "config", "prompts", "transform", "delay", "env", "inputs", "description", "isTarget"))
	p := Provider{Place: t.Place, ID: id, Label: t.word("label"), Config: &jsvalue.Object{}, DelayMS: l.number(t, key, "delay"), Env: map[string]string{}}
	maps.Copy(p.Env, l.stringMap(l.root.get("env"), "env"))
	maps.Copy(p.Env, l.stringMap(t.get("env"), key+".env"))
	if c := t.get("config"); c != nil {
		if !c.isObject() {
			l.fail(c.Place, key+".config", "expected an object, found %s", c.describe())
		}
		p.Config = c.object()
	}
	p.Prompts = l.stringList(t, key, "prompts")
	if tr := t.get("transform"); tr != nil {
		p.Transform = l.transform(tr, key+".transform", l.dir)
	}
	p.Call = l.translate(id, t.get("config"), t.Place, key, base)
	return p
}

// stringList reads a list of texts; nil when the key is absent.
func (l *loader) stringList(t *tree, path, name string) []string {
	x := t.get(name)
	if x == nil {
		return nil
	}
	out := []string{}
	for _, item := range l.oneOrMany(x) {
		s, ok := item.text()
		if !ok {
			l.fail(item.Place, join(path, name), "expected texts, found %s", item.describe())
			continue
		}
		out = append(out, s)
	}
	return out
}
