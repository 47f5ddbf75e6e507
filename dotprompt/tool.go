package dotprompt

import (
	"path"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// ParseTool reads the definition of one tool from a YAML or JSON file:
//
//	description: Looks an order up
//	inputSchema: {order: "string, its number"}
//
// Schemas are Picoschema or JSON Schema. The name is that of the file, unless it
// holds one. Errors are *config.Error with file and line.
func ParseTool(file string, data []byte) (Tool, error) {
	var d toolDef
	if err := config.Decode(file, data, &d); err != nil {
		return Tool{}, err
	}
	if d.Name == "" {
		base := path.Base(file)
		d.Name = strings.TrimSuffix(base, path.Ext(base))
	}
	return Tool{d.Name, d.Description, d.InputSchema.json, d.OutputSchema.json}, nil
}
