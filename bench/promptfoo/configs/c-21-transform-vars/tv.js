module.exports = (vars, context) => ({ b: `file ${vars.a}`, c: Object.keys(context).sort().join() });
