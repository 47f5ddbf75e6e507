module.exports = () => ({ error: 'bad var' });
