package assertions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// parseSQL reads statements: SELECT with all its parts, INSERT, REPLACE, UPDATE,
// DELETE, CREATE TABLE, ALTER, DROP and TRUNCATE in full, others by their first
// word. Errors say where the text stops being SQL.
func parseSQL(text string, d sqlDialect) (sqlFound, error) {
	tokens, bare, err := scanSQL(text, d)
	if err != nil {
		return sqlFound{}, err
	}
	p := &sqlParser{t: tokens, d: d, op: "select"}
	p.found.bare = bare
	p.blank = strings.TrimSpace(text) == ""
	err = p.statements()
	return p.found, err
}

type sqlParser struct {
	t       []sqlToken
	i       int
	d       sqlDialect
	op      string
	depth   int
	found   sqlFound
	blank   bool
	knows   map[string]bool   // see may
	aliases map[string]string // of the statement's tables
	names   []sqlColumn
}

type sqlColumn struct{ op, table, column string }

const maxSQLDepth = 200

func (p *sqlParser) errorf(format string, args ...any) error {
	if p.i < len(p.t) {
		return fmt.Errorf("%s at %s", fmt.Sprintf(format, args...), quote(p.t[p.i].text))
	}
	return fmt.Errorf("%s at the end", fmt.Sprintf(format, args...))
}

func (p *sqlParser) at(words ...string) bool {
	for k, w := range words {
		if p.i+k >= len(p.t) {
			return false
		}
		t := p.t[p.i+k]
		if t.kind != 'w' && t.kind != 'm' || !strings.EqualFold(t.text, w) {
			return false
		}
	}
	return true
}

func (p *sqlParser) take(words ...string) bool {
	if p.at(words...) {
		p.i += len(words)
		return true
	}
	return false
}

func (p *sqlParser) need(word string) error {
	if p.take(word) {
		return nil
	}
	return p.errorf("%s is missing", word)
}

func (p *sqlParser) anyOf(words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return p.take(w) })
}

func (p *sqlParser) statements() error {
	for n := 0; ; n++ {
		for p.take(";") {
		}
		if p.i == len(p.t) {
			if n == 0 && p.blank {
				return errors.New("there is no statement")
			}
			return nil
		}
		p.aliases, p.names, p.op = map[string]string{}, nil, "select"
		if err := p.statement(); err != nil {
			return err
		}
		p.collect()
		if p.i < len(p.t) && !p.at(";") {
			return p.errorf("something follows the statement")
		}
	}
}

// collect writes down the columns of a statement, their tables by name.
func (p *sqlParser) collect() {
	for _, c := range p.names {
		table := c.table
		if name, ok := p.aliases[strings.ToLower(table)]; ok {
			table = name
		}
		if table == "" {
			table = "null"
		}
		p.found.add(&p.found.columns, c.op+"::"+table+"::"+c.column)
	}
}

// add keeps a name once.
func (f *sqlFound) add(list *[]string, name string) {
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	if !f.seen[name] {
		f.seen[name] = true
		*list = append(*list, name)
	}
}

func (p *sqlParser) statement() error {
	if p.depth++; p.depth > maxSQLDepth {
		return errors.New("too deep")
	}
	defer func() { p.depth-- }()
	switch {
	case p.at("select"), p.at("with"), p.at("("):
		return p.query()
	case p.at("insert"), p.at("replace"):
		return p.insert()
	case p.take("update"):
		return p.update()
	case p.take("delete"):
		return p.delete()
	case p.at("create", "table"), p.at("create", "temporary", "table"), p.may("temp table") && p.at("create", "temp", "table"), p.may("replace table") && p.at("create", "or", "replace", "table"):
		return p.createTable()
	case p.take("drop"):
		return p.drop("DROP")
	case p.take("truncate"):
		return p.drop("TRUNCATE")
	case p.take("alter", "table"):
		return p.alter()
	}
	return p.other()
}

