console.log('loaded'); module.exports = class { id() { return 'p' } async callApi(p) { console.log('called'); return { output: p + process.env.FROM_DOTENV + process.env.FROM_CONFIG }; } };
