package assertions

import (
	"slices"
	"strings"
)

// query reads WITH … SELECT … UNION SELECT … ORDER BY … LIMIT ….
func (p *sqlParser) query() error {
	if p.depth++; p.depth > maxSQLDepth {
		return p.errorf("too deep")
	}
	defer func() { p.depth-- }()
	if p.take("with") {
		p.take("recursive")
		for {
			name, ok := p.name()
			if !ok {
				return p.errorf("the name of a part is missing")
			}
			p.aliases[strings.ToLower(name)] = name
			if p.at("(") {
				if err := p.names0(); err != nil {
					return err
				}
			}
			if err := p.need("as"); err != nil {
				return err
			}
			if err := p.bracketed(p.statement); err != nil {
				return err
			}
			if !p.take(",") {
				break
			}
		}
		for _, word := range []string{"insert", "delete", "update"} {
			if p.at(word) && p.may("with "+word) {
				return p.statement()
			}
		}
	}
	for {
		if p.at("(") {
			if err := p.bracketed(p.query); err != nil {
				return err
			}
		} else if err := p.selects(); err != nil {
			return err
		}
		if !p.take("union") && !(p.may("intersect") && p.anyOf("intersect", "except")) && !(p.may("minus") && p.take("minus")) {
			break
		}
		if !p.take("all") && p.may("union distinct") {
			p.take("distinct")
		}
	}
	return p.orderLimit()
}

func (p *sqlParser) bracketed(read func() error) error {
	if err := p.need("("); err != nil {
		return err
	}
	if err := read(); err != nil {
		return err
	}
	return p.need(")")
}

func (p *sqlParser) selects() error {
	if err := p.need("select"); err != nil {
		return err
	}
	if p.may("calc found rows") {
		p.take("sql_calc_found_rows")
	}
	if p.anyOf("distinct", "distinctrow") && p.at("on", "(") {
		p.i++
		if err := p.bracketed(func() error { return p.exprs(false) }); err != nil {
			return err
		}
		if !p.may("distinct on") { // ON is the name of a function there
			if err := p.columnAlias(); err != nil {
				return err
			}
			if !p.take(",") {
				return p.afterColumns()
			}
		}
	}
	if p.d.top && p.take("top") {
		if err := p.primary(); err != nil {
			return err
		}
	}
	if err := p.selectList(); err != nil {
		return err
	}
	return p.afterColumns()
}

// afterColumns reads what stands between the columns and the order of a SELECT.
func (p *sqlParser) afterColumns() error {
	if p.may("select into") && p.take("into") {
		if err := p.primary(); err != nil {
			return err
		}
	}
	if p.take("from") {
		if err := p.tables(); err != nil {
			return err
		}
	}
	if err := p.where(); err != nil {
		return err
	}
	if p.take("group", "by") {
		if err := p.exprs(false); err != nil {
			return err
		}
		if p.may("rollup") {
			p.take("with", "rollup")
		}
	}
	if p.take("having") {
		if err := p.expr(); err != nil {
			return err
		}
	}
	if p.may("qualify") && p.take("qualify") {
		if err := p.expr(); err != nil {
			return err
		}
	}
	if p.may("window") && p.take("window") {
		return p.windows()
	}
	return nil
}

// windows reads name AS (…), ….
func (p *sqlParser) windows() error {
	for {
		if _, ok := p.name(); !ok {
			return p.errorf("the name of a window is missing")
		}
		if err := p.need("as"); err != nil {
			return err
		}
		if err := p.bracketed(p.window); err != nil {
			return err
		}
		if !p.take(",") {
			return nil
		}
	}
}

func (p *sqlParser) selectList() error {
	for {
		if p.take("*") {
			p.column("select", "", "(.*)")
		} else {
			if err := p.expr(); err != nil {
				return err
			}
			if p.i > 1 && p.t[p.i-1].text == "*" && p.t[p.i-2].text == "." && p.at("as") {
				return p.errorf("all columns have no other name")
			}
			if err := p.columnAlias(); err != nil {
				return err
			}
		}
		if !p.take(",") {
			return nil
		}
	}
}

