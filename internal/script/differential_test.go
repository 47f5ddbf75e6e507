package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"testing"
)

// snippets are what assertions and transforms are made of; all of them have to
// mean here what they mean in node.
var snippets = []string{
	"output.toLowerCase().includes('hello')", "JSON.parse('{\"a\":[1,2,{\"b\":null}]}').a[2].b === null", "output.split(/\\s+/).length",
	"output.match(/\\d+/)?.[0]", "[...output.matchAll(/o(.)/g)].map(m => m[1])", "output.replace(/(?<first>\\w+) (?<second>\\w+)/, '$<second> $<first>')",
	"output.trim().startsWith('Hello') && !output.endsWith('x')", "Object.entries({a: 1, b: 2}).map(([k, v]) => k + v).join()",
	"[3, 1, 2].toSorted((a, b) => a - b)", "[1, [2, [3]]].flat(Infinity)", "Math.max(...[1, 5, 3])", "Number('12abc')", "parseFloat('3.14xyz')",
	"(0.1 + 0.2).toFixed(2)", "(1234567.891).toLocaleString()", "(0).toLocaleString()", "(-1234.5).toLocaleString('en-US')", "(12.3456).toLocaleString(undefined, {maximumFractionDigits: 1})",
	"(5).toLocaleString('en-US', {minimumFractionDigits: 2})", "(1.005).toLocaleString(undefined, {maximumFractionDigits: 2})", "(0.0000001).toLocaleString()", "(999999.9995).toLocaleString()",
	"/\\p{L}+/u.exec('héllo wörld')[0]", "/^\\p{Lu}/u.test('É')", "/\\P{L}/u.test('abc')", "/[\\p{L}\\p{N}_-]+/u.exec('äö9_- !')[0]", "/\\p{Emoji_Presentation}/u.test('a😀')", "/\\p{Extended_Pictographic}/u.test('text ✂')",
	"/\\p{Script=Greek}/u.test('λ')", "/\\p{Script=Han}+/u.exec('漢字kana')[0]", "/^\\p{Uppercase_Letter}\\p{Ll}+$/u.test('Word')", "new RegExp('\\\\p{Nd}', 'gu').test('٣')", "/[^\\p{L}]/u.test('abc')",
	"/[\\P{L}]/u.test('abc1')", "/\\p{Alphabetic}/u.test('ⅷ')", "/^[\\p{Letter}\\p{Mark}\\s]+$/v.test('añ b')", "/\\p{White_Space}/u.test('\\u3000')", "/\\p{ASCII}/u.test('é')",
	"/[[:alpha:]]/.test('a')", "/[[:alpha:]]/.test('a]')", "'a\\r\\nb\\r\\n'.match(/^\\w$/gm)", "/\\a\\Q/.test('aQ')", "new RegExp('[[a]').test('[')", "RegExp('^b$', 'm').test('a\\rb\\r')", "/a/ instanceof RegExp && new RegExp('a') instanceof RegExp", "new RegExp(/x/g).flags + new RegExp(/x/g, 'i').flags", "6 /2/ 1",
	"/(?<!\\d)\\d{3}(?!\\d)/.exec('1234 567')[0]", "/(\\w)\\1/.exec('hello')[0]", "/^.$/.test('😀')", "/^.$/u.test('😀')", "/a.c/s.test('a\\nc')", "/^b/m.test('a\\nb')", "/\\bfoo\\b/.test('a foo b')",
	"'ǅ'.toLowerCase() + 'ß'.toUpperCase()", "'İ'.toLowerCase().length", "/\\u212a/iu.test('k')", "/[\\w]/iu.test('ſ')", "/\\s/.test('\\ufeff\\u00a0')", "/\\w/.test('é')", "/[^]/.test('\\n')", "/[]/.test('a')", "/$^/.test('')",
	"/a{,2}/.test('a{,2}')", "/\\c/.test('\\\\c')", "/x*/.exec('aaxx').index", "'aBc'.replace(/b/i, m => `[${m}]`)", "'a-b_c'.split(/[-_]/)", "'a,b,,c'.split(',', 3)", "'x'.padStart(3, 'ab')", "'abc'.at(-1)",
	"'é'.normalize('NFD').length", "encodeURIComponent('a b&ü')", "escape('ü')", "btoa('hi') + atob('aGk=')", "[1, 2, 3].includes(NaN)", "[NaN].includes(NaN)", "[1, 2, 3, 4].findLast(x => x % 2)",
	"new Set([1, 1, 2]).size", "[...new Map([['a', 1]]).entries()]", "new Date(0).toISOString()", "new Date('2024-02-30').getTime()", "new Date('2024-01-15T10:00:00Z').getUTCDay()", "new Date('March 7, 2024 10:00 UTC').toISOString()", "Date.UTC(2024, 1, 29)",
	"typeof structuredClone({a: [1, new Date(0)]}).a[1]", "structuredClone(new Map([[1, {b: 2}]])).get(1).b", "Array.from({length: 3}, (_, i) => i * 2)", "'%' + 10 ** 21 + 1e-7", "0.1 * 3", "1 / 3", "5e-324", "2 ** 53 + 1", "-0", "[1, 10, 2].sort()",
	"['b', 'a', 'C'].sort((x, y) => x.localeCompare(y))", "['ä', 'z', 'a'].sort((x, y) => x.localeCompare(y))", "JSON.stringify({b: 1, a: undefined, c: () => 1, d: NaN, e: new Date(0)})", "JSON.stringify([undefined, 'é\\u2028'], null, 2)", "JSON.stringify('\\ud800')",
	"Object.keys({b: 1, 2: 1, a: 1, 1: 1})", "(() => { try { null.x } catch (e) { return e instanceof TypeError } })()", "(() => { try { JSON.parse('{') } catch (e) { return e.name } })()", "((a, {b = 2, ...rest}, ...more) => [a, b, rest, more])(1, {c: 3}, 4, 5)",
	"(() => { label: for (const i of [1, 2]) for (const j of [1, 2]) { if (j == 2) continue label; if (i == 2) break label } return 'ok' })()", "(() => { class A { #x = 1; static s = 2; get x() { return this.#x } } return new A().x + A.s })()", "(function* () { yield* [1, 2] })().next().value",
	"(async () => { const r = await Promise.all([1, Promise.resolve(2)]); return r })()", "Promise.allSettled([Promise.reject(1)])", "Promise.any([Promise.reject(1), 2])", "Promise.race([new Promise(r => setTimeout(r, 600, 'slow')), new Promise(r => setTimeout(r, 5, 'fast'))])", "new Promise((_, no) => no(new Error('x'))).catch(e => e.message)",
	"(async () => { const log = []; setTimeout(() => log.push('timeout')); setImmediate(() => log.push('immediate')); process.nextTick(() => log.push('tick')); queueMicrotask(() => log.push('micro')); await null; log.push('await'); return log.includes('tick') })()",
	"typeof require === 'x'", "`a${1 + 1}b`", "String.raw`\\n`", "a?.b ?? 'none'; var a", "1_000", "10n ** 20n + ''", "isNaN('x')", "[..'ab']", "'aXbX'.replaceAll('X', '$&$&')", "'abc'.substr(-2, 1)", "[1, 2, 3].with(1, 9)", "new Intl.NumberFormat()", "Object.fromEntries(new Map([['x', 1]]))", "Number.MAX_SAFE_INTEGER", "parseInt('0x1f')", "(25).toString(36)", "[,1].map(x => 2)", "Array.isArray([])", "'\\u{1F600}'.length", "[...'a😀'].length", "new Error('m', {cause: 'c'}).cause",
}

