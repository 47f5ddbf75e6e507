package assertions

import "strings"

// primary reads one operand.
func (p *sqlParser) primary() error {
	for p.anyOf("-", "+", "~", "!", "not") {
	}
	if p.i == len(p.t) {
		return p.errorf("something is missing")
	}
	t := p.t[p.i]
	switch t.kind {
	case '0', 'p', '\'':
		p.i++
		return nil
	case 'm':
		if t.text == "(" {
			return p.brackets()
		}
		return p.errorf("a value is missing")
	}
	if t.kind == 'w' {
		switch strings.ToLower(t.text) {
		case "default":
			if !p.may("default in values") {
				return p.errorf("a value is missing")
			}
			p.i++
			return nil
		case "null", "true", "false", "current_date", "current_timestamp", "current_time":
			p.i++
			if p.take("(") {
				return p.need(")")
			}
			return nil
		case "case":
			return p.caseOf()
		case "exists":
			p.i++
			return p.bracketed(p.query)
		case "cast", "try_cast", "convert":
			if p.at(t.text, "(") {
				return p.cast()
			}
		case "extract":
			if p.d.extract && p.at(t.text, "(") {
				return p.extract()
			}
		case "interval":
			return p.interval()
		case "array":
			if p.may("array") && p.at("array", "[") {
				p.i += 2
				if err := p.exprs(false); err != nil {
					return err
				}
				return p.need("]")
			}
		case "n":
			if p.may("national") && p.i+1 < len(p.t) && p.t[p.i+1].kind == '\'' {
				p.i += 2
				return nil
			}
		case "match":
			if p.may("against") && p.at("match", "(") {
				return p.against()
			}
		case "left", "right", "replace", "values", "insert", "if", "row", "mod", "truncate":
			if p.at(t.text, "(") {
				p.i++
				return p.arguments()
			}
		case "date", "time", "timestamp":
			if p.i+1 < len(p.t) && p.t[p.i+1].kind == '\'' {
				p.i += 2
				return nil
			}
		}
	}
	return p.reference()
}

func (p *sqlParser) brackets() error {
	if p.at("(", "select") || p.at("(", "with") {
		return p.bracketed(p.query)
	}
	return p.bracketed(func() error { return p.exprs(false) })
}

// reference is a column, a function's call, or TABLE.*.
func (p *sqlParser) reference() error {
	if p.i < len(p.t) && p.t[p.i].kind == 'w' && strings.HasPrefix(p.t[p.i].text, "@") {
		p.i++
		return nil
	}
	first, ok := p.name()
	if !ok && p.i+1 < len(p.t) && p.t[p.i].kind == 'w' && p.t[p.i+1].text == "(" && !strings.Contains(reservedWords, " "+strings.ToLower(p.t[p.i].text)+" ") {
		first, ok = p.t[p.i].text, true // the name of a function
		p.i++
	}
	if !ok {
		return p.errorf("a value is missing")
	}
	parts := []string{first}
	for p.take(".") {
		if p.take("*") {
			p.column("select", parts[len(parts)-1], "(.*)")
			return nil
		}
		next, ok := p.name()
		if !ok {
			return p.errorf("the name of a column is missing")
		}
		parts = append(parts, next)
	}
	if p.at("(") {
		return p.call()
	}
	if p.d.twoParts && len(parts) > 2 {
		return p.errorf("a name of three parts")
	}
	table := ""
	if n := len(parts); n > 1 {
		table = strings.Join(parts[:n-1], "::")
	}
	p.column("select", table, parts[len(parts)-1])
	return nil
}

func (p *sqlParser) call() error {
	if err := p.arguments(); err != nil {
		return err
	}
	if p.may("within group") && p.take("within", "group") {
		if err := p.bracketed(func() error { p.take("order", "by"); return p.orderList() }); err != nil {
			return err
		}
	}
	if p.may("filter") && p.take("filter") {
		if err := p.bracketed(p.where); err != nil {
			return err
		}
	}
	if p.take("over") {
		if !p.at("(") && p.d.windows {
			if _, ok := p.name(); !ok {
				return p.errorf("a window is missing")
			}
			return nil
		}
		return p.bracketed(p.window)
	}
	return nil
}

