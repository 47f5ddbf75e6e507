package dotprompt

import (
	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Config are the parameters of a model call. A nil pointer leaves the choice to
// the provider.
type Config struct {
	Temperature     *float64
	TopP            *float64
	TopK            *int
	MaxOutputTokens int // 0 = the provider's choice
	StopSequences   []string
	Seed            *int64
	TopLogprobs     int            // alternatives reported with each token, 0 = no log-probabilities
	Extra           map[string]any // whatever else stands in config; may be nil
}

// configKeys is how the front matter spells Config.
type configKeys struct {
	Temperature     *float64 `yaml:"temperature"`
	TopP            *float64 `yaml:"topP"`
	TopK            *int     `yaml:"topK"`
	MaxOutputTokens int      `yaml:"maxOutputTokens"`
	StopSequences   []string `yaml:"stopSequences"`
	Seed            *int64   `yaml:"seed"`
	TopLogprobs     int      `yaml:"topLogprobs"`
}

// UnmarshalYAML keeps the keys that Config has no field for in Extra. A wrong
// type or a negative number is a *config.Error.
func (c *Config) UnmarshalYAML(n *yaml.Node) error {
	var all map[string]any
	if err := config.DecodeNode(n, &all); err != nil {
		return err
	}
	known := *n
	known.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i].Value; key {
		case "temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed", "topLogprobs":
			known.Content = append(known.Content, n.Content[i], n.Content[i+1])
		default:
			if c.Extra == nil {
				c.Extra = map[string]any{}
			}
			c.Extra[key] = all[key]
		}
	}
	var k configKeys
	if err := config.DecodeNode(&known, &k); err != nil {
		return err
	}
	if k.MaxOutputTokens < 0 || k.TopLogprobs < 0 || k.TopK != nil && *k.TopK < 0 {
		return &config.Error{Msg: "maxOutputTokens, topK and topLogprobs can't be negative"}
	}
	*c = Config{k.Temperature, k.TopP, k.TopK, k.MaxOutputTokens, k.StopSequences, k.Seed, k.TopLogprobs, c.Extra}
	return nil
}
