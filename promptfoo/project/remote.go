package project

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Fetch is one file that Options.Fetch gets from an address.
type Fetch struct {
	Place
	Key     string
	Address string
	Token   Secret // bearer of the request; "" = none
}

// Fetched is what an address said.
type Fetched struct {
	Status int
	Type   string // Content-Type
	Body   []byte
}

// Shown is the address without what may be a secret: user, password and query.
func (f Fetch) Shown() string {
	u, err := url.Parse(f.Address)
	if err != nil {
		return "an address"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// remoteTests reads tests from an address; ok is false when name is none.
func (l *loader) remoteTests(t *tree, name, key string) (all []*tree, ok bool) {
	switch scheme, _, _ := strings.Cut(name, "://"); {
	case scheme == "huggingface" || scheme == "hf":
		all = l.dataset(t, name, key)
	case strings.HasPrefix(name, "https://docs.google.com/spreadsheets/"):
		all = l.googleSheet(t, name, key)
	case scheme == "http" || scheme == "https":
		all = l.fetchedTests(t, name, key)
	case scheme == "az" || scheme == "s3" || scheme == "gs":
		l.fail(t.Place, key, "tests are not fetched from %s://; name an https address, or save them beside the configuration", scheme)
	default:
		return nil, false
	}
	for _, x := range all {
		l.checkForeign(x, cmp.Or(x.path, key), "")
	}
	return all, true
}

// checkForeign refuses what a test from an address may not bring with it: files and
// programs of this machine, and servers that would be told what is here. JavaScript
// runs in the sandbox.
func (l *loader) checkForeign(t *tree, key, under string) {
	if t == nil {
		return
	}
	refuse := func(at *tree, does, what string) {
		l.fail(at.Place, key, "a test from an address %s (%s); save the tests beside the configuration", does, what)
	}
	for _, x := range t.items {
		l.checkForeign(x, key, under)
	}
	for _, k := range t.keys {
		x, below := t.fields[k], k
		switch {
		case under == "vars" && k != "$ref": // whatever their names
			below = under
		case k == "vars" && !x.null() && !x.isObject():
			refuse(x, "reads its variables from a file of this machine", x.describe())
		case k == "provider" && !l.isForeignModel(x):
			refuse(x, "brings a provider of its own, and may only name one of the configuration or a model", x.describe())
		}
		l.checkForeign(x, key, below)
	}
	s, ok := t.text()
	kind, _, _ := strings.Cut(strings.TrimPrefix(s, "not-"), ":")
	switch {
	case !ok:
	case strings.HasPrefix(s, "file://"), under == "$ref" && !strings.HasPrefix(s, "#"):
		refuse(t, "names a file of this machine", s)
	case under == "type" && (kind == "python" || kind == "ruby"), strings.HasPrefix(s, "package:"):
		refuse(t, "starts a program of this machine", kind)
	case under == "type" && kind == "webhook":
		refuse(t, "sends what is judged to a server", kind)
	}
}

// isForeignModel says whether what stands for a provider names a model, or one of the
// configuration, for each kind of judge or for all. A config could send keys elsewhere.
func (l *loader) isForeignModel(t *tree) bool {
	if s, ok := t.text(); ok {
		prefix, _, _ := strings.Cut(s, ":")
		return s == "echo" || slices.ContainsFunc(l.project.Providers, func(p Provider) bool { return p.ID == s || p.Label == s }) ||
			slices.ContainsFunc(families(), func(f family) bool { return f.prefix == prefix })
	}
	return t.null() || t.isObject() && !slices.ContainsFunc(t.keys, func(k string) bool {
		return k != "id" && !slices.Contains(judgeKinds, k) || !l.isForeignModel(t.fields[k])
	})
}

// fetch gets an address; nil after a problem.
func (l *loader) fetch(f Fetch) *Fetched {
	switch {
	case l.opt.Survey:
		l.note(f.Place, f.Key, "tests stand at %s, which is not asked now", f.Shown())
		return nil
	case l.opt.Fetch == nil:
		l.fail(f.Place, f.Key, "tests of %s can't be fetched here; save them beside the configuration", f.Shown())
		return nil
	}
	got, err := l.opt.Fetch(l.ctx, f)
	if err != nil {
		l.fail(f.Place, f.Key, "fetching %s: %v", f.Shown(), err)
		return nil
	}
	return got
}

// keep notes what was fetched under a name: it is part of what is evaluated.
func (l *loader) keep(name string, body []byte) {
	if l.project.Fetched == nil {
		l.project.Fetched = map[string]string{}
	}
	l.project.Fetched[name] = string(body)
}

// ok reports a status that is no answer.
func (l *loader) ok(f Fetch, got *Fetched) bool {
	if got == nil {
		return false
	}
	if got.Status < 200 || got.Status > 299 {
		hint := ""
		if got.Status == 401 || got.Status == 403 {
			hint = "; a login is needed: save the tests beside the configuration"
		}
		l.fail(f.Place, f.Key, "fetching %s: status %d%s", f.Shown(), got.Status, hint)
		return false
	}
	return true
}

// fetchedTests reads CSV, JSON, JSON lines, YAML or a workbook from an address: by
// the ending of its path, else by what the server says.
func (l *loader) fetchedTests(t *tree, address, key string) []*tree {
	plain, sheet, _ := strings.Cut(address, "#")
	f := Fetch{t.Place, key, plain, ""}
	got := l.fetch(f)
	if !l.ok(f, got) {
		return nil
	}
	name := f.Shown()
	l.keep(name, got.Body)
	ext := strings.ToLower(path.Ext(name))
	switch ext {
	case ".csv", ".json", ".jsonl", ".yaml", ".yml", ".xlsx":
	default:
		ext = endingOf(got.Type)
	}
	l.texts[name] = string(got.Body)
	defer delete(l.texts, name) // not a file
	if ext == ".xlsx" {
		return l.sheetTests(name, sheet, t.Place, key)
	}
	return l.testFileOf(t, name, ext, key, true)
}

// endingOf is the ending of files of a type.
func endingOf(kind string) string {
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	switch kind = strings.TrimSpace(kind); {
	case strings.HasSuffix(kind, "csv"):
		return ".csv"
	case strings.HasSuffix(kind, "jsonl"), strings.HasSuffix(kind, "ndjson"):
		return ".jsonl"
	case strings.HasSuffix(kind, "json"):
		return ".json"
	case strings.HasSuffix(kind, "yaml"):
		return ".yaml"
	case strings.HasSuffix(kind, "spreadsheetml.sheet"):
		return ".xlsx"
	}
	return kind
}

// googleSheet reads a sheet that everybody may read, as CSV.
func (l *loader) googleSheet(t *tree, address, key string) []*tree {
	u, err := url.Parse(address)
	if err != nil {
		l.fail(t.Place, key, "%q is no address", address)
		return nil
	}
	export := address
	if i := strings.Index(export, "/edit"); i >= 0 {
		export = export[:i] + "/export"
	}
	export += "?format=csv"
	if gid := u.Query().Get("gid"); gid != "" {
		export += "&gid=" + url.QueryEscape(gid)
	}
	f := Fetch{t.Place, key, export, ""}
	got := l.fetch(f)
	if !l.ok(f, got) {
		return nil
	}
	if strings.Contains(strings.ToLower(got.Type), "text/html") {
		l.fail(t.Place, key, "%s wants a login; share the sheet with everybody who has the link, or save it as CSV", f.Shown())
		return nil
	}
	name := f.Shown()
	l.keep(name+"?gid="+u.Query().Get("gid"), got.Body)
	records, lines, err := csvRecords(string(got.Body), ',', false, false)
	if err != nil {
		l.fail(t.Place, key, "%s: not valid CSV: %v", name, err)
		return nil
	}
	return l.rowTests(records, lines, name, key)
}

// datasetPage is how many rows the server gives at most.
const datasetPage = 100

// dataset reads the rows of a data set of Hugging Face.
func (l *loader) dataset(t *tree, name, key string) (all []*tree) {
	_, rest, _ := strings.Cut(name, "://")
	rest, ok := strings.CutPrefix(rest, "datasets/")
	rest, asked, _ := strings.Cut(rest, "?")
	query, err := url.ParseQuery(asked)
	if !ok || err != nil || strings.Count(rest, "/") != 1 {
		l.fail(t.Place, key, "%q is no data set; write huggingface://datasets/OWNER/NAME?split=test&config=default&limit=100", name)
		return nil
	}
	for k, v := range map[string]string{"split": "test", "config": "default"} {
		if query.Get(k) == "" {
			query.Set(k, v)
		}
	}
	limit := -1
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 0 {
			l.fail(t.Place, key, "limit=%s: expected a whole number of at least 0", text)
			return nil
		}
	}
	query.Set("dataset", rest)
	base := strings.TrimSuffix(cmp.Or(l.env["HF_DATASETS_SERVER"], "https://datasets-server.huggingface.co"), "/")
	token := Secret(cmp.Or(l.env["HF_TOKEN"], cmp.Or(l.env["HF_API_TOKEN"], l.env["HUGGING_FACE_HUB_TOKEN"])))
	length := datasetPage
	for limit < 0 || len(all) < limit {
		want := length
		if limit >= 0 {
			want = min(want, limit-len(all))
		}
		query.Set("offset", strconv.Itoa(len(all)))
		query.Set("length", strconv.Itoa(want))
		f := Fetch{t.Place, key, base + "/rows?" + query.Encode(), token}
		got := l.fetch(f)
		if got != nil && got.Status == 422 && length > 1 {
			length /= 2
			continue
		}
		if !l.ok(f, got) {
			return nil
		}
		l.keep(fmt.Sprintf("%s from %d", name, len(all)), got.Body)
		rows, total, err := datasetRows(got.Body, t.Place, len(all))
		if err == nil && len(rows) == 0 && len(all) < total {
			err = fmt.Errorf("an empty page before the end of its %d rows", total)
		}
		if err != nil {
			l.fail(t.Place, key, "%s: %v", name, err)
			return nil
		}
		if all = append(all, rows...); len(all) >= total {
			break
		}
	}
	if len(all) == 0 && limit != 0 {
		l.fail(t.Place, key, "%s has no rows", name)
	}
	return all
}

// datasetRows reads a page: each row is the variables of a test, whose lists are
// not expanded.
func datasetRows(body []byte, at Place, from int) (all []*tree, total int, err error) {
	v, err := jsvalue.Parse(string(body))
	if err != nil {
		return nil, 0, fmt.Errorf("not valid JSON: %w", err)
	}
	n, _ := jsvalue.Field(v, "num_rows_total")
	f, isNumber := jsvalue.Number(n)
	list, _ := jsvalue.Field(v, "rows")
	rows, isList := list.([]any)
	if !isNumber || !isList {
		return nil, 0, fmt.Errorf("the reply has no rows and num_rows_total")
	}
	for i, r := range rows {
		row, _ := jsvalue.Field(r, "row")
		vars := fromValue(row, at)
		if !vars.isObject() {
			return nil, 0, fmt.Errorf("row %d is no object", from+i)
		}
		test := fromValue(jsvalue.NewObject("options", jsvalue.NewObject("disableVarExpansion", true)), at)
		test.set("vars", vars)
		all = append(all, test)
	}
	return all, int(f), nil
}
