package validators

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/dotprompt"
)

//go:embed prompts/*.prompt
var judgePrompts embed.FS

const promptEnding = ".prompt"

// JudgePromptsDir is the folder of a project, with slashes, whose files stand in
// for the judge prompts that are built in.
const JudgePromptsDir = "prompts/judge"

// Prompts are the wordings of a judge's questions: those that are built in, and
// a user's in their place. The zero value has the built-in ones alone. It is
// safe for concurrent use.
type Prompts struct {
	Dir string // the user's folder; "" = none

	mu    sync.Mutex
	known map[string]*dotprompt.Prompt
}

// Find returns the prompt METRIC-STEP, or that of the step alone, which several
// metrics share: the user's file of the first name that there is, then the
// built-in one. A prompt that is nowhere is fs.ErrNotExist.
func (p *Prompts) Find(name, step string) (*dotprompt.Prompt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.known[name]; ok {
		return found, nil
	}
	for _, builtIn := range []bool{false, true} {
		for _, n := range []string{name, strings.ReplaceAll(step, "_", "-")} {
			file, data, err := p.read(n, builtIn)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			found, err := dotprompt.Parse(file, data, p.partial)
			if err != nil {
				return nil, err
			}
			if p.known == nil {
				p.known = map[string]*dotprompt.Prompt{}
			}
			p.known[name] = found
			return found, nil
		}
	}
	return nil, fmt.Errorf("judge prompt %s: %w", name, fs.ErrNotExist)
}

func (p *Prompts) read(name string, builtIn bool) (file string, data []byte, err error) {
	if builtIn {
		file = "prompts/" + name + promptEnding
		data, err = judgePrompts.ReadFile(file)
		return file, data, err
	}
	if p.Dir == "" {
		return "", nil, fs.ErrNotExist
	}
	file = filepath.Join(p.Dir, name+promptEnding)
	data, err = os.ReadFile(file)
	return JudgePromptsDir + "/" + name + promptEnding, data, err
}

// Source is a prompt as it is written, the user's or else the built-in one; a name
// with "_" before it is a part of others. One that is nowhere is fs.ErrNotExist.
func (p *Prompts) Source(name string) (file string, data []byte, err error) {
	if strings.ContainsAny(name, `/\`) {
		return "", nil, fs.ErrNotExist
	}
	file, data, err = p.read(name, false)
	if errors.Is(err, fs.ErrNotExist) {
		file, data, err = p.read(name, true)
	}
	return file, data, err
}

// partial finds {{> name}}: the user's file _name.prompt, else the built-in one.
func (p *Prompts) partial(name string) (file string, data []byte, err error) {
	return p.Source("_" + name)
}

// ForPromptfoo lists the prompts of a judged assertion of promptfoo's, sorted.
func ForPromptfoo(typ string) (names []string) {
	begin := "promptfoo-" + strings.ReplaceAll(typ, ":", "-")
	files, _ := judgePrompts.ReadDir("prompts")
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), promptEnding); name == begin || strings.HasPrefix(name, begin+"-") {
			names = append(names, name)
		}
	}
	return names
}

// Replaced lists the user's files, by name without ending, sorted.
func (p *Prompts) Replaced() []string {
	files, _ := filepath.Glob(filepath.Join(p.Dir, "*"+promptEnding))
	var out []string
	for _, f := range files {
		if p.Dir != "" {
			out = append(out, strings.TrimSuffix(filepath.Base(f), promptEnding))
		}
	}
	slices.Sort(out)
	return out
}

// Digest is "sha256:…" over the user's files; "" when there are none.
func (p *Prompts) Digest() string {
	names := p.Replaced()
	if len(names) == 0 {
		return ""
	}
	h := sha256.New()
	for _, name := range names {
		_, data, err := p.read(name, false)
		if err != nil {
			data = []byte(err.Error()) // whoever uses it meets the error
		}
		fmt.Fprintf(h, "%s\n%d\n%s\n", name, len(data), data)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
