module.exports = (context) => 'pr ' + JSON.stringify([Object.keys(context).sort(), context.provider, context.config, context.vars.w]);
module.exports.named = async function ({ vars, provider, config }) { return [{ role: 'user', content: `named ${vars.w} ${provider.id} ${JSON.stringify(config)}` }]; };
