// One exclamation mark is friendly, two are shouting.
module.exports = (output, context) => {
  const marks = (output.match(/!/g) || []).length;
  return {
    pass: marks < 2,
    score: marks < 2 ? 1 : 0,
    reason: `${marks} exclamation mark(s) for ${context.vars.customer}`,
  };
};
