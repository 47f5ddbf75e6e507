module.exports = (name, prompt, vars, provider) => ({ output: name + '|' + prompt + '|' + Object.keys(vars).slice(0, 2) + '|' + provider.id() + '|' + provider.label });
