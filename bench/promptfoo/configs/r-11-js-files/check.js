module.exports = (output, context) => output.includes('good') && context.vars.text === output;
