const path = require('path'); const data = require('./lib/data.json');
class C { id() { return 'cjs'; } async callApi(p) { return { output: path.basename('/x/' + p) + data.n + __filename.endsWith('prov.cjs') }; } }
module.exports = C;
