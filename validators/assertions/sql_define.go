package assertions

import (
	"strings"
)

func (p *sqlParser) drop(op string) error {
	if p.at("index") && op == "DROP" {
		return p.dropIndex()
	}
	table := p.at("table")
	if !p.anyOf("table", "view") && !(p.may("drop database") && p.anyOf("database", "schema", "trigger")) && op == "DROP" {
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
	if !table || p.may("cascade") {
		p.anyOf("cascade", "restrict")
	}
	return nil
}

// dropIndex reads DROP INDEX i, or DROP INDEX i ON t.
func (p *sqlParser) dropIndex() error {
	p.i++
	p.take("if", "exists")
	name, ok := p.name()
	if !ok {
		return p.errorf("the name of an index is missing")
	}
	if p.may("drop index on") && p.take("on") {
		_, err := p.table("drop", false)
		return err
	}
	if !p.may("drop index") {
		return p.errorf("the table of the index is missing")
	}
	p.found.add(&p.found.tables, "DROP::null::"+name)
	return nil
}

// creates says that what follows CREATE is known.
func (p *sqlParser) creates() bool {
	at := func(k int, word string) bool { return p.i+k < len(p.t) && strings.EqualFold(p.t[p.i+k].text, word) }
	switch {
	case at(1, "extension"), at(1, "sequence"):
		return p.may("create extension")
	case at(1, "function"):
		return p.may("create function")
	case at(1, "type"):
		return p.may("create type")
	case at(1, "or") && at(3, "view"):
		return p.may("replace view")
	}
	return !at(1, "temp") && !at(1, "or") || at(3, "function") || at(2, "view")
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
	if p.may("table as select") && (p.take("as") || p.at("select")) {
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
		isConstraint, err := p.constraint()
		if err != nil {
			return err
		}
		if !isConstraint {
			n, ok := p.name()
			if !ok {
				return p.errorf("the name of a column is missing")
			}
			p.column("create", "", n)
			p.column("select", "", n)
			if err := p.columnType(); err != nil {
				return err
			}
		} else if err := p.skipPart(); err != nil {
			return err
		}
		if p.take(")") {
			break
		}
		if err := p.need(","); err != nil {
			return err
		}
	}
	return p.tableOptions()
}

// constraint says whether one begins here, and not a column.
func (p *sqlParser) constraint() (bool, error) {
	name := strings.ToLower(p.d.name)
	if p.i == len(p.t) || p.t[p.i].kind != 'w' {
		return false, nil
	}
	switch strings.ToLower(p.t[p.i].text) {
	case "primary", "foreign", "unique", "constraint", "check":
		return true, nil
	case "index", "fulltext", "spatial":
		if name == "sqlite" || name == "transactsql" || name == "bigquery" {
			return true, p.errorf("there are no indexes here")
		}
		return true, nil
	case "key":
		if name == "sqlite" || name == "bigquery" {
			return false, nil
		}
		return p.i+1 < len(p.t) && (p.t[p.i+1].text == "(" || p.i+2 < len(p.t) && p.t[p.i+2].text == "(" && !p.knownType(p.t[p.i+1].text)), nil
	}
	return false, nil
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
	for words, feature := range map[string]string{"modify": "alter modify", "change": "alter change", "rename column": "alter rename column", "add index": "alter index", "add constraint": "alter constraint"} {
		if p.at(strings.Fields(words)...) && !p.may(feature) {
			return p.errorf("this can't be altered")
		}
	}
	if p.at("alter") && !p.may("alter type") {
		return p.errorf("this can't be altered")
	}
	p.found.unread = true
	for p.i < len(p.t) && !p.at(";") {
		p.i++
	}
	return nil
}
