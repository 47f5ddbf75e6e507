package script

import (
	"sync"

	"github.com/dop251/goja"
)

// polyfills are members that the engine's own objects lack, or has wrong.
func polyfills() []global {
	return []global{
		{[]string{"structuredClone"}, installClone},
		{[]string{"RegExp"}, installRegExp},
		{[]string{"Buffer", "TextEncoder", "TextDecoder"}, installBytes},
		{[]string{"URL"}, installURL},
		{[]string{"toLocale"}, installLocale},
		{[]string{"groupBy", "withResolvers", "WellFormed", "fromAsync", "WeakRef", "captureStackTrace", "FinalizationRegistry"}, installMissing},
		{[]string{".values(", ".entries(", ".keys(", "matchAll", "function*", "Iterator", "Symbol.iterator"}, installIterators},
	}
}

// runPolyfill runs a function of JavaScript with native helpers.
func (m *machine) runPolyfill(p func() *goja.Program, helpers ...any) {
	made, err := m.vm.RunProgram(p())
	if err != nil {
		panic(err)
	}
	fn, _ := goja.AssertFunction(made)
	args := make([]goja.Value, len(helpers))
	for i, h := range helpers {
		args[i] = m.vm.ToValue(h)
	}
	if _, err := fn(goja.Undefined(), args...); err != nil {
		panic(err)
	}
}

func program1(source string) func() *goja.Program {
	return sync.OnceValue(func() *goja.Program { return goja.MustCompile("polyfill.js", source, false) })
}

var regExpJS = program1(`(function (rewrite) {
	const R = RegExp;
	const args = a => typeof a[0] === 'string' ? rewrite(a[0], a[1] === undefined ? '' : String(a[1])) : a;
	function rewritten(...a) {
		return new.target ? Reflect.construct(R, args(a), new.target === rewritten ? R : new.target) : R(...args(a));
	}
	Object.setPrototypeOf(rewritten, R);
	Object.defineProperty(rewritten, 'prototype', {value: R.prototype, writable: false});
	Object.defineProperty(rewritten, 'name', {value: 'RegExp'});
	Object.defineProperty(rewritten, 'length', {value: 2});
	Object.defineProperty(R.prototype, 'constructor', {value: rewritten, writable: true, configurable: true});
	Object.defineProperty(globalThis, 'RegExp', {value: rewritten, writable: true, configurable: true});
})`)

// installRegExp makes the constructor give patterns their meaning, as
// rewriteLiterals does for those that a script holds.
func installRegExp(m *machine) {
	m.runPolyfill(regExpJS, func(c goja.FunctionCall) goja.Value {
		pattern, flags, err := rewritePattern(c.Argument(0).String(), c.Argument(1).String())
		if beyondEngine(err) {
			m.refuse(err.Error())
			return m.vm.ToValue([]string{"", ""})
		}
		if err != nil {
			ctor, _ := goja.AssertConstructor(m.vm.Get("SyntaxError"))
			if ctor == nil {
				panic(m.vm.NewTypeError(err.Error()))
			}
			o, _ := ctor(nil, m.vm.ToValue("Invalid regular expression: /"+c.Argument(0).String()+"/: "+err.Error()))
			panic(o)
		}
		return m.vm.ToValue([]string{pattern, flags})
	})
}

var localeJS = program1(`(function (refuse) {
	const group = s => s.replace(/\B(?=(\d{3})+$)/g, ',');
	Number.prototype.toLocaleString = function (locale, options) {
		const n = Number(this);
		const o = options || {};
		for (const key in o)
			if (key !== 'minimumFractionDigits' && key !== 'maximumFractionDigits') return refuse('toLocaleString with ' + key);
		if (locale !== undefined && locale !== 'en-US' && locale !== 'en') return refuse('toLocaleString of the locale ' + locale);
		if (n !== n) return 'NaN';
		if (!isFinite(n)) return n < 0 ? '-\u221e' : '\u221e';
		if (Math.abs(n) >= 1e15) return refuse('toLocaleString of so large a number');
		const min = o.minimumFractionDigits === undefined ? 0 : o.minimumFractionDigits;
		const max = o.maximumFractionDigits === undefined ? Math.max(3, min) : o.maximumFractionDigits;
		if (!(min >= 0 && max <= 20 && min <= max)) throw new RangeError('maximumFractionDigits value is out of range.');
		let [whole, part = ''] = halfExpand(Math.abs(n), max).split('.');
		while (part.length > min && part.endsWith('0')) part = part.slice(0, -1);
		return (n < 0 || Object.is(n, -0) ? '-' : '') + group(whole) + (part ? '.' + part : '');
	};
	// halfExpand rounds the shortest decimal form, as Intl does, away from zero.
	function halfExpand(n, digits) {
		let s = String(n), e = s.indexOf('e');
		if (e >= 0) s = n.toFixed(20);
		let [whole, part = ''] = s.split('.');
		if (part.length <= digits) return whole + '.' + part.padEnd(digits, '0');
		let all = BigInt(whole + part.slice(0, digits));
		if (part[digits] >= '5') all += 1n;
		const text = String(all).padStart(digits + 1, '0');
		return text.slice(0, text.length - digits) + '.' + text.slice(text.length - digits);
	}
	for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
		Date.prototype[name] = function () { return refuse('Date.prototype.' + name); };
	BigInt.prototype.toLocaleString = function () { return refuse('BigInt.prototype.toLocaleString'); };
})`)

