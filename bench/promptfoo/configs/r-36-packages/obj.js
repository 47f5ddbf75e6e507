module.exports = class { constructor(o) { this.c = o.config; this.i = o.id } id() { return this.i || 'nothing'; } async callApi() { return { output: '1' + JSON.stringify(this.c) }; } };
