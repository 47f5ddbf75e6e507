package assertions

import (
	"strings"
	"sync"
)

// sqlFeatures says which of the parsers know a part of the language. "other"
// stands for the databases that are not named.
var sqlFeatures = map[string]string{
	"insert or":           "sqlite transactsql",
	"insert set":          "mysql mariadb sqlite transactsql bigquery other",
	"value for values":    "transactsql other",
	"default in values":   "mariadb postgresql sqlite transactsql bigquery snowflake other",
	"qualify":             "snowflake other",
	"update from":         "postgresql transactsql bigquery snowflake other",
	"change in order":     "mysql sqlite bigquery other",
	"window":              "mysql mariadb postgresql bigquery snowflake",
	"lock in share mode":  "mysql",
	"skip locked":         "mysql mariadb",
	"into outfile":        "mysql mariadb postgresql snowflake",
	"select into":         "mysql mariadb postgresql transactsql snowflake other",
	"three names":         "postgresql transactsql bigquery snowflake other",
	"open window":         "mysql mariadb postgresql transactsql bigquery snowflake other",
	"straight_join":       "mysql",
	"calc found rows":     "mysql mariadb postgresql sqlite",
	"right join":          "mysql mariadb postgresql transactsql bigquery snowflake other",
	"cross join on":       "mysql mariadb postgresql transactsql bigquery snowflake other",
	"distinct on":         "postgresql other",
	"text as alias":       "mysql mariadb sqlite transactsql bigquery snowflake other",
	"no type":             "sqlite",
	"with insert":         "transactsql other",
	"with delete":         "mysql mariadb transactsql other",
	"with update":         "mysql mariadb postgresql transactsql snowflake other",
	"intersect":           "mysql mariadb postgresql other",
	"minus":               "mysql mariadb bigquery other",
	"union distinct":      "mysql mariadb postgresql sqlite bigquery other",
	"tilde":               "postgresql other",
	"glob":                "sqlite other",
	"similar":             "postgresql snowflake other",
	"is distinct":         "snowflake other",
	"national":            "mysql mariadb transactsql",
	"rollup":              "mysql mariadb other",
	"rows of functions":   "postgresql sqlite transactsql bigquery snowflake other",
	"json arrow":          "mysql postgresql sqlite snowflake other",
	"convert using":       "mysql mariadb other",
	"filter":              "postgresql snowflake other",
	"within group":        "postgresql transactsql snowflake other",
	"separator":           "mysql mariadb other",
	"array":               "postgresql bigquery snowflake other",
	"position":            "mysql mariadb postgresql snowflake other",
	"trim both":           "mysql mariadb postgresql snowflake",
	"words of logic":      "mysql mariadb other",
	"div":                 "mysql mariadb",
	"collate":             "mysql mariadb sqlite",
	"and of bits":         "mysql mariadb sqlite",
	"bits":                "mysql mariadb sqlite other",
	"against":             "mysql mariadb postgresql",
	"bare interval":       "postgresql snowflake other",
	"parameter of limit":  "mysql mariadb postgresql transactsql bigquery snowflake other",
	"numbered limit":      "postgresql snowflake other",
	"offset alone":        "postgresql transactsql snowflake other",
	"offset before limit": "postgresql snowflake",
	"temp table":          "postgresql sqlite other",
	"replace table":       "snowflake other",
	"columns and select":  "mysql mariadb postgresql transactsql snowflake other",
	"table as select":     "mysql postgresql sqlite bigquery snowflake other",
	"without rowid":       "sqlite other",
	"partition by":        "postgresql other",
	"cascade":             "postgresql sqlite transactsql bigquery snowflake other",
	"drop index on":       "mysql mariadb sqlite transactsql bigquery",
	"drop index":          "postgresql snowflake other",
	"drop database":       "mysql mariadb other",
	"alter modify":        "mysql mariadb transactsql other",
	"alter type":          "postgresql other",
	"alter change":        "mysql mariadb other",
	"alter rename column": "mysql mariadb sqlite other",
	"alter index":         "mysql mariadb postgresql snowflake other",
	"alter constraint":    "mysql postgresql sqlite transactsql snowflake other",
	"create extension":    "postgresql snowflake other",
	"create function":     "postgresql other",
	"create type":         "postgresql transactsql snowflake other",
	"index if not exists": "postgresql sqlite transactsql other",
	"update returning":    "postgresql sqlite snowflake other",
	"insert returning":    "mariadb postgresql sqlite snowflake other",
	"delete returning":    "mariadb other",
	"replace view":        "mysql mariadb postgresql transactsql bigquery snowflake other",
}

// sqlKnows is sqlFeatures by database, made once.
var sqlKnows = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for feature, families := range sqlFeatures {
		for _, f := range strings.Fields(families) {
			if out[f] == nil {
				out[f] = map[string]bool{}
			}
			out[f][feature] = true
		}
	}
	return out
})

// may says that the database knows a part of the language.
func (p *sqlParser) may(feature string) bool {
	if p.knows == nil {
		all := sqlKnows()
		if p.knows = all[strings.ToLower(p.d.name)]; p.knows == nil {
			p.knows = all["other"]
		}
	}
	return p.knows[feature]
}