// against reads MATCH(a, b) AGAINST ('x').
func (p *sqlParser) against() error {
	p.i++
	if err := p.arguments(); err != nil {
		return err
	}
	if !p.take("against") {
		return nil
	}
	if err := p.need("("); err != nil {
		return err
	}
	return p.skipTo()
}

// skipTo passes all up to the bracket that closes, and that one.
func (p *sqlParser) skipTo() error {
	for open := 1; p.i < len(p.t); p.i++ {
		switch p.t[p.i].text {
		case "(":
			open++
		case ")":
			if open--; open == 0 {
				p.i++
				return nil
			}
		}
	}
	return p.errorf("a bracket is missing")
}

func (p *sqlParser) arguments() error {
	concat := p.i > 0 && strings.EqualFold(p.t[p.i-1].text, "group_concat")
	if err := p.need("("); err != nil {
		return err
	}
	if p.take(")") {
		return nil
	}
	p.anyOf("distinct", "all")
	if p.at("select") {
		if err := p.query(); err != nil {
			return err
		}
		return p.need(")")
	}
	if p.take("*") {
		return p.need(")")
	}
	if p.may("trim both") && p.i > 1 && strings.EqualFold(p.t[p.i-2].text, "trim") && p.anyOf("both", "leading", "trailing") {
		return p.trimmed()
	}
	if err := p.exprs(false); err != nil {
		return err
	}
	if (p.may("within group") || p.may("separator") && concat) && p.take("order", "by") {
		if err := p.orderList(); err != nil {
			return err
		}
	}
	if p.may("separator") && p.take("separator") {
		if err := p.primary(); err != nil {
			return err
		}
	}
	return p.need(")")
}

// trimmed reads what TRIM(BOTH … FROM …) takes away, and from where.
func (p *sqlParser) trimmed() error {
	if !p.at("from") {
		if err := p.primary(); err != nil {
			return err
		}
	}
	if err := p.need("from"); err != nil {
		return err
	}
	if err := p.expr(); err != nil {
		return err
	}
	return p.need(")")
}

func (p *sqlParser) window() error {
	if p.take("partition", "by") {
		if err := p.exprs(false); err != nil {
			return err
		}
	} else if !p.may("open window") {
		return p.errorf("partition by is missing")
	}
	if p.take("order", "by") {
		if err := p.orderList(); err != nil {
			return err
		}
	}
	if p.anyOf("rows", "range", "groups") {
		return p.skipPart()
	}
	return nil
}

func (p *sqlParser) caseOf() error {
	p.i++
	if !p.at("when") {
		if err := p.expr(); err != nil {
			return err
		}
	}
	n := 0
	for p.take("when") {
		n++
		if err := p.expr(); err != nil {
			return err
		}
		if err := p.need("then"); err != nil {
			return err
		}
		if err := p.expr(); err != nil {
			return err
		}
	}
	if n == 0 {
		return p.errorf("when is missing")
	}
	if p.take("else") {
		if err := p.expr(); err != nil {
			return err
		}
	}
	return p.need("end")
}

func (p *sqlParser) cast() error {
	p.i += 2
	if err := p.expr(); err != nil {
		return err
	}
	switch {
	case p.take("as"):
		if err := p.typeName(); err != nil {
			return err
		}
	case p.may("convert using") && p.take("using"):
		p.i++
	case p.take(","):
		if err := p.typeName(); err != nil {
			return err
		}
	}
	return p.need(")")
}

func (p *sqlParser) extract() error {
	p.i += 2
	if _, ok := p.name(); !ok {
		return p.errorf("what to extract is missing")
	}
	if err := p.need("from"); err != nil {
		return err
	}
	if err := p.expr(); err != nil {
		return err
	}
	return p.need(")")
}

func (p *sqlParser) interval() error {
	listed := p.i > 0 && (strings.EqualFold(p.t[p.i-1].text, "select") || p.t[p.i-1].text == ",") && !strings.EqualFold(p.d.name, "mysql") // it is a column there
	p.i++
	if err := p.primary(); err != nil {
		return err
	}
	if _, unit := p.name(); !unit && !listed && !p.may("bare interval") {
		return p.errorf("the unit is missing")
	}
	return nil
}
