package comfyserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
)

// node is one node of a workflow in the API format.
type node struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"`
}

type workflow map[string]node

// nodeError is one complaint about a node, or about the prompt.
type nodeError struct {
	Type    string         `json:"type"`
	Message string         `json:"message"`
	Details string         `json:"details"`
	Extra   map[string]any `json:"extra_info"`
}

type nodeErrors struct {
	Errors  []nodeError `json:"errors"`
	Outputs []string    `json:"dependent_outputs"`
	Class   string      `json:"class_type"`
}

func promptError(kind, message, details string) nodeError {
	return nodeError{kind, message, details, map[string]any{}}
}

// decodeWorkflow reads a workflow without losing digits of a seed.
func decodeWorkflow(raw json.RawMessage) (workflow, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var w workflow
	err := d.Decode(&w)
	return w, err
}

// validation is the outcome of the checks of one prompt.
type validation struct {
	good   []string // outputs that can be made
	errors map[string]*nodeErrors
	fatal  *nodeError // of the whole prompt
}

// validate checks a workflow; targets, when there are any, are the only outputs
// that are asked for.
func (s *Server) validate(w workflow, targets []string) validation {
	v := validation{errors: map[string]*nodeErrors{}}
	classes := s.kinds
	var outputs []string
	for _, id := range sortedIDs(w) {
		n := w[id]
		c, known := classes[n.Class]
		switch {
		case n.Class == "":
			e := promptError("invalid_prompt", "Cannot execute because a node is missing the class_type property.", "Node ID '#"+id+"'")
			v.fatal = &e
			return v
		case !known:
			e := promptError("invalid_prompt", "Cannot execute because node "+n.Class+" does not exist.", "Node ID '#"+id+"'")
			v.fatal = &e
			return v
		case c.output && (len(targets) == 0 || slices.Contains(targets, id)):
			outputs = append(outputs, id)
		}
	}
	if len(outputs) == 0 {
		e := promptError("prompt_no_outputs", "Prompt has no outputs", "")
		v.fatal = &e
		return v
	}
	for _, id := range outputs {
		bad := map[string][]nodeError{}
		s.validateNode(w, classes, id, map[string]bool{}, bad)
		if len(bad) == 0 {
			v.good = append(v.good, id)
			continue
		}
		for at, errors := range bad {
			if v.errors[at] == nil {
				v.errors[at] = &nodeErrors{Class: w[at].Class, Errors: errors}
			}
			v.errors[at].Outputs = append(v.errors[at].Outputs, id)
		}
	}
	if len(v.good) == 0 {
		e := promptError("prompt_outputs_failed_validation", "Prompt outputs failed validation", "")
		v.fatal = &e
	}
	return v
}

// validateNode checks a node and all before it.
func (s *Server) validateNode(w workflow, classes map[string]class, id string, seen map[string]bool, bad map[string][]nodeError) {
	if seen[id] {
		return
	}
	seen[id] = true
	n := w[id]
	for _, in := range classes[n.Class].required {
		value, ok := n.Inputs[in.name]
		if !ok {
			bad[id] = append(bad[id], nodeError{"required_input_missing", "Required input is missing", in.name, map[string]any{"input_name": in.name}})
			continue
		}
		if from, out, isLink := asLink(value); isLink {
			source, there := w[from]
			if !there {
				bad[id] = append(bad[id], nodeError{"bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]", in.name, map[string]any{"input_name": in.name}})
				continue
			}
			if outs := classes[source.Class].outputs; out >= len(outs) || outs[out] != in.kind && in.kind != "STRING" {
				bad[id] = append(bad[id], nodeError{"return_type_mismatch", "Return type mismatch between linked nodes", in.name, map[string]any{"input_name": in.name}})
				continue
			}
			s.validateNode(w, classes, from, seen, bad)
			continue
		}
		if e := s.validateValue(in, value); e != nil {
			bad[id] = append(bad[id], *e)
		}
	}
}

func (s *Server) validateValue(in input, value any) *nodeError {
	fail := func(kind, message string) *nodeError {
		return &nodeError{kind, message, in.name, map[string]any{"input_name": in.name, "received_value": value}}
	}
	switch in.kind {
	case "INT", "FLOAT":
		x, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		switch {
		case err != nil:
			return fail("invalid_input_type", "Failed to convert an input value to a "+in.kind+" value")
		case x < in.min:
			return fail("value_smaller_than_min", fmt.Sprintf("Value %v smaller than min of %v", value, in.min))
		case x > in.max:
			return fail("value_bigger_than_max", fmt.Sprintf("Value %v bigger than max of %v", value, in.max))
		}
	case "COMBO":
		choices := in.choices
		if in.upload {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.inputs[fmt.Sprint(value)] == nil {
				return fail("custom_validation_failed", "Custom validation failed for node: image - Invalid image file: "+fmt.Sprint(value))
			}
			return nil
		}
		if !slices.Contains(choices, fmt.Sprint(value)) {
			return fail("value_not_in_list", fmt.Sprintf("Value not in list: %s: '%v' not in %v", in.name, value, choices))
		}
	case "STRING":
	default:
		return fail("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]")
	}
	return nil
}

// asLink reads ["node", output].
func asLink(value any) (from string, output int, ok bool) {
	pair, isList := value.([]any)
	if !isList || len(pair) != 2 {
		return "", 0, false
	}
	from, ok = pair[0].(string)
	n, err := strconv.Atoi(fmt.Sprint(pair[1]))
	return from, n, ok && err == nil && n >= 0
}

// sortedIDs are the IDs of all nodes, numbers first in their order.
func sortedIDs(w workflow) []string {
	ids := make([]string, 0, len(w))
	for id := range w {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool {
		if len(ids[i]) != len(ids[j]) {
			return len(ids[i]) < len(ids[j])
		}
		return ids[i] < ids[j]
	})
	return ids
}
