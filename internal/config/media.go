package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Paths of the configuration of media runs, below the project's folder.
const (
	MediaFile      = "config/pipeline.yaml"
	GeneratorsFile = "config/generators.json"
)

// Media is what config/pipeline.yaml says: the defaults of `genops generate`.
type Media struct {
	Generators []string        `yaml:"generators"` // names in config/generators.json, or of built-in ones
	Spread     bool            `yaml:"spread"`     // each item is made by one of them, in turn, instead of by each
	MinSuccess MediaMinSuccess `yaml:"min_success"`
	Optimize   MediaOptimize   `yaml:"optimize"`
	Synthesize MediaSynthesize `yaml:"synthesize"`
	Assure     MediaAssure     `yaml:"assure"`
	Deliver    MediaDeliver    `yaml:"deliver"`
	Database   string          `yaml:"database_env"` // name of the variable with the Postgres URL; "" = one process, files
}

// MediaMinSuccess is the share of a layer's items that must succeed for the
// next layer to begin, in [0,1].
type MediaMinSuccess struct {
	Synthesize float64 `yaml:"synthesize"`
	Assure     float64 `yaml:"assure"`
}

// MediaOptimize holds the defaults of layer 1.
type MediaOptimize struct {
	Strict   bool   `yaml:"strict"`   // what a provider can't express is an error
	Stimulus string `yaml:"stimulus"` // packs | none | a chat model such as openai:gpt-5.4-mini
}

// MediaSynthesize holds the defaults of layer 2.
type MediaSynthesize struct {
	Ambiguous string        `yaml:"ambiguous"` // hold | retry: calls of which nobody can say what became of them
	Retries   int           `yaml:"retries"`   // 0..20 repeats of one call
	Timeout   time.Duration `yaml:"timeout"`   // > 0: of one call
	Reuse     bool          `yaml:"reuse"`     // take assets of equal requests from earlier runs
	BudgetUSD float64       `yaml:"budget_usd"`
	Pilot     int           `yaml:"pilot"` // items that are made and judged before all others; 0 = none
}

// MediaAssure holds the defaults of layer 3.
type MediaAssure struct {
	Rules  []string `yaml:"rules"`  // over findings: "pass_rate>=0.95"
	Alpha  float64  `yaml:"alpha"`  // in (0,0.5]
	Policy string   `yaml:"policy"` // file of policy rules; "" = the built-in ones
}

// MediaDeliver holds the defaults of layer 4.
type MediaDeliver struct {
	To     string `yaml:"to"`     // a folder, or cdn; "" = ./out/RUN
	Prompt string `yaml:"prompt"` // full | hash | none: how much of the prompt the manifests beside the assets tell
}

// Generator is one entry of config/generators.json.
type Generator struct {
	Kind      string            `yaml:"kind"` // procedural, comfyui, openai_images, process
	URL       string            `yaml:"url"`
	APIKeyEnv string            `yaml:"api_key_env"` // name of the environment variable that holds the key
	Model     string            `yaml:"model"`
	Workflow  string            `yaml:"workflow"`   // ComfyUI: file in API format; "" = the built-in one
	Slots     map[string]string `yaml:"slots"`      // ComfyUI: slot → node title or NODE.input
	Output    string            `yaml:"output"`     // ComfyUI: node whose image is taken
	Command   []string          `yaml:"command"`    // process: the program and its arguments, from the project's folder
	Env       map[string]string `yaml:"env"`        // process: added to the environment
	Lines     bool              `yaml:"lines"`      // process: it stays, and takes one job a line
	Params    map[string]any    `yaml:"params"`     // defaults of --param
	Width     int               `yaml:"width"`      // 1..1000 calls in flight at first; 0 = the kind's own
	PerMinute float64           `yaml:"per_minute"` // calls that may go out in a minute; 0 = no limit
	Timeout   time.Duration     `yaml:"timeout"`    // of one call; 0 = synthesize.timeout
	PriceUSD  *float64          `yaml:"price_usd"`  // of one asset, where the price list can't know it
	Free      *bool             `yaml:"free"`       // a repeat costs nothing, so stragglers may be sent twice
	Line      int               `yaml:"-"`
}

func mediaDefaults() Media {
	return Media{
		Generators: []string{"procedural"},
		Optimize:   MediaOptimize{Stimulus: "packs"},
		Synthesize: MediaSynthesize{Ambiguous: "hold", Retries: 3, Timeout: 10 * time.Minute},
		Assure:     MediaAssure{Alpha: 0.05},
		Deliver:    MediaDeliver{Prompt: "full"},
	}
}

// LoadMedia reads config/pipeline.yaml of the project at root; without the file
// all is as by default.
func LoadMedia(root string) (*Media, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(MediaFile)))
	if errors.Is(err, fs.ErrNotExist) {
		m := mediaDefaults()
		return &m, nil
	}
	if err != nil {
		return nil, err
	}
	return parseMedia(data)
}

func parseMedia(data []byte) (*Media, error) {
	m := mediaDefaults()
	document := struct {
		Pipeline *Media `yaml:"pipeline"`
	}{&m}
	lines, err := decode(&decoder{file: MediaFile, top: "pipeline", lines: map[string]int{}}, data, &document)
	if err != nil {
		return nil, err
	}
	return &m, m.check(lines)
}

