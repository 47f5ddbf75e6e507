package nunjucks

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// filter is X|NAME(ARGS).
type filter struct {
	pos
	name     string
	x        expr
	args     []expr
	keywords *object
	apply    builtin
	own      Filter
	literal  bool // escape leaves its result as it is
}

// builtin is a filter of the language; v is the value before the bar.
type builtin func(v any, args []any) (any, error)

func (f *filter) eval(s *state) (any, error) {
	v, err := f.x.eval(s)
	if err != nil {
		return nil, err
	}
	if err := s.bounded(v); err != nil {
		return nil, f.failed(err)
	}
	if len(f.args) == 0 && f.keywords == nil && f.own == nil {
		out, err := f.apply(v, nil)
		if err != nil {
			return nil, f.failed(err)
		}
		return s.sized(f.pos, out)
	}
	args, keywords, err := evalArgs(s, f.args, f.keywords)
	if err != nil {
		return nil, err
	}
	if err := s.bounded(args...); err != nil {
		return nil, f.failed(err)
	}
	if keywords != nil {
		args = f.positional(args, keywords)
	}
	var out any
	if f.own != nil {
		out, err = f.own(s.ctx, append([]any{v}, args...))
	} else {
		out, err = f.apply(v, args)
	}
	if err != nil {
		return nil, f.failed(err)
	}
	return s.sized(f.pos, out)
}

func (f *filter) failed(err error) error {
	return &Error{Line: f.line, Column: f.col, Msg: "filter " + f.name + ": " + err.Error(), Cause: err}
}

// named are the parameters of the filters that take keywords.
var named = map[string][]string{
	"sort": {"reverse", "case_sensitive", "attribute"},
	"int":  {"default", "base"},
}

// positional puts keywords where the filter expects them; other filters get them
// as one object, as in the language itself.
func (f *filter) positional(args []any, keywords map[string]any) []any {
	names, ok := named[f.name]
	if !ok || f.own != nil {
		return append(args, keywords)
	}
	for len(args) < len(names) {
		v, given := keywords[names[len(args)]]
		if !given {
			v = jsvalue.Undefined
		}
		args = append(args, v)
	}
	return args
}

// safety says whether escape would leave the result as it is: it is the result of
// escape or safe, perhaps through filters that keep that property.
func safety(f *filter) bool {
	inner, ok := f.x.(*filter)
	safe := ok && inner.literal
	switch f.name {
	case "escape", "e":
		if safe {
			f.apply = func(v any, _ []any) (any, error) { return v, nil }
		}
		return true
	case "safe", "forceescape":
		return true
	case "capitalize", "center", "indent", "nl2br", "replace", "string", "striptags", "title", "trim", "truncate":
		return safe
	}
	return false
}

// builtins is the table of the language's filters; those with nil are refused.
func builtins() map[string]builtin {
	return map[string]builtin{
		"abs": absFilter, "batch": batchFilter, "capitalize": textFilter(capitalize), "center": centerFilter,
		"d": defaultFilter, "default": defaultFilter, "dictsort": dictsortFilter, "dump": dumpFilter,
		"e": escapeFilter, "escape": escapeFilter, "first": firstFilter, "float": floatFilter,
		"forceescape": escapeFilter, "groupby": groupbyFilter, "indent": indentFilter, "int": intFilter,
		"join": joinFilter, "last": lastFilter, "length": lengthFilter, "list": listFilter, "load": loadFilter,
		"lower": textFilter(strings.ToLower), "nl2br": textFilter(nl2br), "reject": rejectFilter,
		"rejectattr": rejectattrFilter, "replace": replaceFilter, "reverse": reverseFilter, "round": roundFilter,
		"safe": safeFilter, "select": selectFilter, "selectattr": selectattrFilter, "slice": sliceFilter,
		"sort": sortFilter, "string": stringFilter, "striptags": striptagsFilter, "sum": sumFilter,
		"title": textFilter(title), "trim": trimFilter, "truncate": truncateFilter, "upper": textFilter(upper),
		"urlencode": urlencodeFilter, "wordcount": wordcountFilter,
		"random": nil, "urlize": nil,
	}
}

func findFilter(id string) builtin { return builtins()[id] }

func unknownFilter(t token) error {
	all := builtins()
	if _, known := all[t.text]; known {
		if t.text == "random" {
			return t.errorf("the filter \"random\" is refused: each run would ask something else")
		}
		return t.errorf("the filter %q is not supported here", t.text)
	}
	names := make([]string, 0, len(all))
	for n, f := range all {
		if f != nil {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return t.errorf("unknown filter %q%s (known: %s)", t.text, config.Hint(t.text, names), strings.Join(names, ", "))
}
