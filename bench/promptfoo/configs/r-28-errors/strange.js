module.exports = class {
  id() { return 'strange'; }
  async callApi(prompt) {
    if (prompt === 'empty') return { output: '' };
    if (prompt === 'null') return { output: null };
    if (prompt === 'number') return { output: 42 };
    return { output: prompt };
  }
};
