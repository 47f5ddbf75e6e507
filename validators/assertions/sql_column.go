package assertions

import (
	"slices"
	"strings"
)

// commonTypes are the types that all databases but BigQuery have; sqlTypes adds
// those of one. A database that is in neither has types of any name.
const commonTypes = "int integer bigint smallint tinyint numeric decimal float float4 float8 double char varchar text tinytext mediumtext longtext date datetime time timestamp json "

var sqlTypes = map[string]string{
	"mysql":       commonTypes + "mediumint int2 int4 int8 int64 float64 blob tinyblob mediumblob longblob binary varbinary bit boolean year enum set point geometry polygon linestring vector",
	"mariadb":     commonTypes + "mediumint int2 int4 int8 int64 float64 blob tinyblob mediumblob longblob binary varbinary bit boolean year uuid enum set point geometry polygon linestring",
	"postgresql":  commonTypes + "mediumint int2 int4 int8 int64 float64 serial bigserial smallserial real money character bytea bit bool boolean timestamptz interval jsonb uuid enum inet cidr macaddr geometry tsvector tsquery oid regclass",
	"sqlite":      commonTypes + "int2 int4 int8 int64 float64 real blob tinyblob mediumblob longblob boolean enum",
	"transactsql": commonTypes + "int2 int4 int8 int64 float64 real money smallmoney nvarchar nchar ntext binary varbinary bit datetime2 smalldatetime datetimeoffset uniqueidentifier",
	"bigquery":    "integer int64 numeric float64 string bytes bool date datetime time timestamp geography",
	"snowflake":   commonTypes + "serial bigserial number real character string binary varbinary bool boolean timestamp_ntz timestamp_tz interval jsonb uuid enum geometry geography oid regclass",
}

// knownType says that the database has a type of this name.
func (p *sqlParser) knownType(name string) bool {
	types, ok := sqlTypes[strings.ToLower(p.d.name)]
	return !ok || slices.Contains(strings.Fields(types), strings.ToLower(name))
}

// word reads a word or quoted name, reserved or not; "" = there is none.
func (p *sqlParser) word() string {
	if p.i == len(p.t) || p.t[p.i].kind != 'w' && p.t[p.i].kind != '"' {
		return ""
	}
	p.i++
	return p.t[p.i-1].text
}

// columnType reads the type of a column and what is said of it.
func (p *sqlParser) columnType() error {
	if p.may("no type") && (p.at(",") || p.at(")")) {
		return nil
	}
	if name := p.word(); name == "" || !p.knownType(name) {
		return p.errorf("the type of a column is missing")
	}
	if p.take("(") {
		if err := p.skipTo(); err != nil {
			return err
		}
	}
	wide := p.may("bare interval")
	switch {
	case wide && (p.take("precision") || p.take("varying")):
		if p.take("(") {
			if err := p.skipTo(); err != nil {
				return err
			}
		}
	case wide && (p.take("with", "time", "zone") || p.take("without", "time", "zone")):
	}
	for wide && p.take("[", "]") {
	}
	for p.anyOf("unsigned", "zerofill") {
	}
	for p.i < len(p.t) && !p.at(",") && !p.at(")") {
		if err := p.columnOption(); err != nil {
			return err
		}
	}
	return nil
}

// columnOption reads one thing that is said of a column.
func (p *sqlParser) columnOption() error {
	name := strings.ToLower(p.d.name)
	is := func(names ...string) bool { return slices.Contains(names, name) || sqlTypes[name] == "" }
	switch {
	case p.take("not", "null"), p.take("null"), p.take("primary", "key"), p.take("unique", "key"), p.take("unique"), p.take("key"):
		return nil
	case p.take("on", "update"), p.take("default"):
		return p.defaultValue()
	case is("mysql", "mariadb", "postgresql", "sqlite", "snowflake") && p.take("auto_increment"), is("sqlite") && p.take("autoincrement"):
		return nil
	case p.take("comment"), p.take("collate"), p.take("character", "set"):
		p.i++
		return nil
	case is("mysql", "mariadb", "postgresql", "sqlite", "snowflake") && p.take("references"):
		return p.references()
	case is("mysql", "mariadb", "postgresql", "sqlite", "transactsql") && p.take("check"):
		return p.bracketed(p.expr)
	case p.take("constraint"):
		p.i++
		return nil
	case is("transactsql") && p.take("identity"):
		if p.take("(") {
			return p.skipTo()
		}
		return nil
	case is("postgresql") && p.take("generated", "by", "default", "as", "identity"):
		return nil
	case is("mysql", "mariadb", "sqlite") && (p.take("generated", "always", "as") || p.at("as", "(") && p.take("as")):
		if err := p.bracketed(p.expr); err != nil {
			return err
		}
		p.anyOf("stored", "virtual")
		return nil
	}
	return p.errorf("nothing of that kind is said of a column")
}

// defaultValue reads a value, or a call of a function.
func (p *sqlParser) defaultValue() error {
	if err := p.primary(); err != nil {
		return err
	}
	if p.take("::") {
		return p.typeName()
	}
	return nil
}

// references reads u (b) ON DELETE CASCADE ON UPDATE SET NULL.
func (p *sqlParser) references() error {
	if _, ok := p.name(); !ok {
		return p.errorf("the name of a table is missing")
	}
	if p.take(".") {
		p.name()
	}
	if err := p.names0(); err != nil {
		return err
	}
	for p.take("on", "delete") || p.take("on", "update") {
		if !p.anyOf("cascade", "restrict") && !p.take("set", "null") && !p.take("set", "default") && !p.take("no", "action") {
			return p.errorf("what to do with the row is missing")
		}
	}
	return nil
}

// tableOptions reads what follows the columns of a table.
func (p *sqlParser) tableOptions() error {
	name := strings.ToLower(p.d.name)
	for p.i < len(p.t) && !p.at(";") {
		switch {
		case sqlTypes[name] == "":
			p.i++
		case p.may("columns and select") && (p.take("as") || p.at("select")):
			return p.query()
		case name == "sqlite" && (p.take("without", "rowid") || p.take("strict")), p.take(","):
		case p.may("partition by") && p.take("partition", "by"):
			for p.i < len(p.t) && !p.at(";") {
				p.i++
			}
		case p.anyOf("engine", "auto_increment", "comment", "row_format", "key_block_size", "collate", "charset"), p.take("default", "charset"), p.take("character", "set"), p.take("default", "character", "set"), p.take("default", "collate"):
			p.take("=")
			p.i++
		default:
			return p.errorf("nothing of that kind is said of a table")
		}
	}
	return nil
}
