module.exports = (...args) => 'file judge ' + args.length + ' {{output}} {{rubric}} {{w}}';
module.exports.obj = async (...args) => [{ role: 'system', content: 'n' + args.length }, { role: 'user', content: '{{output}} / {{ rubric }}' }];
