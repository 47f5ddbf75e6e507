// Answers requests, one JSON line each, with the user's JavaScript. Replies
// start with a mark, so that nothing else on stdout is taken for one; what the
// user's code prints goes to stderr.
'use strict';
const fs = require('fs');
const path = require('path');
const url = require('url');
const Module = require('module');
const {Buffer} = require('buffer');
const {parse, stringify} = JSON; // whatever the user's code makes of them
const mark = process.argv[2];
process.argv.splice(2, 1);

process.stdout.write = process.stderr.write.bind(process.stderr);

function send(reply) {
  let data = Buffer.from(mark + stringify(reply) + '\n');
  while (data.length > 0) {
    try {
      data = data.subarray(fs.writeSync(1, data));
    } catch (e) {
      if (e.code !== 'EAGAIN') process.exit(0);
    }
  }
}

// failed is the reply for what a call threw, whose getters may throw in their turn.
function failed(request, e) {
  try {
    if (e && e.fault) return {fault: String(e.fault)};
    if (request.file && !request.source && needsBundle(e)) return {bundle: String(e.message || e)};
    return {thrown: thrown(e)};
  } catch {
    return {thrown: {message: "a value that can't be shown"}};
  }
}

function thrown(e) {
  if (e instanceof Error || (e && typeof e === 'object' && typeof e.message === 'string')) {
    return {name: String(e.name || 'Error'), message: String(e.message), stack: String(e.stack || '').slice(0, 4096)};
  }
  return {message: String(e)};
}

// moduleOf loads a file once; a source is what a bundler made of it.
const modules = new Map();
function moduleOf(request) {
  const key = request.file + (request.source ? '\0' : '');
  if (!modules.has(key)) modules.set(key, request.source ? compiled(request) : import(url.pathToFileURL(request.file).href));
  return modules.get(key);
}

async function compiled(request) {
  const m = new Module(request.file, null);
  m.filename = request.file;
  m.paths = Module._nodeModulePaths(path.dirname(request.file));
  m._compile(request.source, request.file);
  return m.exports;
}

// needsBundle tells a file that node can't load as it stands, such as ES module
// syntax in a package without a type, from one whose own code fails.
function needsBundle(e) {
  return e instanceof SyntaxError || ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT', 'ERR_REQUIRE_ESM'].includes(e && e.code) ||
    (e instanceof ReferenceError && /(require|module|exports|__dirname|__filename) is not defined in ES module scope/.test(e.message));
}

function pick(m, name, file) {
  const inner = m && m.default;
  if (name) {
    for (const from of [m, inner]) if (from && typeof from[name] === 'function') return from[name].bind(from);
  } else {
    for (const f of [m, inner, inner && inner.default]) if (typeof f === 'function') return f;
  }
  const have = [...new Set([...Object.keys(m || {}), ...Object.keys(inner || {})])].join(', ') || 'nothing';
  const what = name ? `no function ${stringify(name)}` : 'no function, neither as module.exports nor as default';
  throw {fault: `${path.basename(file)} exports ${what}; it exports ${have}`};
}

// packageOf loads an npm package as it is found from a folder.
function packageOf(request) {
  const key = request.dir + '\0' + request.package;
  if (!modules.has(key)) modules.set(key, import(url.pathToFileURL(entryOf(request.package, path.resolve(request.dir))).href));
  return modules.get(key);
}

// entryOf is the file that a package's own description names.
function entryOf(name, dir) {
  for (let at = dir; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name);
    if (fs.existsSync(path.join(folder, 'package.json'))) {
      const about = parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
      let entry = about.exports;
      if (entry && typeof entry === 'object' && !Array.isArray(entry) && '.' in entry) entry = entry['.'];
      entry = chosen(entry) || about.main || 'index.js';
      for (const end of ['', '.js', '.mjs', '.cjs', '/index.js']) {
        const file = path.join(folder, entry + end);
        if (fs.existsSync(file) && fs.statSync(file).isFile()) return file;
      }
      throw {fault: `the package ${name} names ${entry}, which is not there`};
    }
    if (path.dirname(at) === at) throw {fault: `the package ${name} is not installed beside ${dir}`};
  }
}

function chosen(entry) {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(chosen).find(Boolean);
  for (const k in entry || {}) {
    const found = ['node', 'import', 'require', 'default'].includes(k) && chosen(entry[k]);
    if (found) return found;
  }
}

// within is the value at a place, and the object that holds it.
function within(v, names) {
  let holder;
  for (const name of names) [holder, v] = [v, v === undefined || v === null ? undefined : v[name]];
  return [v, holder];
}

// exported is what a module exports in the way of node and of bundlers.
function exported(m) {
  const inner = m && m.default;
  return (inner && inner.default) ?? inner ?? m;
}

// named is what a request names of what its module exports, and its holder.
async function named(request) {
  if (request.package) {
    const found = within(exported(await packageOf(request)), request.function.split('.'));
    if (found[0] === undefined) throw {fault: `the package ${request.package} exports no ${request.function}`};
    return found;
  }
  const m = await moduleOf(request);
  const inner = m.default;
  const v = request.function ? m[request.function] ?? (inner && inner[request.function]) : exported(m);
  return v !== undefined && typeof v !== 'function' ? [v] : [pick(m, request.function, request.file)];
}

// made is the value that is exported, or that the exported function makes, once
// for its arguments.
const values = new Map();
function made(request, args) {
  const key = [request.file, !request.source, request.package, request.dir, request.function, stringify(args)].join('\0');
  if (!values.has(key)) values.set(key, makes(request, args));
  return values.get(key);
}

