package assertions

import "strings"

// sqlReserved are the words that are no names, by database.
var sqlReserved = map[string]string{
	"mysql":       "add all alter analyze and as asc between bigint blob boolean both by call cascade case char check collate condition constraint convert create cross current_user cursor database dec decimal declare default delayed delete desc describe distinct distinctrow div double drop each else except exists explain false fetch float for force foreign from full fulltext function generated grant group grouping groups having ignore in inner insert int integer intersect interval into is join json_table key keys kill lag last_value lateral lead leading left like limit lines load lock long loop low_priority match mod natural not nth_value ntile null on option or order outer outfile over partition percent_rank precision primary procedure range rank read real recursive references regexp release rename repeat replace require restrict return revoke right rlike row row_number rows schema schemas select set show smallint sql table terminated then to trailing trigger true union unique unlock unsigned update usage use using utc_date values varchar when where while window with write xor zerofill",
	"postgresql":  "add all alter and as asc at between by call case constraint create current_user delete desc distinct drop else end except exists explain false from full global group having in inner insert intersect into is join left like limit local not null offset on or order outer partition recursive rename right select session set show table then true truncate union update using when where window with",
	"sqlite":      "add all alter and as asc between by call case count create current_user delete desc distinct drop else end exists explain false from full generated global group having in inner insert into is join left like limit local low_priority not null on or order outer read recursive rename right select session set show table then true truncate union update using values when where with write",
	"mariadb":     "add all alter and as asc between boolean by call cascade case create cross current_user delete desc distinct drop else end except exists explain false for from full global group having in inner insert intersect into is join key lateral left like limit local low_priority natural not null on or order outer read recursive rename right select session set show status table then true truncate union update using values when where with write",
	"transactsql": "add all alter and as asc between by call case create cross current_user delete desc distinct drop else end exists explain false for from full global group having in inner insert into is join key left like limit local low_priority not null on or order outer read recursive rename select session set show table then true truncate union update using values when where with write",
	"bigquery":    "add all alter and array as asc between by call case create cross current_user delete desc distinct drop else end except exists explain false for from full global group having in inner insert intersect into is join left like limit local low_priority not null on or order outer partition read recursive rename select set show table then true truncate union update using values when where window with write",
	"snowflake":   "add alter and as asc between by call case create current_user delete desc distinct drop else end exists explain false from full global group having in inner insert into is join left like limit local not null offset on or order outer recursive rename right select session set show table then true truncate union update using when where window with",
}

// sqlOpenings are the first words of statements that are taken without being
// read in full, by database; another one is known by its first word alone.
var sqlOpenings = map[string]string{
	"mysql":      mysqlOpenings,
	"mariadb":    mysqlOpenings,
	"postgresql": "show;use;set;begin;commit;rollback;start transaction;call;grant;revoke;create index;create unique index;create view;create or replace view;create database;create schema;create function;create or replace function;create extension;create sequence;create type;create trigger;create domain;comment;deallocate",
	"sqlite":     "analyze;describe;desc;use;set;call;rename table;lock tables;unlock tables;create index;create unique index;create view;create database;create schema;attach",
	"bigquery":   "describe;desc;use;set;call;rename table;lock tables;unlock tables;create view;create or replace view",
	"snowflake":  "show;use;set;call;rename table;create index;create unique index;create view;create or replace view;create database;create schema;create extension;create sequence;create type;deallocate",
}

const mysqlOpenings = "explain select;describe;desc;show tables;show databases;show columns;show index;show create table;show create view;show status;show processlist;show grants;use;set;begin;commit;rollback;start transaction;call;grant;rename table;lock tables;unlock tables;create index;create unique index;create fulltext index;create view;create or replace view;create database;create schema;create user;create trigger;load data"

// opens says that a statement of this kind is known to the database.
func (p *sqlParser) opens() bool {
	all, ok := sqlOpenings[strings.ToLower(p.d.name)]
	if !ok {
		return true
	}
	for _, words := range strings.Split(all, ";") {
		if list := strings.Fields(words); p.at(list...) {
			switch {
			case len(list) == 1 && strings.Contains(" commit rollback begin ", " "+words+" "):
				rest := p.i + 1
				return rest == len(p.t) || p.t[rest].text == ";" || words == "begin" && strings.EqualFold(p.t[rest].text, "transaction")
			case words == "set":
				return !p.at("set", "names")
			case words == "show":
				return p.i+2 >= len(p.t) || p.t[p.i+2].text == ";"
			case strings.HasSuffix(words, " index"):
				p.i += len(list)
				indexed := !p.at("if") || p.may("index if not exists")
				p.i -= len(list)
				return indexed
			}
			return true
		}
	}
	return false
}
