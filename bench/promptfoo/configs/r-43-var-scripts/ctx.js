module.exports = (n, p, vars) => ({ output: vars.w + ' {{w}}' });
