package assertions

import "github.com/GaboBase/arch-genops/internal/jsvalue"

func (w *walk) dependencies(s, v any, at string, depth int) bool {
	deps := field(s, "dependencies")
	keys, _ := jsvalue.KeysOf(deps)
	for _, k := range keys {
		if k == protoName || !w.has(v, k) {
			continue
		}
		dep := field(deps, k)
		if isList(dep) {
			if !w.required(dep, v, at) {
				return false
			}
		} else if !w.valid(dep, v, at, depth+1) {
			return false
		}
	}
	return true
}

func (w *walk) combined(s, v any, at string, depth int) bool {
	if list, ok := field(s, "allOf").([]any); ok {
		for _, sub := range list {
			if !w.valid(sub, v, at, depth+1) {
				return false
			}
		}
	}
	if list, ok := field(s, "anyOf").([]any); ok && w.count(list, v, at, depth, 1) == 0 {
		return w.err == nil && w.fail(at, "fits none of anyOf")
	}
	if list, ok := field(s, "oneOf").([]any); ok {
		if n := w.count(list, v, at, depth, 2); n != 1 {
			return w.err == nil && w.fail(at, "fits %d of oneOf", n)
		}
	}
	if sub := field(s, "not"); !jsvalue.IsUndefined(sub) && w.quietly(sub, v, at, depth) {
		return w.fail(at, "fits what it must not")
	}
	if cond := field(s, "if"); !jsvalue.IsUndefined(cond) {
		branch := "else"
		if w.quietly(cond, v, at, depth) {
			branch = "then"
		}
		if sub := field(s, branch); !jsvalue.IsUndefined(sub) {
			return w.valid(sub, v, at, depth+1)
		}
	}
	return w.err == nil
}

// count is how many of the schemas fit, at most limit.
func (w *walk) count(list []any, v any, at string, depth, limit int) int {
	n := 0
	for _, sub := range list {
		if w.quietly(sub, v, at, depth) {
			if n++; n == limit {
				break
			}
		}
	}
	return n
}

// quietly is valid without keeping the problem.
func (w *walk) quietly(s, v any, at string, depth int) bool {
	before := w.problem
	ok := w.valid(s, v, at, depth+1)
	w.problem = before
	return ok && w.err == nil
}
