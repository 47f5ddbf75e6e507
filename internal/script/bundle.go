package script

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"
)

// A bundle is a user's file with all the files that it imports, as one
// CommonJS module.
type bundle struct {
	Source string  `json:"source"`
	Needs  []Need  `json:"needs"`  // why the embedded engine can't run it
	Thrown *Thrown `json:"thrown"` // why it is no JavaScript
}

// bundleRequest asks for a file, or for what inline code needs.
type bundleRequest struct {
	Dir  string `json:"dir"`
	File string `json:"file,omitempty"`
	Node bool   `json:"node,omitempty"` // the bundle is for node
	Code Code   `json:"code"`
}

// bundleFrame answers the request for a bundle.
func bundleFrame(f frame) (answer frame) {
	defer func() {
		if x := recover(); x != nil {
			answer = reply(f.id, "fault", fmt.Sprintf("bundling failed: %v", x))
		}
	}()
	var r bundleRequest
	if err := json.Unmarshal(f.body, &r); err != nil {
		return reply(f.id, "fault", err.Error())
	}
	if r.File == "" {
		return reply(f.id, "ok", inlineNeeds(r.Code))
	}
	if r.Node {
		return reply(f.id, "ok", bundleForNode(r.Dir, r.File))
	}
	return reply(f.id, "ok", bundleFile(r.Dir, r.File))
}

func bundleFile(dir, file string) bundle {
	seen := &imports{dir: dir}
	r := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(dir, file)}, AbsWorkingDir: dir, Outdir: dir,
		Bundle: true, Write: false, Format: api.FormatCommonJS, Platform: api.PlatformNode, Target: api.ES2017,
		LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8, Define: nodeNames(), Supported: engineSyntax(),
		Plugins: []api.Plugin{{Name: "imports", Setup: seen.setup}},
	})
	if len(r.Errors) > 0 {
		return seen.failed(r.Errors)
	}
	slices.SortFunc(seen.needs, func(a, b Need) int { return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line) })
	b := bundle{Needs: seen.needs}
	for _, out := range r.OutputFiles {
		if strings.HasSuffix(out.Path, ".js") {
			b.Source = string(out.Contents)
		}
	}
	if len(b.Source) > maxResult {
		return bundle{Needs: []Need{{Reason: fmt.Sprintf("%d MB of script", len(b.Source)>>20), File: file, Line: 1}}}
	}
	files := seen.files
	b.Needs = append(b.Needs, engineNeeds(b.Source, Code{Kind: KindFile, Source: b.Source}, func(name string) (string, int) {
		for _, f := range files {
			if line := lineOf(f, name); line > 0 {
				return relative(dir, f), line
			}
		}
		return file, 0
	})...)
	return b
}

// bundleForNode leaves to node what node has.
func bundleForNode(dir, file string) bundle {
	r := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(dir, file)}, AbsWorkingDir: dir, Outdir: dir,
		Bundle: true, Write: false, Format: api.FormatCommonJS, Platform: api.PlatformNode, Packages: api.PackagesExternal,
		Engines: []api.Engine{{Name: api.EngineNode, Version: "18"}}, LogLevel: api.LogLevelSilent, Charset: api.CharsetUTF8,
		Banner: map[string]string{"js": `const __genopsURL = require("url").pathToFileURL(__filename).href;`},
		Define: map[string]string{"import.meta.url": "__genopsURL", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename"},
	})
	if len(r.Errors) > 0 {
		m, where, line := r.Errors[0], file, 0
		if m.Location != nil {
			where, line = m.Location.File, m.Location.Line
		}
		return bundle{Thrown: &Thrown{Name: "SyntaxError", Message: fmt.Sprintf("%s:%d: %s", where, line, m.Text)}}
	}
	for _, out := range r.OutputFiles {
		if strings.HasSuffix(out.Path, ".js") {
			return bundle{Source: string(out.Contents)}
		}
	}
	return bundle{}
}

// failed tells what needs node from what is wrong.
func (i *imports) failed(errs []api.Message) bundle {
	m := errs[0]
	where, line := "", 0
	if m.Location != nil {
		where, line = m.Location.File, m.Location.Line
	}
	if strings.Contains(m.Text, "op-level await") || strings.Contains(m.Text, "No loader is configured") {
		reason, _, _ := strings.Cut(m.Text, " is not available")
		return bundle{Needs: []Need{{Reason: reason, File: where, Line: line}}}
	}
	return bundle{Thrown: &Thrown{Name: "SyntaxError", Message: fmt.Sprintf("%s:%d: %s", where, line, m.Text)}}
}

// imports collects what a file imports that is no file of the user's.
type imports struct {
	dir   string
	mu    sync.Mutex
	needs []Need
	files []string // that belong to the bundle
	seen  map[string]bool
}

