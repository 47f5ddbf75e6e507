module.exports = {
  asChat: ({ vars }) => [
    { role: 'system', content: 'You count to ' + vars.n },
    { role: 'user', content: `I am ${vars.name}` },
  ],
};