func installLocale(m *machine) {
	m.runPolyfill(localeJS, m.refuses("", func(c goja.FunctionCall) string { return c.Argument(0).String() }))
}

var missingJS = program1(`(function () {
	const add = (o, name, value) => { if (!(name in o)) Object.defineProperty(o, name, {value, writable: true, configurable: true}); };
	add(Object, 'groupBy', (items, f) => {
		const out = Object.create(null); let i = 0;
		for (const x of items) { const k = f(x, i++); (out[k] || (out[k] = [])).push(x); }
		return out;
	});
	add(Map, 'groupBy', (items, f) => {
		const out = new Map(); let i = 0;
		for (const x of items) { const k = f(x, i++); if (!out.has(k)) out.set(k, []); out.get(k).push(x); }
		return out;
	});
	add(Promise, 'withResolvers', function () {
		let resolve, reject;
		const promise = new this((a, b) => { resolve = a; reject = b; });
		return {promise, resolve, reject};
	});
	const lone = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
	add(String.prototype, 'isWellFormed', function () { return String(this).search(lone) < 0; });
	add(String.prototype, 'toWellFormed', function () { return String(this).replace(lone, '\uFFFD'); });
	add(Array, 'fromAsync', async (items, f) => {
		const out = [];
		const it = items[Symbol.asyncIterator || Symbol.for('Symbol.asyncIterator')];
		if (it) {
			const from = it.call(items);
			for (let r = await from.next(); !r.done; r = await from.next()) out.push(f ? await f(r.value, out.length) : r.value);
			return out;
		}
		for (const x of Symbol.iterator in items ? items : Array.from(items)) { const v = await x; out.push(f ? await f(v, out.length) : v); }
		return out;
	});
	add(Error, 'captureStackTrace', o => { if (!o.stack) o.stack = String(o); });
	add(globalThis, 'WeakRef', class WeakRef { #o; constructor(o) { this.#o = o; } deref() { return this.#o; } });
	add(globalThis, 'FinalizationRegistry', class FinalizationRegistry { register() {} unregister() {} });
})`)

func installMissing(m *machine) { m.runPolyfill(missingJS) }

var iteratorsJS = program1(`(function () {
	const proto = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
	const add = (name, value) => { if (!(name in proto)) Object.defineProperty(proto, name, {value, writable: true, configurable: true}); };
	const gen = {
		*map(f) { let i = 0; for (const x of this) yield f(x, i++); },
		*filter(f) { let i = 0; for (const x of this) if (f(x, i++)) yield x; },
		*take(n) { if (n > 0) for (const x of this) { yield x; if (--n <= 0) return; } },
		*drop(n) { for (const x of this) if (n-- <= 0) yield x; },
		*flatMap(f) { let i = 0; for (const x of this) yield* f(x, i++); },
	};
	for (const name in gen) add(name, gen[name]);
	add('toArray', function () { return [...this]; });
	add('forEach', function (f) { let i = 0; for (const x of this) f(x, i++); });
	add('some', function (f) { let i = 0; for (const x of this) if (f(x, i++)) return true; return false; });
	add('every', function (f) { let i = 0; for (const x of this) if (!f(x, i++)) return false; return true; });
	add('find', function (f) { let i = 0; for (const x of this) if (f(x, i++)) return x; });
	add('reduce', function (f, ...init) { return [...this].reduce(f, ...init); });
})`)

func installIterators(m *machine) { m.runPolyfill(iteratorsJS) }

var cloneJS = program1(`(function () {
	Object.defineProperty(globalThis, 'structuredClone', {writable: true, configurable: true, value: function structuredClone(value) {
		const seen = new Map();
		const clone = v => {
			if (typeof v === 'function' || typeof v === 'symbol') throw new Error(String(v) + ' could not be cloned.');
			if (typeof v !== 'object' || v === null) return v;
			if (seen.has(v)) return seen.get(v);
			let out;
			if (Array.isArray(v)) out = new Array(v.length);
			else if (v instanceof Date) return new Date(v.getTime());
			else if (v instanceof RegExp) return new RegExp(v.source, v.flags);
			else if (v instanceof Map) { out = new Map(); seen.set(v, out); v.forEach((x, k) => out.set(clone(k), clone(x))); return out; }
			else if (v instanceof Set) { out = new Set(); seen.set(v, out); v.forEach(x => out.add(clone(x))); return out; }
			else if (v instanceof Error) { out = new v.constructor(v.message); out.stack = v.stack; return out; }
			else if (ArrayBuffer.isView(v)) return v.slice();
			else out = {};
			seen.set(v, out);
			for (const k of Object.keys(v)) out[k] = clone(v[k]);
			return out;
		};
		return clone(value);
	}});
})`)

func installClone(m *machine) { m.runPolyfill(cloneJS) }
