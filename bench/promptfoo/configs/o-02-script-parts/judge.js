module.exports = () => ({
  pass: false, score: 0.3, reason: 'no', namedScores: { a: 0.5 }, tokensUsed: { total: 3, prompt: 1, completion: 2 },
  componentResults: [{ pass: true, score: 1, reason: 'c1' }, { pass: false, score: 0, reason: 'c2', assertion: { type: 'equals', value: 'z' } }],
});
