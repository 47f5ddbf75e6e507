module.exports = { transform: (o) => 'obj ' + o, default: (o) => 'dflt ' + o };
