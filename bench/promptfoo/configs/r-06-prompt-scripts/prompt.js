module.exports = async function ({ vars, provider }) {
  return `Hello ${vars.name}, you are number ${vars.n} (${provider.label || provider.id})`;
};
