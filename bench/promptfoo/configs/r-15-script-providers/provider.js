class Shout {
  constructor(options) {
    this.config = options.config || {};
    this.providerId = options.id || 'shout';
  }
  id() {
    return this.providerId;
  }
  async callApi(prompt, context) {
    if (prompt.includes('fail')) return { error: 'it was told to fail' };
    if (prompt.includes('throw')) throw new Error('thrown by the provider');
    const text = prompt + this.config.suffix + ' ' + context.vars.text.length;
    const output = prompt.includes('object') ? { text, n: 1 } : text;
    return { output, tokenUsage: { total: 10, prompt: 6, completion: 4 }, cost: 0.25 };
  }
}
module.exports = Shout;
