export default async function ({ vars, config }) {
  return { prompt: `Tone ${config.tone}: ${vars.topic}`, config: { extra: 1 } };
}
