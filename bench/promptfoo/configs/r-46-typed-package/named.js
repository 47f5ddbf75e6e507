const os = require('os');
exports.loud = (output) => output.toUpperCase() + os.EOL.length;
exports.quiet = (output) => output.toLowerCase();
