(function (refuse, encode, decode) {
  const define = (name, value) => Object.defineProperty(globalThis, name, {value, writable: true, configurable: true});
  const names = {'utf8': 'utf8', 'utf-8': 'utf8', 'latin1': 'latin1', 'binary': 'latin1', 'base64': 'base64', 'base64url': 'base64url', 'hex': 'hex'};
  const encoding = e => {
    const name = e === undefined || e === null ? 'utf8' : names[String(e).toLowerCase()];
    return name || refuse('the encoding ' + e);
  };
  const bytesOf = (text, e) => {
    const name = encoding(e);
    return encode(String(text), name === 'base64url' ? 'base64' : name);
  };
  const textOf = (bytes, e, from, to) => {
    const text = decode(bytes.buffer, encoding(e), bytes.byteOffset + from, bytes.byteOffset + to);
    return text === null ? refuse('decoding bytes that are no UTF-8') : text;
  };

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text) { return new Uint8Array(encode(text === undefined ? '' : String(text), 'utf8')); }
    encodeInto() { return refuse('TextEncoder.encodeInto'); }
  }
  class TextDecoder {
    constructor(label, options) {
      if (label !== undefined && !/^\s*utf-?8\s*$/i.test(String(label))) refuse('TextDecoder of ' + label);
      if (options && options.fatal) refuse('TextDecoder with fatal');
      this.bom = !!(options && options.ignoreBOM);
    }
    get encoding() { return 'utf-8'; }
    decode(bytes) {
      if (bytes === undefined) return '';
      const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const text = textOf(view, 'utf8', 0, view.length);
      return !this.bom && text[0] === '\ufeff' ? text.slice(1) : text;
    }
  }
  class Buffer extends Uint8Array {
    static from(x, e) {
      if (typeof x === 'string') return new Buffer(bytesOf(x, e));
      if (Array.isArray(x) || x instanceof Uint8Array) {
        const b = new Buffer(x.length);
        for (let i = 0; i < x.length; i++) b[i] = x[i];
        return b;
      }
      return refuse('Buffer.from of a ' + typeof x);
    }
    static alloc(n, fill) {
      const b = new Buffer(n);
      if (fill !== undefined) typeof fill === 'number' ? b.fill(fill) : refuse('Buffer.alloc filled with a text');
      return b;
    }
    static concat(list) {
      const b = new Buffer(list.reduce((n, x) => n + x.length, 0));
      let at = 0;
      for (const x of list) { b.set(x, at); at += x.length; }
      return b;
    }
    static isBuffer(x) { return x instanceof Buffer; }
    static byteLength(x, e) { return typeof x === 'string' ? bytesOf(x, e).byteLength : x.byteLength; }
    static get [Symbol.species]() { return Buffer; }
    toString(e, from = 0, to = this.length) {
      from = Math.min(Math.max(0, Math.trunc(from) || 0), this.length);
      to = Math.min(Math.max(from, Math.trunc(to) || 0), this.length);
      return textOf(this, e, from, to);
    }
    toJSON() { return {type: 'Buffer', data: Array.from(this)}; }
    equals(o) { return this.length === o.length && this.every((x, i) => x === o[i]); }
  }
  for (const name of ['indexOf', 'lastIndexOf', 'includes', 'compare', 'copy', 'write', 'swap16', 'swap32', 'swap64', 'slice', 'subarray'])
    Buffer.prototype[name] = function () { return refuse('Buffer.' + name); };
  for (const size of ['Int8', 'UInt8', 'Uint8', 'Int16LE', 'Int16BE', 'UInt16LE', 'UInt16BE', 'Int32LE', 'Int32BE', 'UInt32LE', 'UInt32BE', 'FloatLE', 'FloatBE', 'DoubleLE', 'DoubleBE', 'BigInt64LE', 'BigInt64BE', 'BigUInt64LE', 'BigUInt64BE'])
    for (const way of ['read', 'write']) Buffer.prototype[way + size] = function () { return refuse('Buffer.' + way + size); };
  for (const name of ['allocUnsafe', 'compare', 'isEncoding', 'allocUnsafeSlow'])
    Buffer[name] = () => refuse('Buffer.' + name);
  define('TextEncoder', TextEncoder);
  define('TextDecoder', TextDecoder);
  define('Buffer', Buffer);
})
