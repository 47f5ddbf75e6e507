module.exports = (output, context) => '<' + output + '>';
module.exports.bracket = (output) => `[${output}]`;
