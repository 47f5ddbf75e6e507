const path = require('path');
class Provider {
  constructor(options) { this.options = options; }
  id() { return 'own:' + path.basename(__filename); }
  async callApi(prompt) { return {output: `${this.options.config.greeting} ${prompt}`}; }
}
module.exports = Provider;
