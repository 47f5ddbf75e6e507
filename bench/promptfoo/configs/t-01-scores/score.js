module.exports = (named, context) => ({ pass: Object.keys(named).length > 1, score: 0.125, reason: typeof context.tokensUsed });
module.exports.other = () => ({ pass: true, score: 0.5, reason: 'whatever was found' });
module.exports.broken = () => ({ pass: true });
module.exports.plain = (named) => ({ pass: named.tokens > 0.4, score: named.tokens, reason: 'the named score' });
