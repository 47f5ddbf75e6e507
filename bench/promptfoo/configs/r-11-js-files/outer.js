const { limit, within } = require('./inner.js');
module.exports = (output) => within(output, limit);
