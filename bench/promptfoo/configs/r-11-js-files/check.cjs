exports.unused = 1;
module.exports = (output) => output.startsWith('cjs') ? 0.9 : 0;
