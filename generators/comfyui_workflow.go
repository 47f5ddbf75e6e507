package generators

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

//go:embed workflows/*.json
var builtinWorkflows embed.FS

// comfyNode is one node of a workflow in ComfyUI's API format. A value of
// Inputs is a link (see asLink), or a literal whose numbers are json.Number.
type comfyNode struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"`
	Meta   *comfyMeta     `json:"_meta,omitempty"`
}

type comfyMeta struct {
	Title string `json:"title,omitempty"`
}

// workflow is a graph by node ID.
type workflow map[string]*comfyNode

// ref is one input of a node.
type ref struct{ node, input string }

func (r ref) String() string { return r.node + "." + r.input }

const howToExport = `export it in the API format: in ComfyUI's menu "Workflow → Export (API)" (older versions: turn on "dev mode options" in the settings, then "Save (API Format)"), and name that file`

// parseWorkflow reads a workflow in the API format; name is its file's, for
// errors. A prompt as it is posted, {"prompt":{…}}, is taken too.
func parseWorkflow(name string, data []byte) (workflow, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("workflow %s is no JSON object: %w", name, err)
	}
	if isList(top["nodes"]) && (isList(top["links"]) || top["last_node_id"] != nil || top["version"] != nil) {
		return nil, fmt.Errorf("workflow %s is in the format of the user interface, which can't be queued: %s", name, howToExport)
	}
	if inner, ok := top["prompt"]; ok && !bytes.Contains(inner, []byte(`"inputs"`)) {
		return nil, fmt.Errorf("workflow %s: prompt holds no nodes", name)
	} else if ok {
		data = inner
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var w workflow
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf(`workflow %s is not in ComfyUI's API format, {"ID": {"class_type", "inputs"}}: %w; %s`, name, err, howToExport)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("workflow %s holds something after its end", name)
	}
	if len(w) == 0 {
		return nil, fmt.Errorf("workflow %s has no nodes", name)
	}
	return w, w.check(name)
}

func isList(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '[' }

// check finds nodes without a class and links to nowhere.
func (w workflow) check(name string) error {
	var errs []error
	for _, id := range w.ids() {
		n := w[id]
		if n == nil || n.Class == "" {
			errs = append(errs, fmt.Errorf("workflow %s: node %s has no class_type; %s", name, id, howToExport))
			continue
		}
		if n.Inputs == nil {
			n.Inputs = map[string]any{}
		}
		for _, in := range slices.Sorted(maps.Keys(n.Inputs)) {
			if from, ok := asLink(n.Inputs[in]); ok && w[from] == nil {
				errs = append(errs, fmt.Errorf("workflow %s: %s.%s is linked to node %s, which does not exist", name, w.name(id), in, from))
			}
		}
	}
	return errors.Join(errs...)
}

// asLink reads a link, ["NODE", OUTPUT].
func asLink(value any) (from string, ok bool) {
	pair, isPair := value.([]any)
	if !isPair || len(pair) != 2 {
		return "", false
	}
	from, isText := pair[0].(string)
	_, isNumber := pair[1].(json.Number)
	return from, isText && isNumber
}

// ids are all node IDs, numbers in their order first.
func (w workflow) ids() []string {
	return slices.SortedFunc(maps.Keys(w), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		switch {
		case errX == nil && errY == nil && x != y:
			return x - y
		case (errX == nil) != (errY == nil):
			if errX == nil {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
}

// name is a node for people: 4 "Load Checkpoint" (CheckpointLoaderSimple).
func (w workflow) name(id string) string {
	n := w[id]
	if n == nil {
		return "node " + id
	}
	if n.Meta != nil && n.Meta.Title != "" && n.Meta.Title != n.Class {
		return fmt.Sprintf("node %s %q (%s)", id, n.Meta.Title, n.Class)
	}
	return fmt.Sprintf("node %s (%s)", id, n.Class)
}

// clone copies a workflow so far that its inputs can be set.
func (w workflow) clone() workflow {
	c := make(workflow, len(w))
	for id, n := range w {
		m := *n
		m.Inputs = maps.Clone(n.Inputs)
		c[id] = &m
	}
	return c
}

// upstream visits start and all nodes before it, the nearest first and those at
// one distance in the order of the input names that lead to them, until visit
// returns true.
func (w workflow) upstream(start string, visit func(id string, n *comfyNode) bool) (string, bool) {
	seen := map[string]bool{start: true}
	for next := []string{start}; len(next) > 0; next = next[1:] {
		n := w[next[0]]
		if n == nil {
			continue
		}
		if visit(next[0], n) {
			return next[0], true
		}
		for _, in := range slices.Sorted(maps.Keys(n.Inputs)) {
			if from, ok := asLink(n.Inputs[in]); ok && !seen[from] {
				seen[from] = true
				next = append(next, from)
			}
		}
	}
	return "", false
}

// find returns the node with an ID or a title. Titles are compared without
// regard to case; one that several nodes have is an error.
func (w workflow) find(name string) (id string, err error) {
	if w[name] != nil {
		return name, nil
	}
	var found []string
	for _, id := range w.ids() {
		if m := w[id].Meta; m != nil && strings.EqualFold(strings.TrimSpace(m.Title), strings.TrimSpace(name)) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no node has the id or title %q; there are %s", name, fewOf(w.names(), 30))
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("nodes %s all have the title %q: name one by its id", strings.Join(found, ", "), name)
}

func (w workflow) names() []string {
	var names []string
	for _, id := range w.ids() {
		names = append(names, w.name(id))
	}
	return names
}

// literals are the inputs of a node that are no links.
func (n *comfyNode) literals() []string {
	var names []string
	for _, in := range slices.Sorted(maps.Keys(n.Inputs)) {
		if _, isLink := asLink(n.Inputs[in]); !isLink {
			names = append(names, in)
		}
	}
	return names
}

// set writes a literal in the type of the one that is there. A link is not
// written over.
func (w workflow) set(r ref, value any) error {
	n := w[r.node]
	old, there := n.Inputs[r.input]
	from, linked := asLink(old)
	switch {
	case linked:
		return fmt.Errorf("%s of %s comes from %s: set it there", r.input, w.name(r.node), w.name(from))
	case !there:
		return fmt.Errorf("%s has no input %q; it has %s", w.name(r.node), r.input, fewOf(n.literals(), 20))
	}
	fit, err := fitting(old, value)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", r.input, w.name(r.node), err)
	}
	n.Inputs[r.input] = fit
	return nil
}

// fitting turns a value as a user wrote it into the JSON type of old.
func fitting(old, value any) (any, error) {
	text := fmt.Sprint(value)
	if f, ok := value.(float64); ok {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	switch old.(type) {
	case json.Number:
		if _, err := strconv.ParseFloat(text, 64); err != nil || !json.Valid([]byte(text)) {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return json.Number(text), nil
	case string:
		return text, nil
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return b, nil
	}
	return value, nil
}
