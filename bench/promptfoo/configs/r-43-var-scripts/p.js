module.exports = class { id() { return 'pp' } async callApi(p, c) { return { output: p + c.vars.v }; } };
