// The judge repeats what it is asked, so that the prompts that scripts make show.
const judge = { id: () => 'judge', callApi: async (prompt) => ({ output: JSON.stringify({ pass: prompt.includes('tea'), score: prompt.length / 1000, reason: prompt }) }) };
const rubric = (rubricPrompt, more) => ({ vars: { w: 'tea' }, assert: [{ type: 'llm-rubric', value: 'good', rubricPrompt, ...more }] });
module.exports = {
  description: 'judge prompts that scripts make, and judges that are functions',
  prompts: ['{{w}}'],
  providers: ['echo', { id: 'echo', label: 'loud', transform: (output) => output + '!' }],
  defaultTest: { options: { provider: judge } },
  tests: [
    rubric('file://rub.js'),
    rubric('file://rub.js:obj'),
    rubric([{ role: 'system', content: 'judge {{ rubric }}' }, { role: 'user', content: '{{output}}' }]),
    { ...rubric(undefined), options: { rubricPrompt: 'file://rub.js:obj' } },
    { vars: { w: 'tea' }, assert: [{ type: 'equals', value: 'tea?', transform: (output, context) => output + (context.vars.w ? '?' : '') }] },
    { vars: { w: 'tea' }, assertScoringFunction: (named) => ({ pass: named.k > 0.5, score: 0.25, reason: 'scored' }), assert: [{ type: 'contains', value: 'tea', metric: 'k' }] },
  ],
};