func (m *Media) check(lines map[string]int) error {
	var errs []*Error
	for _, l := range []leaf{
		{"generators", nil, append(names(m.Generators), unless(len(m.Generators) > 0, "[]: at least one is needed")...)},
		{"min_success.synthesize", nil, share(m.MinSuccess.Synthesize)},
		{"min_success.assure", nil, share(m.MinSuccess.Assure)},
		{"synthesize.ambiguous", nil, oneOf(m.Synthesize.Ambiguous, "hold", "retry")},
		{"synthesize.retries", nil, within(m.Synthesize.Retries, 0, 20)},
		{"synthesize.timeout", nil, unless(m.Synthesize.Timeout > 0, "%v: must be more than 0s", m.Synthesize.Timeout)},
		{"synthesize.budget_usd", nil, unless(m.Synthesize.BudgetUSD >= 0, "%v: must be 0 (no budget) or more", m.Synthesize.BudgetUSD)},
		{"synthesize.pilot", nil, unless(m.Synthesize.Pilot >= 0, "%v: must be 0 (no pilot) or more", m.Synthesize.Pilot)},
		{"assure.alpha", nil, unless(m.Assure.Alpha > 0 && m.Assure.Alpha <= 0.5, "%v: must be more than 0 and at most 0.5", m.Assure.Alpha)},
		{"deliver.prompt", nil, oneOf(m.Deliver.Prompt, "full", "hash", "none")},
		{"database_env", nil, unless(m.Database == "" || isEnvName(m.Database), "must be the name of an environment variable, never the URL itself")},
	} {
		for _, p := range l.problems {
			errs = append(errs, &Error{File: MediaFile, Line: lines[l.key], Key: l.key, Msg: p.msg})
		}
	}
	return Join(errs)
}

func share(x float64) []problem { return unless(x >= 0 && x <= 1, "%v: must be in 0..1", x) }

func isEnvName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" && (s[0] < '0' || s[0] > '9')
}

// GeneratorKinds are the kinds of generators that an entry may have.
func GeneratorKinds() []string { return []string{"procedural", "comfyui", "openai_images", "process"} }

// LoadGenerators reads config/generators.json of the project at root; without
// the file there are none but the built-in ones. ${NAME} in a URL stands for an
// environment variable.
func LoadGenerators(root string, getenv func(string) string) (map[string]Generator, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(GeneratorsFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseGenerators(data, getenv)
}

func parseGenerators(data []byte, getenv func(string) string) (map[string]Generator, error) {
	var document struct {
		Generators map[string]Generator `yaml:"generators"`
	}
	lines, err := DecodeLines(GeneratorsFile, spaces(data), &document)
	if err != nil {
		return nil, jsonError(data, err)
	}
	var errs []*Error
	for name, g := range document.Generators {
		errs = append(errs, g.check(name, lines)...)
		g.URL = os.Expand(g.URL, getenv)
		document.Generators[name] = g
	}
	slices.SortFunc(errs, func(a, b *Error) int { return a.Line - b.Line })
	return document.Generators, Join(errs)
}

func (g Generator) check(name string, lines map[string]int) (errs []*Error) {
	bad := func(key, format string, args ...any) {
		path := "generators." + name
		if key != "" {
			path += "." + key
		}
		line := lines[path]
		if line == 0 {
			line = g.Line
		}
		errs = append(errs, &Error{File: GeneratorsFile, Line: line, Key: path, Msg: fmt.Sprintf(format, args...)})
	}
	switch {
	case g.Kind == "":
		bad("", "kind is missing; known: %s", strings.Join(GeneratorKinds(), ", "))
	case !slices.Contains(GeneratorKinds(), g.Kind):
		near := ""
		if n := Nearest(g.Kind, GeneratorKinds()); n != "" {
			near = fmt.Sprintf("did you mean %q? ", n)
		}
		bad("kind", "unknown kind %q (%sknown: %s)", g.Kind, near, strings.Join(GeneratorKinds(), ", "))
	case g.Kind == "process" && (len(g.Command) == 0 || g.Command[0] == ""):
		bad("command", "command is missing: the program and its arguments")
	}
	if g.Width < 0 || g.Width > 1000 {
		bad("width", "%d: must be between 1 and 1000", g.Width)
	}
	if !(g.PerMinute >= 0) || math.IsInf(g.PerMinute, 1) {
		bad("per_minute", "%v: must be a number of calls", g.PerMinute)
	}
	if g.PriceUSD != nil && (!(*g.PriceUSD >= 0) || math.IsInf(*g.PriceUSD, 1)) {
		bad("price_usd", "%v: must be 0 or more", *g.PriceUSD)
	}
	if g.APIKeyEnv != "" && !isEnvName(g.APIKeyEnv) {
		bad("api_key_env", "must be the name of an environment variable, never the key itself")
	}
	return errs
}

// jsonError is the error of a file that is not even JSON, with the line where it
// breaks, which YAML tells less well; else err.
func jsonError(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(data, new(any)), &syntax) {
		return err
	}
	at := min(int(syntax.Offset), len(data))
	return &Error{File: GeneratorsFile, Line: 1 + bytes.Count(data[:at], []byte("\n")), Msg: "invalid JSON: " + syntax.Error()}
}

// spaces replaces the tabs that indent JSON, which YAML does not allow.
func spaces(data []byte) []byte {
	lines := bytes.SplitAfter(data, []byte("\n"))
	for i, line := range lines {
		n := len(line) - len(bytes.TrimLeft(line, " \t"))
		if bytes.IndexByte(line[:n], '\t') >= 0 {
			lines[i] = append(bytes.Repeat([]byte(" "), n), line[n:]...)
		}
	}
	return bytes.Join(lines, nil)
}
