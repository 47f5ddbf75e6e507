const fs = require('fs');
const path = require('path');
module.exports = (output) => fs.readFileSync(path.join(__dirname, 'allowed.txt'), 'utf8').includes(output);
