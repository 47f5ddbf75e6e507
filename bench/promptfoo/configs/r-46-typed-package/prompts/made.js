module.exports = ({vars}) => `made of ${vars.word}`;