// other is a statement that is known by its first word only.
func (p *sqlParser) other() error {
	if p.i == len(p.t) || p.t[p.i].kind != 'w' {
		return p.errorf("no statement starts here")
	}
	word := strings.ToLower(p.t[p.i].text)
	if p.i+2 < len(p.t) && (p.t[p.i+1].text == "=" || p.t[p.i+1].text == ":=") && !strings.Contains(p.d.reserved, " "+word+" ") {
		p.i += 2
		return p.expr()
	}
	if sqlOpenings[strings.ToLower(p.d.name)] == "" && !strings.Contains(p.d.other, " "+word+" ") || !p.opens() {
		return p.errorf("no statement starts here")
	}
	if word == "create" && !p.creates() {
		return p.errorf("this can't be created")
	}
	p.found.unread = true
	start, open := p.i, 0
	for p.i < len(p.t) && !(p.at(";") && open == 0) {
		switch p.t[p.i].text {
		case "(":
			open++
		case ")":
			open--
		}
		p.i++
	}
	if needsMore := " show explain use set call grant describe desc create "; strings.Contains(needsMore, " "+word+" ") && p.i == start+1 || open != 0 {
		return p.errorf("the statement is not complete")
	}
	return nil
}

// name reads a name: a word that is not reserved, or one in quotes.
func (p *sqlParser) name() (string, bool) {
	if p.i == len(p.t) {
		return "", false
	}
	t := p.t[p.i]
	if t.kind == '"' || t.kind == 'w' && !strings.Contains(p.d.reserved, " "+strings.ToLower(t.text)+" ") {
		p.i++
		return t.text, true
	}
	return "", false
}

// table reads a table's name, counts it, and its alias.
func (p *sqlParser) table(op string, alias bool) (string, error) {
	name, ok := p.name()
	if !ok {
		return "", p.errorf("the name of a table is missing")
	}
	database, parts := "null", 1
	for p.take(".") {
		if parts++; parts > 2 && !p.may("three names") {
			return "", p.errorf("a database in a database")
		}
		next, ok := p.name()
		if !ok {
			return "", p.errorf("the name of a table is missing")
		}
		database, name = name, next
	}
	p.found.add(&p.found.tables, op+"::"+database+"::"+name)
	p.aliases[strings.ToLower(name)] = name
	if alias {
		return name, p.alias(name)
	}
	return name, nil
}

func (p *sqlParser) alias(table string) error {
	as := p.take("as")
	stops := []string{"natural", "full", "cross", "left", "right", "inner", "join", "on", "using", "where", "set", "for", "fetch", "window", "offset", "returning", "tablesample", "straight_join", "intersect", "except", "minus", "qualify", "lock", "into"}
	if !as && slices.ContainsFunc(stops, func(w string) bool { return p.at(w) }) {
		return nil
	}
	name, ok := p.name()
	if as && !ok {
		return p.errorf("an alias is missing")
	}
	if ok {
		p.aliases[strings.ToLower(name)] = table
		if p.at("(") && p.d.aliasList {
			return p.names0()
		}
	}
	return nil
}

// names0 reads (a, b).
func (p *sqlParser) names0() error {
	_, err := p.nameList()
	return err
}

