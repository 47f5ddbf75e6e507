package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// exported is one version of a prompt in an export of Langfuse.
type exported struct {
	Name          string          `json:"name"`
	Version       int             `json:"version"`
	Type          string          `json:"type"` // text or chat
	Prompt        json.RawMessage `json:"prompt"`
	Config        map[string]any  `json:"config"`
	Labels        []string        `json:"labels"`
	Tags          []string        `json:"tags"`
	CommitMessage string          `json:"commitMessage"`
	CreatedAt     time.Time       `json:"createdAt"`

	line int
}

// Langfuse plans the import of prompts that were exported from Langfuse: a JSON
// list of versions as its API gives them, an object that holds the list as
// "data" or "prompts", or one version a line. The newest version of each prompt
// becomes its file; all of them are the plan's steps. Labels stay but for
// "latest", which is implied.
func Langfuse(path, shown string) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if data, err = config.UTF8(shown, data); err != nil {
		return nil, err
	}
	all, err := readExport(shown, data)
	if err != nil {
		return nil, err
	}
	l := &langfuse{Plan: &Plan{Source: shown, Format: "langfuse-export"}, file: shown, names: map[string]string{}, taken: names{}}
	l.order(all)
	for i := range l.all {
		l.version(&l.all[i])
	}
	l.newest()
	return l.finish()
}

func readExport(file string, data []byte) ([]exported, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	var all []exported
	for {
		var raw json.RawMessage
		err := d.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		line := 1 + bytes.Count(data[:d.InputOffset()], []byte("\n")) - bytes.Count(raw, []byte("\n"))
		if err != nil {
			var wrong *json.SyntaxError
			if line = 1 + bytes.Count(data, []byte("\n")); errors.As(err, &wrong) {
				line = 1 + bytes.Count(data[:min(int(wrong.Offset), len(data))], []byte("\n"))
			}
			return nil, &config.Error{File: file, Line: line, Msg: "is not JSON: " + err.Error()}
		}
		more, err := exportedIn(raw, line)
		if err != nil {
			return nil, &config.Error{File: file, Line: line, Msg: err.Error()}
		}
		all = append(all, more...)
	}
	if len(all) == 0 {
		return nil, &config.Error{File: file, Msg: "holds no prompts: an export is a list of {\"name\", \"version\", \"type\", \"prompt\", \"labels\", \"config\"}"}
	}
	return all, nil
}

// exportedIn reads one version, a list of them, or an object around a list.
func exportedIn(raw json.RawMessage, line int) ([]exported, error) {
	var around struct {
		Data    json.RawMessage `json:"data"`
		Prompts json.RawMessage `json:"prompts"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		if err := json.Unmarshal(raw, &around); err == nil && (around.Data != nil || around.Prompts != nil) {
			if around.Data == nil {
				around.Data = around.Prompts
			}
			return exportedIn(around.Data, line)
		}
		var one exported
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, err
		}
		one.line = line
		return []exported{one}, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var all []exported
	at := 0
	for _, item := range list {
		i := bytes.Index(raw[at:], item)
		at += max(i, 0)
		one, err := exportedIn(item, line+bytes.Count(raw[:at], []byte("\n")))
		if err != nil {
			return nil, err
		}
		at += len(item)
		all = append(all, one...)
	}
	return all, nil
}

// langfuse is one export under way.
type langfuse struct {
	*Plan
	file  string
	all   []exported        // in the order in which versions were made
	names map[string]string // of Langfuse → of the prompt here
	taken names
}

// order sorts the versions and names the prompts.
func (l *langfuse) order(all []exported) {
	seen := map[string]bool{}
	for _, e := range all {
		key := fmt.Sprintf("%s@%d", e.Name, e.Version)
		switch {
		case e.Name == "" || len(e.Prompt) == 0:
			l.left(l.file, e.line, "an entry", "has no name or no prompt; a list without the prompts' texts can't be imported")
		case e.Version < 1:
			l.left(l.file, e.line, "prompt "+e.Name, "has no version number")
		case seen[key]:
			l.left(l.file, e.line, "prompt "+key, "stands twice in the export; the first was taken")
		default:
			seen[key] = true
			l.all = append(l.all, e)
		}
	}
	slices.SortStableFunc(l.all, func(a, b exported) int {
		if a.Name == b.Name {
			return cmp.Compare(a.Version, b.Version)
		}
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Name, b.Name))
	})
	for _, e := range l.all {
		if _, ok := l.names[e.Name]; !ok {
			l.names[e.Name] = l.taken.take(registry.KindPrompt, e.Name, "prompt")
			if l.names[e.Name] != e.Name {
				l.note("the prompt %q is called %s here", e.Name, l.names[e.Name])
			}
		}
	}
}

// version plans one version.
func (l *langfuse) version(e *exported) {
	what := fmt.Sprintf("prompt %s version %d", e.Name, e.Version)
	name := l.names[e.Name]
	partials := map[string]File{}
	body, err := l.body(e, partials, nil)
	var text []byte
	if err == nil {
		text, err = promptFile(l.front(e), body)
	}
	if err == nil {
		_, err = dotprompt.Parse("prompt", text, func(partial string) (string, []byte, error) {
			f, ok := partials["prompts/_"+partial+".prompt"]
			if !ok {
				return "", nil, os.ErrNotExist
			}
			return f.Path, f.Text, nil
		})
	}
	if err != nil {
		l.left(l.file, e.line, what, "%s", strings.TrimPrefix(err.Error(), "prompt:"))
		return
	}
	s := Step{Name: name, Version: strconv.Itoa(e.Version) + ".0.0", Message: e.CommitMessage, When: e.CreatedAt}
	s.Files = []File{{"prompts/" + name + ".prompt", text, place(l.file, e.line)}}
	for _, at := range slices.Sorted(maps.Keys(partials)) {
		s.Files = append(s.Files, partials[at])
	}
	for _, label := range e.Labels {
		switch {
		case label == "latest":
		case len(label) > 64 || !labelForm().MatchString(label):
			l.left(l.file, e.line, "label "+label, "labels have 1 to 64 of a-z, 0-9, '.', '_' and '-'")
		default:
			s.Labels = append(s.Labels, label)
		}
	}
	l.Steps = append(l.Steps, s)
}

// newest makes the newest version of each prompt its file.
func (l *langfuse) newest() {
	latest := map[string]Step{}
	for _, s := range l.Steps {
		latest[s.Name] = s
	}
	have := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(latest)) {
		for _, f := range latest[name].Files {
			if _, ok := have[f.Path]; !ok {
				have[f.Path] = f.Text
				l.Files = append(l.Files, f)
			}
		}
	}
}

var labelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9._-]+$`) })

