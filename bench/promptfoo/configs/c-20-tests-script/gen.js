module.exports = async () => [{ vars: { q: 'js', n: 1 }, assert: [{ type: 'contains', value: 'js' }] }, { vars: { q: ['l1', 'l2'], n: 2 } }];
module.exports.few = (config) => Array.from({ length: config.count }, (_, i) => ({ vars: { q: config.word, n: i } }));