func (p *sqlParser) nameList() ([]string, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	var out []string
	for {
		n, ok := p.name()
		if !ok {
			return nil, p.errorf("a name is missing")
		}
		out = append(out, n)
		if p.take(")") {
			return out, nil
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
	}
}

func (p *sqlParser) where() error {
	if p.take("where") {
		return p.expr()
	}
	return nil
}

func (p *sqlParser) column(op, table, name string) {
	p.names = append(p.names, sqlColumn{op, table, name})
}

func (p *sqlParser) insert() error {
	p.i++
	if p.may("insert or") && p.take("or") && !p.anyOf("replace", "ignore", "abort", "rollback", "fail") {
		return p.errorf("what to do otherwise is missing")
	}
	p.take("ignore")
	p.take("into")
	p.take("table")
	table, err := p.table("insert", false)
	if err != nil {
		return err
	}
	var names []string
	if p.at("(") && !p.at("(", "select") {
		if names, err = p.nameList(); err != nil {
			return err
		}
		for _, n := range names {
			p.column("insert", table, n)
		}
	} else {
		p.column("insert", table, "(.*)")
	}
	switch {
	case p.take("values"), p.may("value for values") && p.take("value"):
		if err := p.rows(len(names)); err != nil {
			return err
		}
	case names == nil && p.may("insert set") && p.take("set"):
		if err := p.assignments("insert", table); err != nil {
			return err
		}
	default:
		if err := p.query(); err != nil {
			return err
		}
	}
	return p.afterInsert()
}

// rows reads (1, 2), (3, 4); each has as many values as there are columns,
// which 0 leaves open.
func (p *sqlParser) rows(columns int) error {
	for {
		n := 0
		if err := p.need("("); err != nil {
			return err
		}
		for n == 0 || p.take(",") {
			n++
			if p.may("default in values") && p.take("default") {
			} else if err := p.expr(); err != nil {
				return err
			}
		}
		if columns > 0 && n != columns {
			return p.errorf("%d values for %d columns", n, columns)
		}
		if err := p.need(")"); err != nil {
			return err
		}
		if !p.take(",") {
			return nil
		}
	}
}

func (p *sqlParser) afterInsert() error {
	if p.d.duplicate && p.take("on", "duplicate", "key", "update") {
		return p.assignments("", "")
	}
	if p.d.conflict && p.take("on", "conflict") {
		if p.at("(") {
			if err := p.names0(); err != nil {
				return err
			}
		}
		if !p.take("do", "nothing") {
			if !p.take("do", "update", "set") {
				return p.errorf("do nothing or do update is missing")
			}
			if err := p.assignments("", ""); err != nil {
				return err
			}
		}
	}
	return p.returning("insert returning")
}

func (p *sqlParser) returning(feature string) error {
	if p.may(feature) && p.take("returning") {
		return p.selectList()
	}
	return nil
}

// assignments reads a = 1, b = 2; without an operation the columns don't count.
func (p *sqlParser) assignments(op, table string) error {
	for {
		n, ok := p.name()
		for ok && p.take(".") {
			n, ok = p.name()
		}
		if !ok {
			return p.errorf("the name of a column is missing")
		}
		if op != "" {
			p.column(op, table, n)
		}
		if err := p.need("="); err != nil {
			return err
		}
		if p.may("default in values") && p.take("default") {
		} else if err := p.expr(); err != nil {
			return err
		}
		if !p.take(",") {
			return nil
		}
	}
}

func (p *sqlParser) update() error {
	if _, err := p.table("update", true); err != nil {
		return err
	}
	if err := p.joins("select"); err != nil {
		return err
	}
	if err := p.need("set"); err != nil {
		return err
	}
	if err := p.assignments("update", ""); err != nil {
		return err
	}
	if p.may("update from") && p.take("from") {
		if err := p.tables(); err != nil {
			return err
		}
	}
	return p.changed("update returning")
}

// changed reads what may follow the changes of a statement; returning is what
// lets it return rows.
func (p *sqlParser) changed(returning string) error {
	if err := p.where(); err != nil {
		return err
	}
	if p.may("change in order") && (p.at("order") || p.at("limit")) {
		return p.orderLimit()
	}
	return p.returning(returning)
}

func (p *sqlParser) delete() error {
	if !p.at("from") {
		table, ok := p.name()
		if !ok {
			return p.errorf("from is missing")
		}
		p.found.add(&p.found.tables, "delete::null::"+table)
		p.column("delete", table, "(.*)")
		if err := p.need("from"); err != nil {
			return err
		}
		if err := p.tables(); err != nil {
			return err
		}
		return p.changed("update returning")
	}
	p.i++
	table, err := p.table("delete", true)
	if err != nil {
		return err
	}
	p.column("delete", table, "(.*)")
	return p.changed("delete returning")
}
