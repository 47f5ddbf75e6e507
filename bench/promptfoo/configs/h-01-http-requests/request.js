module.exports = (prompt, vars, context) => prompt + ' for ' + vars.team + ' of ' + context.vars.team;
module.exports.shout = (prompt) => ({ loud: prompt.toUpperCase() });
