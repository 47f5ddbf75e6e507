package assertions

import (
	"errors"
	"strings"
)

// sqlDialect is what the parsers of promptfoo take in a database's language.
type sqlDialect struct {
	name       string
	hash       bool // # starts a comment
	brackets   bool // [name]
	question   bool // ? is a parameter
	bareDot    bool // .5 is a number
	double     bool // == compares
	limitComma bool // LIMIT 1, 2
	ilike      bool
	regexp     bool
	nulls      bool // NULLS LAST
	fullJoin   bool
	natural    bool
	forUpdate  bool
	conflict   bool // ON CONFLICT
	duplicate  bool // ON DUPLICATE KEY UPDATE
	extract    bool
	top        bool
	fetch      bool
	aliasList  bool // t AS x (a, b)
	bareTable  bool // CREATE TABLE t
	windows    bool // OVER name
	twoParts   bool // no more than TABLE.COLUMN
	reserved   string
	other      string // statements that are taken without being read in full
}

const reservedWords = " all and as asc between by case cross desc distinct else except exists false from group having in inner insert into is join left like limit not null on or order outer right select set show then true union update using values when where with "

func dialectOf(name string) sqlDialect {
	d := baseDialect(name)
	if words := sqlReserved[strings.ToLower(name)]; words != "" {
		d.reserved = " " + words + " "
	}
	return d
}

func baseDialect(name string) sqlDialect {
	mysql := sqlDialect{
		name: name, hash: true, question: true, limitComma: true, regexp: true, fullJoin: true, forUpdate: true, duplicate: true, extract: true, bareTable: true, windows: true,
		reserved: reservedWords + "key div interval ",
		other:    " show explain use set begin commit rollback start call grant describe desc rename lock unlock create analyze ",
	}
	postgres := sqlDialect{
		name: name, bareDot: true, ilike: true, nulls: true, fullJoin: true, natural: true, conflict: true, extract: true, aliasList: true, bareTable: true, windows: true,
		reserved: reservedWords,
		other:    " show use set begin commit rollback call grant create comment deallocate analyze ",
	}
	switch strings.ToLower(name) {
	case "mysql":
		return mysql
	case "mariadb":
		d := mysql
		d.windows = false
		return d
	case "postgresql", "redshift":
		return postgres
	case "sqlite":
		d := mysql
		d.double, d.fullJoin, d.forUpdate, d.extract, d.natural = true, false, false, false, true
		d.bareTable, d.windows, d.twoParts = false, false, true
		d.reserved, d.other = reservedWords, " use set call describe desc create attach pragma "
		return d
	case "transactsql":
		d := postgres
		d.brackets, d.top, d.fetch, d.ilike, d.conflict, d.nulls = true, true, true, false, false, false
		d.extract, d.bareDot = false, false
		return d
	case "bigquery", "snowflake", "hive", "db2", "flinksql", "trino", "athena", "noql":
		d := postgres
		d.limitComma, d.fetch = true, true
		return d
	}
	return sqlDialect{}
}

// sqlToken is a word, a quoted name ('"'), a text ('\”), a number ('0') or a
// mark (its own text).
type sqlToken struct {
	kind byte // 'w', '"', '\'', '0', 'p' (parameter), or 'm'
	text string
}

// sqlFound is what a statement is about.
type sqlFound struct {
	tables  []string
	columns []string
	bare    string // the text without quotes and comments
	seen    map[string]bool
	unread  bool // a statement of it is not read in full
}

var errSQLEnd = errors.New("a quote or comment has no end")

// scanSQL splits a text into tokens.
func scanSQL(s string, d sqlDialect) ([]sqlToken, string, error) {
	var out []sqlToken
	var bare strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			bare.WriteByte(c)
			i++
		case strings.HasPrefix(s[i:], "--") || c == '#' && d.hash:
			for i < len(s) && s[i] != '\n' {
				i++
			}
			bare.WriteByte(' ')
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return nil, "", errSQLEnd
			}
			i += end + 4
			bare.WriteByte(' ')
		case c == '\'' || c == '"' || c == '`' || c == '[' && d.brackets:
			text, n, err := cutSQLQuote(s[i:])
			if err != nil {
				return nil, "", err
			}
			kind := byte('"')
			if c == '\'' {
				kind = '\''
			}
			out = append(out, sqlToken{kind, text})
			bare.WriteString(" ? ")
			i += n
		default:
			n, kind := sqlLexeme(s[i:], d)
			if n == 0 {
				return nil, "", errors.New("an unexpected character " + quote(s[i:min(len(s), i+1)]))
			}
			out = append(out, sqlToken{kind, s[i : i+n]})
			bare.WriteString(s[i : i+n])
			i += n
		}
	}
	return out, bare.String(), nil
}

func cutSQLQuote(s string) (text string, n int, err error) {
	end := s[0]
	if end == '[' {
		end = ']'
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && end != ']':
			i++
		case s[i] == end && i+1 < len(s) && s[i+1] == end:
			i++
		case s[i] == end:
			return s[1:i], i + 1, nil
		}
	}
	return "", 0, errSQLEnd
}

func sqlWordByte(c byte) bool { return isWordByte(c) || c >= 0x80 || c == '$' }

// sqlLexeme is the length and kind of the word, number, parameter or mark at the
// start.
func sqlLexeme(s string, d sqlDialect) (n int, kind byte) {
	c := s[0]
	digit := func(i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }
	switch {
	case isASCIILetter(c) || c == '_' || c >= 0x80 || c == '@':
		for n = 1; n < len(s) && (sqlWordByte(s[n]) || c == '@' && s[n] == '@'); n++ {
		}
		return n, 'w'
	case digit(0) || c == '.' && d.bareDot && digit(1):
		if n = sqlNumber(s); s[n-1] == '.' && !d.hash { // MySQL and SQLite have 5.
			return 0, 0
		}
		return n, '0'
	case c == '?' && d.question:
		return 1, 'p'
	case (c == ':' || c == '$') && len(s) > 1 && sqlWordByte(s[1]):
		for n = 1; n < len(s) && sqlWordByte(s[n]); n++ {
		}
		return n, 'p'
	}
	for _, m := range []string{"->>", "!~*", "::", "<>", "!=", "<=", ">=", "==", "||", "&&", "->", "#>", "@>", "<@", "~*", "!~", ":=", "<<", ">>"} {
		if strings.HasPrefix(s, m) {
			if m == "==" && !d.double {
				return 0, 0
			}
			return len(m), 'm'
		}
	}
	if strings.IndexByte("()+-*/%=<>,.;&|^~![]{}", c) >= 0 {
		return 1, 'm'
	}
	return 0, 0
}

func sqlNumber(s string) int {
	n := 0
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		for n = 2; n < len(s) && isWordByte(s[n]); n++ {
		}
		return n
	}
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
		n++
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m < len(s) && s[m] >= '0' && s[m] <= '9' {
			for n = m; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
			}
		}
	}
	return n
}
