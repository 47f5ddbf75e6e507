package jsvalue

// Foreign is a function of the user's, or an object with methods, within a value
// that a script made: only the program that made it can call it, by its place.
// JSON leaves it out, as JavaScript's does with functions.
type Foreign struct {
	File     string   // absolute path of the script; of a package the folder that it is found from
	Package  string   // name of an npm package; "" = a file
	Function string   // named export that is or makes the value; "" = the default one
	Given    any      // argument of the function that made the value; nil = none
	Member   []string // place within the value
	Provider bool     // an object with id and callApi
	Node     bool     // it must be called in node: the value holds providers
	Name     string   // of a function
	Source   string   // the beginning of a function's text
	Own      *Object  // its own properties: of a function label, transform and the like; of a provider its id too
}

// MarshalJSON writes null, since JSON has no functions.
func (*Foreign) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// hidden says that JSON leaves a value out of an object.
func hidden(v any) bool {
	switch v.(type) {
	case undefined, Function, *Foreign:
		return true
	}
	return false
}
