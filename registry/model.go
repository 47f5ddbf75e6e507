package registry

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// credential says of a header that it only tells who calls. Such headers are
// no part of a release; any other may change the answer.
var credential = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(authorization|proxy-authorization|cookie)$|api-?key|access-?key|secret|token|password|credential|signature`)
})

// modelPart is the digest of what a model agent is asked with, apart from its
// prompt: the values, not how the files write them. m and f are those of calls.
// Rules, tests, prices and comments are no part, so a release outlives them;
// neither is the key, by whatever name and in whatever header. The address is
// one: the same model's name elsewhere is another model.
func (a *Agent) modelPart(m ModelRuntime, f *Model) (string, error) {
	headers := map[string]string{}
	for name, value := range m.Headers {
		if !credential().MatchString(name) {
			headers[strings.ToLower(name)] = value
		}
	}
	if f == nil {
		m.Model = a.Runtime.Model.Model // what the prompt names is in the prompt's digest
	}
	part := map[string]any{
		"id": a.ID, "version": a.Version, "build": a.Build, "model": modelName(m.Model), "base_url": strings.TrimRight(m.BaseURL, "/"),
		"headers": headers, "stream": m.Stream, "config": m.Config,
	}
	if f != nil && len(f.Parameters) > 0 {
		part["parameters"] = f.Parameters
	}
	data, err := json.Marshal(part) // JSON sorts keys, and writes 0 and 0.0 alike
	return digest(data), err
}

// modelName gives "openai/gpt" and "openai:gpt" the one form that they mean.
func modelName(s string) string {
	if i := strings.IndexAny(s, ":/"); i > 0 {
		return s[:i] + ":" + s[i+1:]
	}
	return s
}

// Credential says whether a header of that name tells who calls: its value is a
// secret, and no part of a release.
func Credential(header string) bool { return credential().MatchString(header) }
