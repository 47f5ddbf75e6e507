export default (name: string, prompt: string, vars: object, provider: any) => ({ output: name + prompt.length + Object.keys(vars).length + typeof provider });
