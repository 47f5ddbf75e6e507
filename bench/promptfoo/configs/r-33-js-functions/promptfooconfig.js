const shout = async (prompt, context, options) => ({ output: prompt.toUpperCase() + ' ' + Object.keys(context).sort().join(',') });
shout.label = 'shouter';
async function plain(prompt) { return { output: 'plain ' + prompt, tokenUsage: { total: 3, prompt: 1, completion: 2 }, cost: 0.5 }; }
const obj = { id: () => 'obj-id', label: 'obj label', n: 0, callApi: async function (prompt) { this.n++; return { output: this.id() + ' ' + prompt + ' ' + typeof this.n }; } };
const obj2 = { id: () => 'obj2-id', callApi: async (prompt) => ({ output: { said: prompt } }) };
module.exports = {
  description: 'functions',
  prompts: ['Say {{w}}', { label: 'made', raw: 'x', function: ({ vars, provider }) => `Made ${vars.w} for ${typeof provider.id}` }, { label: 'plabel', raw: 'y', function: async ({ vars }) => ({ prompt: 'P ' + vars.w, config: { a: 1 } }) }],
  providers: [shout, plain, obj, obj2],
  defaultTest: { assert: [{ type: 'javascript', value: (output, ctx) => typeof output !== 'string' || output.length > 3 }] },
  tests: [
    { vars: { w: 'one' }, assert: [{ type: 'javascript', value: (output, context) => ({ pass: true, score: 0.5, reason: Object.keys(context).filter((k) => k !== 'logProbs').sort().join(',') + typeof context.provider.id }) }] },
    { vars: { w: 'two' }, options: { transform: (output, context) => (typeof output === 'string' ? output + '!' + Object.keys(context).sort().join(',') : output) }, assert: [{ type: 'contains', value: (o) => 'two' }] },
    { vars: { w: ['a', 'b'] }, options: { transformVars: (vars, c) => ({ ...vars, w: vars.w + 't' }) }, assert: [{ type: 'python', value: 'True' }] },
  ],
};
