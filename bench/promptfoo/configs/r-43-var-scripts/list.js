module.exports = () => ({ output: ['x', 'y'] });
