package pipeline

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Kinds of packs.
const (
	StylePack = "style"
	MoodPack  = "mood"
)

// maxKeywords bounds the keywords of a pack, and those of one prompt.
const maxKeywords = 12

// DefaultKeywords is how many keywords of stimulus a prompt gets.
const DefaultKeywords = 6

// Pack is a directional stimulus: what a style or a mood adds to a prompt.
type Pack struct {
	Name      string     `yaml:"-" json:"name"`
	Kind      string     `yaml:"-" json:"kind"` // StylePack or MoodPack
	From      string     `yaml:"-" json:"from"` // its file; "" = built in
	About     string     `yaml:"about" json:"about"`
	Extends   string     `yaml:"extends" json:"extends,omitempty"` // pack of the same kind whose fields stand in for those left out
	Say       string     `yaml:"say" json:"say"`                   // what it is called in a prompt
	Also      []string   `yaml:"also" json:"also,omitempty"`       // further names
	Keywords  []string   `yaml:"keywords" json:"keywords"`         // at most 12
	Lighting  []string   `yaml:"lighting" json:"lighting,omitempty"`
	Camera    []string   `yaml:"camera" json:"camera,omitempty"`
	Palette   [][]string `yaml:"palette" json:"palette,omitempty"`
	Negative  []string   `yaml:"negative" json:"negative,omitempty"`
	Conflicts []string   `yaml:"conflicts" json:"conflicts,omitempty"` // names of packs, or words, that it does not go with
	Without   []string   `yaml:"without" json:"without,omitempty"`     // fields that mean nothing with it
	Line      int        `yaml:"-" json:"-"`
}

// Packs are the packs that a project has. They are read-only and safe for
// concurrent use.
type Packs struct {
	all       []*Pack          // styles first, each kind sorted by name
	named     map[string]*Pack // by kind and folded name
	opposites *opposites
}

//go:embed packs/styles.yaml packs/moods.yaml packs/opposites.yaml
var packFiles embed.FS

// PacksDir is where a project has its own packs.
const PacksDir = "packs"

// BuiltInPacks are the packs that need no project.
var BuiltInPacks = sync.OnceValues(func() (*Packs, error) {
	p := &Packs{named: map[string]*Pack{}}
	var err error
	for _, name := range []string{"packs/styles.yaml", "packs/moods.yaml"} {
		data, _ := packFiles.ReadFile(name) // embedded
		err = errors.Join(err, p.read(name, "", data))
	}
	data, _ := packFiles.ReadFile("packs/opposites.yaml")
	var more error
	p.opposites, more = readOpposites("packs/opposites.yaml", data)
	p.index()
	return p, errors.Join(err, more)
})

// LoadPacks reads the packs of a project, packs/*.yaml below its folder, on top
// of the built-in ones. Errors are one or more *config.Error.
func LoadPacks(project fs.FS) (*Packs, error) {
	base, err := BuiltInPacks()
	if err != nil || project == nil {
		return base, err
	}
	var files []string
	for _, form := range []string{"*.yaml", "*.yml"} {
		found, err := fs.Glob(project, path.Join(PacksDir, form))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return base, nil
	}
	slices.Sort(files)
	p := &Packs{all: slices.Clone(base.all), named: map[string]*Pack{}, opposites: base.opposites}
	for _, name := range files {
		data, err := fs.ReadFile(project, name)
		if err == nil {
			err = p.read(name, name, data)
		}
		if err != nil {
			return nil, err
		}
	}
	p.index()
	return p, nil
}

// read adds the packs of a file; one of a known name takes its place.
func (p *Packs) read(file, from string, data []byte) error {
	var document struct {
		Styles map[string]*Pack `yaml:"styles"`
		Moods  map[string]*Pack `yaml:"moods"`
	}
	if err := config.Decode(file, data, &document); err != nil {
		return err
	}
	var errs []*config.Error
	var all []*Pack
	for i, packs := range []map[string]*Pack{document.Styles, document.Moods} {
		kind := []string{StylePack, MoodPack}[i]
		for name, pack := range packs {
			if pack == nil {
				errs = append(errs, &config.Error{File: file, Key: kind + "s." + name, Msg: "the pack is empty"})
				continue
			}
			pack.Name, pack.Kind, pack.From = name, kind, from
			all = append(all, pack)
		}
	}
	slices.SortFunc(all, func(a, b *Pack) int { // as they are written: one may begin with one before it
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Name, b.Name))
	})
	for _, pack := range all {
		errs = append(errs, p.add(file, pack)...)
	}
	return config.Join(errs)
}

