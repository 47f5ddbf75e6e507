const words = ['one', 'two'];
export default {
  description: 'made by code',
  prompts: ['Say {{w}}', { raw: 'Cry {{w}}', label: 'cry' }],
  providers: ['echo'],
  tests: words.map((w) => ({ vars: { w }, assert: [{ type: 'contains', value: w }] })),
};
