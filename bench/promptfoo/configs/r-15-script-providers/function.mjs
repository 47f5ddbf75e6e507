export default class {
  id() {
    return 'module';
  }
  async callApi(prompt, context) {
    if (prompt.includes('fail')) return { error: 'no' };
    if (prompt.includes('throw')) throw new Error('thrown');
    return { output: `f(${prompt})`, cost: 0.75, metadata: { seen: Object.keys(context.vars) } };
  }
}
