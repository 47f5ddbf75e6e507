class P { constructor(o) { this.o = o; } id() { return 'pjs-' + JSON.stringify(this.o); } async callApi(p, c) { return { output: 'x1' + Object.keys(c).join() }; } }
module.exports = P;
