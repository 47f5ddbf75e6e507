module.exports = (output) => output.length > 3;
module.exports.long = (output, context) => ({ pass: output.length > 5, score: 0.7, reason: `checked ${context.vars.x}` });
