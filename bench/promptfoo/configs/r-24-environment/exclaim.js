module.exports = (text) => text + '!';
