package assertions

import "github.com/GaboBase/arch-genops/internal/jsvalue"

// mapping reads {…}: pairs, and keys without a value.
func (p *flowParser) mapping() (any, error) {
	o := jsvalue.NewObject()
	err := p.entries('}', func() error {
		key, value, _, err := p.pair()
		if err != nil {
			return err
		}
		o.Set(keyText(key), value)
		return nil
	})
	return o, err
}

// keyText is a key as JavaScript writes it.
func keyText(key any) string {
	if list, ok := key.([]any); ok {
		for i, x := range list {
			if _, isObject := jsvalue.KeysOf(x); isObject {
				list[i] = "[object Object]"
			}
		}
	}
	return jsvalue.ToString(key)
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
			key = jsvalue.NewObject(keyText(key), value)
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
	line := p.line
	key, ok, err := p.node()
	if err != nil {
		return nil, nil, false, err
	}
	p.skip()
	if (explicit || p.line == line) && p.peek() == ':' {
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
