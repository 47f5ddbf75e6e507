export function withConfig({ vars }) {
  return { prompt: `${vars.name} asks ${vars.n} times`, config: { temperature: 0.1 } };
}