// webSnippets are about addresses and bytes, which the sandbox has of its own.
var webSnippets = []string{
	`(() => { const u = new URL("http://example.com"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("HTTPS://Example.COM:443/a/../b/./c?x=1&y=2#frag"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://a.b:8080/p a?q r#h i"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://x.y/%7Efoo/<b>?a=<b>'"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("mailto:me@example.com"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("javascript:alert(1)"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("data:text/plain,hello world"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("not a url"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL(""); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://a b/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b?"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b#"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("//a.b"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://1.2.3.4/x"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://256.1.1.1"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://a.b:99999/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://a.b:/x"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http:a.b/c"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http:///a.b"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http:\\\\a.b\\c"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b/\u00fc?\u00fc#\u00fc"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("  https://a.b/x  "); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a_b.c/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a..b/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("urn:isbn:123"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b/c;d=1,e?f=%zz&g=%20+h"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("ftp://a.b:21/x"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b/..//x/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://a.b.:80/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b/%2e%2E/x"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("example.com"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("localhost:3000"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("http://localhost:3000"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a.b/x?y?z#w#v"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	`(() => { const u = new URL("https://a^b/"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()`,
	"(() => { const u = new URL(\"https://a.b/^|`{}\"); return [u.href, u.protocol, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin, JSON.stringify(u), [...u.searchParams]] })()",
	`new URLSearchParams('?a=1&b=2&a=3&c&=d').getAll('a')`,
	`new URLSearchParams({a: 'x y', b: "é&=~*-._'()!"}).toString()`,
	`[...new URLSearchParams([['b', 1], ['a', 2], ['b', 0]])]`,
	`(() => { const p = new URLSearchParams('b=1&a=2&b=3'); p.set('b', 9); p.append('c', 4); p.delete('a'); p.sort(); return [p.toString(), p.has('b'), p.get('x'), [...p.keys()]] })()`,
	`URL.canParse === undefined || URL.canParse('x:y') && !URL.canParse('nope')`,
	`(() => { try { new URL('x') } catch (e) { return [e.name, e.code, e instanceof TypeError] } })()`,
	`new TextEncoder().encode('é😀').length`,
	`new TextDecoder().decode(new TextEncoder().encode('\ufeffhé😀'))`,
	`[...new TextEncoder().encode('aé')]`,
	`new TextDecoder('utf-8').decode(new Uint8Array([104, 105]).buffer)`,
	`Buffer.from('héllo').toString('base64')`,
	`Buffer.from('aMOpbGxv', 'base64').toString()`,
	`Buffer.from('aGk', 'base64url').toString('utf-8')`,
	`Buffer.from('68690', 'hex').toString()`,
	`Buffer.from('é', 'latin1').length`,
	`Buffer.byteLength('é😀')`,
	`Buffer.from([104, 105, 300]).toString('hex')`,
	`JSON.stringify(Buffer.from('hi'))`,
	`Buffer.concat([Buffer.from('a'), Buffer.from('b')]).toString()`,
	`Buffer.isBuffer(Buffer.from('')) && !Buffer.isBuffer('')`,
	`Buffer.from('héllo').toString('latin1')`,
	`Buffer.from('a').equals(Buffer.from('a'))`,
	`Buffer.alloc(3, 1).toString('hex')`,
	`Buffer.from('a+/b==', 'base64').toString('hex')`,
	`Buffer.from('hello').toString('utf8', 1, 3)`,
	`Buffer.from('a-_b', 'base64').toString('base64url')`,
}

const nodeRunner = `const list = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
	const out = [];
	for (const s of list) {
		try {
			const v = await new Function('output', 'process', 'return ' + s)('Hello world 42 foo', process);
			out.push(typeof v === 'number' && !isFinite(v) ? {number: String(v)} : {value: v === undefined ? null : v});
		} catch (e) { out.push({thrown: e.name}) }
	}
	process.stdout.write(JSON.stringify(out));
})()`

func nodeOrSkip(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is not installed")
		}
		t.Skip("node is not installed")
	}
	return path
}

// TestAgainstNode holds every snippet against node. What the sandbox refuses
// is not compared: it could not judge, and said so.
func TestAgainstNode(t *testing.T) {
	node := nodeOrSkip(t)
	cmd := exec.Command(node, "-e", nodeRunner)
	cmd.Env = append(os.Environ(), "LC_ALL=en_US.UTF-8") // toLocaleString goes by it
	all := slices.Concat(snippets, webSnippets)
	in, _ := json.Marshal(all)
	cmd.Stdin = bytes.NewReader(in)
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, Config{Workers: 1})
	refused := 0
	for i, s := range all {
		got, err := run(t, e, Transform(s), map[string]any{"output": "Hello world 42 foo"})
		outcome := map[string]any{"value": got}
		switch f, ok := got.(float64); {
		case ending(err) == "unavailable":
			refused++
			t.Logf("refused: %s: %v", s, err)
			continue
		case ending(err) == "thrown":
			outcome = map[string]any{"thrown": err.(*Thrown).Name}
		case err != nil:
			outcome = map[string]any{"error": err.Error()}
		case ok && math.IsNaN(f):
			outcome = map[string]any{"number": "NaN"}
		case ok && math.IsInf(f, 0):
			outcome = map[string]any{"number": fmt.Sprint(f)}
		}
		if _, same := want[i]["value"]; same && err == nil && reflect.DeepEqual(outcome, want[i]) {
			continue
		}
		if !reflect.DeepEqual(outcome, want[i]) {
			t.Errorf("%s\n\there %v, in node %v (%v)", s, outcome, want[i], err)
		}
	}
	if refused > 5 {
		t.Errorf("%d snippets were refused", refused)
	}
}
