package assertions

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// protoName is the property that JavaScript gives a meaning of its own.
const protoName = "__proto__"

// inheritedNames is read-only; see InheritedNames.
var inheritedNames = [...]string{"constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", protoName, "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"}

// InheritedNames are the properties that every object of JavaScript has. The
// caller owns the slice.
func InheritedNames() []string { return slices.Clone(inheritedNames[:]) }

// isInherited says that an object has a property that nobody gave it.
func isInherited(name string) bool { return slices.Contains(inheritedNames[:], name) }

// inheritedValue stands for such a property's value: of no type of JSON.
type inheritedValue struct{}

// has says that an object has a property.
func (w *walk) has(v any, name string) bool {
	_, ok := jsvalue.Field(v, name)
	return ok || w.schema.exact && isInherited(name)
}

// inherited checks what the schema says of properties that an object has from
// JavaScript alone.
func (w *walk) inherited(props, v any, at string, depth int) bool {
	names, _ := jsvalue.KeysOf(props)
	for _, k := range names {
		if _, own := jsvalue.Field(v, k); own || k == protoName || !isInherited(k) {
			continue
		}
		if !w.valid(field(props, k), inheritedValue{}, at+"/"+k, depth+1) {
			return false
		}
	}
	return true
}
