package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/prices"
)

// modelsDir is where models live in a project. "models/NAME" is how agents and
// prompts name one, instead of PROVIDER:MODEL.
const modelsDir = "models"

// Model is a model file as written, checked: a provider's model, or a file of
// weights that is known by its digest.
type Model struct {
	About     string            `yaml:"description"`
	Provider  string            `yaml:"provider"` // e.g. openai
	Model     string            `yaml:"model"`    // the provider's name for it
	BaseURL   string            `yaml:"base_url"`
	APIKeyEnv string            `yaml:"api_key_env"` // name of the environment variable that holds the key
	Headers   map[string]string `yaml:"headers"`     // sent with every request
	// Parameters are named as in a prompt's config: temperature, maxOutputTokens,
	// …. What the prompt or the agent says goes before them.
	Parameters map[string]any `yaml:"parameters"`
	Prices     *prices.Price  `yaml:"prices"` // nil = what the price tables say

	File   string `yaml:"file"`   // of weights: a path in the project, with slashes
	SHA256 string `yaml:"sha256"` // of its bytes: 64 hex digits

	lines map[string]int
}

// Ref is the model as PROVIDER:MODEL; "" for a file of weights.
func (m *Model) Ref() string {
	if m.File != "" {
		return ""
	}
	return m.Provider + ":" + m.Model
}

// ParseModel reads and checks a model file; file is its name in errors, which
// are one or more *config.Error.
func ParseModel(file string, data []byte) (*Model, error) {
	m := &Model{}
	var err error
	if m.lines, err = config.DecodeLines(file, data, m); err != nil {
		return nil, err
	}
	m.SHA256 = strings.TrimPrefix(m.SHA256, "sha256:")
	return m, m.check(file)
}

var (
	wholeDigest  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{64}$`) })
	providerName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`) })
)

func (m *Model) check(file string) error {
	var errs []*config.Error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &config.Error{File: file, Line: m.lines[key], Key: key, Msg: fmt.Sprintf(format, args...)})
	}
	if m.File != "" || m.SHA256 != "" {
		m.checkWeights(bad)
	} else {
		m.checkRemote(bad)
	}
	return config.Join(append(errs, m.checkParameters(file)...))
}

// checkParameters compares the parameters with those of prompts.
func (m *Model) checkParameters(file string) (errs []*config.Error) {
	var n yaml.Node
	var c dotprompt.Config
	err := n.Encode(m.Parameters)
	if err == nil {
		err = c.UnmarshalYAML(&n)
	}
	var many interface{ Unwrap() []error }
	all := []error{err}
	if errors.As(err, &many) {
		all = many.Unwrap()
	}
	for _, err := range all {
		var one *config.Error
		if errors.As(err, &one) {
			key := strings.TrimSuffix("parameters."+one.Key, ".")
			errs = append(errs, &config.Error{File: file, Line: m.lines[key], Key: key, Msg: one.Msg})
		}
	}
	return errs
}

