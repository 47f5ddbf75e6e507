module.exports = (output, context) => ({pass: output.endsWith(context.vars.word), score: output.length / 10, reason: 'looked at its end'});
