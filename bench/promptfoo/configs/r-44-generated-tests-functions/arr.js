module.exports = [{ vars: { q: 'arr' } }];
