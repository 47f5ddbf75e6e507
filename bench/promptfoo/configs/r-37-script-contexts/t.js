module.exports = (output, context) => 'T' + JSON.stringify([output, Object.keys(context).sort(), context.prompt.label, context.metadata]);
module.exports.named = (output, context) => 'N' + JSON.stringify([output, Object.keys(context).sort(), context.prompt.label, context.metadata]);
