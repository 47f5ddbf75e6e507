module.exports = (json, text, context) => ({ output: json.type + ' ' + text.length + ' ' + context.response.status });
module.exports.fine = (status) => status !== 409;
