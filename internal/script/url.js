(function (refuse) {
  const define = (name, value) => Object.defineProperty(globalThis, name, {value, writable: true, configurable: true});
  const ports = {'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21'};
  const invalid = () => {
    const e = new TypeError('Invalid URL');
    e.code = 'ERR_INVALID_URL';
    return e;
  };
  const escapeOf = c => { try { return encodeURIComponent(c); } catch (e) { return '%EF%BF%BD'; } };
  // escaped writes the characters of a set, and all that is not ASCII, as %XX.
  const escaped = (text, set) => Array.from(text, c => c < '\x20' || c > '\x7e' ? escapeOf(c) : set.includes(c) ? '%' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0') : c).join('');

  function hostOf(text) {
    if (text.startsWith('[')) return refuse('URL with an IPv6 address');
    if (/[^\x00-\x7f]|%/.test(text)) return refuse('URL whose host is not plain ASCII');
    const host = text.toLowerCase();
    if (host === '' || /[\x00-\x20"#<>?@[\\\]^`{|}\/:\x7f]/.test(host)) throw invalid();
    if (host.split('.').some(label => label.startsWith('xn--'))) return refuse('URL with a host in Punycode');
    const labels = host.replace(/\.$/, '').split('.');
    if (/^(\d+|0x[\da-f]*)$/.test(labels[labels.length - 1])) {
      if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(host)) return refuse('URL with so written an IPv4 address');
      if (labels.some(n => n > 255)) throw invalid();
    }
    return host;
  }

  function pathOf(text) {
    const out = [];
    const parts = text.replace(/\\/g, '/').replace(/^\//, '').split('/');
    if (text.includes('^')) return refuse('URL whose path holds a ^');
    parts.forEach((part, i) => {
      const last = i === parts.length - 1;
      const plain = part.replace(/%2e/gi, '.');
      if (plain === '..') { out.pop(); if (last) out.push(''); }
      else if (plain === '.') { if (last) out.push(''); }
      else out.push(escaped(part, ' "#<>?`{}'));
    });
    return '/' + out.join('/');
  }

  function parse(text) {
    text = text.replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
    const scheme = /^([a-zA-Z][a-zA-Z\d+.-]*):([^]*)$/.exec(text);
    if (!scheme) throw invalid();
    const u = {protocol: scheme[1].toLowerCase() + ':', username: '', password: '', hostname: '', port: '', search: '', hash: ''};
    let rest = scheme[2], at = rest.indexOf('#');
    if (at >= 0) { u.hash = rest.length > at + 1 ? '#' + escaped(rest.slice(at + 1), ' "<>`') : ''; u.emptyHash = rest.length === at + 1; rest = rest.slice(0, at); }
    at = rest.indexOf('?');
    const special = u.protocol in ports;
    if (at >= 0) { u.search = rest.length > at + 1 ? '?' + escaped(rest.slice(at + 1), special ? ' "#<>\'' : ' "#<>') : ''; u.emptySearch = rest.length === at + 1; rest = rest.slice(0, at); }
    if (u.protocol === 'file:') return refuse('URL of a file');
    if (!special) {
      if (rest.startsWith('/')) return refuse('URL of the scheme ' + u.protocol);
      if (/\s$/.test(rest)) return refuse('URL with a space at the end');
      u.pathname = escaped(rest, '');
      u.opaque = true;
      return u;
    }
    rest = rest.replace(/^[\/\\]*/, '');
    const end = rest.search(/[\/\\]/);
    const authority = end < 0 ? rest : rest.slice(0, end);
    if (authority.includes('@')) return refuse('URL with a user name');
    const host = /^([^:]*)(?::([^]*))?$/.exec(authority);
    if (!host && authority.startsWith('[')) return refuse('URL with an IPv6 address');
    if (!host) throw invalid();
    u.hostname = hostOf(host[1]);
    if (host[2]) {
      if (!/^\d+$/.test(host[2]) || Number(host[2]) > 65535) throw invalid();
      const port = String(Number(host[2]));
      u.port = port === ports[u.protocol] ? '' : port;
    }
    u.pathname = pathOf(end < 0 ? '' : rest.slice(end));
    return u;
  }

  const plus = text => escapeOf(text).replace(/%20/g, '+').replace(/[!'()~]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase());
  const decoded = text => {
    text = text.replace(/\+/g, ' ');
    if (!/%/.test(text)) return text;
    try { return decodeURIComponent(text.replace(/%(?![\da-fA-F]{2})/g, '%25')); } catch (e) { return refuse('URLSearchParams of bytes that are no UTF-8'); }
  };
  class URLSearchParams {
    #list = [];
    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init === 'object' && typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) { const [k, v] = pair; this.append(k, v); }
      } else if (typeof init === 'object') {
        for (const k of Object.keys(init)) this.append(k, init[k]);
      } else {
        for (const part of String(init).replace(/^\?/, '').split('&')) {
          if (part === '') continue;
          const i = part.indexOf('=');
          this.#list.push(i < 0 ? [decoded(part), ''] : [decoded(part.slice(0, i)), decoded(part.slice(i + 1))]);
        }
      }
    }
    get size() { return this.#list.length; }
    append(k, v) { this.#list.push([String(k), String(v)]); }
    delete(k) { this.#list = this.#list.filter(p => p[0] !== String(k)); }
    get(k) { const p = this.#list.find(p => p[0] === String(k)); return p ? p[1] : null; }
    getAll(k) { return this.#list.filter(p => p[0] === String(k)).map(p => p[1]); }
    has(k) { return this.#list.some(p => p[0] === String(k)); }
    set(k, v) {
      const p = this.#list.find(p => p[0] === String(k));
      if (!p) return this.append(k, v);
      p[1] = String(v);
      this.#list = this.#list.filter(q => q === p || q[0] !== p[0]);
    }
    sort() { this.#list = this.#list.map((p, i) => [p, i]).sort((a, b) => a[0][0] < b[0][0] ? -1 : a[0][0] > b[0][0] ? 1 : a[1] - b[1]).map(x => x[0]); }
    forEach(f, self) { for (const [k, v] of this.#list) f.call(self, v, k, this); }
    *entries() { for (const [k, v] of this.#list) yield [k, v]; }
    *keys() { for (const p of this.#list) yield p[0]; }
    *values() { for (const p of this.#list) yield p[1]; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return this.#list.map(([k, v]) => plus(k) + '=' + plus(v)).join('&'); }
  }

  class URL {
    #u; #params;
    constructor(text, base) {
      if (base !== undefined) refuse('URL with a base');
      this.#u = parse(String(text)) || {};
    }
    static canParse(text, base) {
      if (base !== undefined) return refuse('URL with a base');
      try { parse(String(text)); return true; } catch (e) { return false; }
    }
    get protocol() { return this.#u.protocol; }
    get username() { return ''; }
    get password() { return ''; }
    get hostname() { return this.#u.hostname; }
    get port() { return this.#u.port; }
    get host() { return this.#u.hostname + (this.#u.port && ':' + this.#u.port); }
    get pathname() { return this.#u.pathname; }
    get search() { return this.#u.search; }
    get hash() { return this.#u.hash; }
    get origin() { return this.#u.opaque ? 'null' : this.protocol + '//' + this.host; }
    get searchParams() { return this.#params || (this.#params = new URLSearchParams(this.search)); }
    get href() {
      if (this.#params && this.#params.toString() !== new URLSearchParams(this.search).toString()) return refuse('URL whose searchParams were changed');
      return this.protocol + (this.#u.opaque ? '' : '//' + this.host) + this.pathname + (this.search || (this.#u.emptySearch ? '?' : '')) + (this.hash || (this.#u.emptyHash ? '#' : ''));
    }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }
  for (const name of ['protocol', 'username', 'password', 'hostname', 'port', 'host', 'pathname', 'search', 'hash', 'href']) {
    const get = Object.getOwnPropertyDescriptor(URL.prototype, name).get;
    Object.defineProperty(URL.prototype, name, {get, set: () => { refuse('changing a URL'); }, enumerable: true, configurable: true});
  }
  define('URL', URL);
  define('URLSearchParams', URLSearchParams);
})
