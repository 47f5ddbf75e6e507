package assertions

import (
	"slices"
	"strings"
)

func (p *sqlParser) drop(op string) error {
	if !p.anyOf("table", "view", "index", "database", "schema") && op == "DROP" {
		return p.errorf("what to drop is missing")
	}
	p.take("if", "exists")
	if p.d.name == "PostgreSQL" && op == "TRUNCATE" {
		op = "truncate"
	}
	for {
		if _, err := p.table(op, false); err != nil {
			return err
		}
		if !p.take(",") {
			break
		}
	}
	p.anyOf("cascade", "restrict")
	return nil
}

// createTable reads the columns' names; what follows them is taken as it is.
func (p *sqlParser) createTable() error {
	for !p.take("table") {
		p.i++
	}
	p.take("if", "not", "exists")
	if _, err := p.table("create", false); err != nil {
		return err
	}
	if p.take("as") || p.at("select") {
		return p.query()
	}
	if p.take("like") {
		_, err := p.table("select", false)
		return err
	}
	if p.d.bareTable && (p.i == len(p.t) || p.at(";")) || p.d.aliasList && p.take("(", ")") {
		return nil
	}
	if err := p.need("("); err != nil {
		return err
	}
	for {
		n, ok := p.name()
		if !ok && !p.at("key") || p.i == len(p.t) {
			return p.errorf("the name of a column is missing")
		}
		constraint := slices.Contains([]string{"primary", "foreign", "unique", "constraint", "check", "index"}, strings.ToLower(n))
		if !constraint && ok {
			if p.at(",") || p.at(")") {
				return p.errorf("the type of column %s is missing", n)
			}
			p.column("create", "", n)
			p.column("select", "", n)
		}
		if err := p.skipPart(); err != nil {
			return err
		}
		if p.take(")") {
			break
		}
		p.i++ // the comma
	}
	for p.i < len(p.t) && !p.at(";") {
		p.i++ // options of the table
	}
	return nil
}

// skipPart passes tokens up to a comma or closing bracket of this level.
func (p *sqlParser) skipPart() error {
	open := 0
	for p.i < len(p.t) {
		switch {
		case p.at(";"):
			return p.errorf("a bracket is missing")
		case p.at("("):
			open++
		case p.at(")") && open == 0:
			return nil
		case p.at(")"):
			open--
		case p.at(",") && open == 0:
			return nil
		}
		p.i++
	}
	return p.errorf("a bracket is missing")
}

func (p *sqlParser) alter() error {
	if _, err := p.table("alter", false); err != nil {
		return err
	}
	if p.i == len(p.t) || p.at(";") {
		return p.errorf("what to alter is missing")
	}
	p.found.unread = true
	for p.i < len(p.t) && !p.at(";") {
		p.i++
	}
	return nil
}
