class Reporting {
  id() {
    return 'reporting';
  }
  async callApi(prompt) {
    return { output: prompt, extra: 5, tokenUsage: { total: 10, prompt: 4, completion: 6 } };
  }
}
module.exports = Reporting;
