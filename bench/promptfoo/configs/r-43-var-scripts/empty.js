module.exports = () => ({ output: '' });
