module.exports = ({ vars, provider }) => `About ${vars.topic} for ${provider.label} x${vars.n}`;
module.exports.chat = ({ vars }) => [{ role: 'user', content: `Chat on ${vars.topic}` }];
