// Answers requests, one JSON line each, with the user's JavaScript. Replies
// start with a mark, so that nothing else on stdout is taken for one; what the
// user's code prints goes to stderr.
'use strict';
const fs = require('fs');
const path = require('path');
const url = require('url');
const Module = require('module');
const mark = process.argv[2];
process.argv.splice(2, 1);

process.stdout.write = process.stderr.write.bind(process.stderr);

function send(reply) {
  let data = Buffer.from(mark + JSON.stringify(reply) + '\n');
  while (data.length > 0) {
    try {
      data = data.subarray(fs.writeSync(1, data));
    } catch (e) {
      if (e.code !== 'EAGAIN') process.exit(0);
    }
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
  const what = name ? `no function ${JSON.stringify(name)}` : 'no function, neither as module.exports nor as default';
  throw {fault: `${path.basename(file)} exports ${what}; it exports ${have}`};
}

const providers = new Map();
function providerOf(m, request) {
  const key = request.file + '\0' + (request.function || '') + '\0' + JSON.stringify(request.options || null);
  if (providers.has(key)) return providers.get(key);
  let made = (request.function && m[request.function]) || m;
  if (made.default && typeof made !== 'function' && typeof made.callApi !== 'function') made = made.default;
  if (made.default && typeof made !== 'function' && typeof made.callApi !== 'function') made = made.default;
  let provider = made;
  if (typeof made === 'function' && made.prototype && typeof made.prototype.callApi === 'function') provider = new made(request.options || {});
  else if (typeof made === 'function') {
    const isClass = /^class\b/.test(Function.prototype.toString.call(made));
    provider = isClass ? new made(request.options || {}) : {callApi: made};
  }
  if (!provider || typeof provider.callApi !== 'function') throw {fault: `${path.basename(request.file)} exports no provider: no class, object or function with callApi`};
  providers.set(key, provider);
  return provider;
}

async function answer(request) {
  if (request.kind === 'expression' || request.kind === 'function-body') {
    const body = request.kind === 'expression' ? 'return ' + request.source + '\n' : request.source + '\n';
    const shim = Object.create(process, {mainModule: {value: {require: Module.createRequire(path.join(request.dir || process.cwd(), 'inline.js'))}}});
    return await new Function(...(request.params || []), 'process', body)(...(request.args || []), shim);
  }
  const m = await moduleOf(request);
  if (request.kind === 'provider') return await providerOf(m, request).callApi(...request.args);
  if (request.value) {
    const inner = m.default;
    const v = request.function ? m[request.function] ?? (inner && inner[request.function]) : (inner && inner.default) ?? inner ?? m;
    if (v !== undefined && typeof v !== 'function') return await v;
  }
  return await pick(m, request.function, request.file)(...request.args);
}

function value(v) {
  if (typeof v === 'number' && !Number.isFinite(v)) return {$number: v > 0 ? '+Inf' : v < 0 ? '-Inf' : 'NaN'};
  if (v === undefined || v === null) return null;
  const text = JSON.stringify(v);
  if (text === undefined) throw new TypeError('the result is a value without JSON: a ' + typeof v);
  return JSON.parse(text);
}

async function serve(line) {
  const request = JSON.parse(line);
  if (request.ping) return send({id: request.id, ok: null});
  try {
    send({id: request.id, ok: value(await answer(request))});
  } catch (e) {
    if (e && e.fault) return send({id: request.id, fault: e.fault});
    if (request.file && !request.source && needsBundle(e)) return send({id: request.id, bundle: String(e.message || e)});
    send({id: request.id, thrown: thrown(e)});
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
