// genopsTree is a value that a script made, with its functions, and its objects
// that are providers, replaced by their places: see package script, Tree.
function genopsTree(root) {
  const open = [];
  const enough = 200;
  function place(path, more) {
    return {'\u0000foreign': Object.assign({path: path.slice()}, more)};
  }
  function members(v, path, names) {
    const own = {};
    for (const k of names) if (v[k] !== undefined) own[k] = walk(v[k], path.concat(k));
    return own;
  }
  function walk(v, path) {
    if (typeof v === 'function') return place(path, {name: v.name, source: String(v).slice(0, enough), own: members(v, path, ['label', 'transform', 'delay', 'inputs', 'config'])});
    if (v === null || typeof v !== 'object') return v;
    if (typeof v.toJSON === 'function') return v.toJSON();
    if (open.indexOf(v) >= 0) throw new TypeError('the value at ' + (path.join('.') || 'the top') + ' holds itself');
    open.push(v);
    let made;
    if (typeof v.id === 'function' && typeof v.callApi === 'function') {
      const own = members(v, path, ['label', 'transform', 'delay', 'inputs', 'config']);
      own.id = String(v.id());
      made = place(path, {provider: true, own});
    } else if (Array.isArray(v)) {
      made = v.map((x, i) => walk(x, path.concat(String(i))));
    } else {
      made = {};
      for (const k in v) Object.defineProperty(made, k, {value: walk(v[k], path.concat(k)), enumerable: true});
    }
    open.pop();
    return made;
  }
  return walk(root, []);
}
