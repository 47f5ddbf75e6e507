type Verdict = { pass: boolean; score: number; reason: string };
export default async (output: string): Promise<Verdict> => {
  const pass: boolean = output === 'typed';
  return { pass, score: pass ? 1 : 0, reason: 'types are taken off' };
};
