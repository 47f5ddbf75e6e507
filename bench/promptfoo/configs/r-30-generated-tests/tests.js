module.exports = {
  make: async () => [1, 2].map((a) => ({ vars: { a, b: a * 2 }, assert: [{ type: 'equals', value: `${a}+2` }] })),
};