// setup watches esbuild resolve and load. Its callbacks run side by side.
func (i *imports) setup(b api.PluginBuild) {
	i.seen = map[string]bool{}
	b.OnResolve(api.OnResolveOptions{Filter: `^[^./\\]`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		if a.Kind == api.ResolveEntryPoint || filepath.IsAbs(a.Path) || strings.HasPrefix(a.Path, "#") || a.PluginData == lookingUp {
			return api.OnResolveResult{}, nil
		}
		missing := a.Kind == api.ResolveJSImportStatement && !found(b, a)
		i.mu.Lock()
		defer i.mu.Unlock()
		if key := a.Importer + "\x00" + a.Path; !i.seen[key] {
			i.seen[key] = true
			i.needs = append(i.needs, Need{Reason: fmt.Sprintf("imports %q", a.Path), File: relative(i.dir, a.Importer), Line: importLine(a.Importer, a.Path), Missing: missing})
		}
		return api.OnResolveResult{Path: a.Path, External: true}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "file"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.files = append(i.files, a.Path)
		return api.OnLoadResult{}, nil
	})
}

// lookingUp marks a question about an import that is no import itself.
const lookingUp = "looking up"

// found says whether an import is a module of node's, an installed package, or a
// name of the user's own for a file.
func found(b api.PluginBuild, a api.OnResolveArgs) bool {
	r := b.Resolve(a.Path, api.ResolveOptions{Importer: a.Importer, ResolveDir: a.ResolveDir, Kind: a.Kind, PluginData: lookingUp})
	return len(r.Errors) == 0 || strings.HasPrefix(a.Path, "node:")
}

func relative(dir, file string) string {
	if rel, err := filepath.Rel(dir, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}

// export runs a module and returns the function that it exports: the named
// one, else the module itself or its default.
func (m *machine) export(module goja.Callable, p *compiled) (goja.Callable, error) {
	holder, exports := m.vm.NewObject(), m.vm.NewObject()
	if err := holder.Set("exports", exports); err != nil {
		return nil, err
	}
	require := m.vm.ToValue(m.refuses("require", func(call goja.FunctionCall) string {
		return fmt.Sprintf("require(%q)", shorten(call.Argument(0).String()))
	}))
	_, err := module(exports, exports, require, holder, m.vm.ToValue(p.code.File), m.vm.ToValue(p.code.Dir))
	if err != nil {
		return nil, err
	}
	made := holder.Get("exports")
	o, ok := made.(*goja.Object)
	if !ok {
		return nil, notExported(p.code, nil)
	}
	inner, _ := o.Get("default").(*goja.Object)
	if p.code.Value {
		if v := exportedValue(o, inner, p.code.Function); v != nil {
			return func(goja.Value, ...goja.Value) (goja.Value, error) { return v, nil }, nil
		}
	}
	if name := p.code.Function; name != "" {
		for _, from := range []*goja.Object{o, inner} {
			if from == nil {
				continue
			}
			if fn, ok := goja.AssertFunction(from.Get(name)); ok {
				return fn, nil
			}
		}
		return nil, notExported(p.code, append(o.Keys(), keys(inner)...))
	}
	if fn, ok := goja.AssertFunction(o); ok {
		return fn, nil
	}
	if inner != nil {
		if fn, ok := goja.AssertFunction(inner); ok {
			return fn, nil
		}
		if fn, ok := goja.AssertFunction(inner.Get("default")); ok {
			return fn, nil
		}
	}
	return nil, notExported(p.code, append(o.Keys(), keys(inner)...))
}

// exportedValue is what a module exports that is no function: by name, else the
// default, else the module; nil when that is a function, or absent.
func exportedValue(module, inner *goja.Object, name string) goja.Value {
	var v goja.Value = module
	switch {
	case name != "":
		if v = module.Get(name); v == nil && inner != nil {
			v = inner.Get(name)
		}
	case inner != nil:
		if v = inner; inner.Get("default") != nil {
			v = inner.Get("default")
		}
	}
	if _, isFunction := goja.AssertFunction(v); v == nil || isFunction {
		return nil
	}
	return v
}

func keys(o *goja.Object) []string {
	if o == nil {
		return nil
	}
	return o.Keys()
}

func notExported(c Code, have []string) error {
	what := "no function, neither as module.exports nor as default"
	if c.Function != "" {
		what = fmt.Sprintf("no function %q", c.Function)
	}
	has := "nothing"
	if len(have) > 0 {
		has = strings.Join(have[:min(len(have), 20)], ", ")
	}
	return fmt.Errorf("%s exports %s; it exports %s", c.File, what, shorten(has))
}
