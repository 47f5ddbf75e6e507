module.exports = () => ({ output: { a: 1 } });
