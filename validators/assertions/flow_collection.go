package assertions

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// mapping reads {…}: pairs, and keys without a value.
func (p *flowParser) mapping() (any, error) {
	o := jsvalue.NewObject()
	err := p.entries('}', func() error {
		key, value, _, err := p.pair()
		if err != nil {
			return err
		}
		twice, err := put(o, key, value)
		p.twice = p.twice || twice
		return err
	})
	return o, err
}

// put sets a key of an object; twice says that it was there. Collections are no keys; "<<" brings in the keys
// of other objects, which do not win over those that are there.
func put(o *jsvalue.Object, key, value any) (twice bool, err error) {
	if m, ok := key.(merge); ok {
		key = string(m)
		if list, isList := value.([]any); isList {
			for _, x := range list {
				if err := mergeKeys(o, x); err != nil {
					return false, err
				}
			}
			return false, nil
		}
		return false, mergeKeys(o, value)
	}
	if key != nil && isObject(key) {
		return false, errFlow
	}
	name := jsvalue.ToString(key)
	_, twice = o.Get(name)
	o.Set(name, value)
	return twice, nil
}

// merge is the key << without quotes.
type merge string

func mergeKeys(o *jsvalue.Object, from any) error {
	keys, ok := jsvalue.KeysOf(from)
	if !ok {
		return errFlow
	}
	for _, k := range keys {
		if _, has := o.Get(k); !has {
			o.Set(k, field(from, k))
		}
	}
	return nil
}

// anchored reads &name before a node, or *name for one that was read.
func (p *flowParser) anchored() (any, bool, error) {
	mark := p.peek()
	p.i++
	from := p.i
	for p.i < len(p.s) && !isBlank(p.s[p.i]) && !isFlowMark(p.s[p.i]) {
		p.i++
	}
	name := p.s[from:p.i]
	if name == "" {
		return nil, false, errFlow
	}
	if mark == '*' {
		a, ok := p.anchors[name]
		if p.nodes += a.nodes; !ok || p.nodes > maxFlowNodes {
			return nil, false, errFlow
		}
		return a.v, true, nil
	}
	p.skip()
	before := p.nodes
	v, _, err := p.node()
	if p.anchors == nil {
		p.anchors = map[string]anchor{}
	}
	p.anchors[name] = anchor{v, p.nodes - before}
	return v, true, err
}

// tagged reads a node behind a tag of YAML's own. Other tags are errors.
func (p *flowParser) tagged() (any, bool, error) {
	from := p.i
	for p.i < len(p.s) && !isBlank(p.s[p.i]) && !isFlowMark(p.s[p.i]) {
		p.i++
	}
	tag := p.s[from:p.i]
	p.skip()
	at := p.i
	v, ok, err := p.node()
	if err != nil {
		return nil, false, err
	}
	if c := byte(0); at < len(p.s) {
		if c = p.s[at]; c == '"' || c == '\'' || c == '{' || c == '[' {
			at = -1
		}
	}
	switch tag {
	case "!!str", "!":
		switch {
		case !ok:
			return "", true, nil
		case at >= 0:
			return strings.TrimRight(p.s[at:p.i], " \t\n"), true, nil
		}
		return v, true, nil
	case "!!int", "!!float":
		if _, isNumber := jsvalue.Number(v); isNumber {
			return v, true, nil
		}
	case "!!bool":
		if _, isBool := v.(bool); isBool {
			return v, true, nil
		}
	case "!!null":
		if v == nil {
			return v, true, nil
		}
	case "!!map":
		if _, isMap := jsvalue.KeysOf(v); isMap {
			return v, true, nil
		}
	case "!!seq":
		if isList(v) {
			return v, true, nil
		}
	}
	return nil, false, errFlow
}

// sequence reads […]: values, and pairs, which are objects of one key.
func (p *flowParser) sequence() (any, error) {
	list := []any{}
	err := p.entries(']', func() error {
		key, value, isPair, err := p.pair()
		if err != nil {
			return err
		}
		if isPair {
			one := jsvalue.NewObject()
			if _, err := put(one, key, value); err != nil {
				return err
			}
			key = one
		}
		list = append(list, key)
		return nil
	})
	return list, err
}

// entries reads what stands between commas, to the closing mark.
func (p *flowParser) entries(end byte, read func() error) error {
	p.i++
	for {
		p.skip()
		switch p.peek() {
		case 0:
			return errFlow
		case end:
			p.i++
			return nil
		case ',':
			return errFlow // nothing before it
		}
		if err := read(); err != nil {
			return err
		}
		p.skip()
		if p.peek() == ',' {
			p.i++
			continue
		}
		if p.peek() != end {
			return errFlow
		}
	}
}

// pair reads `key: value`, `key`, or `: value`.
func (p *flowParser) pair() (key, value any, isPair bool, err error) {
	explicit := false
	if p.peek() == '?' && p.i+1 < len(p.s) && isBlank(p.s[p.i+1]) {
		explicit = true
		p.i++
		p.skip()
	}
	at := p.i
	key, ok, err := p.node()
	if err == nil && p.s[at:min(p.i, len(p.s))] == "<<" {
		key = merge("<<")
	}
	if err != nil {
		return nil, nil, false, err
	}
	p.skip()
	if p.peek() == ':' {
		p.i++
		p.skip()
		value, _, err = p.node()
		return key, value, true, err
	}
	if !ok && !explicit {
		return nil, nil, false, errFlow
	}
	return key, nil, explicit, nil
}