func (p *Packs) add(file string, pack *Pack) (errs []*config.Error) {
	bad := func(format string, args ...any) {
		errs = append(errs, &config.Error{File: file, Line: pack.Line, Key: pack.Kind + "s." + pack.Name, Msg: fmt.Sprintf(format, args...)})
	}
	if pack.Name == "" || slug(pack.Name, maxID) != pack.Name {
		bad("a pack's name has letters a-z, digits and -")
	}
	if pack.Extends != "" {
		base := p.find(pack.Kind, pack.Extends)
		if base == nil {
			bad("extends the unknown pack %s%s", config.Shorten(pack.Extends), didYouMean(pack.Extends, p.names(pack.Kind), "known"))
			return errs
		}
		pack.extend(base)
	}
	if pack.Say == "" {
		pack.Say = strings.ReplaceAll(pack.Name, "-", " ")
	}
	clean := func(field string, list []string) {
		for i, w := range list {
			plain, err := bounded(w, maxWord)
			if err == nil && plain == "" {
				err = errors.New("an entry is empty")
			}
			if err != nil {
				bad("%s: %v", field, err)
			}
			list[i] = plain
		}
	}
	for i, list := range [][]string{{pack.Say}, pack.Also, pack.Keywords, pack.Lighting, pack.Camera, pack.Negative, pack.Conflicts} {
		clean([]string{"say", "also", "keywords", "lighting", "camera", "negative", "conflicts"}[i], list)
	}
	for _, list := range pack.Palette {
		clean("palette", list)
	}
	pack.Say, pack.About = PlainText(pack.Say), PlainText(pack.About)
	if len(pack.Keywords) > maxKeywords {
		bad("%d keywords; at most %d are taken", len(pack.Keywords), maxKeywords)
	}
	for _, field := range pack.Without {
		if known := []string{"lighting", "camera", "palette"}; !slices.Contains(known, field) {
			bad("without: unknown field %s%s", config.Shorten(field), didYouMean(field, known, "known"))
		}
	}
	p.all = slices.DeleteFunc(p.all, func(other *Pack) bool { return other.Kind == pack.Kind && other.Name == pack.Name })
	p.all = append(p.all, pack)
	return errs
}

// extend takes over what the pack leaves out.
func (pack *Pack) extend(base *Pack) {
	or(&pack.About, base.About)
	or(&pack.Say, base.Say)
	for _, l := range []struct{ to, from *[]string }{{&pack.Keywords, &base.Keywords}, {&pack.Lighting, &base.Lighting}, {&pack.Camera, &base.Camera},
		{&pack.Negative, &base.Negative}, {&pack.Conflicts, &base.Conflicts}, {&pack.Without, &base.Without}} {
		if *l.to == nil {
			*l.to = slices.Clone(*l.from)
		}
	}
	if pack.Palette == nil {
		for _, colours := range base.Palette {
			pack.Palette = append(pack.Palette, slices.Clone(colours))
		}
	}
}

// index sorts the packs and makes them found by all their names; a pack's own
// name goes before another's further ones.
func (p *Packs) index() {
	slices.SortFunc(p.all, func(a, b *Pack) int {
		return cmp.Or(-strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	for _, pack := range p.all {
		for _, name := range append(pack.Also, pack.Say) {
			if key := packKey(pack.Kind, name); p.named[key] == nil {
				p.named[key] = pack
			}
		}
	}
	for _, pack := range p.all {
		p.named[packKey(pack.Kind, pack.Name)] = pack
	}
}

func packKey(kind, name string) string { return kind + " " + slug(name, 2*maxID) }

// find looks for a pack by its name alone, while packs are still being read.
func (p *Packs) find(kind, name string) *Pack {
	for _, pack := range p.all {
		if pack.Kind == kind && pack.Name == name {
			return pack
		}
	}
	return nil
}

// Find returns the pack of a kind by one of its names, whatever their case,
// blanks and hyphens; nil when there is none.
func (p *Packs) Find(kind, name string) *Pack { return p.named[packKey(kind, name)] }

// List returns the packs, styles first, sorted by name. They must not be
// changed.
func (p *Packs) List() []*Pack { return p.all }

// names lists the names of a kind.
func (p *Packs) names(kind string) (names []string) {
	for _, pack := range p.all {
		if pack.Kind == kind {
			names = append(names, pack.Name)
		}
	}
	return names
}
