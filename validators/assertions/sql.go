package assertions

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// sqlRule is what a statement must be like.
type sqlRule struct {
	dialect sqlDialect
	tables  []string // patterns of OPERATION::DATABASE::TABLE; nil = all
	columns []string // patterns of OPERATION::TABLE::COLUMN; nil = all
}

func readSQLRule(value any) (sqlRule, error) {
	r := sqlRule{dialect: dialectOf("MySQL")}
	if !jsvalue.Truthy(value) {
		return r, nil
	}
	if !isObject(value) {
		return r, errSQLValue
	}
	if name := field(value, "databaseType"); jsvalue.Truthy(name) {
		text, _ := name.(string)
		if r.dialect = dialectOf(text); r.dialect.name == "" {
			return r, fmt.Errorf("databaseType %s is not known", shown(name))
		}
	}
	r.tables, r.columns = textsOf(field(value, "allowedTables")), textsOf(field(value, "allowedColumns"))
	for _, c := range r.columns {
		if parts := strings.Split(c, "::"); len(parts) == 3 && parts[1] != "null" {
			r.columns = append(r.columns, parts[0]+"::null::"+parts[2])
		}
	}
	return r, nil
}

var errSQLValue = errors.New("value: allowed is {databaseType, allowedTables, allowedColumns}")

func textsOf(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	out := []string{}
	for _, x := range list {
		out = append(out, jsvalue.ToString(x))
	}
	return out
}

// likelyMistakes are texts that parse and are wrong: a comma forgotten between
// two columns, and a function that MySQL does not have.
var likelyMistakes = sync.OnceValue(func() (f struct{ standard, mysql, series *regexp.Regexp }) {
	const name = `[A-Za-z_][A-Za-z0-9_]*`
	f.standard = regexp.MustCompile(`(?i)\bselect\s+((?:(?:all|distinct)\s+)*)(` + name + `)\s+` + name + `\s+from\b`)
	f.mysql = regexp.MustCompile(`(?i)\bselect\s+((?:(?:all|distinct(?:row)?|high_priority|straight_join|sql_(?:big_result|buffer_result|cache|calc_found_rows|no_cache|small_result))\s+)*)(` + name + `)\s+` + name + `\s+from\b`)
	f.series = regexp.MustCompile(`(?i)\bgenerate_series\s*\(`)
	return f
})

// problem says what is wrong with a statement, or "". Of one that is not read in
// full only the first word is known.
func (r sqlRule) problem(text string) (problem string, unread bool) {
	found, err := parseSQL(text, r.dialect)
	if err != nil {
		return "not a statement of " + r.dialect.name + ": " + err.Error(), false
	}
	if mistake := r.mistake(found); mistake != "" {
		return mistake, false
	}
	for _, check := range []struct {
		allowed, got []string
		what         string
	}{{r.tables, found.tables, "table"}, {r.columns, found.columns, "column"}} {
		if len(check.allowed) == 0 {
			continue
		}
		if bad := notAllowed(check.got, check.allowed); bad != "" {
			return check.what + " " + bad + " is not allowed", false
		}
	}
	return "", found.unread
}

func (r sqlRule) mistake(found sqlFound) string {
	f := likelyMistakes()
	re := f.standard
	if r.dialect.name == "MySQL" || r.dialect.name == "MariaDB" {
		re = f.mysql
	}
	for _, m := range re.FindAllStringSubmatch(found.bare, -1) {
		if word := strings.ToLower(m[2]); word != "all" && word != "distinct" {
			return "a comma is missing between columns"
		}
	}
	if r.dialect.name == "MySQL" && f.series.MatchString(found.bare) {
		return "MySQL has no generate_series"
	}
	return ""
}

// notAllowed is the first of got that no pattern fits.
func notAllowed(got, allowed []string) string {
	var patterns []*regexp.Regexp
	for _, p := range allowed {
		if re, err := regexp.Compile("(?i)^(?:" + p + ")$"); err == nil {
			patterns = append(patterns, re)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(g) }) &&
			!slices.ContainsFunc(allowed, func(p string) bool { return strings.EqualFold(p, g) }) {
			return g
		}
	}
	return ""
}

func buildIsSQL(s *spec, value any) (judgeFunc, error) {
	rule, err := readSQLRule(value)
	if errors.Is(err, errSQLValue) {
		return nil, err
	}
	return func(_ context.Context, c *call) (grade, error) {
		if err != nil {
			return s.sqlGrade("value: "+err.Error(), false, c.text), nil
		}
		problem, unread := rule.problem(c.text)
		return s.sqlGrade(problem, unread, c.text), nil
	}, nil
}

func (s *spec) sqlGrade(problem string, unread bool, text string) grade {
	g := verdict(problem == "", s.inverse, func() string {
		if problem == "" {
			return "expected no SQL, got " + quote(text)
		}
		return problem + "; got " + quote(text)
	})
	if unread {
		g.doubt = UnreadSQL
	}
	return g
}

func buildContainsSQL(s *spec, value any) (judgeFunc, error) {
	rule, ruleErr := readSQLRule(value)
	if errors.Is(ruleErr, errSQLValue) {
		return nil, ruleErr
	}
	return func(_ context.Context, c *call) (grade, error) {
		blocks := sqlBlocks(c.text)
		if len(blocks) == 0 {
			blocks = []string{c.text}
		}
		reason, found := "there is no SQL", false
		unread := false
		for _, b := range blocks {
			if jsvalue.Trim(b) == "" {
				continue
			}
			problem := ""
			if ruleErr != nil {
				problem = "value: " + ruleErr.Error()
			} else {
				problem, unread = rule.problem(b)
			}
			if found = problem == ""; found {
				break
			}
			reason = problem
		}
		if found {
			reason = ""
		}
		return s.sqlGrade(reason, found && unread, c.text), nil
	}, nil
}

// fence is a line that opens or closes a block of code.
type fence struct {
	mark byte
	n    int
	info string
}

func readFence(line string) (f fence, ok bool) {
	i := 0
	for i < 3 && i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i == len(line) || line[i] != '`' && line[i] != '~' {
		return f, false
	}
	f.mark = line[i]
	for i < len(line) && line[i] == f.mark {
		i, f.n = i+1, f.n+1
	}
	f.info = line[i:]
	return f, f.n >= 3
}

// sqlBlocks are the closed blocks of code that say sql, or nothing.
func sqlBlocks(text string) []string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var out, body []string
	var open *fence
	for _, line := range strings.Split(text, "\n") {
		f, ok := readFence(line)
		switch {
		case open == nil && ok:
			open, body = &f, nil
		case open == nil:
		case ok && f.mark == open.mark && f.n >= open.n && strings.Trim(f.info, " \t") == "":
			if info := lower(jsvalue.Trim(open.info)); info == "" || info == "sql" {
				out = append(out, jsvalue.Trim(strings.Join(body, "\n")))
			}
			open = nil
		default:
			body = append(body, line)
		}
	}
	return out
}