func (p *sqlParser) columnAlias() error {
	as := p.take("as")
	if !as && slices.ContainsFunc([]string{"from", "for", "window", "offset", "fetch", "intersect", "except", "minus", "qualify", "into"}, func(w string) bool { return p.at(w) }) {
		return nil
	}
	if _, ok := p.name(); ok {
		return nil
	}
	if p.i < len(p.t) && p.t[p.i].kind == '\'' && p.may("text as alias") {
		p.i++
		return nil
	}
	if as {
		return p.errorf("an alias is missing")
	}
	return nil
}

func (p *sqlParser) tables() error {
	for {
		if err := p.source(); err != nil {
			return err
		}
		if err := p.joins("select"); err != nil {
			return err
		}
		if !p.take(",") {
			return nil
		}
	}
}

// source is a table, a query in brackets, or a function of rows.
func (p *sqlParser) source() error {
	if !p.take("lateral", "(") && p.at("lateral") && !p.may("rows of functions") {
		return p.errorf("a query is missing")
	} else if p.i > 1 && p.t[p.i-1].text == "(" && strings.EqualFold(p.t[p.i-2].text, "lateral") {
		p.i-- // the bracket
	}
	if p.at("(") {
		read := p.query
		if !p.at("(", "select") && !p.at("(", "with") && !p.at("(", "(") {
			read = p.tables
		}
		if err := p.bracketed(read); err != nil {
			return err
		}
		return p.alias("")
	}
	if p.i+1 < len(p.t) && p.t[p.i].kind == 'w' && p.t[p.i+1].text == "(" {
		if !p.may("rows of functions") {
			return p.errorf("no function makes rows")
		}
		if err := p.primary(); err != nil {
			return err
		}
		return p.alias("")
	}
	_, err := p.table("select", true)
	return err
}

func (p *sqlParser) joins(string) error {
	for {
		crossed := false
		switch {
		case p.d.natural && p.take("natural"):
		case p.take("inner"):
		case p.take("cross"):
			crossed = true
		case p.take("left"), p.may("right join") && p.take("right"), p.d.fullJoin && p.take("full"):
			p.take("outer")
		case p.may("straight_join") && p.take("straight_join"):
			p.i-- // stands for join
			p.t[p.i].text = "join"
		case p.at("join"):
		default:
			return nil
		}
		if err := p.need("join"); err != nil {
			return err
		}
		if err := p.source(); err != nil {
			return err
		}
		switch {
		case crossed && !p.may("cross join on"):
		case p.take("on"):
			if err := p.expr(); err != nil {
				return err
			}
		case p.take("using"):
			if err := p.names0(); err != nil {
				return err
			}
		}
	}
}

func (p *sqlParser) orderLimit() error {
	if p.d.top && !p.at("order") && (p.at("offset") || p.at("fetch")) {
		return nil // pages are of what has an order
	}
	if p.take("order", "by") {
		if err := p.orderList(); err != nil {
			return err
		}
	}
	limited := false
	if p.may("offset before limit") && p.take("offset") {
		if err := p.expr(); err != nil {
			return err
		}
		if !p.at("limit") {
			return p.fetch()
		}
	}
	if p.take("limit") {
		limited = true
		if err := p.amount(); err != nil {
			return err
		}
		if p.d.limitComma && p.take(",") {
			if err := p.amount(); err != nil {
				return err
			}
		}
	}
	if (limited || p.may("offset alone")) && p.take("offset") {
		if err := p.expr(); err != nil {
			return err
		}
	}
	return p.fetch()
}

// fetch reads ROWS FETCH NEXT 5 ROWS ONLY, and what a query locks or writes.
func (p *sqlParser) fetch() error {
	p.anyOf("rows", "row")
	if p.d.fetch && p.take("fetch") {
		if !p.anyOf("first", "next") {
			return p.errorf("first or next is missing")
		}
		if err := p.expr(); err != nil {
			return err
		}
		if !p.anyOf("rows", "row") || !p.take("only") {
			return p.errorf("rows only is missing")
		}
	}
	if p.d.forUpdate && p.take("for", "update") && p.may("skip locked") && !p.take("skip", "locked") {
		p.take("nowait")
	}
	if p.may("lock in share mode") {
		p.take("lock", "in", "share", "mode")
	}
	if p.may("into outfile") && p.take("into") {
		p.take("outfile")
		return p.primary()
	}
	return nil
}