// front is the version's configuration as front matter.
func (l *langfuse) front(e *exported) []member {
	settings := map[string]any{}
	rest := map[string]any{}
	model := ""
	for _, key := range slices.Sorted(maps.Keys(e.Config)) {
		v := e.Config[key]
		name, isParameter := parameterNames[key]
		text, isText := v.(string)
		switch {
		case key == "maxTokens":
			settings["maxOutputTokens"] = v
		case isParameter && name == "stopSequences" && isText:
			settings[name] = []string{text}
		case isParameter:
			settings[name] = v
		case key == "model" && isText:
			if model = guessModel(text); model == "" {
				rest[key] = v
				l.left(l.file, e.line, fmt.Sprintf("config.model %s of %s", text, e.Name), "its provider is not known; write model: PROVIDER/%s", text)
			}
		default:
			rest[key] = v
		}
	}
	kept := map[string]any{}
	if len(rest) > 0 {
		kept["config"] = rest
	}
	if len(e.Tags) > 0 {
		kept["tags"] = e.Tags
	}
	front := []member{{"model", model}}
	if len(settings) > 0 {
		front = append(front, member{"config", settings})
	}
	if len(kept) > 0 {
		front = append(front, member{"metadata", map[string]any{"langfuse": kept}})
	}
	return front
}

// guessModel is a model with its provider, where the name tells it.
func guessModel(name string) string {
	if kind, _, found := strings.Cut(name, "/"); found {
		if known, model, why := providerOf(kind + ":" + strings.TrimPrefix(name, kind+"/")); why == "" {
			return known + "/" + model
		}
		return ""
	}
	for begins, provider := range map[string]string{"gpt-": "openai", "chatgpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic", "gemini-": "google"} {
		if strings.HasPrefix(name, begins) {
			return provider + "/" + name
		}
	}
	return ""
}

// reused is Langfuse's tag for another prompt.
var reused = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`@@@langfusePrompt:name=([^|@]+)\|(version|label)=([^@|]+)@@@`)
})

const maxReuse = 20 // prompts in prompts

// body is a version's text as a template. The prompts that it includes become
// partials.
func (l *langfuse) body(e *exported, partials map[string]File, above []string) (string, error) {
	text := func(s string) (string, error) { return l.text(s, partials, append(above, e.Name)) }
	var plain string
	if e.Type != "chat" {
		if err := json.Unmarshal(e.Prompt, &plain); err == nil {
			return text(plain)
		}
	}
	var turns []turn
	if err := json.Unmarshal(e.Prompt, &turns); err != nil {
		return "", fmt.Errorf("a prompt of type %q is neither a text nor a list of messages", e.Type)
	}
	return chatBody(turns, text)
}

func (l *langfuse) text(s string, partials map[string]File, above []string) (string, error) {
	var b strings.Builder
	for {
		m := reused().FindStringSubmatchIndex(s)
		if m == nil {
			if i := strings.Index(s, "@@@langfusePrompt:"); i >= 0 {
				return "", fmt.Errorf("the tag %s can't be read", config.Shorten(s[i:]))
			}
			b.WriteString(mustache(s, func(string) (string, bool) { return "", false }))
			return b.String(), nil
		}
		b.WriteString(mustache(s[:m[0]], func(string) (string, bool) { return "", false }))
		partial, err := l.partial(s[m[2]:m[3]], s[m[4]:m[5]], s[m[6]:m[7]], partials, above)
		if err != nil {
			return "", err
		}
		b.WriteString("{{> " + partial + "}}")
		s = s[m[1]:]
	}
}

// partial makes a partial of the version that a tag names.
func (l *langfuse) partial(name, by, which string, partials map[string]File, above []string) (string, error) {
	if slices.Contains(above, name) || len(above) > maxReuse {
		return "", fmt.Errorf("prompts include each other in a circle: %s → %s", strings.Join(above, " → "), name)
	}
	i := slices.IndexFunc(l.all, func(e exported) bool {
		return e.Name == name && (by == "version" && strconv.Itoa(e.Version) == which || by == "label" && slices.Contains(e.Labels, which))
	})
	if i < 0 {
		return "", fmt.Errorf("it includes %s with %s %s, which is not in the export", name, by, which)
	}
	e := &l.all[i]
	partial := fmt.Sprintf("%s-v%d", l.names[name], e.Version)
	body, err := l.body(e, partials, above)
	if err != nil {
		return "", err
	}
	at := "prompts/_" + partial + ".prompt"
	if dir, last, ok := cutLast(partial); ok {
		at = "prompts/" + dir + "/_" + last + ".prompt"
	}
	partials[at] = File{at, []byte(body), place(l.file, e.line)}
	return partial, nil
}

func cutLast(name string) (dir, last string, ok bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}