async function makes(request, args) {
  const [v, holder] = await named(request);
  return typeof v === 'function' ? await v.apply(holder, args) : await v;
}

// functionOf is what a request calls.
async function functionOf(request) {
  if (!request.package && !request.member) return pick(await moduleOf(request), request.function, request.file);
  const [f, holder] = request.member ? within(await made(request, request.given || []), request.member) : await named(request);
  if (typeof f !== 'function') throw {fault: `${request.package || path.basename(request.file)}: ${(request.member || [request.function]).join('.')} is no function`};
  return f.bind(holder);
}

const providers = new Map();
function providerOf(request) {
  const key = [request.file, request.package, request.dir, request.function, stringify([request.member, request.given, request.options])].join('\0');
  if (!providers.has(key)) {
    const p = newProvider(request);
    p.catch(() => providers.delete(key));
    providers.set(key, p);
  }
  return providers.get(key);
}

async function newProvider(request) {
  const name = request.package || path.basename(request.file);
  let from;
  if (request.package || request.member) {
    [from] = request.member ? within(await made(request, request.given || []), request.member) : await named(request);
    if (request.member && typeof from === 'function') return Object.assign({id: () => from.label || request.options.id, callApi: from}, from);
  } else {
    const m = await moduleOf(request);
    from = (request.function && m[request.function]) || m;
    for (let i = 0; i < 2; i++) if (from.default && typeof from !== 'function' && typeof from.callApi !== 'function') from = from.default;
    if (request.function && from[request.function]) from = from[request.function];
  }
  let provider = from;
  if (typeof from === 'function') {
    const isClass = /^class\b/.test(Function.prototype.toString.call(from)) || from.prototype && typeof from.prototype.callApi === 'function';
    provider = isClass ? new from(request.options || {}) : {callApi: from};
  }
  if (!provider || typeof provider.callApi !== 'function') throw {fault: `${name} exports no provider: no class, object or function with callApi`};
  return provider;
}

function identity(provider) {
  const id = typeof provider.id === 'function' ? provider.id() : provider.id;
  return {id: id === undefined || id === null ? null : String(id), label: provider.label ? String(provider.label) : null};
}

// What promptfoo's context offers to providers beside data.
const logger = {debug() {}, info: console.error, warn: console.error, error: console.error};
const kept = new Map();
const cache = {
  get: async key => kept.get(key), set: async (key, v) => (kept.set(key, v), v), del: async key => kept.delete(key), clear: async () => kept.clear(),
  wrap: async (key, f) => kept.has(key) ? kept.get(key) : cache.set(key, await f()),
};

// enliven makes methods of the ids at some places, as promptfoo's own objects of
// providers have them.
function enliven(request, args) {
  for (const place of request.live || []) {
    const [name, ...rest] = place.split('.');
    const [o] = within(args[request.params.indexOf(name)], rest);
    if (o && typeof o.id === 'string') {
      const id = o.id;
      o.id = () => id;
    }
  }
  return args;
}

async function answer(request) {
  const args = enliven(request, request.args || []);
  if (request.kind === 'expression' || request.kind === 'function-body') {
    const body = request.kind === 'expression' ? 'return ' + request.source + '\n' : request.source + '\n';
    const shim = Object.create(process, {mainModule: {value: {require: Module.createRequire(path.join(request.dir || process.cwd(), 'inline.js'))}}});
    return await new Function(...(request.params || []), 'process', body)(...args, shim);
  }
  if (request.kind === 'identity') return identity(await providerOf(request));
  if (request.kind === 'provider') {
    const provider = await providerOf(request);
    if (args[1] && typeof args[1] === 'object') {
      const {vars, prompt, test, ...rest} = args[1];
      args[1] = {vars, prompt, filters: undefined, originalProvider: provider, test, logger, getCache: () => cache, ...rest};
    }
    return await provider.callApi(...args, {abortSignal: new AbortController().signal});
  }
  if (request.value && !request.member) {
    return request.tree ? genopsTree(await made(request, args)) : await makes(request, args);
  }
  return await (await functionOf(request))(...args);
}

function value(v) {
  if (typeof v === 'number' && !Number.isFinite(v)) return {$number: v > 0 ? '+Inf' : v < 0 ? '-Inf' : 'NaN'};
  if (v === undefined || v === null) return null;
  const text = stringify(v);
  if (text === undefined) throw new TypeError('the result is a value without JSON: a ' + typeof v);
  return parse(text);
}

async function serve(line) {
  const request = parse(line);
  if (request.ping) return send({id: request.id, ok: null});
  try {
    send({id: request.id, ok: value(await answer(request))});
  } catch (e) {
    send({id: request.id, ...failed(request, e)});
  }
}

// A failure outside of any call must not take the calls of others with it.
process.on('uncaughtException', e => console.error('uncaught:', e && e.stack || e));
process.on('unhandledRejection', e => console.error('unhandled rejection:', e && e.stack || e));

let rest = [];
process.stdin.on('data', chunk => {
  for (let end; (end = chunk.indexOf(10)) >= 0; chunk = chunk.subarray(end + 1)) {
    rest.push(chunk.subarray(0, end));
    const line = Buffer.concat(rest).toString('utf8');
    rest = [];
    serve(line);
  }
  if (chunk.length) rest.push(chunk);
});
process.stdin.on('end', () => process.exit(0));
send({id: 0, ok: process.version});