// amount is a number of rows.
func (p *sqlParser) amount() error {
	p.anyOf("-", "+")
	if p.i < len(p.t) && (p.t[p.i].kind == '0' || p.t[p.i].kind == 'p' && (p.may("numbered limit") || p.t[p.i].text == "?" && p.may("parameter of limit") || strings.HasPrefix(p.t[p.i].text, ":"))) {
		p.i++
		return nil
	}
	if p.at("(") {
		return p.brackets()
	}
	if !p.d.duplicate && p.take("all") {
		return nil
	}
	return p.errorf("a number of rows is missing")
}

func (p *sqlParser) orderList() error {
	for {
		if err := p.expr(); err != nil {
			return err
		}
		p.anyOf("asc", "desc")
		if p.d.nulls && p.take("nulls") && !p.anyOf("first", "last") {
			return p.errorf("first or last is missing")
		}
		if !p.take(",") {
			return nil
		}
	}
}

// exprs reads a list; defaults are allowed in rows of values.
func (p *sqlParser) exprs(defaults bool) error {
	for {
		if defaults && p.take("default") {
		} else if err := p.expr(); err != nil {
			return err
		}
		if !p.take(",") {
			return nil
		}
	}
}

// expr reads an expression; the precedence of its operators does not matter here.
func (p *sqlParser) expr() error {
	if p.depth++; p.depth > maxSQLDepth {
		return p.errorf("too deep")
	}
	defer func() { p.depth-- }()
	for {
		for p.anyOf("not", "!", "-", "+", "~", "binary", "prior") {
		}
		if err := p.primary(); err != nil {
			return err
		}
		more, err := p.operator()
		if err != nil || !more {
			return err
		}
	}
}

// operator reads what follows an operand; more says that another one must come.
func (p *sqlParser) operator() (more bool, err error) {
	for {
		if p.anyOf("and", "or", "mod", "=", "<>", "!=", "<=", ">=", "<", ">", "==", "+", "-", "*", "/", "%", "||", "&&", "@>", "<@") ||
			p.may("words of logic") && p.take("xor") || p.may("div") && p.take("div") || p.may("and of bits") && p.anyOf("&", "|") || p.may("bits") && p.anyOf("^", "<<", ">>") || p.may("json arrow") && p.anyOf("->", "->>") || p.may("tilde") && p.anyOf("~", "~*", "!~", "!~*") {
			p.anyOf("all", "any", "some")
			return true, nil
		}
		not := p.at("not") && p.i+1 < len(p.t) && slices.Contains([]string{"in", "like", "between", "ilike", "regexp", "rlike", "similar", "glob"}, strings.ToLower(p.t[p.i+1].text))
		if not {
			p.i++
		}
		switch {
		case p.take("is"):
			p.take("not")
			if p.may("is distinct") && p.take("distinct", "from") {
				return true, nil
			}
			if !p.anyOf("null", "true", "false", "unknown") {
				return true, nil
			}
		case p.take("in"):
			if err := p.inList(); err != nil {
				return false, err
			}
		case p.take("between"):
			if err := p.primary(); err != nil {
				return false, err
			}
			for p.anyOf("+", "-", "*", "/") {
				if err := p.primary(); err != nil {
					return false, err
				}
			}
			return true, p.need("and")
		case p.take("like"), p.d.ilike && p.take("ilike"), p.d.regexp && p.anyOf("regexp", "rlike"), p.may("similar") && p.take("similar", "to"), p.may("glob") && p.take("glob"), p.take("escape"):
			return true, nil
		case p.may("collate") && p.take("collate"):
			if _, ok := p.name(); !ok {
				return false, p.errorf("a collation is missing")
			}
		case p.take("::"):
			if err := p.typeName(); err != nil {
				return false, err
			}
		case p.take("at", "time", "zone"):
			return true, nil
		default:
			return false, nil
		}
	}
}

func (p *sqlParser) inList() error {
	if p.at("(", "select") || p.at("(", "with") {
		return p.bracketed(p.query)
	}
	if !p.at("(") {
		return p.primary()
	}
	return p.bracketed(func() error { return p.exprs(false) })
}

func (p *sqlParser) typeName() error {
	if name := p.word(); name == "" || !p.knownType(name) && !strings.EqualFold(name, "signed") && !strings.EqualFold(name, "unsigned") {
		return p.errorf("a type is missing")
	}
	p.anyOf("precision", "varying", "unsigned", "signed", "integer")
	if p.take("(") {
		return func() error {
			if err := p.exprs(false); err != nil {
				return err
			}
			return p.need(")")
		}()
	}
	for p.take("[", "]") {
	}
	return nil
}