func (m *Model) checkWeights(bad func(key, format string, args ...any)) {
	for key, value := range map[string]string{"provider": m.Provider, "model": m.Model, "base_url": m.BaseURL, "api_key_env": m.APIKeyEnv} {
		if value != "" {
			bad(key, "goes with a provider's model; this is a file of weights: give either provider and model, or file and sha256")
		}
	}
	switch {
	case m.File == "":
		bad("sha256", "is that of a file of weights; name it in file")
	case !filepath.IsLocal(filepath.FromSlash(m.File)) || path.Clean(m.File) != m.File || strings.Contains(m.File, `\`):
		bad("file", "%s: must be a path in the project, with slashes and without ..", config.Shorten(m.File))
	case m.SHA256 == "":
		bad("file", "needs sha256 beside it, the digest of the file's bytes (`sha256sum %s` prints it)", m.File)
	case !wholeDigest().MatchString(m.SHA256):
		bad("sha256", "%s: must be 64 lower-case hex digits", config.Shorten(m.SHA256))
	}
}

func (m *Model) checkRemote(bad func(key, format string, args ...any)) {
	switch {
	case m.Provider == "" && m.Model == "":
		bad("", "gives no model: provider and model (provider: openai, model: gpt-5.4-mini), or file and sha256 of local weights")
	case m.Provider == "":
		bad("provider", "provider is missing, e.g. openai, anthropic, google, ollama")
	case m.Model == "":
		bad("model", "model is missing: the provider's name for it")
	case !providerName().MatchString(m.Provider):
		bad("provider", "%s: a provider is a lower-case word, e.g. openai", config.Shorten(m.Provider))
	}
	if m.BaseURL != "" { // it is not shown: a password may stand in it
		u, err := url.Parse(m.BaseURL)
		switch {
		case err != nil || !isHTTP(m.BaseURL) || u.Host == "":
			bad("base_url", "must be a URL that starts with http:// or https://")
		case u.User != nil:
			bad("base_url", "holds a user or password; name the key's environment variable in api_key_env")
		}
	}
	if m.APIKeyEnv != "" && !envName().MatchString(m.APIKeyEnv) {
		bad("api_key_env", "must be the name of an environment variable, never the key itself")
	}
}

// CheckFile compares the weights file with its digest, in the project at root.
// It reads the whole file; nil for a provider's model.
func (m *Model) CheckFile(root string) error {
	if m.File == "" {
		return nil
	}
	name := filepath.Join(root, filepath.FromSlash(m.File))
	got, err := fileDigest(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &notExist{fmt.Sprintf("the weights file %s is not here; its digest is sha256:%s", m.File, m.SHA256)}
	case err != nil:
		return err
	case got != "sha256:"+m.SHA256:
		return fmt.Errorf("the weights file %s is another one: its digest is %s, the model file says sha256:%s", m.File, got, m.SHA256)
	}
	return nil
}

func (o *Object) readModel(project fs.FS) error {
	data, err := o.add(project, "", o.Path)
	if err != nil {
		return err
	}
	o.Model, err = ParseModel(o.Path, data)
	return err
}

// ModelOf is the name of the model file that a model's reference means: fast of
// "models/fast". false for PROVIDER:MODEL.
func ModelOf(reference string) (name string, ok bool) {
	return strings.CutPrefix(reference, modelsDir+"/")
}

// Calls is the runtime of a model agent with all that decides its calls filled
// in: the model that the prompt names where the agent file names none, and what
// models/NAME.yaml says where that is the model. f is that file, nil when there
// is none.
func (a *Agent) Calls(p *dotprompt.Prompt) (m ModelRuntime, f *Model, err error) {
	root, err := os.OpenRoot(a.Root)
	if err != nil {
		return m, nil, err
	}
	defer root.Close()
	m, f, _, err = a.calls(root.FS(), p)
	return m, f, err
}

// calls also returns the path of the model file.
func (a *Agent) calls(project fs.FS, p *dotprompt.Prompt) (m ModelRuntime, f *Model, file string, err error) {
	m = *a.Runtime.Model
	if m.Model == "" {
		m.Model = p.Model
	}
	name, ok := ModelOf(m.Model)
	if !ok {
		return m, nil, "", nil
	}
	f, file, err = a.readModel(project, name)
	if err != nil {
		at := config.Error{File: p.File, Key: "model", Msg: err.Error()}
		if a.Runtime.Model.Model != "" {
			at = config.Error{File: display(a.Root, a.Path), Line: a.lines["runtime.model.model"], Key: "runtime.model.model", Msg: err.Error()}
		}
		return m, nil, file, &at
	}
	m.Model = f.Ref()
	if m.BaseURL == "" {
		m.BaseURL = f.BaseURL
	}
	if m.APIKeyEnv == "" {
		m.APIKeyEnv = f.APIKeyEnv
	}
	headers := maps.Clone(f.Headers)
	if headers == nil {
		headers = map[string]string{}
	}
	maps.Copy(headers, m.Headers)
	m.Headers = headers
	return m, f, file, nil
}

func (a *Agent) readModel(project fs.FS, name string) (*Model, string, error) {
	if strings.Contains(name, "@") {
		return nil, "", fmt.Errorf("models/%s: an agent takes the model file of its own commit; name it without a version", name)
	}
	if err := KindModel.CheckName(name); err != nil {
		return nil, "", errors.New(err.Error())
	}
	file, err := locate(project, KindModel, name)
	if err != nil {
		return nil, "", errors.New(err.Error())
	}
	data, err := fs.ReadFile(project, file)
	if err != nil {
		return nil, file, err
	}
	f, err := ParseModel(file, data)
	if err == nil && f.File != "" {
		err = fmt.Errorf("%s is a file of weights; a model that answers a prompt has a provider", file)
	}
	return f, file, err
}
