module.exports = {
  longEnough: (output) => output.length > 10,
  graded: async (output) => ({ pass: true, score: 0.4, reason: 'some of it' }),
  thrower: () => { throw new Error('not today'); },
};
