module.exports = () => { throw new Error('var boom'); };
