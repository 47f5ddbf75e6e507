exports.limit = 30;
exports.within = (text, n) => text.length < n;
