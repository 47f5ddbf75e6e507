const d = require('./lib/data.json'); const u = require('util');
module.exports = (o) => d.words.includes('hello') && u.isDeepStrictEqual([1], [1]);
