module.exports = (varName, prompt, vars, provider) => ({ output: `${varName} made for ${vars.animal}` });
